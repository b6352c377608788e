"""Adam: on the CPU one fused pass over blocks, on a GPU one launch, over all parameters of a network."""
import chainer
import numpy
from chainer.optimizers.adam import AdamRule

from kernels.adam import Rates, Settings, adam_step, all_by_kernel, laid_as
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.resident import Resident


class Rule(AdamRule):
    """Chainer's rule, which keeps the moments of a parameter; the arithmetic is the kernels'."""

    def prepare(self, param: chainer.Parameter, dtype=numpy.float32) -> None:
        """Put the moments where ``param`` is, in ``dtype``, lying in memory as it does."""
        self._init_states(param)
        for name in ('m', 'v'):
            self.state[name] = laid_as(param.array, self.state[name], dtype)

    def forget(self) -> None:
        """Drop the moments."""
        self._state = None


class Adam(chainer.optimizers.Adam):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980) without weight decay and bounds.

    On a GPU the step count, learning rate, loss scale and running average live there, and ``update`` can be captured in
    a CUDA graph once it has run eagerly: after that it copies nothing to the device and reads nothing back. Rates and
    decays are those of the optimizer, hooks of single parameters are not called. Parameters in half precision have a
    float32 master copy and float32 moments (Micikevicius et al. 2018, arXiv:1710.03740).
    """

    # As in the kernels; 'cuda' updates NumPy arrays in the tests' emulator.
    impl: str | None = None

    _rates: Rates | None = None
    _average: WeightAverage | None = None
    _updates_per_iteration = 1
    _scaling: tuple[float, int] | None = None
    _resident: Resident | None = None
    _settings: Settings | None = None

    def create_update_rule(self):
        """Rule of each parameter."""
        return Rule(self.hyperparam)

    def setup(self, link: chainer.Link) -> 'Adam':
        """Take the parameters of ``link``; what was known of another one is forgotten."""
        super().setup(link)
        self._rules = [(param.update_rule, param) for param in link.params()]
        self._resident = self._settings = None
        return self

    def follow(self, rates: Rates, updates_per_iteration: int = 1) -> None:
        """Take the learning rate from ``rates`` on a GPU; so many updates make one of its iterations."""
        self._rates, self._updates_per_iteration = rates, updates_per_iteration

    def keep_average(self, average: WeightAverage) -> None:
        """Move ``average`` on where this updates in one launch; it belongs to the network that this optimizer trains.

        Its iterations are those of ``follow``. To be called before the first update.
        """
        self._average, average.keeper = average, self

    def scale_loss(self, scale: float = 2.0 ** 15, growth: int = 2000) -> None:
        """Scale losses, for gradients in half precision; only where all is updated in one launch.

        An update with gradients that are not finite is skipped and halves the scale; ``growth`` others in a row double
        it, 0: the scale stays. To be called before the first update.
        """
        self._scaling = float(scale), growth

    @property
    def in_one_launch(self) -> bool:
        """Whether all parameters are where one launch updates them."""
        return all_by_kernel([param.array for _, param in self._rules], self.impl)

    @property
    def loss_scale(self):
        """What the gradient of the next loss has to start from, () float32 on the device; None where nothing is scaled.

        ``loss.grad = optimizer.loss_scale`` before ``loss.backward()`` does it.
        """
        return self._on_device().state.loss_scale if self._scaling and self.in_one_launch else None

    def update(self, lossfun=None, *args, **kwds) -> None:
        """Update all parameters; as in Chainer, those without a gradient as if it were 0."""
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
        else:
            self._update_on_host()
        self.t += 1
        self.call_hooks('post')

    def serialize(self, serializer) -> None:
        """Save or load the moments and counts, in Chainer's format."""
        self.synchronize()
        if self._resident and isinstance(serializer, chainer.Deserializer):
            # CuPy loads no arrays into memory that lies otherwise than it is indexed: they are made anew.
            for rule, _ in self._rules:
                rule.forget()
            self._resident.outdated = True
        super().serialize(serializer)

    def serialize_resident(self, serializer) -> None:
        """Save or load what Chainer's format has no place for, and ``serialize`` before it has not: the loss scale, and
        float32 forms of arrays in half precision. Only where all is updated in one launch is there any of it."""
        saved = serializer('saved', self._resident is not None)
        if saved and self.in_one_launch:
            self._make_resident().serialize(serializer)

    def synchronize(self) -> None:
        """Read the counts of updates back from the device, which replays of a graph have moved on."""
        if self._resident and not self._resident.outdated:
            self.t, steps = self._resident.state.read()
            for rule, _ in self._rules:
                rule.t = steps

    def _update_on_host(self) -> None:
        parameters = []
        for rule, param in self._rules:
            if param.array is None or not rule.enabled:
                continue
            if rule.state is None:
                rule.prepare(param, param.dtype)
            rule.t += 1
            grad = numpy.zeros_like(param.array) if param.grad is None else param.grad
            parameters.append((param.array, grad, rule.state['m'], rule.state['v']))
            rate = rule.alpha_t
        if parameters:
            hp = self.hyperparam
            adam_step(parameters, rate, hp.beta1, hp.beta2, hp.eps)

    def _on_device(self) -> Resident:
        self._make_resident().refresh(self.t)
        return self._resident

    def _make_resident(self):
        if self._resident is None:
            scale = self._scaling[0] if self._scaling else 1.0
            self._resident = Resident(self._rules, self._average, scale)
        return self._resident

    def _current_settings(self) -> Settings:
        """The settings; the same object as long as they are the same."""
        hp = self.hyperparam
        settings = Settings(hp.beta1, hp.beta2, hp.eps, self._rates or Rates(hp.alpha),
                            updates_per_iteration=self._updates_per_iteration,
                            average_decay=self._average.decay if self._average else 0.0,
                            growth=self._scaling[1] if self._scaling else 0)
        if settings != self._settings:
            self._settings = settings
        return self._settings
