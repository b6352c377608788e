"""Chainer 7.8.1 on today's NumPy, CuPy and Python: every patch it needs, and nowhere else.

Importing this module prepares the import of Chainer; ``spade_anime/__init__.py`` does so before anything can import it.
It does not import Chainer, which takes longer than all of ``--help``. The patch of a Chainer that is there already is
applied by ``spade_anime/functions``.
"""
import importlib.util
import os
import sys
import types
import warnings
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy

Forward: TypeAlias = Callable[[Any, tuple], tuple]


def _skip_environment_check() -> None:
    """Replace the module that imports ``pkg_resources``, gone from setuptools 81, and ``numpy.distutils``."""
    stub = types.ModuleType('chainer._environment_check')
    vars(stub)['check'] = lambda: None
    sys.modules.setdefault('chainer._environment_check', stub)


def _stub_pkg_resources() -> None:
    """Stand in for ``pkg_resources``, gone from setuptools 81, where it is missing.

    ``chainer.gradient_check`` imports it through ``chainer.testing``, which uses it only in decorators of Chainer's
    own tests. Those raise an error that says what is missing.
    """
    if importlib.util.find_spec('pkg_resources'):
        return

    class WorkingSet:
        def require(self, *requirements: str) -> None:
            raise NotImplementedError(f'{", ".join(requirements)}: cannot be checked, pkg_resources is not installed')

    stub = types.ModuleType('pkg_resources')
    vars(stub).update(WorkingSet=WorkingSet, ResolutionError=LookupError)
    sys.modules['pkg_resources'] = stub


def _restore_sctypes() -> None:
    """Give back ``numpy.sctypes``, which NumPy 2 dropped and ``chainer.functions.as_strided`` reads."""
    if not hasattr(numpy, 'sctypes'):
        vars(numpy)['sctypes'] = {
            'int': [numpy.int8, numpy.int16, numpy.int32, numpy.int64],
            'uint': [numpy.uint8, numpy.uint16, numpy.uint32, numpy.uint64],
            'float': [numpy.float16, numpy.float32, numpy.float64],
            'complex': [numpy.complex64, numpy.complex128],
            'others': [bool, object, bytes, str, numpy.void],
        }


def _quieten() -> None:
    """Keep cuDNN, which CuPy 14 no longer carries, out of Chainer, and to itself what the imports of both say of it."""
    os.environ.setdefault('CHAINER_CUDNN', '0')
    warnings.filterwarnings('ignore', category=UserWarning, module=r'(cupy\._environment|chainer\.backends\.cuda)$')


def import_chainer(has_gpu: Callable[[], bool]) -> None:
    """Import Chainer without what it would import for nothing, which takes longer than Chainer itself.

    That is SciPy, for functions and distributions that nothing here uses, and CuPy unless ``has_gpu()``: for the
    rest of the process it is then as if it were not installed. Once Chainer is imported it does and asks nothing.
    """
    if 'chainer' in sys.modules:
        return
    unused = ('scipy',) if has_gpu() else ('scipy', 'cupy')
    hidden: dict[str, Any] = {name: None for name in unused if name not in sys.modules}
    sys.modules.update(hidden)
    try:
        import chainer  # noqa: F401
    finally:
        if 'scipy' in hidden:
            del sys.modules['scipy']


def keep_layout_in_sums() -> None:
    """Keep sums of channels-last arrays channels-last: CuPy makes them contiguous, and the next layer
    would convert them. On a CPU large sums are taken on all cores.

    This covers ``+``, and gradients that reach one variable along several paths.
    """
    from chainer.functions.math import basic_math

    from kernels import addition

    def patched(original: Forward) -> Forward:
        def forward(self: Any, arrays: tuple) -> tuple:
            if not addition.serves(arrays):
                return original(self, arrays)
            self.len = len(arrays)
            return addition.add(*arrays),
        return forward

    for node in (basic_math.Add, basic_math.MultiAdd):
        node.forward = patched(node.forward)


