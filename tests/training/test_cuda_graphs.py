"""The stream and the pool of a captured step, on a stand-in for CuPy that remembers what it was asked."""
import contextlib
import types

import pytest

from spade_anime.training.cuda_graphs import OUT_OF_MEMORY, CUDAGraphs, GraphMemoryError


class RuntimeRefusal(RuntimeError):
    def __init__(self, status):
        super().__init__(f'status {status}')
        self.status = status


class Stream:
    def __init__(self, name, log):
        self.name, self.log = name, log

    def __enter__(self):
        self.log.append(f'to {self.name}')

    def __exit__(self, *_):
        self.log.append(f'from {self.name}')

    def wait_event(self, event):
        self.log.append(f'{self.name} waits for {event.of}')

    def begin_capture(self):
        self.log.append('begin')

    def end_capture(self):
        self.log.append('end')
        return types.SimpleNamespace(launch=lambda stream: self.log.append(f'launch on {stream.name}'))


class Event:
    def __init__(self, **_):
        self.of = None

    def record(self, stream):
        self.of = stream.name


class Pool:
    """As CuPy's: where the device has no memory left it gives its free blocks back and tries again."""

    def __init__(self, allocator):
        self.allocator, self.given_back = allocator, 0

    def malloc(self, size):
        try:
            return self.allocator(size)
        except RuntimeRefusal as error:
            if error.status != OUT_OF_MEMORY:
                raise
            self.given_back += 1
            return self.allocator(size)


@pytest.fixture
def cupy():
    log, pools = [], []
    stand_in = types.SimpleNamespace(log=log, pools=pools, status=None)

    def make_pool(allocator):
        pools.append(Pool(allocator))
        return pools[-1]

    def memory(size):
        if stand_in.status:
            status, stand_in.status = stand_in.status, None
            raise RuntimeRefusal(status)
        return size

    def make_stream(non_blocking):
        assert non_blocking
        return Stream('its own', log)
    make_stream.null = Stream('default', log)
    stand_in.cuda = types.SimpleNamespace(
        Stream=make_stream, Event=Event, MemoryPool=make_pool, Memory=memory, MemoryPointer=lambda mem, offset: mem,
        using_allocator=lambda malloc: contextlib.nullcontext(),
        Device=lambda: types.SimpleNamespace(synchronize=lambda: log.append('device is done')),
        runtime=types.SimpleNamespace(CUDARuntimeError=RuntimeRefusal))
    return stand_in


def test_what_was_sent_to_the_device_before_is_there(cupy):
    CUDAGraphs(cupy)
    assert cupy.log == ['device is done']


def test_the_default_stream_and_the_one_of_the_step_take_turns(cupy):
    graphs = CUDAGraphs(cupy)
    with graphs.running():
        replay = graphs.capture(lambda: cupy.log.append('step'))
        replay()
    assert cupy.log[1:] == ['its own waits for default', 'to its own', 'begin', 'step', 'end', 'launch on its own',
                            'from its own', 'default waits for its own']


def test_before_a_capture_the_pool_gives_back_what_it_can(cupy):
    CUDAGraphs(cupy)
    cupy.status = OUT_OF_MEMORY
    assert cupy.pools[0].malloc(512) == 512 and cupy.pools[0].given_back == 1


def test_from_the_first_capture_on_no_memory_that_a_graph_points_to_is_given_back(cupy):
    graphs = CUDAGraphs(cupy)

    def step():
        cupy.status = OUT_OF_MEMORY
        with pytest.raises(GraphMemoryError, match=r'1,024 bytes more on the GPU, .* --no_graph'):
            cupy.pools[0].malloc(1024)
    with graphs.running():
        graphs.capture(step)
    step()
    assert cupy.pools[0].given_back == 0
    cupy.status = 700
    with pytest.raises(RuntimeRefusal):
        cupy.pools[0].malloc(1024)
