"""A stand-in for cuDNN's front end and for CUDA: refuses what these refuse, and computes on NumPy arrays.

Its graphs read and write memory by the addresses that are handed over, and by the recorded dims, strides, padding
and dilation, in double precision. Each plan claims a workspace and fills it, so that one too small is found out.
"""
import ctypes
import itertools
from types import SimpleNamespace

import numpy

DTYPES = {'FLOAT': numpy.float32, 'HALF': numpy.float16}
CANARY = 64


class NotSupported(Exception):
    """What the front end raises where no plan fits."""


class Tensor:
    """A tensor of a graph."""

    def __init__(self, name='', dim=None, stride=None, data_type=None):
        self.name, self.dim, self.stride, self.data_type, self.is_output = name, dim, stride, data_type, False

    def set_output(self, value):
        self.is_output = value
        return self

    def set_data_type(self, value):
        self.data_type = value
        return self

    def set_dim(self, value):
        self.dim = value
        return self

    def set_stride(self, value):
        self.stride = value
        return self

    def view(self, address: int) -> numpy.ndarray:
        """The memory at an address as an array."""
        assert type(address) is int and address % 16 == 0
        dtype = numpy.dtype(DTYPES[self.data_type])
        count = 1 + sum((size - 1) * stride for size, stride in zip(self.dim, self.stride))
        flat = numpy.frombuffer((ctypes.c_char * (count * dtype.itemsize)).from_address(address), dtype)
        return numpy.lib.stride_tricks.as_strided(flat, self.dim, [stride * dtype.itemsize for stride in self.stride])


class Graph:
    """One convolution; the methods have to be called in the front end's order."""

    STEPS = 'validate', 'build_operation_graph', 'create_execution_plans', 'check_support', 'build_plans'

    def __init__(self, front, io_data_type, intermediate_data_type, compute_data_type, handle):
        assert (intermediate_data_type, compute_data_type) == ('FLOAT', 'FLOAT')
        assert handle is front.handle
        self.front, self.kind, self.done, self.notes, self.built = front, io_data_type, [], [], set()
        front.graphs.append(self)

    def tensor(self, name, dim, stride, data_type):
        assert data_type == self.kind
        return Tensor(name, dim, stride, data_type)

    def conv_fprop(self, image, weight, padding, stride, dilation):
        return self._convolution('y', (padding, stride, dilation), x=image, w=weight)

    def conv_dgrad(self, loss, filter, padding, stride, dilation):
        return self._convolution('x', (padding, stride, dilation), y=loss, w=filter)

    def conv_wgrad(self, image, loss, padding, stride, dilation):
        return self._convolution('w', (padding, stride, dilation), x=image, y=loss)

    def _convolution(self, result, geometry, **tensors):
        self.result, self.tensors = result, {**tensors, result: Tensor()}
        self.padding, self.stride, self.dilation = geometry
        return self.tensors[result]

    def validate(self):
        x, w, y = (self.tensors[name] for name in 'xwy')
        assert self.tensors[self.result].is_output
        sizes = [(n + 2 * p - d * (k - 1) - 1) // s + 1
                 for n, k, p, s, d in zip(x.dim[2:], w.dim[2:], self.padding, self.stride, self.dilation)]
        assert [x.dim[1], w.dim[0], x.dim[0], *sizes] == [w.dim[1], y.dim[1], *y.dim[:1], *y.dim[2:]]
        for tensor in (x, w, y):
            n, c, h, width = tensor.dim
            assert tensor.stride in ([c * h * width, 1, width * c, c], [c * h * width, h * width, width, 1])
            assert self.kind != 'HALF' or c % 8 == 0
        self._step('validate')

    def build_operation_graph(self):
        self._step('build_operation_graph')

    def create_execution_plans(self, modes):
        assert modes == ['A', 'FALLBACK']
        self._step('create_execution_plans')

    def deselect_numeric_notes(self, notes):
        assert self.done[-1] == 'create_execution_plans'
        self.notes += notes

    def check_support(self):
        if min(self.tensors['x'].dim[2:]) > self.front.largest:
            raise NotSupported('too large for any engine')
        self._step('check_support')

    def build_plans(self):
        self._step('build_plans')
        self.built.add(0)

    def _step(self, name):
        assert name == self.STEPS[len(self.done)]
        assert not self.front.runtime.capturing
        self.done.append(name)

    def get_execution_plan_count(self):
        return 4

    def build_plan_at_index(self, index):
        if index == 1:
            raise NotSupported('this one cannot be built')
        self.built.add(index)

    def get_workspace_size(self):
        return self.get_workspace_size_plan_at_index(0)

    def get_workspace_size_plan_at_index(self, index):
        assert index in self.built
        # The third one wants more than anybody gives.
        return 1 << 40 if index == 2 else 16 * numpy.prod(self.tensors['w'].dim).item() + 1000 * index

    def execute(self, pack, workspace, handle):
        self.execute_plan_at_index(pack, workspace, 0, handle)

    def execute_plan_at_index(self, pack, workspace, index, handle):
        front = self.front
        assert handle is front.handle and front.stream == front.runtime.stream()
        size = self.get_workspace_size_plan_at_index(index)
        assert front.runtime.allocated.get(workspace, 0) >= size
        ctypes.memset(workspace, 0xA5, size)
        front.executed.append((self, index, workspace))
        assert set(pack) == set(self.tensors.values())
        wide = {name: tensor.view(pack[tensor]).astype(numpy.float64) if name != self.result
                else numpy.zeros(tensor.dim) for name, tensor in self.tensors.items()}
        result = self.tensors[self.result]
        result.view(pack[result])[...] = self._computed(*(wide[name] for name in 'xwy'))

    def _computed(self, x, w, y):
        """The result, a tap at a time."""
        (ph, pw), (sy, sx), (dy, dx) = self.padding, self.stride, self.dilation
        h, width = x.shape[2:]
        wide = numpy.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        gwide, made, gw = numpy.zeros_like(wide), numpy.zeros_like(y), numpy.zeros_like(w)
        for i, j in itertools.product(*map(range, w.shape[2:])):
            place = numpy.s_[:, :, i * dy:i * dy + sy * (y.shape[2] - 1) + 1:sy,
                             j * dx:j * dx + sx * (y.shape[3] - 1) + 1:sx]
            made += numpy.einsum('nchw,oc->nohw', wide[place], w[:, :, i, j])
            gw[:, :, i, j] = numpy.einsum('nohw,nchw->oc', y, wide[place])
            gwide[place] += numpy.einsum('nohw,oc->nchw', y, w[:, :, i, j])
        return {'y': made, 'x': gwide[:, :, ph:ph + h, pw:pw + width], 'w': gw}[self.result]


