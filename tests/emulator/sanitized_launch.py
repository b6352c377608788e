"""One launch in a program under a sanitizer: the file that describes it (include/program.h), and what came of it."""
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


class SanitizerError(RuntimeError):
    """What a sanitizer found: its first line."""


def run_program(program: Path, function: str, shape: list[int], args, scalars: list[bytes | None],
                shared_mem: int) -> None:
    """Launch ``function`` on copies of the arrays in ``args``, and copy back what it wrote."""
    memories = _memories([arg for arg in args if isinstance(arg, numpy.ndarray)])
    head = [*shape, shared_mem, len(memories)]
    for start, stop in memories:
        head += stop - start, start % 16
    head.append(len(args))
    for arg, scalar in zip(args, scalars):
        head += _argument(arg, scalar, memories)
    views = [numpy.frombuffer(_at(start, stop), numpy.uint8) for start, stop in memories]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'launch'
        path.write_bytes(struct.pack(f'<{len(head)}q', *head) + b''.join(view.tobytes() for view in views))
        run = subprocess.run([program, function, path], text=True, capture_output=True, timeout=TIMEOUT,
                             env={**os.environ, **OPTIONS})
        finding = FINDING.search(run.stderr)
        if run.returncode or finding:
            told = next(filter(None, finding.groups())) if finding else run.stderr.strip()[-300:]
            raise SanitizerError(f'{function}: {told}')
        result = path.read_bytes()[8 * len(head):]
    for view in views:
        view[:], result = numpy.frombuffer(result[:view.size], numpy.uint8), result[view.size:]


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
    address = arg.ctypes.data
    index = next(i for i, (start, stop) in enumerate(memories) if start <= address < stop)
    return index, address - memories[index][0]


def _at(start: int, stop: int):
    return (ctypes.c_uint8 * (stop - start)).from_address(start)
