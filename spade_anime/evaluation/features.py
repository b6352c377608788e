"""Features of images by a network that the user names: an ONNX file, run by onnxruntime on the CPU."""
import os
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

import numpy

from spade_anime.data.pictures import to_pixels
from spade_anime.errors import InputError
from spade_anime.evaluation.feature_input import FeatureInput

if TYPE_CHECKING:
    import onnxruntime


BATCH = 16
SILENT = 4
"""onnxruntime's log level: errors are raised, and reported once."""


class Images(Protocol):
    """Images (3, S, S) in [-1, 1]: an array, or read one by one."""

    def __len__(self) -> int: ...

    def __getitem__(self, i: int, /) -> numpy.ndarray: ...


class FeatureError(InputError):
    """A file of features cannot be used."""


class Features:
    """Feature vectors of images by a network in an ONNX file.

    It needs one input, a batch of RGB images, channels first or last, of fixed or free size. Its first output is a
    vector per image, (N, D), or a map, which is averaged over its pixels.

    Args:
        path: the ONNX file.
        value_range: of the pixels that the network takes, which an ONNX file does not state. One of
            ``feature_input.RANGES``, or 'auto': 'bytes' where it takes uint8, else 'signed'.
        size: width and height that images are resized to for a network of free size; 0: they are not resized.

    Raises FeatureError, one line, if the file cannot be read or the network has another input.
    """

    def __init__(self, path: str | Path, value_range: str = 'auto', size: int = 0):
        self.path = Path(path)
        self._session = self._opened()
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise FeatureError(f'{path}: the network has {len(inputs)} inputs '
                               f'({", ".join(given.name for given in inputs)}); allowed is one, a batch of images')
        self.input = FeatureInput.of(inputs[0], self.path, value_range, size)
        self.output = self._session.get_outputs()[0].name

    def describe(self) -> str:
        """File, output and input in one line."""
        return f'{self.path}: output {self.output!r} of {self.input.describe()}'

    def of(self, images: Images) -> numpy.ndarray:
        """Features (N, D) float64 of the images.

        Images are rounded to 256 values first, as if they had been saved. Raises FeatureError if a feature is not a
        finite number, or the network does not take images of this size.
        """
        if not len(images):
            raise FeatureError(f'{self.path}: there are no images to compute features of')
        features = []
        for start in range(0, len(images), BATCH):
            pixels = [to_pixels(images[i]) for i in range(start, min(start + BATCH, len(images)))]
            features.append(self._of_pixels(pixels))
            if not numpy.isfinite(features[-1]).all():
                bad = start + int((~numpy.isfinite(features[-1])).any(axis=1).argmax())
                raise FeatureError(f'{self.path}: features of image {bad + 1} of {len(images)} are not finite numbers; '
                                   'is --features_range what the network takes?')
        return numpy.concatenate(features)

    def distance(self, images: Images) -> numpy.ndarray:
        """Euclidean distance between the features of each pair of images: (N, N)."""
        features = self.of(images)
        return numpy.stack([numpy.linalg.norm(features - one, axis=1) for one in features])

    def _of_pixels(self, pixels: list[numpy.ndarray]) -> numpy.ndarray:
        count, given = len(pixels), self.input.batch(pixels)
        # A network whose batch is fixed gets that many at a time; the last image fills up the last batch.
        step = self.input.fixed_batch or count
        given = numpy.concatenate([given, numpy.repeat(given[-1:], -count % step, axis=0)])
        outputs = [self._run(given[start:start + step]) for start in range(0, len(given), step)]
        return numpy.concatenate(outputs)[:count]

    def _run(self, batch: numpy.ndarray) -> numpy.ndarray:
        try:
            output = self._session.run([self.output], {self.input.name: batch})[0]
        except errors() as error:
            raise FeatureError(f'{self.path}: the network does not take images {batch.shape}: {_first_line(error)}; '
                               '--features_size gives them another size') from None
        if output.ndim not in (2, 4) or len(output) != len(batch):
            raise FeatureError(f'{self.path}: output {self.output!r} of {len(batch)} images is {output.shape}; '
                               'allowed are (images, features) and maps of features')
        if output.ndim == 4:
            output = output.mean(axis=(1, 2) if self.input.channels_last else (2, 3), dtype=numpy.float64)
        return output.astype(numpy.float64)

    def _opened(self) -> 'onnxruntime.InferenceSession':
        if not self.path.is_file():
            raise FeatureError(f'--features {self.path}: no such file; allowed is an ONNX file')
        runtime = _onnxruntime()
        options = runtime.SessionOptions()
        options.log_severity_level = SILENT
        options.intra_op_num_threads = usable_cores()
        try:
            return runtime.InferenceSession(str(self.path), options, providers=['CPUExecutionProvider'])
        except errors() as error:
            raise FeatureError(f'--features {self.path}: not an ONNX model that onnxruntime runs: '
                               f'{_first_line(error)}') from None


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises; its exceptions have no common base class of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as raised
    return (raised.Fail, raised.InvalidArgument, raised.InvalidGraph, raised.InvalidProtobuf, raised.NoSuchFile,
            raised.NotImplemented, raised.RuntimeException)


def _onnxruntime() -> ModuleType:
    try:
        import onnxruntime
    except ImportError as error:
        raise FeatureError(f'--features: {error.name} is not installed; the extra "onnx" brings it '
                           "(pip install -e '.[onnx]')") from None
    return onnxruntime


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
