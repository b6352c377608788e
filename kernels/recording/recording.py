"""Recording a call."""
from collections.abc import Callable
from typing import Any

from .creation import recorded_creation
from .pool import Pool
from .recorder import Recorder, Tape, activated


def record(function: Callable[[], Any], pool: Pool) -> Tape:
    """Call ``function``; return what repeats it. Arrays that it makes lie in ``pool``.

    Raises Unrecordable, in the middle of the call, where it does what no tape can repeat.
    """
    recorder = Recorder(pool)
    with activated(recorder), recorded_creation():
        function()
    return recorder.tape
