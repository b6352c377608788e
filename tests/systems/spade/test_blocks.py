"""Networks on blocks of pixels, the last layer at full size, and the discriminator of OASIS."""
import json

import chainer
import numpy
import pytest
from PIL import Image

import generate
import spade_anime
import train
from spade_anime.errors import InputError
from spade_anime.layers.blocks import from_blocks, to_blocks
from spade_anime.systems.spade import oasis
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator

SMALL = ['--use_cpu', '--preset', 'small', '--image_size', '64', '--ngf', '4', '--ndf', '4', '--spade_ch', '8',
         '--division_ch', '2', '--pixel_ch', '4', '--batch_size', '2', '--workers', '0', '--sample_interval', '2',
         '--snapshot_interval', '2']


@pytest.mark.parametrize('block', [1, 2, 4])
def test_blocks_and_back(random, block):
    x = random.standard_normal((2, 3, 8, 12)).astype('f')
    blocks = to_blocks(x, block)
    assert blocks.shape == (2, 3 * block ** 2, 8 // block, 12 // block)
    numpy.testing.assert_array_equal(chainer.as_array(from_blocks(blocks, block)), x)


def test_a_block_holds_its_own_pixels(random):
    x = random.standard_normal((1, 1, 4, 4)).astype('f')
    numpy.testing.assert_array_equal(to_blocks(x, 2).array[0, :, 1, 0], x[0, 0, 2:, :2].ravel())


@pytest.mark.parametrize('block', [1, 2, 4])
@pytest.mark.parametrize('pixel_ch, noisy', [(0, True), (5, False)])
def test_generators_paint_the_whole_size(random, block, pixel_ch, noisy):
    gen = SpadeGenerator(128, 4, 2, 8, block=block, pixel_ch=pixel_ch, noisy=noisy, least_ch=3)
    label, color = (random.random((2, channels, 128, 128)).astype('f') for channels in (4, 3))
    assert gen(label, color).shape == (2, 3, 128, 128)
    assert any('noise' in name for name, _ in gen.namedparams()) == noisy
    assert min(conv.W.shape[0] for block in gen.blocks for conv in (block.conv1, block.conv2)) >= 3
    dis = PatchDiscriminator(4, division_ch=2, block=block)
    assert dis(label[:, :3], label, color)[0].shape == (2, 1, 16 // block - 2, 16 // block - 2)


@pytest.mark.parametrize('block, pixel_ch', [(2, 0), (2, 5), (1, 0)])
def test_colours_are_painted_over(random, block, pixel_ch):
    gen = SpadeGenerator(64, 4, 2, 8, block=block, pixel_ch=pixel_ch, noisy=False, composed=True)
    label, color = (random.random((1, channels, 64, 64)).astype('f') for channels in (4, 3))
    first = numpy.abs(gen(label, color).array - (2 * color - 1)).mean()
    assert first < 0.2  # an opacity of 0.12, and colours up to 2 apart
    gen.to_opacity.b.array[...], gen.to_opacity.W.array[...] = -20, 0
    numpy.testing.assert_allclose(gen(label, color).array, 2 * color - 1, atol=1e-5)
    gen.to_opacity.b.array[...] = 20
    apart = numpy.abs(gen(label, color).array - (2 * color - 1)).mean()
    # The last layer reads the colour map only where there are pixel channels: it then begins with nearly these colours.
    assert 0.02 < apart < 0.2 if pixel_ch else apart > 0.3


def test_losses_of_oasis_are_the_formula(random):
    logits, label = random.standard_normal((2, 6, 8, 8)), numpy.zeros((2, 4, 8, 8), 'f')
    label[:, 0, :2], label[:, 2, 4:] = 1, 1
    classes = oasis.classes_of(label)
    assert set(numpy.unique(classes)) == {0, 2, 4}
    log = logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))
    picked = numpy.take_along_axis(log, classes[:, None], axis=1)[:, 0]
    counts = {k: (classes == k).sum() for k in (0, 2, 4)}
    expected = -sum(picked[classes == k].sum() / count for k, count in counts.items()) / len(counts)
    found = oasis.class_error(logits.astype('f'), classes)
    numpy.testing.assert_allclose(found.array, expected, rtol=1e-5)
    numpy.testing.assert_allclose(oasis.painted_error(logits.astype('f')).array, -log[:, 5].mean(), rtol=1e-5)


OASIS = ['--discriminator', 'oasis', '--gp_coef', '0', '--fm_coef', '0', '--labelmix_coef', '1', '--reuse_fake',
         'false']


@pytest.mark.parametrize('flags', [[], OASIS], ids=['patch', 'oasis'])
def test_a_run_trains_paints_and_goes_on_exactly(few, tmp_path, flags):
    def arrays(name):
        with numpy.load(tmp_path / name / 'snapshots' / 'gen_00000004.npz') as file:
            return {key: file[key] for key in file.files if file[key].dtype.kind == 'f'}

    common = [*SMALL, *flags, '--dataset_dir', str(few), '--lr_iterations', '4']
    train.main([*common, '--max_iteration', '4', '--out_dir', str(tmp_path / 'whole')])
    train.main([*common, '--max_iteration', '2', '--out_dir', str(tmp_path / 'half')])
    train.main(['--resume', '--out_dir', str(tmp_path / 'half'), '--max_iteration', '4'])
    whole, half = arrays('whole'), arrays('half')
    assert whole.keys() == half.keys()
    for name, array in whole.items():
        numpy.testing.assert_array_equal(half[name], array, err_msg=name)
    assert json.loads((tmp_path / 'half' / 'condition.json').read_text())['portraits']
    generate.main(['--run', str(tmp_path / 'half'), '--label', 'examples/seg.png', '--skin', 'brown', '--samples', '3',
                   '--out', str(tmp_path / 'painted.png')])
    assert Image.open(tmp_path / 'painted.png').size == (3 * 68 - 4, 64)
    painter = spade_anime.load(tmp_path / 'half', device='cpu')
    assert painter.network.composed
    pictures = [painter.paint(label='examples/seg.png', color='pink', samples=2, engine=engine).astype(int)
                for engine in ('chainer', 'onnx')]
    assert numpy.abs(pictures[0] - pictures[1]).max() <= 1


@pytest.mark.parametrize('flags, told', [
    (['--discriminator', 'oasis'], '--gp_coef 1.0: the discriminator oasis has no gradient penalty'),
    (['--color_regions', 'hair', '--composed', 'true'], '--composed with --color_regions hair'),
    (['--labelmix_coef', '1'], '--labelmix_coef 1.0 goes with --discriminator oasis'),
    (['--image_size', '72', '--dis_block', '4', '--start_size', '9', '--block', '1'], '--image_size 72')])
def test_contradictions(few, tmp_path, flags, told):
    with pytest.raises(InputError, match=told):
        train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'), *flags])
