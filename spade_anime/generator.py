"""A trained generator: found on disk, painting, exported."""
import os
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import chainer
import numpy

from spade_anime.conditions.condition import Arrays, Asked, Condition
from spade_anime.data.pictures import to_pixels
from spade_anime.devices import choose_device
from spade_anime.exporting.engines import onnx_model, painter
from spade_anime.fields import OptionError
from spade_anime.generator_options import LINEAGE_SIZE, OUT_DIR
from spade_anime.painting import scaled
from spade_anime.runs.directory import RunDirectory, newest_finished_run, quoted
from spade_anime.runs.names import CONDITION, OPTIONS
from spade_anime.runs.weights import load_arrays, read_arrays
from spade_anime.systems import SYSTEMS
from spade_anime.systems.description import described
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.stored import load_options
from spade_anime.systems.system import System

PRETRAINED = Path(__file__).resolve().parents[1] / 'pretrained'
FIRST = 'spade'
"""The system of the generator that paints before anything is trained."""
TRAIN_COMMAND = 'python3 train.py --dataset_dir dataset/example'
NOT_PAINTING = {'dis': 'a discriminator', 'state': 'the state'}
"""What the other files of a run's snapshots hold, by the beginning of their names."""


class Generator:
    """A trained generator and what it takes.

    Attributes:
        network: link whose call paints a batch.
        system: what it belongs to.
        condition: what it paints from.
        origin: file that its weights come from.
    """

    def __init__(self, network: chainer.Link, system: System, condition: Condition, origin: Path):
        self.network, self.system, self.condition, self.origin = network, system, condition, origin

    @property
    def options(self) -> CommonOptions:
        """Options that it was trained with."""
        return self.system.options

    def paint(self, samples: int = 1, seed: int = 0, engine: str = 'chainer', noise: float = 1.0,
              **inputs: Any) -> numpy.ndarray:
        """Paint one condition: pictures (samples, S, S, 3) uint8, each with noise of its own.

        With ``fit='pad'`` a label map that is not square is painted in its own shape: (samples, H, W, 3), the longer
        side S.

        Args:
            samples: pictures.
            seed: of the noise, and of what ``inputs`` leave open.
            engine: 'chainer', or 'onnx': onnxruntime, on a CPU the faster one.
            noise: strength of the noise, from 0 to 1: less of it is less grain, and draws that differ less.
            inputs: what is painted, by the names of the condition's ``Inputs``: ``label`` and ``color``,
                ``class_name``, ``attributes``, or ``text``. A picture is a path, a picture of Pillow, or an array.

        Raises InputError, also for inputs that name several conditions: ``paintings`` paints those.
        """
        asked = self.condition.asked(inputs, seed)
        if len(asked.named) > 1:
            raise OptionError(f'{len(asked.named)} pictures are named; paint() takes one, paintings() takes several')
        (_, pictures), = self.paintings(asked, samples, seed, engine, noise)
        return pictures

    def paintings(self, asked: Asked, samples: int = 1, seed: int = 0, engine: str = 'chainer',
                  noise: float = 1.0) -> Iterator[tuple[str, numpy.ndarray]]:
        """Name and pictures (samples, S, S, 3) uint8 of each condition of ``condition.asked(...)``, as ``paint``."""
        if not 0 <= noise <= 1:
            raise OptionError(f'--noise {noise}: only numbers from 0 to 1 are allowed')
        paint_batch = painter(self.network, self.condition.shapes, engine)
        windows = asked.windows or [None] * len(asked.named)
        redrawn: Sequence[Any] = asked.redrawn or [None] * len(asked.named)
        for (name, arrays), window, again in zip(asked.named, windows, redrawn, strict=True):
            pictures = self._drawn(paint_batch, arrays, samples, seed, again, noise)
            yield name, pictures if window is None else pictures[:, *window]

    def export(self, path: str | Path) -> Any:
        """Write an ONNX model, which is returned.

        Its inputs have the names of the condition's flags, and ``z`` is the noise. Its metadata say what their numbers
        mean. Raises OptionError, WriteError.
        """
        path = Path(path).expanduser()
        if path.suffix != '.onnx':
            raise OptionError(f'--out {path}: a model ends in .onnx')
        model = onnx_model(self.network, self.condition.shapes, self.condition.input_names, self._facts())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString())
        return model

    def _facts(self) -> dict[str, Any]:
        return self.condition.described() | {
            'system': self.options.model, 'version': version('spade-anime'), 'image_size': self.options.image_size,
            'noise': getattr(self.network, 'Z', ''), 'output': 'image, RGB from -1 to 1'}

    def _drawn(self, paint_batch: Callable, arrays: Arrays, samples: int, seed: int, again: Callable | None,
               noise: float) -> numpy.ndarray:
        random, pictures = numpy.random.default_rng(seed), []
        for sample in range(samples):
            drawn = arrays if again is None or not sample else again(random)
            batch = tuple(array[None] for array in drawn)
            z = scaled(self.network.draw_noise(1, random), noise)
            pictures.append(to_pixels(paint_batch(batch, z)[0]))
        return numpy.stack(pictures)


