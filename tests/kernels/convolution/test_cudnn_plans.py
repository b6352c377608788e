"""Plans for all convolutions of the networks, made by cuDNN itself for a GPU that need not be there."""
import re

import pytest

from kernels.convolution.case import OTHERS, SHAPES
from kernels.convolution.cudnn import plans


@pytest.fixture(scope='module')
def cudnn():
    """The front end, where it and a cuDNN that takes the properties are installed."""
    front = pytest.importorskip('cudnn', reason='the extra cudnn is not installed')
    try:
        plans.workspaces(front, SHAPES[0], 1, 'tf32')
    except Exception as error:
        pytest.skip(f'no plans for a GPU that is not there: {str(error)[:150]}')
    return front


@pytest.mark.parametrize('precision', plans.PRECISIONS)
@pytest.mark.parametrize('batch', plans.BATCHES)
def test_every_convolution_has_plans(cudnn, precision, batch):
    for shape in SHAPES + OTHERS:
        sizes = plans.workspaces(cudnn, shape, batch, precision)
        # What float32 tensor cores are not allowed to touch is rearranged whole.
        limit = 1 << 30 if precision == 'fp32' else (32 << 20) + (batch << 24)
        assert max(sizes) <= limit, (shape, sizes)


def test_channels_last_images_are_not_rearranged(cudnn):
    shape, image = plans.Shape(128, 256, 64, 3), 8 * 128 * 64 * 64 * 2
    for precision in ('tf32', 'fp16'):
        assert max(plans.workspaces(cudnn, shape, 8, precision)) < image


def test_a_problem_is_what_the_networks_ask_for():
    forward, gradient, weights = plans.problems(plans.Shape(10, 3, 7, 4, 2), 2, 'fp16')
    assert [layout.shape for layout in forward.layouts] == [(2, 16, 7, 7), (8, 16, 4, 4), (2, 8, 3, 3)]
    assert (forward.result, gradient.result, weights.result) == ('y', 'x', 'w')
    forward, *_ = plans.problems(plans.Shape(10, 3, 7, 4, 2), 2, 'tf32')
    assert [layout.strides for layout in forward.layouts] == [[490, 1, 70, 10], [160, 16, 4, 1], [27, 1, 9, 3]]


def test_the_page_has_the_table():
    table = plans.PLACE.search(plans.PAGE.read_text())[0]
    assert len(re.findall(r'^\| (?:fp32|tf32|fp16) \| (?:1|8|32) \| \d', table, re.MULTILINE)) == 9
