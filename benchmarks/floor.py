"""The least time that an iteration can take.

Its functions run one after another, so the floor is the sum over functions of the longer of two times: bytes over the
bandwidth that a copy reaches, and operations over the rate that a large matrix product reaches.
"""
from typing import NamedTuple


class Work(NamedTuple):
    """One function: its name, bytes in and out, operations."""

    name: str
    moved: int
    operations: int = 0


def floor(work: list[Work], bandwidth: float, rate: float) -> float:
    """Seconds that the functions take at least, at bytes and operations a second."""
    return sum(max(moved / bandwidth, operations / rate) for _, moved, operations in work)
