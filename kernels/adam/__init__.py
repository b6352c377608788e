"""Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1): a step of all parameters of a network.

``adam_step`` takes them on the CPU. ``Network`` takes them on a GPU, in one launch; its ``State`` is the step count,
learning rate, bias correction and loss scale there, ``Settings`` what never changes.
"""
from ..runtime.arrays import array_module
from ..runtime.dispatch import implementation
from . import cpu
from .cuda import Network, Settings, State, Tensor, laid_as
from .rates import Rates, average_decay

__all__ = ['Network', 'Rates', 'Settings', 'State', 'Tensor', 'adam_step', 'all_by_kernel', 'average_decay', 'laid_as']


def all_by_kernel(arrays: list, impl: str | None = None) -> bool:
    """Whether ``Network`` updates all of ``arrays``, of which some may be None; ``impl`` as in every op."""
    arrays = [array for array in arrays if array is not None]
    return bool(arrays) and implementation(impl, arrays[0]) == 'cuda' and all(
        array.dtype.char in 'fe' for array in arrays)


def adam_step(parameters: list[tuple], rate: float, beta1: float, beta2: float, eps: float,
              impl: str | None = None) -> None:
    """Update parameters in place; each is a tuple (param, grad, m, v) of arrays of one shape and type.

    ``m += (1 - beta1) (g - m)``, ``v += (1 - beta2) (g^2 - v)``, ``param -= rate * m / (sqrt(v) + eps)``;
    ``rate`` carries the bias correction. ``param``, ``m`` and ``v`` have to be contiguous, but for the reference
    (``impl='reference'``, and CuPy arrays).
    """
    if parameters and implementation(impl, parameters[0][0], ()) == 'reference':
        for param, grad, m, v in parameters:
            m += (1 - beta1) * (grad - m)
            v += (1 - beta2) * (grad * grad - v)
            param -= rate * m / (array_module(v).sqrt(v) + eps)
        return
    cpu.step(parameters, rate, beta1, beta2, eps)
