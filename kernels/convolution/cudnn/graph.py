"""A convolution as a graph of cuDNN's front end, and the plans that cuDNN has for it."""
import dataclasses
from types import ModuleType
from typing import Any

from ..window import Window

# Which arguments of which method of a graph the arrays are, by what comes out: y = convolution of x by w.
METHODS = {'y': ('conv_fprop', {'x': 'image', 'w': 'weight'}), 'x': ('conv_dgrad', {'y': 'loss', 'w': 'filter'}),
           'w': ('conv_wgrad', {'x': 'image', 'y': 'loss'})}


@dataclasses.dataclass(frozen=True)
class Layout:
    """Shape (batch or outputs, channels, height, width) of an array, and the order of its axes in memory."""

    shape: tuple[int, int, int, int]
    channels_last: bool

    @property
    def strides(self) -> list[int]:
        """Elements from one index to the next along each axis."""
        _, channels, height, width = self.shape
        image = channels * height * width
        return [image, 1, width * channels, channels] if self.channels_last else [image, height * width, width, 1]


@dataclasses.dataclass(frozen=True)
class Problem:
    """A convolution or one of its gradients: all that a plan depends on. ``result`` is 'y', 'x' or 'w'."""

    result: str
    layouts: tuple[Layout, ...]  # of x, w and y
    window: Window
    dtype: str
    allows_tf32: bool

    def layout(self, name: str) -> Layout:
        """That of 'x', 'w' or 'y'."""
        return self.layouts['xwy'.index(name)]


def define(cudnn: ModuleType, problem: Problem, **where: Any) -> tuple:
    """The problem's graph, its plans listed but none built, and its tensors by name.

    ``where`` is a handle, or the properties of a GPU that need not be there.
    """
    kind = cudnn.data_type.HALF if problem.dtype == 'float16' else cudnn.data_type.FLOAT
    graph = cudnn.pygraph(io_data_type=kind, intermediate_data_type=cudnn.data_type.FLOAT,
                          compute_data_type=cudnn.data_type.FLOAT, **where)
    method, arguments = METHODS[problem.result]
    tensors = {name: graph.tensor(name=name, dim=list(problem.layout(name).shape), stride=problem.layout(name).strides,
                                  data_type=kind) for name in arguments}
    window, target = problem.window, problem.layout(problem.result)
    result = getattr(graph, method)(**{arguments[name]: tensor for name, tensor in tensors.items()},
                                    padding=list(window.pad), stride=list(window.stride), dilation=list(window.dilate))
    result.set_output(True).set_data_type(kind).set_dim(list(target.shape)).set_stride(target.strides)
    graph.validate()
    graph.build_operation_graph()
    graph.create_execution_plans([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
    if problem.dtype == 'float32' and not problem.allows_tf32:
        # Tensor cores would round the factors to TF32.
        graph.deselect_numeric_notes([cudnn.numerical_note.TENSOR_CORE])
    graph.check_support()
    return graph, {**tensors, problem.result: result}


class Plan:
    """How one problem is computed: a graph, and which of its plans; None is the heuristics' choice."""

    def __init__(self, cudnn: ModuleType, problem: Problem, **where: Any):
        try:
            self.graph, self.tensors = define(cudnn, problem, **where)
            self.graph.build_plans()
        except cudnn.cudnnGraphNotSupportedError as error:
            raise RuntimeError(f'cuDNN has no plan for {problem}: {str(error)[:200]}') from error
        self.index, self.workspace = None, self.graph.get_workspace_size()

    def choose(self, index: int) -> None:
        """Take another of the graph's plans from now on. RuntimeError, and no change, where it cannot be built."""
        self.graph.build_plan_at_index(index)
        self.index, self.workspace = index, self.graph.get_workspace_size_plan_at_index(index)

    def execute(self, addresses: dict, workspace: int, handle: Any) -> None:
        """Compute with the arrays at these addresses, by name, on the handle's stream."""
        pack = {self.tensors[name]: address for name, address in addresses.items()}
        if self.index is None:
            self.graph.execute(pack, workspace, handle=handle)
        else:
            self.graph.execute_plan_at_index(pack, workspace, self.index, handle=handle)
