"""Pictures as the page sends and receives them: PNG files that say what they were painted from."""
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy
from PIL import Image
from PIL.PngImagePlugin import PngInfo

FAST = 1
"""zlib's level of what is only looked at: half again as large, in a fifth of the time."""


def strip_png(pictures: numpy.ndarray, facts: Mapping[str, Any]) -> bytes:
    """Pictures (N, H, W, 3) uint8 as one PNG, one below the other. ``facts``: its texts, by name."""
    return png(Image.fromarray(pictures.reshape(-1, *pictures.shape[2:])), facts)


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
