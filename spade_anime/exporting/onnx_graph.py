"""An ONNX graph, written node by node."""
from collections import Counter
from typing import Any, TypeAlias

import numpy
import onnx
from onnx import helper, numpy_helper

Axes: TypeAlias = dict[str, list[int | str]]
OPSET, IR_VERSION = 17, 8
CHANNEL_AXES = {'Conv': 0, 'ConvTranspose': 1}
"""Axis of the output's channels in the weights."""


class Graph:
    """Nodes and constants; values are referred to by name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.uses: Counter[str] = Counter()
        """How often a value is read, of those that a network's functions give."""

    def constant(self, array: numpy.ndarray) -> str:
        """Name of a constant."""
        name = f'constant_{len(self.constants)}'
        self.constants[name] = numpy_helper.from_array(numpy.ascontiguousarray(array), name)
        return name

    def op(self, kind: str, *inputs: str | numpy.ndarray, **attributes: Any) -> str:
        """Name of the output of an operator; inputs are names, or arrays, which become constants."""
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        name = f'{kind}_{len(self.nodes)}'
        self.nodes.append(helper.make_node(kind, names, [name], **attributes))
        return name

    def array(self, name: str) -> numpy.ndarray:
        """The array of a constant. Raises KeyError for what is none."""
        return numpy_helper.to_array(self.constants[name])

    def folded(self, name: str, scale: numpy.ndarray, shift: numpy.ndarray) -> bool:
        """Make the convolution whose output is ``name`` give ``scale * output + shift``, (C,) each, at no cost.

        False where that cannot be: it is no convolution of constant weights, or something else reads its output.
        """
        node = next((node for node in self.nodes if node.output[0] == name), None)
        if node is None or node.op_type not in CHANNEL_AXES or self.uses[name] != 1 or any(
                given not in self.constants for given in node.input[1:]):
            return False
        shape = [-1 if axis == CHANNEL_AXES[node.op_type] else 1 for axis in range(4)]
        weights = self.array(node.input[1]) * scale.reshape(shape)
        bias = self.array(node.input[2]) * scale + shift if len(node.input) > 2 else shift
        node.input[1:] = [self.constant(array.astype(numpy.float32)) for array in (weights, bias)]
        return True

    def model(self, inputs: Axes, outputs: Axes) -> onnx.ModelProto:
        """The model, checked; ``inputs`` and ``outputs``: axes by name, an axis being a number or a word.

        Of ``outputs`` the keys are names of the graph's values. Raises onnx.checker.ValidationError.
        """
        described = [[helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, axes) for name, axes in side.items()]
                     for side in (inputs, outputs)]
        read = {name for node in self.nodes for name in node.input}
        constants = [constant for name, constant in self.constants.items() if name in read]
        graph = helper.make_graph(self.nodes, 'generator', *described, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION,
                                  producer_name='spade_anime')
        onnx.checker.check_model(model, full_check=True)
        return model
