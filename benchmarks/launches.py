"""Kernels that a GPU runs: counted in a captured graph, else by PyTorch's profiler, which sees every library's.

A profiler that is started after a capture is reported to fail, or to end the process: a graph is asked itself.
"""
import ctypes
from collections.abc import Callable, Iterable

LAUNCHING = 'cudaLaunch', 'cuLaunch', 'cudaGraphLaunch', 'cuGraphLaunch'
MOVING = 'Memcpy', 'Memset'
KERNEL_NODE, CHILD_NODE = 0, 4
"""CU_GRAPH_NODE_TYPE_KERNEL and CU_GRAPH_NODE_TYPE_GRAPH."""


def count_launches(run: Callable[[], None]) -> tuple[int | None, int | None]:
    """Kernels that one call of ``run`` runs, and launches that the host makes for it.

    (None, None) where the profiler is not there or sees nothing. Counts one call out of two, as the first call under
    the profiler may load what it needs.
    """
    try:
        import torch
        from torch.profiler import ProfilerActivity, profile
        torch.cuda.synchronize()
        run()
        torch.cuda.synchronize()
        with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as found:
            run()
            torch.cuda.synchronize()
        # An annotation, such as the optimizer's, spans kernels on the device and is none.
        return tally((event.name, event.device_type == torch.autograd.DeviceType.CUDA) for event in found.events()
                     if not getattr(event, 'is_user_annotation', False))
    except (ImportError, RuntimeError, AssertionError, MemoryError) as error:
        print(f'launches are not counted: {error}')
        return None, None


def kernels_in_graph(graph: int, driver=None) -> int:
    """Nodes of a CUDA graph that run a kernel, those of graphs within it included.

    ``graph`` is the address of a cudaGraph_t, ``driver`` the CUDA driver's library. Raises RuntimeError where the
    driver refuses.
    """
    driver = driver or ctypes.CDLL('libcuda.so.1')
    count = ctypes.c_size_t()
    _checked(driver.cuGraphGetNodes(ctypes.c_void_p(graph), None, ctypes.byref(count)))
    nodes = (ctypes.c_void_p * count.value)()
    _checked(driver.cuGraphGetNodes(ctypes.c_void_p(graph), nodes, ctypes.byref(count)))
    return sum(_kernels_in_node(node, driver) for node in nodes)


def _kernels_in_node(node, driver):
    kind = ctypes.c_int()
    _checked(driver.cuGraphNodeGetType(ctypes.c_void_p(node), ctypes.byref(kind)))
    if kind.value != CHILD_NODE:
        return int(kind.value == KERNEL_NODE)
    child = ctypes.c_void_p()
    _checked(driver.cuGraphChildGraphNodeGetGraph(ctypes.c_void_p(node), ctypes.byref(child)))
    return kernels_in_graph(child.value, driver)


def _checked(status):
    if status:
        raise RuntimeError(f"the CUDA driver refuses to list a graph's nodes: error {status}")


def tally(events: Iterable[tuple[str, bool]]) -> tuple[int | None, int | None]:
    """Kernels and launches among events: names, and whether each ran on the device."""
    events = list(events)
    kernels = sum(on_device and not name.startswith(MOVING) for name, on_device in events)
    launches = sum(not on_device and name.startswith(LAUNCHING) for name, on_device in events)
    return (kernels, launches or None) if kernels else (None, None)
