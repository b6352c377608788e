"""Penalty of an image gradient, differentiable once, which is all that training a discriminator needs."""
import chainer

from kernels import gradient_penalty as kernels
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables

FORMS = kernels.FORMS


def gradient_penalty(gradient: Operand, form: str = 'square_then_sum') -> chainer.Variable:
    """Penalty (B,) of each sample of an image gradient (B, C, H, W): ``|g|^2``, or ``(sum g)^2``.

    Mescheder et al. 2018 (arXiv:1801.04406), equation 9; ``form='sum_then_square'`` is the lineage's. The sum is in
    at least single precision, whatever the gradient's type.
    """
    return _GradientPenalty(form).apply((gradient,))[0]


class _GradientPenalty(chainer.FunctionNode):
    def __init__(self, form: str):
        self.form = form

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0,))
        penalty, self.sums = kernels.gradient_penalty(inputs[0], self.form)
        return penalty,

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        return _Gradient(self.sums, self.form).apply((*self.get_retained_inputs(), *gys))


class _Gradient(chainer.FunctionNode):
    def __init__(self, sums: Array, form: str):
        self.sums, self.form = sums, form

    def forward(self, inputs: Arrays) -> Arrays:
        gradient, scale = inputs
        return kernels.gradient_penalty_gradient(gradient, self.sums, scale, self.form),

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
        raise RuntimeError('gradient_penalty can be differentiated once, not twice')
