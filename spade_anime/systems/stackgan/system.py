"""StackGAN: a text to an image, in two stages (Zhang et al. 2017, arXiv:1612.03242)."""
from collections.abc import Sequence
from pathlib import Path

import chainer

from spade_anime.conditions.text.captions import CaptionedPictures, EveryCaption, read_captions
from spade_anime.conditions.text.condition import Text
from spade_anime.conditions.text.embedding import TextVectors
from spade_anime.conditions.text.published import find_embeddings, read_published
from spade_anime.data.checking import check_dataset
from spade_anime.data.described import Described, DescribedImages
from spade_anime.data.splitting import split
from spade_anime.fields import OptionError
from spade_anime.runs.snapshots import newest_generator
from spade_anime.runs.weights import load_network
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.reconstruction import Reconstruction, give_encoder
from spade_anime.systems.stackgan.check import check, check_stage1
from spade_anime.systems.stackgan.networks import StageOneGenerator, StageTwoGenerator, TextDiscriminator
from spade_anime.systems.stackgan.objective import OtherCaptions, StackGANObjective
from spade_anime.systems.stackgan.options import PRESETS, StackGANOptions, preset
from spade_anime.systems.system import System, TrainingData, TrainingSet


class StackGANSystem(System[StackGANOptions, Text]):
    """A text to an image. Stage II owns the Stage I it paints over."""

    Options = StackGANOptions
    PRESETS = PRESETS
    inherited = System.inherited | {'stage', 'stage1_run'}
    CONDITIONS = (Text,)
    RETIRED = frozenset({'text_dim'})
    deciding_metrics = System.deciding_metrics | {'hair_obeyed': 'higher', 'mean_color_error': 'lower'}
    preview_draws = 3
    evaluation_draws = 100

    check = staticmethod(check)
    preset = staticmethod(preset)

    def open_data(self, known: Text | None = None) -> TrainingData:
        """Samples ``(image, vector)``, the vector that of one of the image's captions.

        Wrong captions are drawn from the training pictures' vectors and groups.
        """
        o = self.options
        found = find_embeddings(o.dataset_dir, o.embeddings_dir)
        pictures = read_published(o.dataset_dir, found) if found else read_captions(o.dataset_dir)
        check_dataset(self._images(pictures, [None] * len(pictures)), workers=o.workers)
        parts = [part[:] for part in split(pictures, seed=o.seed)]
        condition = known or Text(self._texts(parts))
        vectors = [condition.texts.vectors(part) for part in parts]
        training, validation = (EveryCaption(self._images(*pair)) for pair in zip(parts, vectors))
        main = TrainingSet('main', condition.mirrored(training) if o.augment_data else training)
        return TrainingData([main], validation, condition, (vectors[0], [picture.group for picture in parts[0]]))

    def generator(self, condition: Text) -> StageOneGenerator | StageTwoGenerator:
        """Generator of this stage with fresh weights."""
        o = self.options
        if o.stage == 1:
            gen = StageOneGenerator(o.image_size, o.gf_dim, condition.channels, o.condition_dim, o.z_dim,
                                    o.output_skips)
            give_encoder(gen, o, condition.channels, o.z_dim)
            return gen
        stage1 = StageOneGenerator(o.stage1_size, o.stage1_gf_dim, condition.channels, o.condition_dim, o.z_dim,
                                   o.output_skips)
        return StageTwoGenerator(stage1, o.image_size, o.gf_dim, o.residual_blocks, o.output_skips)

    def discriminator(self, condition: Text) -> TextDiscriminator:
        o = self.options
        return TextDiscriminator(o.image_size, o.df_dim, o.condition_dim, o.batch_norm, o.deviation)

    def objective(self, gen: chainer.Link, dis: chainer.Link, data: TrainingData) -> StackGANObjective:
        o = self.options
        more = None
        if o.stage == 1:
            more = Reconstruction(gen, o, lambda image, _: dis.maps(image), gen.painted_from)
        return StackGANObjective(gen, dis, o, OtherCaptions(*data.others), DiffAugment(o.augment, data.condition.moved),
                                 more)

    def prepare(self, gen: chainer.Link) -> None:
        """Give Stage II the trained Stage I."""
        if self.options.stage == 2:
            run = self.options.stage1_run
            snapshot = newest_generator(Path(run) / 'snapshots')
            if snapshot is None:
                raise OptionError(f'--stage1_run {run}: no snapshot of a generator there yet')
            load_network(snapshot, gen.stage1)

    def _texts(self, parts: Sequence[CaptionedPictures]) -> TextVectors:
        """The texts of Stage I or of the run whose networks are trained on; else of a data set that is split in two."""
        o = self.options
        if o.stage == 2:
            check_stage1(o)
            return TextVectors.load(o.stage1_run)
        # Its networks know vectors that are standardised as theirs were.
        return TextVectors.load(o.init_run) if o.init_run else TextVectors.fitted(*parts)

    def _images(self, pictures: CaptionedPictures, vectors: list) -> DescribedImages:
        described = [Described(picture.image, vector) for picture, vector in zip(pictures, vectors)]
        return DescribedImages(described, self.options.image_size)
