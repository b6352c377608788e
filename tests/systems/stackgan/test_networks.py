import chainer
import chainer.functions as F
import numpy
import pytest

from spade_anime import losses
from spade_anime.painting import paint
from spade_anime.runs.weights import arrays_of
from spade_anime.systems.stackgan.layers import ConditioningAugmentation, doublings
from spade_anime.systems.stackgan.networks import StageOneGenerator, StageTwoGenerator, TextDiscriminator

SMALL = {'gf_dim': 4, 'text_dim': 6, 'condition_dim': 5, 'z_dim': 3}


@pytest.fixture
def stage1():
    return StageOneGenerator(32, **SMALL)


@pytest.fixture
def stage2(stage1):
    return StageTwoGenerator(stage1, 64, gf_dim=4, residual_blocks=2)


@pytest.fixture
def embedding(random):
    return random.standard_normal((3, 6)).astype(numpy.float32)


def test_parameter_count_of_stage_one_for_coco():
    """GF 192: text to 2 x 128; 228 numbers to 4 x 4 x 1536; halved four times to 96 channels at 64 px."""
    augmentation = 1024 * 256 + 256
    start = 228 * 1536 * 16 + 2 * 1536 * 16
    blocks = sum(9 * a * b + 2 * b for a, b in ((1536, 768), (768, 384), (384, 192), (192, 96)))
    image = 9 * 96 * 3 + 3
    gen = StageOneGenerator(64, 192)
    assert gen.count_params() == augmentation + start + blocks + image == 20_020_835
    assert [block.conv.W.shape[:2] for block in gen.upsampling.blocks] == [
        (768, 1536), (384, 768), (192, 384), (96, 192)]


def test_parameter_count_of_stage_two_for_birds():
    """GF 128: 64 px to 512 channels at 16 px, joined with c, four residual blocks, up to 32 channels at 256 px."""
    augmentation = 1024 * 256 + 256
    encoder = (9 * 3 * 128 + 128) + (16 * 128 * 256 + 2 * 256) + (16 * 256 * 512 + 2 * 512)
    join = 9 * (512 + 128) * 512 + 2 * 512
    residual = 4 * 2 * (9 * 512 * 512 + 2 * 512)
    blocks = sum(9 * a * b + 2 * b for a, b in ((512, 256), (256, 128), (128, 64), (64, 32)))
    image = 9 * 32 * 3 + 3
    assert StageTwoGenerator(StageOneGenerator()).count_params() == \
        augmentation + encoder + join + residual + blocks + image


@pytest.mark.parametrize('size, df_dim, down, narrow', [
    (64, 64, (64, 128, 256, 512), ()),
    (256, 32, (32, 64, 128, 256, 512, 1024), (512, 256)),
])
def test_parameter_count_of_the_discriminators(size, df_dim, down, narrow):
    top = 8 * df_dim
    halvings = sum(16 * a * b + 2 * b for a, b in zip(down, down[1:]))
    narrowings = sum(9 * a * b + 2 * b for a, b in zip((down[-1], *narrow), narrow))
    join = 9 * (top + 128) * top + 2 * top
    count = TextDiscriminator(size, df_dim).count_params()
    assert count == (16 * 3 * df_dim + df_dim) + halvings + narrowings + join + 16 * top + 1


def test_both_stages_paint_in_range(stage1, stage2, embedding):
    for gen, size in ((stage1, 32), (stage2, 64)):
        image = gen(embedding)
        assert image.shape == (3, 3, size, size) and abs(image.array).max() <= 1
        random = numpy.random.default_rng
        first, same = (paint(gen, (embedding,), gen.draw_noise(3, random(0))) for _ in range(2))
        other = paint(gen, (embedding,), gen.draw_noise(3, random(1)))
        numpy.testing.assert_array_equal(first, same)
        assert abs(first - other).max() > 1e-3 * abs(first).max()


def test_condition_is_the_mean_plus_the_deviation_times_eps():
    augmentation = ConditioningAugmentation(2, 1)
    augmentation.fc.W.array[...] = [[1, 0], [0, 2]]
    embedding = numpy.array([[3, numpy.log(4) / 2]], numpy.float32)
    drawn = augmentation.drawn(embedding, numpy.array([[10]], numpy.float32))
    assert float(drawn.array[0, 0]) == pytest.approx(3 + 2 * 10, rel=1e-6)
    mu, log_variance = augmentation(-embedding)
    assert mu.array[0, 0] == -3 and log_variance.array[0, 0] < 0  # neither is cut off at 0