class FrontEnd:
    """The module ``cudnn``; ``largest``: image size beyond which there are no plans."""

    data_type = SimpleNamespace(FLOAT='FLOAT', HALF='HALF')
    heur_mode = SimpleNamespace(A='A', FALLBACK='FALLBACK')
    numerical_note = SimpleNamespace(TENSOR_CORE='TENSOR_CORE')
    cudnnGraphNotSupportedError = NotSupported  # noqa: N815  (the front end's name)

    def __init__(self, runtime, largest=10_000):
        self.runtime, self.largest, self.graphs, self.executed = runtime, largest, [], []
        self.handle, self.stream = None, None

    def create_handle(self):
        assert self.handle is None and not self.runtime.capturing
        self.handle = object()
        return self.handle

    def set_stream(self, handle, stream):
        assert handle is self.handle
        self.stream = stream

    def pygraph(self, **where):
        return Graph(self, **where)


class Runtime:
    """CUDA; memory never comes back, so that late writes to it are seen."""

    def __init__(self):
        self.capturing, self.current, self.allocated, self.memory, self.turns = False, 7, {}, [], 0

    def device(self):
        return 0

    def stream(self):
        return self.current

    def is_capturing(self):
        return self.capturing

    def allocate(self, size):
        assert not self.capturing
        memory = numpy.full(size + CANARY, 0x5A, numpy.uint8)
        self.memory.append(memory)
        self.allocated[memory.ctypes.data] = size
        return memory.ctypes.data, memory

    def seconds(self, run):
        """The fourth plan is the fastest."""
        self.turns += 1
        run()
        return {0: 3.0, 3: 1.0}.get((self.turns - 1) // 4 * 3, 2.0)

    def check(self):
        """Nothing has written behind the end of its memory."""
        assert all((memory[-CANARY:] == 0x5A).all() for memory in self.memory)
