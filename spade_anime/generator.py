"""A trained generator: loaded, painting, exported."""
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import chainer
import numpy

from spade_anime.conditions.condition import Arrays, Asked, Condition
from spade_anime.data.pictures import to_pixels
from spade_anime.devices import choose_device
from spade_anime.exporting.engines import onnx_model, painter
from spade_anime.fields import OptionError
from spade_anime.finding import Found, find
from spade_anime.layers.spectral import keep_weights
from spade_anime.painting import scaled
from spade_anime.runs.weights import load_arrays
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.system import System


class Generator:
    """A trained generator and what it takes.

    Attributes:
        network: link whose call paints a batch. Its weights have to stay as they are: some are kept in other forms.
        system: what it belongs to.
        condition: what it paints from.
        origin: file that its weights come from.
    """

    def __init__(self, network: chainer.Link, system: System, condition: Condition, origin: Path):
        self.network, self.system, self.condition, self.origin = network, system, condition, origin

    @classmethod
    def of(cls, found: Found, device: str = 'auto') -> 'Generator':
        """Build what was found, on a device: 'auto', 'cpu' or 'cuda'. Raises SnapshotError, DeviceError."""
        network = found.system.generator(found.condition)
        load_arrays(found.arrays, network, found.origin)
        network.to_device(choose_device(device))
        keep_weights(network)
        return cls(network, found.system, found.condition, found.origin)

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
    return Generator.of(find(run, best, snapshot, image_size), device)
