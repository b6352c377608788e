"""The text of a kernel: a .cu file with its own headers written into it, for one choice of its types and numbers.

A .cu file says in its comments which choices it is made for, one line a family, all combinations of it::

    // variants: T=float32|float16 CHANNELS_LAST=0|1
"""
import functools
import itertools
import re
from pathlib import Path

import numpy

KERNELS = Path(__file__).parents[1]
INCLUDE = Path(__file__).with_name('include')
C_NAMES = {'float16': '__half', 'float32': 'float', 'float64': 'double', 'int32': 'int', 'int64': 'long long',
           'uint8': 'unsigned char', 'uint32': 'unsigned int', 'bool': 'bool'}
OWN_INCLUDE = re.compile(r'^#include "(.+)"$', re.MULTILINE)
ENTRY = re.compile(r'extern "C" __global__ void (?:__launch_bounds__\([^)]*\)\s*)?(\w+)\s*\(')

Defines = tuple[tuple[str, str], ...]


def normalized(defines: dict) -> Defines:
    """Sorted pairs of text: a dtype or NumPy type becomes its name, a truth value or number its digits."""
    return tuple(sorted((name, _text(value)) for name, value in defines.items()))


def _text(value) -> str:
    if isinstance(value, (numpy.dtype, type)):
        return numpy.dtype(value).name
    return value if isinstance(value, str) else str(int(value))


@functools.cache
def files() -> dict[str, Path]:
    """Every .cu file of the ops, by its name without the suffix."""
    return {path.stem: path for path in sorted(KERNELS.glob('*/*.cu'), key=lambda path: path.name)}


@functools.cache
def variants(path: Path) -> tuple[Defines, ...]:
    """All choices that a .cu file is made for; a file without such a line has the one without any."""
    found = []
    for line in re.findall(r'^// variants:(.*)$', path.read_text(), re.MULTILINE):
        names, choices = zip(*(item.split('=') for item in line.split()))
        found += [normalized(dict(zip(names, values)))
                  for values in itertools.product(*(choice.split('|') for choice in choices))]
    return tuple(found) or ((),)


def label(defines: Defines) -> str:
    """The choice in one line."""
    return ' '.join(f'{name}={value}' for name, value in defines)


def entries(text: str) -> list[str]:
    """Names of the kernels in a CUDA text, in its order."""
    return ENTRY.findall(text)


@functools.cache
def source(path: Path, defines: Defines) -> str:
    """The whole text of ``path`` for one of its variants; ValueError, which names them all, for any other.

    Own headers are written into the text, as CuPy's cache of compiled kernels does not look into what is included.
    """
    if defines not in variants(path):
        known = '; '.join(label(variant) or 'no defines' for variant in variants(path))
        raise ValueError(f'{path.name} is not made for {label(defines) or "no defines"}; allowed: {known}')
    lines = ['#include <cuda_fp16.h>']
    for name, value in defines:
        # A type is an alias and no macro, so that templates may call their own parameter the same.
        lines.append(f'using {name} = {C_NAMES[value]};' if value in C_NAMES else f'#define {name} {value}')
    return '\n'.join([*lines, _inlined(path, set())])


def _inlined(path: Path, seen: set[Path]) -> str:
    """The file, each header in the place that first asks for it; #line keeps the compiler's line numbers true."""
    seen.add(path)

    def replace(match):
        header = path.with_name(match[1]) if path.with_name(match[1]).exists() else INCLUDE / match[1]
        line = path_text.count('\n', 0, match.start()) + 2
        return '' if header in seen else f'{_inlined(header, seen)}\n#line {line} "{path.name}"'

    path_text = path.read_text()
    return f'#line 1 "{path.name}"\n' + OWN_INCLUDE.sub(replace, path_text)