def test_stage_one_is_frozen_in_stage_two(stage1, stage2, embedding):
    before = {name: param.array.copy() for name, param in stage1.namedparams()}
    statistics = stage1.norm.avg_mean.copy()
    optimizer = chainer.optimizers.Adam().setup(stage2)
    loss = F.sum(stage2(embedding) ** 2)
    stage2.cleargrads()
    loss.backward()
    optimizer.update()
    assert all(param.update_rule is None for param in stage1.params())
    assert all((param.array == before[name]).all() for name, param in stage1.namedparams())
    numpy.testing.assert_array_equal(stage1.norm.avg_mean, statistics)
    assert all(param.grad is not None for param in stage2.params())
    assert 'stage1/norm/avg_mean' in arrays_of(stage2) and 'stage1/fc/W' in arrays_of(stage2)


def test_what_stage_one_paints_does_not_depend_on_its_batch(stage2, embedding):
    noise = stage2.draw_noise(3)[:2]
    with chainer.using_config('train', False):
        whole, alone = stage2.stage1(embedding, noise), stage2.stage1(embedding[:1], [z[:1] for z in noise])
    numpy.testing.assert_allclose(whole.array[:1], alone.array, atol=1e-5)


def test_discriminator_is_twice_differentiable(random):
    dis = TextDiscriminator(128, 2, 5)
    image = chainer.Variable(random.standard_normal((2, 3, 128, 128)).astype(numpy.float32))
    mu = random.standard_normal((2, 5)).astype(numpy.float32)
    logits, features = dis(image, mu)
    assert logits.shape == (2, 1, 1, 1) and features[0].shape == (2, 16, 4, 4)
    dis.cleargrads()
    losses.gradient_penalty(logits, image).backward()
    assert numpy.isfinite(dis.first.W.grad).all() and abs(dis.first.W.grad).max() > 0


def test_discriminator_reads_the_text(random):
    dis = TextDiscriminator(32, 2, 5)
    image = random.standard_normal((2, 3, 32, 32)).astype(numpy.float32)
    first, second = (dis(image, random.standard_normal((2, 5)).astype(numpy.float32))[0].array for _ in range(2))
    assert abs(first - second).max() > 1e-3 * abs(first).max()


def test_sizes_double_from_the_start():
    assert doublings(64) == 4 and doublings(256, 16) == 4
    for size in (4, 6, 96, 0):
        with pytest.raises(ValueError, match=f'{size} is not 4 doubled; 8, 16'):
            doublings(size)


def test_both_stages_with_output_skips(embedding):
    stage1 = StageOneGenerator(32, **SMALL, output_skips=True)
    stage2 = StageTwoGenerator(stage1, 64, gf_dim=4, residual_blocks=1, output_skips=True)
    for gen, size, widths in ((stage1, 32, [32, 16, 8, 4]), (stage2, 64, [16, 8, 4, 2])):
        image = gen(embedding)
        assert image.shape == (3, 3, size, size) and numpy.abs(image.array).max() <= 1
        assert [skip.W.shape[1] for skip in gen.upsampling.to_image] == widths


def test_a_discriminator_without_normalisation(random):
    dis = TextDiscriminator(32, 4, 5, batch_norm=False, deviation=True)
    image = chainer.Variable(random.uniform(-1, 1, (3, 3, 32, 32)).astype(numpy.float32))
    assert dis.features(image).shape == (3, 16 + 1, 4, 4)
    assert [found.shape[1:] for found in dis.maps(image)] == [(4, 16, 16), (8, 8, 8), (16, 4, 4)]
    assert not [name for name, _ in dis.namedparams() if 'norm' in name]
    mu = random.standard_normal((3, 5)).astype(numpy.float32)
    dis.cleargrads()
    losses.gradient_penalty(dis(image, mu)[0], image).backward()
    assert all(numpy.abs(weight.grad).sum() > 0 for name, weight in dis.namedparams() if name.endswith('/W'))
