"""Adam over all parameters of a network in one launch, against the paper in double precision."""
import ctypes
import math

import numpy
import pytest
from sanitized_launch import SanitizerError, reachable

from kernels.adam import Network, Rates, Settings, State, Tensor, cuda, laid_as
from kernels.runtime.launching import cupy_argument

# One element; odd; packs; more than one chunk with a rest; exactly two.
SIZES = [(1,), (7,), (3, 4, 5, 5), (5003,), (8192,)]
RULE = Settings(beta1=0.5, beta2=0.9, rates=Rates(1e-2))


class Paper:
    """Algorithm 1 of Kingma & Ba with what Settings adds, number by number in double precision."""

    def __init__(self, weights, settings, scale=1.0):
        self.s, self.scale = settings, scale
        self.weights = [numpy.array(w, 'd') for w in weights]
        self.firsts, self.seconds = ([numpy.zeros(w.shape) for w in weights] for _ in range(2))
        self.averages = [numpy.array(w, 'd') for w in weights]
        self.updates = self.steps = self.finite = 0

    def rate(self):
        r, iteration = self.s.rates, self.updates // self.s.updates_per_iteration
        rate = r.initial * 0.5 ** (iteration // r.halving if r.halving else 0)
        if iteration > r.first:
            passed = min(iteration, r.last - 1) - r.first
            rate *= max(0, 1 - passed / (r.last - r.first)) ** r.power
        return rate

    def update(self, gradients):
        s, rate = self.s, self.rate()
        self.updates += 1
        finite = all(numpy.isfinite(g).all() for g in gradients if g is not None)
        if finite:
            self.steps += 1
            size = rate * math.sqrt(1 - s.beta2 ** self.steps) / (1 - s.beta1 ** self.steps)
            for i, g in enumerate(gradients):
                g = 0.0 if g is None else numpy.asarray(g, 'd') / self.scale
                self.firsts[i] = s.beta1 * self.firsts[i] + (1 - s.beta1) * g
                self.seconds[i] = s.beta2 * self.seconds[i] + (1 - s.beta2) * g * g
                self.weights[i] = self.weights[i] - size * self.firsts[i] / (numpy.sqrt(self.seconds[i]) + s.eps)
        if self.updates % s.updates_per_iteration == 0:
            t = self.updates // s.updates_per_iteration
            decay = min(s.average_decay, (1 + t) / (10 + t))
            self.averages = [decay * a + (1 - decay) * w for a, w in zip(self.averages, self.weights)]
        self.scale_after(finite)

    def scale_after(self, finite):
        if not self.s.growth:
            return
        self.finite = self.finite + 1 if finite else 0
        if not finite:
            self.scale = max(1.0, self.scale / 2)
        elif self.finite == self.s.growth:
            self.scale, self.finite = min(self.s.largest, self.scale * 2), 0


def tensor(device, weight, half=False, average=True):
    """Arrays of a parameter that starts at ``weight``."""
    weight = weight.astype('e').astype('f') if half else weight.astype('f')
    first, second = (device.array(numpy.zeros_like(weight)) for _ in range(2))
    copies = [device.array(weight.astype('e')) if half else None for _ in range(2)]
    return Tensor(device.array(weight), first, second, device.array(weight) if average else None, copies[0],
                  copies[1] if average else None)


def check(device, tensors, paper, tolerance=2e-6):
    wanted = zip(paper.weights, paper.firsts, paper.seconds, paper.averages, paper.weights, paper.averages)
    for found, desired in zip(tensors, wanted):
        for array, expected in zip(found, desired):
            if array is not None:
                rounding = tolerance if array.dtype == 'f' else 1e-3
                numpy.testing.assert_allclose(device.numpy(array), expected, rounding, rounding * 0.1)


def run(device, random, weights, settings, steps=4, half=(), scale=1.0, check_finite=False, spoil=lambda step, i: None,
        average=True):
    """Some updates by both; ``spoil`` gives a value for the middle of gradient i, or 'none'."""
    halves = [i in half for i in range(len(weights))]
    tensors = [tensor(device, w, h, average) for w, h in zip(weights, halves)]
    paper = Paper([device.numpy(t.weight) for t in tensors], settings, scale)
    network, state = Network(tensors), State(array_module(tensors), scale)
    for step in range(steps):
        drawn = [(random.normal(size=w.shape) * paper.scale).astype('e' if h else 'f')
                 for w, h in zip(weights, halves)]
        for i, g in enumerate(drawn):
            value = spoil(step, i)
            if value == 'none':
                drawn[i] = None
            elif value is not None:
                g.reshape(-1)[g.size // 2] = value
        gradients = [None if g is None else device.array(g) for g in drawn]
        network.update(gradients, state, settings, check_finite)
        paper.update(drawn)
        assert state.read() == (paper.updates, paper.steps)
        assert float(device.numpy(state.loss_scale)) == paper.scale
    check(device, tensors, paper)
    return tensors, state


def array_module(tensors):
    from kernels.runtime.arrays import array_module
    return array_module(tensors[0].weight)


def draw(random, shapes=SIZES):
    return [random.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize('half', [(), (0, 1, 2, 3, 4), (1, 3)], ids=['float', 'half', 'mixed'])
def test_sizes(device, random, half):
    run(device, random, draw(random), RULE, half=half)


def test_rate_decays_and_is_halved(device, random):
    settings = Settings(0.0, 0.99, rates=Rates(1e-2, first=2, last=6, power=0.9, halving=2), updates_per_iteration=2)
    _, state = run(device, random, draw(random, [(9,)]), settings, steps=14)
    # Iteration 6 and those after it have the multiple of iteration 5, a quarter of the decay before its end.
    assert float(device.numpy(state.progress)[2]) == pytest.approx(1e-2 * 0.5 ** 3 * 0.25 ** 0.9)


def test_average_moves_with_the_last_update_of_an_iteration(device, random):
    settings = Settings(0.5, 0.9, rates=Rates(1e-2), updates_per_iteration=3, average_decay=0.25)
    run(device, random, draw(random), settings, steps=7, half=(3,))


def test_updates_that_are_not_finite_are_skipped_and_change_the_scale(device, random):
    bad = {(1, 0): numpy.inf, (2, 3): numpy.nan, (3, 4): -numpy.inf}
    settings = Settings(0.5, 0.9, rates=Rates(1e-2), average_decay=0.5, growth=2, largest=16)
    _, state = run(device, random, draw(random), settings, steps=10, half=(0, 3), scale=8.0, check_finite=True,
                   spoil=lambda step, i: bad.get((step, i)))
    assert state.read() == (10, 7)


def test_the_scale_stays_above_1_and_does_not_move_unasked(device, random):
    bad = lambda step, i: numpy.nan if i == 0 else None  # noqa: E731
    for growth, scale in ((3, 1.0), (0, 4.0)):
        settings = Settings(0.5, 0.9, growth=growth)
        tensors, _ = run(device, random, draw(random, [(5,)]), settings, 2, (0,), scale, True, bad, average=False)
        assert not device.numpy(tensors[0].first).any()


def test_missing_gradients_count_as_zeros(device, random):
    run(device, random, draw(random), RULE, half=(1,), spoil=lambda step, i: 'none' if (step + i) % 3 == 0 else None)


def test_more_tensors_than_fit_one_launch(device, random):
    shapes = [(1 + i % 3,) for i in range(2 * cuda.CAPACITY + 3)]
    bad = {(1, len(shapes) - 1): numpy.nan}
    run(device, random, draw(random, shapes), RULE, 3, check_finite=True, spoil=lambda step, i: bad.get((step, i)),
        average=False)


def test_arrays_that_are_not_aligned(device, random):
    base = [device.array(random.normal(size=4103).astype('f')) for _ in range(5)]
    for shifts in ((1, 1, 1, 1, 1), (0, 0, 0, 0, 3), (0, 2, 0, 0, 0)):
        arrays = [array.copy()[shift:][:4099] for array, shift in zip(base, shifts)]
        weight, first, second, average, gradient = arrays
        first[...], second[...], average[...] = 0, 0, weight
        paper, state = Paper([device.numpy(weight)], RULE), State(array_module([Tensor(weight)]))
        tensors = [Tensor(weight, first, second, average)]
        Network(tensors).update([gradient], state, RULE)
        paper.update([device.numpy(gradient)])
        check(device, tensors, paper)


def test_tensors_that_are_averaged_alone(device, random):
    weight = random.normal(size=70).astype('f')
    half = device.array(weight.astype('e'))
    tensors = [Tensor(device.array(weight), average=device.array(weight * 0)),
               Tensor(None, None, None, device.array(weight * 0), half, device.array(weight.astype('e')))]
    state = State(array_module(tensors))
    Network(tensors).update([None, None], state, Settings(average_decay=0.5))
    for found in tensors:
        # The first share is 1 - 2 / 11.
        numpy.testing.assert_allclose(device.numpy(found.average), weight * 9 / 11, 1e-3)
    numpy.testing.assert_allclose(device.numpy(tensors[1].average_half), weight * 9 / 11, 2e-3)
    numpy.testing.assert_array_equal(device.numpy(half), weight.astype('e'))


def test_layouts(device, random):
    weight = device.array(random.normal(size=(4, 3, 3, 5)).astype('f')).transpose(0, 3, 1, 2)
    arrays = [laid_as(weight, device.array(numpy.zeros(weight.shape, 'f'))) for _ in range(2)]
    assert all(array.strides == weight.strides for array in arrays)
    assert laid_as(weight, weight) is weight and laid_as(weight, weight, 'e').dtype == 'e'
    gradient = random.normal(size=weight.shape).astype('f')
    tensors, paper = [Tensor(weight, *arrays)], Paper([device.numpy(weight)], RULE)
    state, network = State(array_module(tensors)), Network(tensors)
    for laid in (device.array(gradient), laid_as(weight, device.array(gradient))):
        network.update([laid], state, RULE)
        paper.update([gradient])
    check(device, tensors, paper)


def test_a_state_goes_on_where_another_ended(device, random):
    weights = draw(random, [(5,)])
    tensors, state = run(device, random, weights, RULE, steps=3, average=False)
    following = State(array_module(tensors))
    following.write(*state.read())
    gradient, results = device.array(random.normal(size=5).astype('f')), []
    for each in (state, following):
        copies = [Tensor(*(array if array is None else array.copy() for array in t)) for t in tensors]
        Network(copies).update([gradient], each, RULE)
        results.append(device.numpy(copies[0].weight))
    numpy.testing.assert_array_equal(*results)


def test_what_is_refused(device, random):
    weight = device.array(random.normal(size=(4, 6)).astype('f'))
    other = weight.copy()
    for wrong in (other.astype('d'), other[:, :3], other.reshape(6, 4).T):
        with pytest.raises(ValueError, match='first is float.*it has to be float32'):
            Network([Tensor(weight, wrong, other)])
    with pytest.raises(ValueError, match='leaves gaps'):
        Network([Tensor(weight[:, ::2], other[:, ::2], other[:, ::2])])
    network, state = Network([Tensor(weight, other, other.copy())]), State(array_module([Tensor(weight)]))
    with pytest.raises(ValueError, match='a gradient float16'):
        network.update([other.astype('e')], state, RULE)
    with pytest.raises(ValueError, match='zip'):
        network.update([], state, RULE)


def test_arguments_fit_four_kilobytes():
    fixed = 4 * 8 + 3 * 4 + 2 * 4 + 16
    assert cuda.GRADIENTS.itemsize + fixed <= 4096


def test_cupy_gets_structs_by_value():
    """What CuPy copies into a launch's arguments, read back from where it takes it."""
    function = pytest.importorskip('cupy.cuda.function')
    struct = cuda._struct([numpy.empty(1), None, numpy.empty(1)])
    argument = cupy_argument(struct)
    assert isinstance(struct, numpy.void) and argument.size == 1
    assert ctypes.string_at(function.CNumpyArray(argument).ptr, struct.itemsize) == struct.tobytes()
    assert cupy_argument(None) == 0 and cupy_argument(numpy.int32(3)) == 3


def test_under_sanitizers(sanitizer, random):
    weights = [random.normal(size=n) for n in (1, 4101, 2047)]
    tensors = [tensor(sanitizer, w, i == 1) for i, w in enumerate(weights)]
    # A tensor and a gradient that are not aligned, the last of which ends where its memory does.
    tensors[2] = tensor(sanitizer, random.normal(size=2049))._replace(average=None)
    tensors[2] = Tensor(*(None if array is None else array[3:] for array in tensors[2]))
    paper = Paper([t.weight for t in tensors], RULE)
    gradients = [random.normal(size=t.weight.shape).astype('f' if t.half is None else 'e') for t in tensors]
    network, state = Network(tensors), State()
    with reachable(*(array for t in tensors for array in t if array is not None), *gradients):
        network.update(gradients, state, RULE, check=True)
    paper.update(gradients)
    check(sanitizer, tensors, paper)


@pytest.mark.parametrize('sanitizer', ['address'], indirect=True)
def test_an_overflow_behind_a_table_is_found(sanitizer, random):
    arrays = [random.normal(size=9).astype('f') for _ in range(3)]
    network, gradient = Network([Tensor(*arrays)]), numpy.zeros(9, 'f')
    network._table[0, -1] += 1
    with reachable(*arrays, gradient), pytest.raises(SanitizerError, match='heap-buffer-overflow'):
        network.update([gradient], State(), RULE)
