"""oneDNN on a CPU: convolutions, and the passes over images between them, on threads that all of them share."""
import numpy

from ..across import ALONE, Across
from ..arrays import Array
from ..dispatch import implementation as of_array
from ..layout import is_channels_last
from . import engine

# Not numpy.float32: a test that trains in double precision calls that float64, whose numbers would be misread here.
DTYPE = numpy.dtype('f')


def implementation(impl: str | None, array: Array, gpu: str = 'cuda', across: Across = ALONE,
                   any_layout: bool = False) -> str:
    """As ``dispatch.implementation``, of ops that have 'onednn' beside 'cpu'.

    oneDNN takes NumPy arrays of single precision, unless ``any_layout`` channels-last ones alone, which all are that
    its convolutions make. 'cpu' serves others, and where it does not load. RuntimeError where it is asked for and does
    not load.
    """
    chosen = of_array(impl, array, gpu=gpu, cpu=('onednn', 'cpu'), across=across)
    if chosen == 'onednn' and not engine.is_available():
        raise RuntimeError("impl='onednn' needs oneDNN: pip install onednn-cpu-gomp, or onednn-cpu-vcomp on Windows")
    suits = array.dtype == DTYPE and (any_layout or is_channels_last(array))
    return 'onednn' if impl is None and chosen == 'cpu' and suits and engine.is_available() else chosen
