"""Work on NumPy arrays, recorded while it is done once and replayed without the Python that decided it.

It is to a CPU what a captured CUDA graph is to a GPU. ``record`` calls a function whose operations are the same every
time and returns a ``Tape`` that repeats them on the same memory. What changes from call to call lies in arrays that
stay where they are, and reaches the function as ``traced`` views. Whatever is computed from these is of their class,
which writes down each operation of NumPy. Code that computes by other means adds steps of its own: ``step``, ``drawn``,
``collected``, or ``Recorder.add``.

A replay equals another call of the function to the last bit, unless that depends on something that is not traced, such
as a random number or a count. Who records compares the two once.
"""
from .pool import Pool
from .recorder import Recorder, Tape, Unrecordable, active
from .recording import record
from .steps import collected, drawn, fixed, step
from .traced import Traced, traced
from .views import detached

__all__ = ['Pool', 'Recorder', 'Tape', 'Traced', 'Unrecordable', 'active', 'collected', 'detached', 'drawn', 'fixed',
           'record', 'step', 'traced']
