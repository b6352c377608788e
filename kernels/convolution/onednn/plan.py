"""A convolution as a primitive of oneDNN: made once for each problem, executed on plain addresses.

Images are channels-last and weights contiguous, as they are everywhere else. oneDNN has its own layouts of weights,
which differ between a convolution and its gradients: weights are brought into them, or back, each time, unless they are
constants.
"""
import ctypes
import dataclasses
import functools
from typing import Any

import numpy

from ...runtime.arrays import address
from ...runtime.onednn.engine import ALIGNMENT, Handles
from ...runtime.onednn.primitive import FLOAT32, arguments_of, handles, layout_of, note, sizes
from ..window import Window
from .constants import Arranged, is_constant

ANY = 1
FORWARD, DIRECT = 64, 1
USER_SCRATCHPAD = 1
FROM, TO, SCRATCHPAD = 1, 17, 80
SCRATCHPAD_LAYOUT = 136
# Problems whose primitives are kept: a training step has about a hundred.
PLANS = 1024
# Products below which waking a second thread costs more than it saves.
SMALL_WORK = 4_000_000


@dataclasses.dataclass(frozen=True)
class Kind:
    """One of the three: its function, its arrays' argument numbers, and what to ask for the weights' layout."""

    make: str
    arguments: dict
    weights_layout: int


# By what comes out: y = convolution of x by w, with bias b.
KINDS = {'y': Kind('dnnl_convolution_forward_primitive_desc_create', {'x': 1, 'w': 33, 'b': 41, 'y': 17}, 131),
         'x': Kind('dnnl_convolution_backward_data_primitive_desc_create', {'x': 129, 'w': 33, 'y': 145}, 131),
         'w': Kind('dnnl_convolution_backward_weights_primitive_desc_create', {'x': 1, 'w': 161, 'b': 169, 'y': 145},
                   132)}


@dataclasses.dataclass(frozen=True)
class Problem:
    """A convolution or one of its gradients: all that a primitive depends on. ``result`` is 'y', 'x' or 'w'."""

    result: str
    batch: int
    channels: int
    outputs: int
    window: Window
    has_bias: bool

    def shape(self, name: str) -> tuple[int, ...]:
        """That of 'x', 'w', 'y' or, where there is one, 'b'."""
        window = self.window
        return {'x': (self.batch, self.channels, *window.x_size), 'y': (self.batch, self.outputs, *window.y_size),
                'w': (self.outputs, self.channels, *window.kernel), 'b': (self.outputs,)}[name]

    @property
    def products(self) -> int:
        """Number of multiplications."""
        height, width = self.window.y_size
        return self.batch * self.channels * self.outputs * self.window.taps * height * width

    @property
    def names(self) -> list[str]:
        """Those of the arrays that take part."""
        return [name for name in KINDS[self.result].arguments if name != 'b' or self.has_bias]


