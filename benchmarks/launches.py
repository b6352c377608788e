"""Kernels that a GPU runs, counted by PyTorch's profiler, which sees those of every library in the process."""
from collections.abc import Callable, Iterable

LAUNCHING = 'cudaLaunch', 'cuLaunch', 'cudaGraphLaunch', 'cuGraphLaunch'
MOVING = 'Memcpy', 'Memset'


def count_launches(run: Callable[[], None]) -> tuple[int | None, int | None]:
    """Kernels that one call of ``run`` runs, and launches that the host makes for it, a graph being one.

    A replayed graph runs as many as it has nodes with kernels. (None, None) where the profiler is not there or sees
    nothing. Counts one call out of two, as the first call under the profiler may load what it needs.
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


def tally(events: Iterable[tuple[str, bool]]) -> tuple[int | None, int | None]:
    """Kernels and launches among events: names, and whether each ran on the device."""
    events = list(events)
    kernels = sum(on_device and not name.startswith(MOVING) for name, on_device in events)
    launches = sum(not on_device and name.startswith(LAUNCHING) for name, on_device in events)
    return (kernels, launches or None) if kernels else (None, None)
