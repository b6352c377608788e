"""What the plan of an iteration has to know of code that computes on the host: see ``kernels.recording``.

``drawn(function)`` gives the arrays that ``function`` makes, anew in every replay, such as random numbers.
``fixed(array)`` is an array that stays where it is from one iteration to the next, while what it holds changes.
"""
from kernels.recording import drawn, fixed

__all__ = ['drawn', 'fixed']