class Found(NamedTuple):
    """A generator on disk, not yet built."""

    system: System
    condition: Condition
    arrays: dict[str, numpy.ndarray]
    origin: Path

    def at_size(self, image_size: int) -> 'Found':
        """The same for pictures of ``image_size`` px, 0: of its own. Raises OptionError where it cannot paint these."""
        if image_size in (0, self.system.options.image_size):
            return self
        system, condition = self.system.at_size(image_size, self.condition)
        return self._replace(system=system, condition=condition)

    def build(self, device: str = 'auto') -> Generator:
        """The generator, on a device: 'auto', 'cpu' or 'cuda'. Raises SnapshotError, DeviceError."""
        network = self.system.generator(self.condition)
        load_arrays(self.arrays, network, self.origin)
        network.to_device(choose_device(device))
        return Generator(network, self.system, self.condition, self.origin)


def load(run: str | Path | None = None, best: bool = False, device: str = 'auto', *, snapshot: str | Path = '',
         image_size: int = 0) -> Generator:
    """Load a trained generator.

    Args:
        run: run directory; None: the newest finished run in result/, else the generator that comes with the project.
        best: the generator that was best by what was measured while it trained, instead of the newest.
        device: where to compute: 'auto' for a GPU where there is one, 'cpu' or 'cuda'.
        snapshot: npz file of one generator, of this project or of the lineage, instead of a run.
        image_size: in pixels, to paint; 0: the generator's own. A snapshot of the lineage does not tell its own: what
            it was trained for, 0 meaning 256.

    Raises OptionError or SnapshotError where there is none.
    """
    return find(run, best, snapshot, image_size).build(device)


def find(run: str | Path | None = None, best: bool = False, snapshot: str | Path = '', image_size: int = 0) -> Found:
    """What ``load`` loads; prints which one it is where nothing names it."""
    run, snapshot = (os.path.expanduser(path) if path else '' for path in (run, snapshot))
    if run and snapshot:
        raise OptionError('--run and --snapshot name two generators: only one is allowed')
    if snapshot and best:
        raise OptionError(f'--best chooses a generator of a run; --snapshot {snapshot} names one')
    if snapshot:
        return _from_snapshot(Path(snapshot), image_size)
    if run:
        return _from_run(RunDirectory(Path(run)), best).at_size(image_size)
    if newest := newest_finished_run(OUT_DIR):
        print(f'Painting with {newest.path}/.')
        return _from_run(newest, best).at_size(image_size)
    if best:
        raise OptionError(f'--best: there is no run in {OUT_DIR}/ to choose from; --run names one')
    print(f'Nothing trained yet: painting with the small generator that comes with the project. Train your own with: '
          f'{TRAIN_COMMAND}')
    return _from_run(RunDirectory(PRETRAINED / FIRST), best=False).at_size(image_size)


def _from_run(run: RunDirectory, best: bool) -> Found:
    if not run.options.exists():
        copied = max(run.path.glob('gen*.npz'), default=None)
        instead = f'paint with --snapshot {quoted(copied)}' if copied else (
            f'train one with: {TRAIN_COMMAND} --out_dir {quoted(run.path)}')
        raise OptionError(f'--run {run.path}: no run there; {instead}')
    snapshot = run.best_generator() if best else run.generator()
    if best and snapshot is None:
        raise OptionError(f'--best: nothing was measured while {run.path} trained; --metrics_interval makes it so')
    if snapshot is None:
        raise OptionError(f'--run {run.path}: no snapshot of a generator in {run.folder("snapshots")} yet')
    if not (run.summary.exists() or snapshot == run.published):
        print(f'{run.path} has not finished: painting with {snapshot.name}.')
    return _with_options(run.options, snapshot)


def _from_snapshot(path: Path, image_size: int) -> Found:
    if part := NOT_PAINTING.get(path.name.rsplit('_', 1)[0]):
        raise OptionError(f'--snapshot {path}: holds {part} of a run; allowed is one of its generators, '
                          'gen_average_*.npz or gen_*.npz')
    arrays = read_arrays(path)
    if own := described(arrays, path):
        return Found(*own, arrays, path).at_size(image_size)
    for folder in path.resolve().parents[:2]:
        if (folder / OPTIONS).exists():
            return _with_options(folder / OPTIONS, path).at_size(image_size)
    return _of_lineage(arrays, path, image_size or LINEAGE_SIZE)


def _of_lineage(arrays: dict[str, numpy.ndarray], path: Path, image_size: int) -> Found:
    """A generator whose parameters have the paths of another project that a system knows."""
    for system_class in SYSTEMS.values():
        translated = {system_class.snapshot_paths['gen'](name): array for name, array in arrays.items()}
        other = translated.keys() != arrays.keys()
        if other and (options := system_class.options_from_arrays(translated, image_size)):
            print(f'{path} was saved by the lineage: built from its shapes for {image_size} px.')
            system = system_class(options)
            return Found(system, system.condition(path.parent), translated, path)
    raise OptionError(f'--snapshot {path}: it holds no options, as is so for earlier versions, there is no {OPTIONS} '
                      f"beside it or above it, and it is not the lineage's; copy its run's {OPTIONS} and {CONDITION} "
                      'beside it')


def _with_options(options_path: Path, snapshot: Path) -> Found:
    system_class, options = load_options(options_path)
    system = system_class(options)
    arrays = read_arrays(snapshot, system_class.snapshot_paths['gen'])
    return Found(system, system.condition(options_path.parent), arrays, snapshot)