def apply_without_checks() -> None:
    """Spare calls on NumPy arrays what Chainer checks in each, where its ``type_check`` is off.

    It is off in a training and in a painting, whose small arrays take less time than the checks. Results, graph and
    what is retained are Chainer's. Debug mode, hooks and other arrays go Chainer's way.
    """
    import chainer
    from chainer import FunctionNode, Variable

    checked = FunctionNode.apply

    def apply(self: Any, inputs: tuple) -> tuple:
        settings = _settings(chainer.config)
        if settings.checks or self._n_local_function_hooks or chainer.get_function_hooks():
            return checked(self, inputs)
        variables = [x if isinstance(x, Variable) else chainer.as_variable(x) for x in inputs]
        arrays = tuple([x.raw_array for x in variables])
        if not variables or any(type(array) is not numpy.ndarray for array in arrays):
            return checked(self, inputs)
        self._input_layouts = (None,) * len(variables)
        self._input_indexes_to_retain = self._output_indexes_to_retain = None
        results = self.forward(arrays)
        self._output_layouts, self._output_count = (None,) * len(results), len(results)
        requires_grad = any(x.requires_grad for x in variables)
        outputs = tuple([Variable._init_unchecked(result, requires_grad=requires_grad, is_chainerx_array=False)
                         if type(result) is numpy.ndarray else Variable(result, requires_grad=requires_grad)
                         for result in results])
        if settings.graph:
            self.lazy_grad_sum = settings.lazy_grad_sum
            _join_graph(self, variables, outputs, results)
        return outputs

    FunctionNode.apply = apply


class _Settings(NamedTuple):
    """Of Chainer: whether calls are checked or scheduled, whether they make a graph, and how gradients are summed."""

    checks: bool
    graph: bool
    lazy_grad_sum: bool


def _settings(config: Any) -> _Settings:
    """Those in force. They are read where they lie: each of ``config``'s attributes costs a look-up that fails."""
    own, shared = config._local.__dict__, config._global.__dict__
    type_check, debug, schedule, graph, lazy = [own[name] if name in own else shared[name] for name in (
        'type_check', 'debug', 'schedule_func', 'enable_backprop', 'lazy_grad_sum')]
    return _Settings(type_check or debug or schedule is not None, graph, lazy)


def _join_graph(node: Any, inputs: list, outputs: tuple, arrays: tuple) -> None:
    """Let outputs, whose ``arrays`` these are, know where they come from, as ``FunctionNode.apply`` has it."""
    node.rank = max([x.rank for x in inputs])
    for output in outputs:
        output.creator_node = node
    node.inputs = tuple([x.node for x in inputs])
    node.outputs = tuple([weakref.ref(output.node) for output in outputs])
    for index in node._input_indexes_to_retain or ():
        inputs[index].retain_data()
    if node._output_indexes_to_retain is not None:
        for index in node._output_indexes_to_retain:
            outputs[index].retain_data()
        node._retained_output_data = tuple([arrays[index] for index in node._output_indexes_to_retain])


def import_chainermn() -> types.ModuleType:
    """Import ChainerMN, which needs mpi4py and an MPI, and is slow to import.

    Raises ImportError without mpi4py, RuntimeError if mpi4py finds no MPI.
    """
    # This project prints the one line that says why everything stops.
    os.environ.setdefault('MPIR_CVAR_SUPPRESS_ABORT_MESSAGE', '1')
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        import chainermn
        import mpi4py.MPI  # noqa: F401
        from chainermn.communicators import _memory_utility
    _include_half(_memory_utility)
    return chainermn


def _include_half(memory_utility: types.ModuleType) -> None:
    """Give ChainerMN's kernels, which pack gradients, the type ``half``: CuPy 14's headers no longer bring it in."""
    import chainer
    cuda = types.SimpleNamespace(**vars(chainer.cuda))
    cuda.raw = lambda code, *args, **kwargs: chainer.cuda.raw(f'#include <cuda_fp16.h>\n{code}', *args, **kwargs)
    vars(memory_utility)['chainer'] = types.SimpleNamespace(
        backend=chainer.backend, backends=chainer.backends, cuda=cuda)


_skip_environment_check()
_stub_pkg_resources()
_restore_sctypes()
_quieten()
