"""StackGAN: a text to an image, in two stages (Zhang et al. 2017, arXiv:1612.03242)."""
import dataclasses
from pathlib import Path

import numpy

from spade_anime.conditions.text.captions import CaptionedPictures, EveryCaption, named_color, read_captions
from spade_anime.conditions.text.embedding import TextVectors
from spade_anime.conditions.text.published import find_embeddings, read_published
from spade_anime.data.checking import check_dataset
from spade_anime.data.described import Described, DescribedImages
from spade_anime.data.errors import DataError
from spade_anime.data.pictures import text_tile, to_pixels
from spade_anime.data.splitting import Mirrored, split
from spade_anime.evaluation.color import mean_color_error
from spade_anime.evaluation.hair import hair_obeyed
from spade_anime.fields import OptionError, option
from spade_anime.runs.snapshots import newest_generator
from spade_anime.runs.weights import load_network
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.stackgan import options as stackgan_options
from spade_anime.systems.stackgan.networks import StageOneGenerator, StageTwoGenerator, TextDiscriminator
from spade_anime.systems.stackgan.objective import OtherCaptions, StackGANObjective
from spade_anime.systems.system import Conditions, System


@dataclasses.dataclass
class StackGANInputs:
    """What is painted."""

    text: str = option('', 'input', 'sentence that tells what to paint')
    to: str = option('', 'input', 'second sentence: paint a strip that goes from the first to it, with the same noise')
    steps: int = option(8, 'input', 'pictures of that strip', low=2, high=64)


class StackGANSystem(System):
    """A text to an image. Stage II owns the Stage I it paints over."""

    Options = stackgan_options.StackGANOptions
    Inputs = StackGANInputs
    PRESETS = stackgan_options.PRESETS
    SUGGESTION = '--text "a person with long pink hair and bangs, smiling" --samples 4'
    deciding_metrics = System.deciding_metrics | {'hair_obeyed': 'higher', 'mean_color_error': 'lower'}
    preview_draws = 3
    evaluation_draws = 100

    check = staticmethod(stackgan_options.check)
    preset = staticmethod(stackgan_options.preset)

    def __init__(self, options):
        super().__init__(options)
        self.texts = self.mismatched = None

    def generator(self) -> StageOneGenerator | StageTwoGenerator:
        """Generator of this stage with fresh weights."""
        o = self.options
        if o.stage == 1:
            return StageOneGenerator(o.image_size, o.gf_dim, o.text_dim, o.condition_dim, o.z_dim)
        stage1 = StageOneGenerator(o.stage1_size, o.stage1_gf_dim, o.text_dim, o.condition_dim, o.z_dim)
        return StageTwoGenerator(stage1, o.image_size, o.gf_dim, o.residual_blocks)

    def discriminator(self) -> TextDiscriminator:
        """Discriminator with fresh weights."""
        o = self.options
        return TextDiscriminator(o.image_size, o.df_dim, o.condition_dim)

    def objective(self, gen, dis) -> StackGANObjective:
        """Objective of the two networks."""
        return StackGANObjective(gen, dis, self.options, OtherCaptions(*self.mismatched),
                                 DiffAugment(self.options.augment, self.adapted))

    def prepare(self, gen) -> None:
        """Give Stage II the trained Stage I."""
        if self.options.stage == 2:
            run = self.options.stage1_run
            snapshot = newest_generator(Path(run) / 'snapshots')
            if snapshot is None:
                raise OptionError(f'--stage1_run {run}: no snapshot of a generator there yet')
            load_network(snapshot, gen.stage1)

    def training_data(self) -> tuple:
        """``(sets, validation)``; a sample is an image and the vector of one of its captions."""
        o = self.options
        found = find_embeddings(o.dataset_dir, o.embeddings_dir)
        pictures = read_published(o.dataset_dir, found) if found else read_captions(o.dataset_dir)
        check_dataset(self._images(pictures, [None] * len(pictures)), workers=o.workers)
        parts = [part[:] for part in split(pictures, seed=o.seed)]
        if self.texts is None:
            if o.stage == 2:
                stackgan_options.check_stage1(o)
            self.texts = TextVectors.load(o.stage1_run) if o.stage == 2 else TextVectors.fitted(*parts)
        o.text_dim = self.texts.dimension
        vectors = [self.texts.vectors(part) for part in parts]
        self.mismatched = vectors[0], [picture.group for picture in parts[0]]
        training, validation = (EveryCaption(self._images(*pair)) for pair in zip(parts, vectors))
        return [('main', Mirrored(training) if o.augment_data else training, 1.0)], validation

    def save(self, directory: Path) -> None:
        """Store the texts and their embeddings."""
        self.texts.save(directory)

    def load(self, directory: Path) -> None:
        """Read what ``save`` stored."""
        self.texts = TextVectors.load(directory)

    def condition_shapes(self) -> list:
        """Shape of an embedding, without the batch."""
        return [(self.options.text_dim,)]

    def conditions(self, inputs: StackGANInputs, seed: int) -> Conditions:
        """Vector of the text; with a second text those between the two, side by side."""
        if not inputs.text:
            raise OptionError(f'--text is missing: tell what to paint, such as {self.SUGGESTION}')
        first = self._vector('--text', inputs.text)
        if not inputs.to:
            return Conditions([(inputs.text, (first,))])
        last = self._vector('--to', inputs.to)
        shares = numpy.linspace(0, 1, inputs.steps, dtype=numpy.float32)
        return Conditions([(f'{share:.0%}', (first + share * (last - first),)) for share in shares], 'columns')

    def tiles(self, sample: tuple) -> dict:
        """Pictures of a sample, by caption."""
        image, vector = sample
        return {'text': text_tile(self.texts.text_of(vector)), 'real': to_pixels(image)}

    def metrics(self, samples: list, painted) -> dict:
        """Scores of the images (N, 3, S, S) painted from the conditions of ``samples``, by name.

        ``hair_obeyed`` is there where every text names a hair colour.
        """
        images, vectors = (numpy.stack(arrays) for arrays in zip(*samples))
        asked = [named_color(self.texts.text_of(vector)) for vector in vectors]
        return ({'hair_obeyed': hair_obeyed(painted, asked)} if all(asked) else {}) | {
            'mean_color_error': mean_color_error(painted, images)}

    def _vector(self, flag, text):
        try:
            return self.texts.vector_of(text)
        except DataError as error:
            raise OptionError(f'{flag} {error}') from None

    def _images(self, pictures: CaptionedPictures, vectors: list) -> DescribedImages:
        described = [Described(picture.image, vector) for picture, vector in zip(pictures, vectors)]
        return DescribedImages(described, self.options.image_size)
