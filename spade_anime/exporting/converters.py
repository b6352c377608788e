"""How each function of a forward pass in test mode is written in ONNX.

A converter takes the graph, the function and the names of its inputs, and returns the name of its output, or a list of
names where it has several.
"""
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy
from chainer.functions.activation.relu import ReLU
from chainer.functions.activation.sigmoid import Sigmoid
from chainer.functions.activation.tanh import Tanh
from chainer.functions.array.broadcast import BroadcastTo
from chainer.functions.array.concat import Concat
from chainer.functions.array.reshape import Reshape
from chainer.functions.array.split_axis import SplitAxis
from chainer.functions.math.basic_math import Add, AddConstant, Div, Mul, MulConstant, Neg, Sub
from chainer.functions.math.exponential import Exp

from spade_anime.errors import InputError
from spade_anime.exporting.onnx_graph import Graph
from spade_anime.functions import (
    batch_norm_act,
    bias_act,
    convolution,
    leaky_relu,
    linear,
    pixel_shuffle,
    resize,
    spade_norm,
)

Node: TypeAlias = Any
"""A function node with the attributes of its class."""
Names: TypeAlias = str | list[str]
Converter: TypeAlias = Callable[[Graph, Node, list[str]], Names]

PLAIN = {ReLU: 'Relu', Sigmoid: 'Sigmoid', Tanh: 'Tanh', Add: 'Add', Sub: 'Sub', Mul: 'Mul', Div: 'Div', Neg: 'Neg',
         Exp: 'Exp'}
CONVERTERS: dict[type, Converter] = {}


class ExportError(InputError):
    """A network has an operation without a converter, or one that ONNX cannot express."""


def converter(*classes: type) -> Callable[[Converter], Converter]:
    """Register the decorated function for classes of function nodes."""
    def register(function: Converter) -> Converter:
        CONVERTERS.update(dict.fromkeys(classes, function))
        return function
    return register


def convert(graph: Graph, node: Node, inputs: list[str]) -> Names:
    """Write one function. Raises ExportError if it has no converter."""
    kind = type(node)
    if kind in PLAIN:
        return graph.op(PLAIN[kind], *inputs)
    if kind not in CONVERTERS:
        raise ExportError(f'{kind.__module__}.{kind.__name__} cannot be written as ONNX yet; known are '
                          f'{", ".join(sorted(known.__name__.strip("_") for known in {*PLAIN, *CONVERTERS}))}')
    return CONVERTERS[kind](graph, node, inputs)


def activated(graph: Graph, x: str, activation: str, slope: float | None) -> str:
    """``activation`` as in ``bias_act``; ``slope`` None or 1: none."""
    if activation == 'tanh':
        return graph.op('Tanh', x)
    if activation == 'relu' or (activation == 'leaky_relu' and slope == 0):
        return graph.op('Relu', x)
    if activation == 'linear' or slope is None:
        return x
    return graph.op('LeakyRelu', x, alpha=float(slope))


@converter(convolution._Convolution)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    stride, pad, dilate = node.geometry
    return graph.op('Conv', *inputs, strides=[stride] * 2, pads=[pad] * 4, dilations=[dilate] * 2)


@converter(convolution._SharedConvolution)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    count = len(inputs) // 2
    return [graph.op('Conv', inputs[0], W, b, pads=[node.pad] * 4)
            for W, b in zip(inputs[1:count + 1], inputs[count + 1:])]


@converter(convolution._InputGradient)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    stride, pad, dilate = node.geometry
    kernel, size = node.inputs[1].shape[2:], node.inputs[0].shape[2:]
    left_over = [wanted - (stride * (given - 1) + dilate * (k - 1) + 1 - 2 * pad)
                 for wanted, given, k in zip(node.x_size, size, kernel)]
    return graph.op('ConvTranspose', *inputs, strides=[stride] * 2, pads=[pad] * 4, dilations=[dilate] * 2,
                    output_padding=left_over)


@converter(leaky_relu.LeakyReLU)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    return graph.op('LeakyRelu', *inputs, alpha=float(node.slope))


@converter(bias_act._BiasAct)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    x, *bias = inputs
    if bias:
        x = graph.op('Add', x, graph.op('Reshape', bias[0], numpy.array([1, -1, 1, 1])))
    return activated(graph, x, *node.act)


