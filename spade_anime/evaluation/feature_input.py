"""The input of a feature network: layout, size, type and range of its images."""
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from PIL import Image

from spade_anime.errors import InputError

TYPES = {'tensor(float)': numpy.float32, 'tensor(float16)': numpy.float16, 'tensor(double)': numpy.float64,
         'tensor(uint8)': numpy.uint8}
RANGES = {
    'signed': (numpy.full(3, 128.0), numpy.full(3, 128.0)),
    'unit': (numpy.zeros(3), numpy.full(3, 255.0)),
    'bytes': (numpy.zeros(3), numpy.ones(3)),
    'imagenet': (255 * numpy.array([0.485, 0.456, 0.406]), 255 * numpy.array([0.229, 0.224, 0.225])),
}
"""Offset and divisor of the pixels 0..255 by channel. signed: (x - 128) / 128, of the Inception of FID; unit: 0..1;
bytes: 0..255; imagenet: mean and standard deviation of ImageNet's colours, of many classifiers."""
AUTO = 'auto'


class FeatureInput(NamedTuple):
    """Input of a network: its name and what its images are like.

    ``fixed_batch``, ``height`` and ``width`` are None if the network accepts any.
    """

    name: str
    dtype: type
    channels_last: bool
    fixed_batch: int | None
    height: int | None
    width: int | None
    value_range: str

    @classmethod
    def of(cls, given: Any, path: Path, value_range: str, size: int) -> 'FeatureInput':
        """Read onnxruntime's description ``given`` of an input. Raises InputError if it is not a batch of images."""
        if given.type not in TYPES:
            raise InputError(f'{path}: the network takes {given.type}; allowed are {", ".join(TYPES)}')
        shape = given.shape
        if len(shape) != 4:
            raise InputError(f'{path}: the network takes arrays {shape}; allowed are images, (N, 3, H, W) or '
                             '(N, H, W, 3)')
        # A channel axis of free size decides nothing: channels come first unless three of them come last.
        channels_last = shape[3] == 3 and shape[1] != 3
        if not channels_last and shape[1] != 3 and isinstance(shape[1], int):
            raise InputError(f'{path}: the network takes arrays {shape}; allowed are images of 3 channels, '
                             '(N, 3, H, W) or (N, H, W, 3)')
        fixed = [axis if isinstance(axis, int) and axis > 0 else None for axis in shape]
        height, width = fixed[1:3] if channels_last else fixed[2:]
        if size and (height not in (None, size) or width not in (None, size)):
            raise InputError(f'--features_size {size}: {path} only takes images of {height} x {width}')
        dtype = TYPES[given.type]
        if dtype is numpy.uint8 and value_range not in (AUTO, 'bytes'):
            raise InputError(f'--features_range {value_range}: {path} takes uint8; allowed are {AUTO} and bytes')
        if value_range == AUTO:
            value_range = 'bytes' if dtype is numpy.uint8 else 'signed'
        return cls(given.name, dtype, channels_last, fixed[0], height or size or None, width or size or None,
                   value_range)

    def describe(self) -> str:
        """The input in words, for messages."""
        size = f'{self.height} x {self.width}' if self.height and self.width else 'their own size'
        return (f'images of {size}, channels {"last" if self.channels_last else "first"}, '
                f'{numpy.dtype(self.dtype)}, range {self.value_range}')

    def batch(self, pixels: list[numpy.ndarray]) -> numpy.ndarray:
        """The input for pictures (H, W, 3) uint8."""
        offset, divisor = RANGES[self.value_range]
        images = (numpy.stack([self._resized(picture) for picture in pixels]) - offset) / divisor
        if self.dtype is numpy.uint8:
            images = numpy.rint(images)
        images = images.astype(self.dtype)
        return images if self.channels_last else numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))

    def _resized(self, picture: numpy.ndarray) -> numpy.ndarray:
        """Bicubic, with a filter as wide as the scale requires when shrinking, and not rounded.

        Features then do not depend on how a library shrinks (Parmar et al. 2022, arXiv:2104.11222).
        """
        height, width = self.height or picture.shape[0], self.width or picture.shape[1]
        if picture.shape[:2] == (height, width):
            return picture.astype(numpy.float64)
        channels = [numpy.asarray(Image.fromarray(channel).resize((width, height), Image.Resampling.BICUBIC))
                    for channel in picture.astype(numpy.float32).transpose(2, 0, 1)]
        return numpy.stack(channels, axis=2).clip(0, 255).astype(numpy.float64)
