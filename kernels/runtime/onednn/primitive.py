"""A primitive of oneDNN, made once for the layouts of its arrays, executed on plain addresses."""
import ctypes
import functools
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from ... import recording
from ..arrays import Array, address
from ..threads import threads
from .engine import Argument, Handles, Library, Steps, library

FLOAT32 = 3
MOST_AXES = 12

Form: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""Shape and strides in bytes: all that a primitive has to know of an array."""


def form_of(array: Array) -> Form:
    """That of an image (N, C, H, W), or of numbers a channel (C,) as an image of one pixel."""
    if array.ndim == 1:
        step = array.strides[0]
        return (1, len(array), 1, 1), (len(array) * step, step, step, step)
    return array.shape, array.strides


class Primitive:
    """Calling it computes, on the arrays given in the order of ``arguments``. It has a place for one call at a time.

    Args:
        made: what its descriptor was made with.
        descriptor: of the primitive.
        arguments: layout of each array by its argument number.
        count: threads to run on; the primitive has to be described for as many.
    """

    def __init__(self, made: Handles, descriptor: ctypes.c_void_p, arguments: dict[int, ctypes.c_void_p], count: int):
        self.onednn, self.handles, self.count = made.onednn, made, count
        self.memories = [made.memory(layout) for layout in arguments.values()]
        self.steps = [(made.new('primitive', descriptor), arguments_of(dict(zip(arguments, self.memories))))]

    def __call__(self, *arrays: Array) -> None:
        """Compute."""
        with self.onednn.lock:
            for memory, array in zip(self.memories, arrays, strict=True):
                self.onednn.point(memory, address(array))
            self.onednn.execute(self.count, self.steps)
            note(self.handles, self.count, self.steps, arrays)


def note(made: Handles, count: int, steps: Steps, *held: Any) -> None:
    """Where work is recorded, add steps that have just been executed, on the addresses that they had.

    ``held``: arrays, or tuples of them, in which these lie. The caller holds oneDNN's lock.
    """
    recorder = recording.active()
    if recorder is None:
        return
    copies = Handles(made.onednn)
    fixed = [(primitive, (Argument * len(arguments))(*(
        Argument(each.number, copies.memory(*made.onednn.place(ctypes.c_void_p(each.memory))).value)
        for each in arguments))) for primitive, arguments in steps]
    recorder.add(functools.partial(made.onednn.repeat, count, fixed))
    recorder.tape.hold(made, copies, recording.detached(held))


def handles(work: int, small: int) -> tuple[Handles, int]:
    """For a new primitive, and its threads: one where ``work`` is ``small``, as waking others costs more than it saves.

    RuntimeError where oneDNN does not load.
    """
    onednn: Library | None = library()
    if onednn is None:
        raise RuntimeError('oneDNN does not load here')
    count = threads() if work > small else 1
    # A primitive is made for the threads that it is to run on.
    onednn.use_threads(count)
    return Handles(onednn), count


def layout_of(made: Handles, form: Form) -> ctypes.c_void_p:
    """That of a float32 array."""
    shape, strides = form
    return made.new('memory_desc', len(shape), sizes(shape), FLOAT32, sizes(step // 4 for step in strides),
                    function='dnnl_memory_desc_create_with_strides')


def sizes(values: Iterable[int]) -> ctypes.Array:
    """Numbers as oneDNN takes those of axes."""
    return (ctypes.c_int64 * MOST_AXES)(*values)


def arguments_of(memories: dict[int, ctypes.c_void_p]) -> ctypes.Array:
    """Memories by argument number, as a primitive takes them."""
    return (Argument * len(memories))(*(Argument(number, memory.value) for number, memory in memories.items()))


def attributes(made: Handles, steps: Sequence[tuple]) -> ctypes.c_void_p:
    """What is done to a result before it is written: steps ('eltwise' or 'binary', its arguments), one by one."""
    after = made.new('post_ops')
    for kind, *arguments in steps:
        made.onednn.call(f'dnnl_post_ops_append_{kind}', after, *arguments)
    found = made.new('primitive_attr')
    made.onednn.call('dnnl_primitive_attr_set_post_ops', found, after)
    return found
