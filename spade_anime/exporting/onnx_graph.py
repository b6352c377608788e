"""An ONNX graph, written node by node."""
from typing import Any, TypeAlias

import numpy
import onnx
from onnx import helper, numpy_helper

Axes: TypeAlias = dict[str, list[int | str]]
OPSET, IR_VERSION = 17, 8


class Graph:
    """Nodes and constants; values are referred to by name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, array: numpy.ndarray) -> str:
        """Name of a constant."""
        name = f'constant_{len(self.constants)}'
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def op(self, kind: str, *inputs: str | numpy.ndarray, **attributes: Any) -> str:
        """Name of the output of an operator; inputs are names, or arrays, which become constants."""
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        name = f'{kind}_{len(self.nodes)}'
        self.nodes.append(helper.make_node(kind, names, [name], **attributes))
        return name

    def raise_bias(self, name: str, amount: float) -> bool:
        """Add to the bias of the convolution whose output is ``name`` and has no other use; False if there is none."""
        node = next((node for node in self.nodes if node.output[0] == name), None)
        biases = {constant.name: constant for constant in self.constants}
        if node is None or node.op_type != 'Conv' or len(node.input) < 3 or node.input[2] not in biases:
            return False
        node.input[2] = self.constant(numpy_helper.to_array(biases[node.input[2]]) + numpy.float32(amount))
        return True

    def model(self, inputs: Axes, outputs: Axes) -> onnx.ModelProto:
        """The model, checked; ``inputs`` and ``outputs``: axes by name, an axis being a number or a word.

        Of ``outputs`` the keys are names of the graph's values. Raises onnx.checker.ValidationError.
        """
        described = [[helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, axes) for name, axes in side.items()]
                     for side in (inputs, outputs)]
        graph = helper.make_graph(self.nodes, 'generator', *described, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION,
                                  producer_name='spade_anime')
        onnx.checker.check_model(model, full_check=True)
        return model
