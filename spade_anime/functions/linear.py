"""A fully connected layer, differentiable any number of times."""
from chainer import FunctionNode, Variable, functions

from kernels.matmul import matmul as multiply
from spade_anime.functions.matmul import matmul
from spade_anime.types import Arrays, Indexes, Operand, Variables


def linear(x: Operand, W: Operand, b: Operand | None = None) -> Variable:
    """``x W^T + b`` for ``x`` (B, in), ``W`` (out, in) and ``b`` (out,) or None: (B, out)."""
    return _Linear().apply((x, W) if b is None else (x, W, b))[0]


class _Linear(FunctionNode):
    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        x, W, *b = inputs
        y = multiply(x, W, transb=True)
        if b:
            y += b[0]
        return y,

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        x, W = self.get_retained_inputs()
        gy, = gys
        gradients = []
        if 0 in indexes:
            gradients.append(matmul(gy, W))
        if 1 in indexes:
            gradients.append(matmul(gy, x, transa=True))
        if 2 in indexes:
            gradients.append(functions.sum(gy, 0))
        return gradients
