"""How precisely a GPU computes convolutions and matrix products: a setting of the machine."""
from .machine import PRECISIONS, choose, machine

__all__ = ['PRECISIONS', 'allows_tf32', 'precision', 'set_precision']


def set_precision(name: str) -> str:
    """Choose one of ``PRECISIONS`` for what is computed from now on; return the choice before.

    A captured graph keeps the precision that it was captured with. ValueError for any other name.
    """
    return choose(precision=name).precision


def precision() -> str:
    """The choice that holds now."""
    return machine().precision


def allows_tf32() -> bool:
    """Whether factors of type float32 may be rounded to TF32; where storage is half that is precise enough too."""
    return machine().precision != 'fp32'
