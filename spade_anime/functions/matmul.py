"""Matrix products, differentiable any number of times, which a CUDA graph can capture."""
from chainer import FunctionNode, Variable

from kernels import matmul as kernels
from spade_anime.types import Arrays, Indexes, Operand, Variables


def matmul(a: Operand, b: Operand, transa: bool = False, transb: bool = False, order: str = 'C') -> Variable:
    """``a b`` for (M, K) and (K, N), or for each of a batch, (B, M, K) and (B, K, N): (M, N) or (B, M, N).

    ``a`` is (K, M) where ``transa``, ``b`` (N, K) where ``transb``. The result's rows are contiguous with ``order``
    'C', its columns with 'F'; with 'A' it is what the matrices of ``a`` are. Gradients lie in memory as the inputs do.
    """
    return _MatMul(transa, transb, order).apply((a, b))[0]


class _MatMul(FunctionNode):
    def __init__(self, transa: bool, transb: bool, order: str):
        self.transa, self.transb, self.order = transa, transb, order

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        a, b = inputs
        order = kernels.order_of(a) if self.order == 'A' else self.order
        return kernels.matmul(a, b, self.transa, self.transb, order=order),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        a, b = self.get_retained_inputs()
        gy, = gys
        gradients = []
        if 0 in indexes:
            order = kernels.order_of(a.array)
            gradients.append(matmul(b, gy, self.transb, True, order) if self.transa else
                             matmul(gy, b, False, not self.transb, order))
        if 1 in indexes:
            order = kernels.order_of(b.array)
            gradients.append(matmul(gy, a, True, self.transa, order) if self.transb else
                             matmul(a, gy, not self.transa, False, order))
        return gradients