@converter(batch_norm_act._BatchNormAct)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    x, gamma, beta = inputs
    mean, var = node.running
    scale = graph.array(gamma) / numpy.sqrt(var + numpy.float32(node.eps))
    if not graph.folded(x, scale, graph.array(beta) - mean * scale):
        x = graph.op('BatchNormalization', *inputs, mean, var, epsilon=float(node.eps))
    return activated(graph, x, 'leaky_relu', node.slope)


@converter(spade_norm._SpadeNorm)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    if node.stream is not None:
        raise ExportError('an exported model takes its noise as an input; this layer draws its own')
    x, gamma, beta, *noise = inputs
    mean, var = node.running
    scale = 1 / numpy.sqrt(var + numpy.float32(node.eps))
    # What convolutions give can be shifted and scaled in their weights, which saves passes over the image.
    shift = numpy.zeros_like(mean) if graph.folded(x, numpy.ones_like(mean), -mean) else -mean
    if noise:
        # onnxruntime adds x in the pass that computes a convolution, where its sizes are known beforehand.
        weight, maps = noise
        x = graph.op('Add', x, graph.op('Conv', maps, graph.array(weight).reshape(-1, 1, 1, 1), shift))
    elif shift.any():
        x = graph.op('Add', x, shift.reshape(1, -1, 1, 1))
    if not graph.folded(gamma, scale, scale):
        gamma = graph.op('Mul', graph.op('Add', gamma, numpy.ones((), numpy.float32)), scale.reshape(1, -1, 1, 1))
    return activated(graph, graph.op('Add', graph.op('Mul', x, gamma), beta), 'leaky_relu', node.slope)


@converter(resize._Resize)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    mode, align_corners = node.how
    ratios = [given // wanted for given, wanted in zip(node.x_size, node.size)]
    if mode == 'area':
        if any(wanted * ratio != given for given, wanted, ratio in zip(node.x_size, node.size, ratios)):
            raise ExportError(f'ONNX has no area average from {node.x_size} to {node.size} pixels: only whole ratios')
        return graph.op('AveragePool', *inputs, kernel_shape=ratios, strides=ratios)
    scales = numpy.array([1, 1, *(_scale(*sizes) for sizes in zip(node.x_size, node.size))], numpy.float32)
    if mode == 'nearest':
        return graph.op('Resize', inputs[0], '', scales, mode='nearest', nearest_mode='floor',
                        coordinate_transformation_mode='asymmetric')
    return graph.op('Resize', inputs[0], '', scales, mode='linear',
                    coordinate_transformation_mode='align_corners' if align_corners else 'half_pixel')


def _scale(given: int, wanted: int) -> numpy.float32:
    """The ratio in single precision, such that rounding down gives the size wanted."""
    scale = numpy.float32(wanted / given)
    return scale if int(numpy.float32(given) * scale) == wanted else numpy.nextafter(scale, numpy.float32(2 * scale))


@converter(pixel_shuffle._PixelShuffle)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    x, *bias = inputs
    if bias:
        x = graph.op('Add', x, graph.op('Reshape', bias[0], numpy.array([1, -1, 1, 1])))
    y = graph.op('DepthToSpace', x, blocksize=2, mode='DCR')
    return activated(graph, y, 'leaky_relu', node.slope)


@converter(pixel_shuffle.Unshuffle)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    return graph.op('SpaceToDepth', inputs[0], blocksize=2)


@converter(linear._Linear)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    return graph.op('Gemm', *inputs, transB=1)


@converter(Concat)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    return graph.op('Concat', *inputs, axis=node.axis)


@converter(SplitAxis)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    total = node.inputs[0].shape[node.axis]
    count = node.sections if node.sections is not None else None
    ends = list(range(total // count, total + 1, total // count)) if count else [*map(int, node.indices), total]
    return [graph.op('Slice', inputs[0], numpy.array([start]), numpy.array([end]), numpy.array([node.axis]))
            for start, end in zip([0, *ends], ends)]


@converter(Reshape)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    batch = node.inputs[0].shape[0]
    shape = list(node.shape)
    if shape[0] == batch:
        shape[0] = 0  # keeps the batch of the input
    return graph.op('Reshape', inputs[0], numpy.array(shape))


@converter(BroadcastTo)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    return graph.op('Expand', inputs[0], numpy.array([1, *node._shape[1:]]))


@converter(AddConstant, MulConstant)
def _(graph: Graph, node: Node, inputs: list[str]) -> Names:
    kind = 'Add' if isinstance(node, AddConstant) else 'Mul'
    return graph.op(kind, inputs[0], numpy.asarray(node.value, numpy.float32))
