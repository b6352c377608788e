"""Measuring a trained generator on held-out samples, beside an untrained one and the real images."""
import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy
from PIL import Image

from spade_anime.data.options import AS_TRAINED
from spade_anime.data.pictures import preview_size, sheet, to_pixels
from spade_anime.evaluation.rows import append_row
from spade_anime.evaluation.scores import Scores, Wanted, scores_for
from spade_anime.fields import OptionError
from spade_anime.files import check_outside, following_links
from spade_anime.generator import Generator, load
from spade_anime.runs.names import EVALUATION, METRICS
from spade_anime.systems.stored import check_data_there
from spade_anime.systems.system import System, TrainingData

SHEET_ROWS = 16


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Scores of one generator.

    Attributes:
        generator: what was measured.
        scores: how.
        columns: of 'trained', 'untrained' and 'real' images: numbers by name.
        picture: a sheet of samples and of what both generators painted from them.
    """

    generator: Generator
    scores: Scores
    columns: dict[str, dict[str, float]]
    picture: Image.Image

    def save(self, directory: Path) -> tuple[Path, Path]:
        """Append a row to metrics.jsonl and write the sheet; the paths of both."""
        directory = directory.expanduser()
        directory.mkdir(parents=True, exist_ok=True)
        rows, picture = directory / METRICS, directory / EVALUATION
        options = self.generator.options
        append_row(rows, {'snapshot': str(self.generator.origin), 'dataset_dir': options.dataset_dir,
                          'image_size': options.image_size, 'samples': len(self.scores.samples),
                          **self.scores.facts(), **self.columns})
        self.picture.save(picture)
        return rows, picture


def evaluate(run: str | Path | None = None, dataset_dir: str = '', *, fit: str = AS_TRAINED, follow_links: bool = False,
             best: bool = False, snapshot: str | Path = '', image_size: int = 0, device: str = 'auto', seed: int = 0,
             directory: str | Path | None = None, **wanted: Any) -> Evaluation:
    """Paint the validation part of a data set with a trained and with an untrained generator, and compare.

    Args:
        run, best, snapshot, image_size, device: which generator, as ``load`` takes them.
        dataset_dir: data set whose validation part is painted; '': that of the run.
        fit: what is done with label maps and images that are not square, one of ``FITS``, or as the run did.
        follow_links: read files that symbolic links show outside the data set, also where the run did not.
        seed: of the noise.
        directory: where judges that are trained are kept; None: ``directory_of`` the generator.
        wanted: what is scored, by the names of ``Wanted``.

    Raises InputError.
    """
    generator = load(run, best, device, snapshot=snapshot, image_size=image_size)
    if not dataset_dir:
        check_data_there(generator.system.options)
    system = _on_data(generator.system, os.path.expanduser(dataset_dir), fit)
    generator = Generator(generator.network, system, generator.condition, generator.origin)
    if directory:
        check_outside(directory, '--out_dir', system.options.dataset_dir)
    with following_links(follow_links or system.options.follow_links):
        data = system.open_data(generator.condition)
    kept = Path(directory).expanduser() if directory else directory_of(generator)
    scores = scores_for(system, data, Wanted(**wanted), seed, kept)
    print(f'{generator.origin}: {len(scores.samples)} paintings from validation samples of '
          f'{system.options.dataset_dir}')
    for remark in scores.remarks():
        print(remark, flush=True)
    return _measured(generator, data, scores, seed)


def _on_data(system: System, dataset_dir: str, fit: str) -> System:
    """The system with the data that are named, where they are. Raises OptionError."""
    if fit != AS_TRAINED and not hasattr(system.options, 'fit'):
        raise OptionError(f'--fit {fit}: allowed where label maps are painted from; of other pictures the square in '
                          'the middle is taken')
    changes = {'dataset_dir': dataset_dir} if dataset_dir else {}
    changes |= {'fit': fit} if fit != AS_TRAINED else {}
    return type(system)(dataclasses.replace(system.options, **changes))


def directory_of(generator: Generator) -> Path:
    """Where scores of a generator go: its run directory, or evaluation/ where it has none."""
    origin = generator.origin
    return origin.parent.parent if origin.parent.name == 'snapshots' else Path('evaluation')


def _measured(generator: Generator, data: TrainingData, scores: Scores, seed: int) -> Evaluation:
    numpy.random.seed(seed)
    untrained = generator.system.generator(data.condition)
    untrained.to_device(generator.network.device)
    networks = {'trained': generator.network, 'untrained': untrained}
    images = {name: scores.paint(network) for name, network in networks.items()}
    columns = {name: scores.of_images(images[name]) | scores.diversity(network) for name, network in networks.items()}
    columns['real'] = scores.real()
    rows = [data.condition.sample_tiles(sample) | {'painted': to_pixels(painted), 'untrained': to_pixels(other)}
            for sample, painted, other in zip(scores.samples[:SHEET_ROWS], images['trained'], images['untrained'])]
    picture = sheet([list(row.values()) for row in rows], list(rows[0]),
                    size=preview_size(images['trained'].shape[3]))
    return Evaluation(generator, scores, columns, picture)
