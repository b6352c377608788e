"""Leaky ReLU and its gradient (Maas et al. 2013): x where x > 0, slope * x elsewhere; 0 < slope < 1."""
from ..runtime.arrays import Array, array_module, check_same
from ..runtime.dispatch import implementation
from . import cpu, cuda


def leaky_relu(x: Array, slope: float, impl: str | None = None) -> Array:
    """Activate ``x``, an array of any shape; ``impl='reference'`` runs the plain formula on NumPy arrays too."""
    way = implementation(impl, x)
    if way == 'reference':
        return array_module(x).maximum(x, x * slope)
    if way == 'cuda':
        return cuda.launch('leaky_relu', slope, x)
    return cpu.forward(x, slope)


def leaky_relu_gradient(gy: Array, y: Array, slope: float, impl: str | None = None) -> Array:
    """Gradient of the input from that of the output ``y``, whose sign tells where the input was positive.

    ValueError where ``gy`` and ``y`` differ in shape or type.
    """
    check_same('leaky_relu_gradient', gy=gy, y=y)
    way = implementation(impl, gy)
    if way == 'reference':
        return array_module(gy).where(y > 0, gy, gy * slope)
    if way == 'cuda':
        return cuda.launch('leaky_relu_gradient', slope, gy, y)
    return cpu.gradient(gy, y, slope)
