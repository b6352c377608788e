"""A generator's forward pass in test mode, walked from its output back to its inputs, as an ONNX model."""
import inspect
from collections import Counter
from collections.abc import Sequence

import chainer
import numpy
import onnx
from chainer.variable import VariableNode

from spade_anime.exporting.converters import convert
from spade_anime.exporting.noise import axes, flattened, restored, unpacked
from spade_anime.exporting.onnx_graph import Graph
from spade_anime.types import Arrays

BATCH = 2
"""Images of the pass that is walked; the model takes any number."""


class _Given(chainer.FunctionHook):
    """Keeps the inputs of every function of a pass: Chainer keeps only what gradients need."""

    name = 'given'

    def __init__(self) -> None:
        self.arrays: dict[chainer.FunctionNode, Arrays] = {}

    def forward_preprocess(self, function: chainer.FunctionNode, in_data: Arrays) -> None:
        self.arrays[function] = in_data


def export(gen: chainer.Link, condition: Arrays, names: Sequence[str] = ()) -> onnx.ModelProto:
    """Write ``gen(*condition, z=z)`` as a model whose inputs are the conditions, and ``z`` for all noise.

    The batch is free, and so are height and width of maps. The output is 'image'.

    Args:
        gen: the generator.
        condition: example arrays with a batch axis; only their shapes matter.
        names: of the inputs for them; none: as the generator's parameters are called.

    Raises:
        ExportError: an operation that has no converter.
    """
    inputs = {name: chainer.Variable(numpy.repeat(array[:1], BATCH, axis=0))
              for name, array in zip(names or _names(gen, len(condition)), condition)}
    drawn, form = flattened(gen.draw_noise(BATCH, numpy.random.default_rng(0)))
    noise = [chainer.Variable(array) for array in drawn]
    hook = _Given()
    with chainer.using_config('train', False), chainer.using_config('enable_backprop', True), hook:
        image = gen(*inputs.values(), z=restored(form, noise))
    graph = Graph()
    given = {variable.node: name for name, variable in inputs.items()}
    given |= {variable.node: name for variable, name in zip(noise, unpacked(graph, drawn))}
    walk = _Walk(graph, hook.arrays, given)
    graph.nodes.append(onnx.helper.make_node('Identity', [walk.name(image.node)], ['image']))
    sides = {name: _axes(variable.shape) for name, variable in inputs.items()} | axes(drawn)
    return graph.model(sides, {'image': _axes(image.shape)})


def _names(gen: chainer.Link, count: int) -> list[str]:
    """Names of the ``count`` arrays of a condition, as the generator's parameters call them."""
    parameters = [parameter for name, parameter in inspect.signature(gen.forward).parameters.items() if name != 'z']
    if parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
        return [f'{parameters[0].name}_{i}' for i in range(count)]
    return [parameter.name for parameter in parameters]


def _axes(shape: tuple[int, ...]) -> list[int | str]:
    return ['batch', *shape[1:]] if len(shape) != 4 else ['batch', shape[1], 'height', 'width']


class _Walk:
    """Names of values, written at their first use; what does not depend on an input is a constant."""

    def __init__(self, graph: Graph, given: dict[chainer.FunctionNode, Arrays], inputs: dict[VariableNode, str]):
        self.graph, self.given, self.names = graph, given, dict(inputs)
        self._uses = Counter(node for function in given for node in function.inputs)
        self._depends = dict.fromkeys(inputs, True)

    def name(self, variable_node: VariableNode) -> str:
        """Name of what a variable holds, after writing all that it is made of."""
        waiting = [variable_node]
        while waiting:
            function = waiting[-1].creator_node
            if waiting[-1] in self.names:
                waiting.pop()
                continue
            missing = [node for node in function.inputs if self._from_input(node) and node not in self.names]
            if missing:
                waiting.extend(missing)
                continue
            self._write(function)
        return self.names[variable_node]

    def _write(self, function: chainer.FunctionNode) -> None:
        inputs = [self.names[node] if self._from_input(node) else self.graph.constant(array)
                  for node, array in zip(function.inputs, self.given[function])]
        outputs = convert(self.graph, function, inputs)
        for output, name in zip(function.outputs, outputs if isinstance(outputs, list) else [outputs]):
            if output() is not None:
                self.names[output()] = name
                self.graph.uses[name] = self._uses[output()]

    def _from_input(self, variable_node: VariableNode) -> bool:
        """Whether a variable depends on an input of the model."""
        waiting = [variable_node]
        while waiting:
            node = waiting[-1]
            sources = node.creator_node.inputs if node.creator_node else ()
            unknown = [source for source in sources if source not in self._depends]
            if unknown and node not in self._depends:
                waiting.extend(unknown)
                continue
            self._depends.setdefault(node, any(self._depends[source] for source in sources))
            waiting.pop()
        return self._depends[variable_node]
