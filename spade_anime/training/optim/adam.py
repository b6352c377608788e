"""Adam: on the CPU one fused pass over blocks, on a GPU one launch, over all parameters of a network."""
from collections.abc import Callable
from typing import Any

import chainer
import numpy
from chainer.optimizers.adam import AdamRule
from numpy.typing import DTypeLike

from kernels import recording
from kernels.adam import Rates, Settings, adam_step, all_by_kernel, laid_as
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.resident import Resident


class Rule(AdamRule):
    """Chainer's rule, which keeps the moments of a parameter; the arithmetic is the kernels'."""

    def prepare(self, param: chainer.Parameter, dtype: DTypeLike = numpy.float32) -> None:
        """Put the moments on the device of ``param``, in ``dtype`` and in its memory layout."""
        self._init_states(param)
        for name in ('m', 'v'):
            self.state[name] = laid_as(param.array, self.state[name], dtype)

    def forget(self) -> None:
        """Drop the moments."""
        self._state = None


class Adam(chainer.optimizers.Adam):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) without weight decay and bounds.

    On a GPU the step count, learning rate, loss scale and running average live there, and ``update`` can be captured in
    a CUDA graph once it has run eagerly: after that it copies nothing to the device and reads nothing back. All
    parameters have the optimizer's rates and decays; their own hooks are not called. Parameters in half precision have
    a float32 master copy and float32 moments (Micikevicius et al. 2018, arXiv:1710.03740).
    """

    # As for the kernels; with 'cuda' the tests' emulator updates NumPy arrays.
    impl: str | None = None

    _rates: Rates | None = None
    _average: WeightAverage | None = None
    _updates_per_iteration = 1
    _scaling: tuple[float, int] | None = None
    _resident: Resident | None = None
    _settings: Settings | None = None

    def create_update_rule(self) -> Rule:
        """The rule of a parameter."""
        return Rule(self.hyperparam)

    def setup(self, link: chainer.Link) -> 'Adam':
        """Take the parameters of ``link`` and forget those of an earlier one."""
        super().setup(link)
        self._rules = [(param.update_rule, param) for param in link.params()]
        self._resident = self._settings = None
        return self

    def follow(self, rates: Rates, updates_per_iteration: int = 1) -> None:
        """Take the learning rate from ``rates`` on a GPU; so many updates make one of its iterations."""
        self._rates, self._updates_per_iteration = rates, updates_per_iteration

    def keep_average(self, average: WeightAverage) -> None:
        """Update ``average``, of the network that this trains, wherever this updates in one launch.

        Its iterations are those of ``follow``. Call it before the first update.
        """
        self._average, average.keeper = average, self

    def scale_loss(self, scale: float = 2.0 ** 15, growth: int = 2000) -> None:
        """Scale losses, for gradients in half precision, wherever this updates in one launch.

        An update with gradients that are not finite is skipped and halves the scale; ``growth`` finite ones in a row
        double it, 0: the scale stays. Call it before the first update.
        """
        self._scaling = float(scale), growth

    @property
    def in_one_launch(self) -> bool:
        """Whether one launch updates all parameters: they are on a GPU and the kernels are used."""
        return all_by_kernel([param.array for _, param in self._rules], self.impl)

    @property
    def loss_scale(self) -> Any:
        """The next loss's gradient with respect to itself, () float32 on the device; None: 1, nothing is scaled.

        Set ``loss.grad = optimizer.loss_scale`` before ``loss.backward()``.
        """
        return self._on_device().state.loss_scale if self._scaling and self.in_one_launch else None

    def update(self, lossfun: Callable | None = None, *args: Any, **kwds: Any) -> None:
        """Update all parameters; as in Chainer, a missing gradient counts as 0."""
        device = self.target.device
        if not self.in_one_launch and device.xp is not numpy:
            super().update(lossfun, *args, **kwds)
            return
        if lossfun is not None:
            loss = lossfun(*args, **kwds)
            self.target.cleargrads()
            loss.grad = self.loss_scale
            loss.backward()
        self.call_hooks('pre')
        if self.in_one_launch:
            self._on_device().update(self._current_settings(), check=self._scaling is not None)
            self.t += 1
        else:
            self._update_on_host()
        self.call_hooks('post')

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load the moments and counts, in Chainer's format."""
        self.synchronize()
        if self._resident and isinstance(serializer, chainer.Deserializer):
            # CuPy cannot load arrays into another memory layout, so they are made again.
            for rule, _ in self._rules:
                rule.forget()
            self._resident.outdated = True
        super().serialize(serializer)

    def serialize_resident(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load what Chainer's format has no place for; call it after ``serialize``.

        That is the loss scale and the float32 forms of arrays in half precision, which exist where one launch updates
        all.
        """
        saved = serializer('saved', self._resident is not None)
        if saved and self.in_one_launch:
            self._make_resident().serialize(serializer)

    def synchronize(self) -> None:
        """Read the counts of updates back from the device, where replays of a graph increase them."""
        if self._resident and not self._resident.outdated:
            self.t, steps = self._resident.state.read()
            for rule, _ in self._rules:
                rule.t = steps

    def _update_on_host(self) -> None:
        parameters, rules = [], []
        for rule, param in self._rules:
            if param.array is None or not rule.enabled:
                continue
            if rule.state is None:
                rule.prepare(param, param.dtype)
            rules.append(rule)
            grad = numpy.zeros_like(param.array) if param.grad is None else param.grad
            parameters.append((param.array, grad, rule.state['m'], rule.state['v']))
        recording.step(self._step_on_host, rules, parameters)

    def _step_on_host(self, rules: list[Rule], parameters: list[tuple]) -> None:
        for rule in rules:
            rule.t += 1
        if parameters:
            hp = self.hyperparam
            adam_step(parameters, rules[-1].alpha_t, hp.beta1, hp.beta2, hp.eps)
        self.t += 1

    def moments(self) -> list:
        """The moments of all parameters that have been updated, in order."""
        return [array for rule, _ in self._rules for _, array in sorted((rule.state or {}).items())]

    def _on_device(self) -> Resident:
        resident = self._make_resident()
        resident.refresh(self.t)
        return resident

    def _make_resident(self) -> Resident:
        if self._resident is None:
            scale = self._scaling[0] if self._scaling else 1.0
            self._resident = Resident(self._rules, self._average, scale)
        return self._resident

    def _current_settings(self) -> Settings:
        """The settings; the same object as long as they are equal."""
        hp = self.hyperparam
        settings = Settings(hp.beta1, hp.beta2, hp.eps, self._rates or Rates(hp.alpha),
                            updates_per_iteration=self._updates_per_iteration,
                            average_decay=self._average.decay if self._average else 0.0,
                            growth=self._scaling[1] if self._scaling else 0)
        if settings != self._settings:
            self._settings = settings
        return self._settings
