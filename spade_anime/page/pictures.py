"""Pictures as the page sends and receives them: pixels to look at, PNG files that say what they were painted from."""
import io
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from spade_anime.data.images import pixels
from spade_anime.data.pictures import sheet

FAST = 1
"""zlib's level of what is only looked at: half again as large, in a fifth of the time."""


class Painted(NamedTuple):
    """What was painted.

    Attributes:
        names: of each picture, what it was painted from.
        pictures: (N, S, S, 3) uint8.
        enlarged: whether they are larger than the generator paints.
        facts: what a file says of them, by name.
    """

    names: list[str]
    pictures: numpy.ndarray
    enlarged: bool
    facts: Mapping[str, Any]

    @property
    def told(self) -> str:
        """What an answer says of them besides, as JSON of ASCII letters."""
        return json.dumps({'names': self.names, 'size': self.pictures.shape[1], 'enlarged': self.enlarged})

    def pixels(self) -> bytes:
        """The pictures one after the other, RGBA, as a canvas takes them: no codec delays them."""
        opaque = numpy.full((*self.pictures.shape[:3], 1), 255, numpy.uint8)
        return numpy.concatenate((self.pictures, opaque), axis=3).tobytes()

    def png(self) -> bytes:
        """A file: one picture, or several side by side with their names above."""
        if len(self.pictures) == 1:
            return png(Image.fromarray(self.pictures[0]), self.facts)
        return png(sheet([list(self.pictures)], self.names), self.facts)


def png(picture: Image.Image, facts: Mapping[str, Any]) -> bytes:
    """A picture as a PNG file. ``facts``: its texts, by name; what is no text is written as JSON."""
    info = PngInfo()
    for name, fact in facts.items():
        info.add_itxt(name, fact if isinstance(fact, str) else json.dumps(fact))
    stream = io.BytesIO()
    picture.save(stream, 'PNG', pnginfo=info, compress_level=FAST)
    return stream.getvalue()


def enlarged(pictures: numpy.ndarray, size: int) -> numpy.ndarray:
    """Pictures (N, H, W, 3) uint8 as (N, size, size, 3), interpolated by Lanczos's filter."""
    return numpy.stack([numpy.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS))
                        for picture in pictures])


def on_white(picture: Image.Image) -> Image.Image:
    """A picture of any mode as RGB; what is transparent shows white."""
    rgb, alpha = pixels(picture)
    shown = Image.fromarray(rgb)
    return shown if alpha is None else Image.composite(shown, Image.new('RGB', shown.size, 'white'),
                                                       Image.fromarray(alpha))