class Plan:
    """The primitives of one problem; calling it computes. Its memory objects have a place for one call at a time."""

    def __init__(self, problem: Problem):
        made, self.threads = handles(problem.products, SMALL_WORK)
        kind, onednn = KINDS[problem.result], made.onednn
        self.handles, self.onednn = made, onednn
        self.shapes = {name: problem.shape(name) for name in problem.names}
        layouts = {name: _layout(made, shape, name in 'xy') for name, shape in self.shapes.items()}
        descriptor = _descriptor(made, problem, layouts)
        favourite = onednn.queried_layout(descriptor, kind.weights_layout)
        room = onednn.queried_layout(descriptor, SCRATCHPAD_LAYOUT)
        self.memories = {name: made.memory(layout) for name, layout in layouts.items()}
        self.room, self.weights, self.offset = made.memory(room), None, 0
        self.arranged, self.arranged_size = Arranged(), 0
        self.places: tuple[int, int] | None = None
        bound = {kind.arguments[name]: memory for name, memory in self.memories.items()} | {SCRATCHPAD: self.room}
        steps = [(made.new('primitive', descriptor), bound)]
        if not onednn.is_same(favourite, layouts['w']):
            self.weights = bound[kind.arguments['w']] = made.memory(favourite)
            self.arranged_size = onednn.size(favourite)
            self.offset = -(-self.arranged_size // ALIGNMENT) * ALIGNMENT
            ends = (layouts['w'], self.memories['w']), (favourite, self.weights)
            if problem.result == 'w':
                steps.append(_reorder(made, *reversed(ends)))
            else:
                steps.insert(0, _reorder(made, *ends))
        self.steps = [(primitive, arguments_of(memories)) for primitive, memories in steps]
        self.takes_arranged = self.weights is not None and problem.result != 'w'
        self.size = self.offset + onednn.size(room)

    def __call__(self, arrays: dict) -> None:
        """Compute the problem's result from the other arrays, all given by name."""
        with self.onednn.lock:
            for name, array in arrays.items():
                self.onednn.point(self.memories[name], address(array))
            start, steps = self.onednn.room(self.size), self.steps
            if self.takes_arranged and is_constant(arrays['w']):
                kept = self.arranged.of(arrays['w'], self._arrange)
                self._settle(start, address(kept))
                steps = steps[1:]
            else:
                self._settle(start, start)
            self.onednn.execute(self.threads, steps)
            note(self.handles, self.threads, steps, tuple(arrays.values()), self.onednn.working)

    def _settle(self, start: int, weights: int) -> None:
        """Have working memory at ``start``, and in it or at ``weights`` the weights as oneDNN likes them."""
        if (start, weights) == self.places:
            return
        self.onednn.point(self.room, start + self.offset)
        if self.weights is not None:
            self.onednn.point(self.weights, weights)
        self.places = start, weights

    def _arrange(self) -> numpy.ndarray:
        """The weights that are pointed to, as oneDNN likes them."""
        kept = numpy.empty(self.arranged_size, numpy.uint8)
        self._settle(self.onednn.room(self.size), address(kept))
        self.onednn.execute(self.threads, self.steps[:1])
        return kept


def _descriptor(made: Handles, problem: Problem, layouts: dict) -> ctypes.c_void_p:
    """That of a primitive which takes weights in the layout that it likes best."""
    window, engine = problem.window, made.onednn.engine
    free = made.new('memory_desc', 4, sizes(problem.shape('w')), FLOAT32, ANY,
                    function='dnnl_memory_desc_create_with_tag')
    # oneDNN counts from 0 how far taps are apart.
    geometry = [sizes(values) for values in (window.stride, [d - 1 for d in window.dilate], window.pad, window.pad)]
    attributes = made.new('primitive_attr')
    made.onednn.call('dnnl_primitive_attr_set_scratchpad_mode', attributes, USER_SCRATCHPAD)
    arrays = layouts | {'w': free}
    given = [arrays.get(name) for name in 'xwby']
    forward = made.new('primitive_desc', engine, FORWARD, DIRECT, *given, *geometry, attributes,
                       function=KINDS['y'].make)
    if problem.result == 'y':
        return forward
    if problem.result == 'x':
        given = [arrays[name] for name in 'xwy']
    return made.new('primitive_desc', engine, DIRECT, *given, *geometry, forward, attributes,
                    function=KINDS[problem.result].make)


def _reorder(made: Handles, source: tuple, target: tuple) -> tuple:
    """A primitive that copies from one (layout, memory) to another, and its memories by argument."""
    engine = made.onednn.engine
    descriptor = made.new('primitive_desc', source[0], engine, target[0], engine, None,
                          function='dnnl_reorder_primitive_desc_create')
    return made.new('primitive', descriptor), {FROM: source[1], TO: target[1]}


def _layout(made: Handles, shape: tuple, channels_last: bool) -> ctypes.c_void_p:
    """Single precision without gaps."""
    order = (0, 2, 3, 1) if channels_last else range(len(shape))
    strides, step = [0] * len(shape), 4
    for axis in reversed(order):
        strides[axis], step = step, step * shape[axis]
    return layout_of(made, (shape, tuple(strides)))


@functools.lru_cache(maxsize=PLANS)
def plan_of(*problem: Any) -> Plan:
    """The primitives of ``Problem(*problem)``, kept for the next time. RuntimeError where oneDNN does not load."""
    return Plan(Problem(*problem))
