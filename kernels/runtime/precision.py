"""How precisely a GPU computes convolutions and matrix products: one setting for the process."""

# Single precision; the same with factors rounded to TF32's 10 bits of fraction, as tensor cores take them, and sums
# in single precision; half precision where arrays are stored, with sums in single precision.
PRECISIONS = 'fp32', 'tf32', 'fp16'
_precision = 'tf32'


def set_precision(name: str) -> str:
    """Choose one of ``PRECISIONS`` for what is computed from now on; return the choice before.

    A captured graph keeps the precision that it was captured with. ValueError for any other name.
    """
    global _precision
    if name not in PRECISIONS:
        raise ValueError(f'precision is {name!r}; it may be {", ".join(PRECISIONS)}')
    before, _precision = _precision, name
    return before


def precision() -> str:
    """The choice that holds now."""
    return _precision


def allows_tf32() -> bool:
    """Whether factors of type float32 may be rounded to TF32; where storage is half that is precise enough too."""
    return _precision != 'fp32'
