"""Adam whose update of an array is one kernel."""
import chainer
from chainer.optimizers.adam import AdamRule

from kernels.adam import adam_step


class FusedAdamRule(AdamRule):
    """Chainer's rule, its arithmetic on the CPU done in one pass."""

    def update_core_cpu(self, param):
        if param.grad is None:
            return
        hp = self.hyperparam
        adam_step(param.array, param.grad, self.state['m'], self.state['v'], self.alpha_t, hp.beta1, hp.beta2,
                  hp.eps)


class Adam(chainer.optimizers.Adam):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) without weight decay and bounds."""

    def create_update_rule(self):
        """Rule of each parameter."""
        return FusedAdamRule(self.hyperparam)
