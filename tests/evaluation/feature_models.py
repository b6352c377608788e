"""Tiny networks of features as ONNX files."""
import numpy
import pytest

onnx = pytest.importorskip('onnx', reason='the extra onnx is not installed')
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

FLOAT, UINT8 = TensorProto.FLOAT, TensorProto.UINT8


def means_model(path, shape=('N', 3, 'H', 'W'), kind=FLOAT, repeat=1):
    """Mean of each channel, ``repeat`` times (N, 3 repeat), of images of a shape, channels first or last."""
    axes = [1, 2] if shape[3] == 3 else [2, 3]
    nodes = [helper.make_node('Cast', ['images'], ['floats'], to=FLOAT),
             helper.make_node('ReduceMean', ['floats'], ['means'], axes=axes, keepdims=0),
             helper.make_node('Concat', ['means'] * repeat, ['features'], axis=1)]
    return saved(path, nodes, [helper.make_tensor_value_info('images', kind, shape)])


def random_model(path, features=32, seed=0, size=8):
    """Random features of images (N, 3, 8, 8): a linear map and ReLU. ``size``: what it says that it takes."""
    weights = numpy.random.default_rng(seed).normal(size=(192, features), scale=192 ** -0.5).astype(numpy.float32)
    nodes = [helper.make_node('Flatten', ['images'], ['flat']),
             helper.make_node('MatMul', ['flat', 'W'], ['sums']),
             helper.make_node('Relu', ['sums'], ['features'])]
    given = helper.make_tensor_value_info('images', FLOAT, ('N', 3, size, size))
    return saved(path, nodes, [given], [numpy_helper.from_array(weights, 'W')])


def map_model(path):
    """The images (N, 3, 8, 8) themselves, doubled: a map of features."""
    return saved(path, [helper.make_node('Add', ['images', 'images'], ['features'])],
                 [helper.make_tensor_value_info('images', FLOAT, ('N', 3, 8, 8))], rank=4)


def saved(path, nodes, inputs, constants=(), rank=2):
    """Write a model whose output is 'features'."""
    output = helper.make_tensor_value_info('features', FLOAT, [f'axis {i}' for i in range(rank)])
    model = helper.make_model(helper.make_graph(nodes, 'features', inputs, [output], constants),
                              opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
