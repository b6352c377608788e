"""One launch in a program under a sanitizer: the file that describes it (include/program.h), and what came of it."""
import contextlib
import ctypes
import os
import re
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy

# A finding ends the program; leaks are none of its business.
OPTIONS = {'ASAN_OPTIONS': 'detect_leaks=0', 'UBSAN_OPTIONS': 'halt_on_error=1', 'TSAN_OPTIONS': 'halt_on_error=1'}
FINDING = re.compile(r'^SUMMARY: (.*)$|^(.*runtime error: .*)$', re.MULTILINE)
TIMEOUT = 120
_reachable = []


@contextlib.contextmanager
def reachable(*arrays: numpy.ndarray):
    """Within it launches reach these arrays by their addresses in int64 arrays and structs."""
    _reachable.extend(arrays)
    try:
        yield
    finally:
        del _reachable[len(_reachable) - len(arrays):]


class SanitizerError(RuntimeError):
    """What a sanitizer found: its first line."""


def run_program(program: Path, function: str, shape: list[int], args, scalars: list[bytes | None],
                shared_mem: int) -> None:
    """Launch ``function`` on copies of the arrays in ``args`` and of those within reach; copy back what it wrote."""
    structs = [numpy.frombuffer(bytearray(scalar), numpy.uint8) for arg, scalar in zip(args, scalars)
               if isinstance(arg, numpy.void)]
    arrays = [arg for arg in args if isinstance(arg, numpy.ndarray)]
    memories = _memories([*arrays, *_reachable, *structs])
    tables = [_bounds(array) for array in (*structs, *(array for array in arrays if array.dtype == numpy.int64))]
    links = _links(tables, memories) if _reachable else []
    head = [*shape, shared_mem, len(memories)]
    for start, stop in memories:
        head += stop - start, start % 16
    head.append(len(args))
    by_value = iter(structs)
    for arg, scalar in zip(args, scalars):
        if isinstance(arg, numpy.void):
            head += -2, _place(next(by_value).ctypes.data, memories)[0]
        else:
            head += _argument(arg, scalar, memories)
    head += [len(links), *(number for link in links for number in link)]
    views = [numpy.frombuffer(_at(start, stop), numpy.uint8) for start, stop in memories]
    result = _run(program, function, struct.pack(f'<{len(head)}q', *head), views)
    for index, offset, *_ in links:
        # An address is the other program's own.
        result[index][offset:offset + 8] = views[index][offset:offset + 8]
    for view, found in zip(views, result):
        view[:] = found


def _run(program, function, head, views) -> list[numpy.ndarray]:
    """What the program leaves of the arrays."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'launch'
        path.write_bytes(head + b''.join(view.tobytes() for view in views))
        run = subprocess.run([program, function, path], text=True, capture_output=True, timeout=TIMEOUT,
                             env={**os.environ, **OPTIONS})
        finding = FINDING.search(run.stderr)
        if run.returncode or finding:
            told = next(filter(None, finding.groups())) if finding else run.stderr.strip()[-300:]
            raise SanitizerError(f'{function}: {told}')
        rest = numpy.frombuffer(path.read_bytes()[len(head):], numpy.uint8)
    return [part.copy() for part in numpy.split(rest, numpy.cumsum([view.size for view in views])[:-1])]


def _memories(arrays) -> list[tuple[int, int]]:
    """First and end address of the memory behind the arrays, those that overlap as one."""
    merged = []
    for start, stop in sorted(map(_bounds, arrays)):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged


def _bounds(array) -> tuple[int, int]:
    reach = [stride * (size - 1) for stride, size in zip(array.strides, array.shape)]
    first = array.ctypes.data
    return first + sum(r for r in reach if r < 0), first + sum(r for r in reach if r > 0) + array.itemsize


def _argument(arg, scalar: bytes | None, memories) -> tuple[int, int]:
    """The memory that an argument points into and the offset there, or -1 and its bits."""
    if arg is None:
        return -1, 0
    if scalar is not None:
        return -1, int.from_bytes(scalar.ljust(8, b'\0'), 'little', signed=True)
    return _place(arg.ctypes.data, memories)


def _place(address: int, memories) -> tuple[int, int] | None:
    """The memory that an address lies in and the offset there, or None."""
    return next(((i, address - start) for i, (start, stop) in enumerate(memories) if start <= address < stop), None)


def _links(tables: list[tuple[int, int]], memories) -> list[tuple[int, int, int, int]]:
    """Every word of the tables that is an address within a memory: where it stands and where it points."""
    return [(*_place(first, memories), *target) for start, stop in tables for first in range(start, stop - 7, 8)
            if (target := _place(ctypes.c_int64.from_address(first).value, memories))]


def _at(start: int, stop: int):
    return (ctypes.c_uint8 * (stop - start)).from_address(start)
