"""What the ways to convolve on a CPU share: the geometry, blocks of the output, and the rows these see."""
import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy

from ..runtime.arrays import Array
from ..runtime.threads import scratch, spans


@dataclasses.dataclass(frozen=True)
class Window:
    """Geometry of a convolution: all pairs are (vertical, horizontal)."""

    x_size: tuple[int, int]
    y_size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    dilate: tuple[int, int]

    @cached_property
    def is_pointwise(self) -> bool:
        """Whether the columns are the image itself."""
        return self.kernel == self.stride == (1, 1) and self.pad == (0, 0) and self.x_size == self.y_size

    @cached_property
    def taps(self) -> int:
        """Number of weights an input channel."""
        return self.kernel[0] * self.kernel[1]

    @cached_property
    def can_turn(self) -> bool:
        """Whether the transpose is a convolution too."""
        return self.stride == (1, 1) and min(self.flipped().pad) >= 0

    def flipped(self) -> 'Window':
        """Geometry of the convolution with turned weights that is this one's transpose."""
        down, across = (d * (k - 1) - p for d, k, p in zip(self.dilate, self.kernel, self.pad))
        return dataclasses.replace(self, x_size=self.y_size, y_size=self.x_size, pad=(down, across))


@dataclasses.dataclass(frozen=True)
class Block:
    """Output rows ``top`` to ``bottom`` of the images ``first`` to ``last``."""

    first: int
    last: int
    top: int
    bottom: int


def cut(batch: int, height: int, width: int, places: int, workers: int = 1) -> list[Block]:
    """Cut outputs into blocks of about so many places, evenly for some threads; small images go together."""
    count = max(round(batch * height * width / places / workers), 1) * workers
    if batch > 1 and height * width * 2 <= places:
        return [Block(*span, 0, height) for span in spans(batch, count)]
    rows = spans(height, -(-count // batch))
    return [Block(n, n + 1, *span) for n in range(batch) for span in rows]


def _reached_rows(window: Window, block: Block) -> tuple[int, int, int, int]:
    """First row that a block's outputs see, first and end of those inside the image, and end of all."""
    height, stride, pad = window.x_size[0], window.stride[0], window.pad[0]
    top = block.top * stride - pad
    bottom = (block.bottom - 1) * stride + window.dilate[0] * (window.kernel[0] - 1) - pad + 1
    low = min(max(top, 0), height)
    return top, low, max(min(bottom, height), low), bottom


def padded_rows(xs: Sequence[Array], window: Window, block: Block) -> numpy.ndarray:
    """The rows of the padded images that a block's outputs see; the channels of all ``xs`` one below the other."""
    width, pw = window.x_size[1], window.pad[1]
    top, low, high, bottom = _reached_rows(window, block)
    parts = [x[block.first:block.last, :, low:high] for x in xs]
    if not pw and (low, high) == (top, bottom) and len(xs) == 1:
        return parts[0]
    shape = len(parts[0]), sum(part.shape[1] for part in parts), bottom - top, width + 2 * pw
    padded, first = scratch('padded', shape, xs[0].dtype), 0
    padded.fill(0)
    for part in parts:
        last = first + part.shape[1]
        padded[:, first:last, low - top:high - top, pw:pw + width] = part
        first = last
    return padded


def turned(W: Array) -> numpy.ndarray:
    """Weights of the transposed convolution: channels swapped, taps in reverse order."""
    return numpy.ascontiguousarray(W.swapaxes(0, 1)[:, :, ::-1, ::-1])
