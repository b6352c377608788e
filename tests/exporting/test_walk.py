import chainer
import chainer.functions as F
import numpy
import pytest

pytest.importorskip('onnx', reason='the extra onnx is not installed')
from from_systems import of_system  # noqa: E402

from spade_anime.exporting.converters import ExportError  # noqa: E402
from spade_anime.exporting.engines import OnnxPainter  # noqa: E402
from spade_anime.exporting.noise import flattened, packed, restored  # noqa: E402
from spade_anime.exporting.walk import export  # noqa: E402
from spade_anime.layers.convolution import Convolution2D, Deconvolution2D  # noqa: E402
from spade_anime.layers.latent import LatentNoise  # noqa: E402
from spade_anime.layers.linear import Linear  # noqa: E402
from spade_anime.layers.normalization import BatchNormalization  # noqa: E402
from spade_anime.painting import paint  # noqa: E402

SpadeGenerator = of_system('spade.networks.SpadeGenerator')

SPADE = {'image_size': 32, 'ngf': 4, 'spade_ch': 8}


def trained(gen, random):
    """Statistics and noise weights unlike those of a fresh network."""
    for link in gen.links():
        for name in getattr(link, '_persistent', ()):
            if name in ('avg_mean', 'avg_var'):
                array = getattr(link, name)
                array[...] = random.uniform(0.5, 2, array.shape)
        if hasattr(link, 'noise_weight'):
            link.noise_weight.array[...] = 0.3
    return gen


def agree(model, gen, condition):
    z = gen.draw_noise(len(condition[0]), numpy.random.default_rng(1))
    numpy.testing.assert_allclose(OnnxPainter(model).paint(condition, z), paint(gen, condition, z), atol=1e-5)


def maps(random, batch, size):
    return tuple(random.uniform(size=(batch, channels, size, size)).astype('f') for channels in (4, 3))


@pytest.mark.parametrize('form', [
    {}, {'upsampling_mode': 'nearest'}, {'upsampling_mode': 'deconv'}, {'upsampling_mode': 'subpx_conv'},
    {'align_corners': True, 'label_pooling': 'bilinear'}, {'aspp_nf': 4}, {'spectral': False}])
@pytest.mark.parametrize('batch', [1, 3])
def test_spade_paints_the_same(random, form, batch):
    gen = trained(SpadeGenerator(**SPADE, **form), random)
    condition = maps(random, batch, 32)
    agree(export(gen, condition), gen, condition)


def test_height_and_width_are_free(random):
    gen = trained(SpadeGenerator(**SPADE), random)
    larger = SpadeGenerator(64, 8, 4, 8)
    larger.copyparams(gen)
    for (_, source), (_, target) in zip(sorted(gen.namedlinks()), sorted(larger.namedlinks())):
        for name in getattr(source, '_persistent', ()):
            getattr(target, name)[...] = getattr(source, name)
    agree(export(gen, maps(random, 1, 32)), larger, maps(random, 1, 64))


class Small(chainer.Chain):
    """A vector to an image, by functions that SPADE does not use."""

    def __init__(self, last=F.tanh):
        super().__init__()
        self.noise, self.last = LatentNoise(3), last
        with self.init_scope():
            self.start = Linear(5, 4 * 3 * 3)
            self.up = Deconvolution2D(22, 3, 5)
            self.out = Convolution2D(3, 3, 4, 2, 1)

    def draw_noise(self, batch, random=None):
        return self.noise.draw(batch, random)

    def forward(self, vector, z=None):
        z = z if isinstance(z, chainer.Variable) else chainer.Variable(z)
        first, second = F.split_axis(F.relu(self.start(F.concat((vector, z)))), 2, 1)
        h = F.reshape(F.concat((first * 2 + 1, second)), (len(vector), 4, 3, 3))
        maps = F.broadcast_to(F.reshape(F.exp(second), (len(vector), 18, 1, 1)), (len(vector), 18, 3, 3))
        return self.last(self.out(self.up(F.concat((h, maps)))))


def test_vectors_and_plain_functions(random):
    gen, condition = Small(), (random.normal(size=(4, 2)).astype('f'),)
    agree(export(gen, condition), gen, condition)


def test_unknown_operations_are_named(random):
    with pytest.raises(ExportError, match='Cosh'):
        export(Small(last=F.cosh), (random.normal(size=(1, 2)).astype('f'),))


def test_noise_keeps_its_form():
    arrays, form = flattened([['a', 'b'], ('c',)])
    assert arrays == ['a', 'b', 'c'] and restored(form, arrays) == [['a', 'b'], ['c']]
    assert flattened('a') == (['a'], 0)


def test_small_maps_of_noise_lie_spread_out():
    large, small = numpy.arange(16.).reshape(1, 1, 4, 4), numpy.arange(1., 5).reshape(1, 1, 2, 2)
    whole = packed([[small], [large]])
    assert whole.shape == (1, 2, 4, 4) and (whole[0, 1] == large[0, 0]).all()
    numpy.testing.assert_array_equal(whole[0, 0], [[1, 0, 2, 0], [0] * 4, [3, 0, 4, 0], [0] * 4])
    assert packed([numpy.zeros((2, 3)), numpy.zeros((2, 5, 2, 2))]).shape == (2, 23)


def test_models_load_without_a_word(random, capfd):
    gen = trained(SpadeGenerator(**SPADE), random)
    model = export(gen, maps(random, 1, 32), ('where', 'tint'))
    assert [given.name for given in model.graph.input] == ['where', 'tint', 'z']
    agree(model, gen, maps(random, 2, 32))
    written = capfd.readouterr()
    assert (written.out, written.err) == ('', '')
    norms, kinds = sum(map(len, gen.draw_noise(1))), [node.op_type for node in model.graph.node]
    assert not {'BatchNormalization', 'Sub'} & set(kinds)
    assert kinds.count('Mul') == norms  # of the modulation: the noise is convolved


class Skipped(Small):
    """Reads what it normalises a second time, which therefore stays as it is."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.norm = BatchNormalization(3)

    def forward(self, vector, z=None):
        self.last = lambda h: self.norm(h) + h
        return super().forward(vector, z)


def test_what_is_read_twice_is_not_changed(random):
    gen, condition = trained(Skipped(), random), (random.normal(size=(4, 2)).astype('f'),)
    agree(export(gen, condition), gen, condition)
