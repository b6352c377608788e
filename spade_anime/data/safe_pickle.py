"""Reads a pickle that may be malicious: it may hold arrays, lists, tuples, strings and numbers, nothing else.

A pickle is a program that calls what it names. Here it can call nothing: the few names that NumPy's own pickles use
are put on the stack as mere names. Each stands for a check and a view of bytes that were read, so no object is larger
than what the file holds.
"""
import os
import pickle
import re
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from spade_anime.data.errors import DataError
from spade_anime.files import file_fault

_OPCODES = (
    'PROTO', 'FRAME', 'STOP', 'MARK', 'NONE', 'NEWTRUE', 'NEWFALSE', 'INT', 'BININT', 'BININT1', 'BININT2', 'LONG',
    'LONG1', 'LONG4', 'FLOAT', 'BINFLOAT', 'STRING', 'BINSTRING', 'SHORT_BINSTRING', 'UNICODE', 'BINUNICODE',
    'SHORT_BINUNICODE', 'BINUNICODE8', 'BINBYTES', 'SHORT_BINBYTES', 'BINBYTES8', 'TUPLE', 'EMPTY_TUPLE', 'TUPLE1',
    'TUPLE2', 'TUPLE3', 'LIST', 'EMPTY_LIST', 'APPEND', 'APPENDS', 'GET', 'BINGET', 'LONG_BINGET', 'PUT', 'BINPUT',
    'LONG_BINPUT', 'MEMOIZE', 'GLOBAL', 'STACK_GLOBAL', 'REDUCE', 'BUILD')
_PLAIN_TYPE = re.compile('b1|[iu][1248]|f[248]|[SU][1-9][0-9]{0,4}')
_ALLOWED = 'allowed are NumPy arrays of numbers, lists, tuples, strings and numbers'


class UnsafePickle(Exception):
    """A pickle asks for more than data."""


def load_pickle(path: str | os.PathLike) -> object:
    """Data of a pickle: a text, number or array of numbers, a list or tuple of these, or such lists in lists.

    Pickles of Python 2 are read as Latin-1, those of protocol 5 not at all. Arrays share the bytes that were read:
    they cannot be written to.

    Raises:
        DataError: one line: no such file, damaged, cut short, or what the pickle asks for that is not allowed.
    """
    path = Path(path)
    if fault := file_fault(path):
        raise DataError(f'{path}: {fault}')
    try:
        with open(path, 'rb') as file:
            return _Unpickler(_Bounded(file, path.stat().st_size)).load()
    except FileNotFoundError:
        raise DataError(f'{path}: no such file') from None
    except UnsafePickle as error:
        raise DataError(f'{path}: refused, it holds {error}; {_ALLOWED}') from None
    except Exception as error:  # a damaged pickle makes the unpickler raise nearly anything
        reason = ' '.join(f'{type(error).__name__}: {error}'.split())[:100]
        raise DataError(f'{path}: not a pickle, damaged or cut short ({reason})') from None


class _Bounded:
    """A file that is never asked for more bytes than it has: a false length costs no memory."""

    def __init__(self, file: BufferedReader, size: int):
        self.file, self.size, self.readline = file, size, file.readline

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        if count > self.size - self.file.tell():
            raise EOFError('it ends within a value')
        return self.file.read(count)


class _Name(NamedTuple):
    """What a pickle names."""

    module: str
    name: str


class _Type:
    """Stands for ``numpy.dtype``."""

    def __init__(self, name: object, *_: object):
        if not isinstance(name, str) or not _PLAIN_TYPE.fullmatch(name):
            raise UnsafePickle('an array of objects' if name in ('O', 'O4', 'O8') else 'an array of no plain type')
        self.dtype = np.dtype(name)

    def build(self, state: tuple) -> None:
        """Take the byte order from the state that NumPy gives a type."""
        _, order, *structure = state
        if any(part is not None for part in structure[:3]) or order not in ('<', '>', '|', '='):
            raise UnsafePickle('an array of a structured type')
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stands for an array, whose values follow."""

    value: np.ndarray | None = None

    def __init__(self, as_bytes: Callable[[object], bytes]):
        self.as_bytes = as_bytes

    def build(self, state: tuple) -> None:
        """Take shape, type, order and bytes from the state that NumPy gives an array."""
        _, shape, kind, fortran, raw = state
        if type(kind) is not _Type:
            raise UnsafePickle('an array without a type')
        values = np.frombuffer(self.as_bytes(raw), kind.dtype)
        self.value = values.reshape(shape, order='F' if fortran else 'C')


class _Unpickler(pickle._Unpickler):
    """Python's own unpickler, whose opcodes can be replaced; those of the one in C cannot."""

    stack: list[Any]
    dispatch: ClassVar[dict[int, Callable]] = {
        code[0]: pickle._Unpickler.dispatch[code[0]] for code in (getattr(pickle, name) for name in _OPCODES)}

    def __init__(self, file: _Bounded):
        super().__init__(file, encoding='latin-1')
        self.most, self.encoded = file.size, 0
        self.makers: dict[_Name, Callable] = {
            _Name('numpy', 'dtype'): _Type, _Name('_codecs', 'encode'): self._as_bytes}
        for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
            self.makers[_Name(module, '_reconstruct')] = self._empty
            self.makers[_Name(module, 'scalar')] = self._scalar
        self.known = {*self.makers, _Name('numpy', 'ndarray')}

    def load(self) -> Any:
        """Everything, its arrays as such."""
        try:
            value = super().load()
        except KeyError as error:
            if len(error.args) == 1 and type(error.args[0]) is int:
                raise UnsafePickle(f'the opcode {chr(error.args[0])!a}') from None
            raise
        return [_finished(item) for item in value] if type(value) in (list, tuple) else _finished(value)

    def find_class(self, module: str, name: str) -> Any:
        """Let the name itself stand for what it names."""
        if (module, name) not in self.known:
            raise UnsafePickle(ascii(f'{module}.{name}')[1:100].rstrip("'"))
        return _Name(module, name)

    def _reduce(self) -> None:
        arguments = self.stack.pop()
        maker = self.makers.get(self.stack[-1]) if type(self.stack[-1]) is _Name else None
        if maker is None or type(arguments) is not tuple:
            raise UnsafePickle('a call of what is no maker of arrays')
        self.stack[-1] = maker(*arguments)

    def _build(self) -> None:
        state = self.stack.pop()
        if type(self.stack[-1]) not in (_Type, _Array) or type(state) is not tuple:
            raise UnsafePickle('a state of what is no array')
        self.stack[-1].build(state)

    dispatch[pickle.REDUCE[0]], dispatch[pickle.BUILD[0]] = _reduce, _build

    def _empty(self, *_: object) -> _Array:
        return _Array(self._as_bytes)

    def _scalar(self, kind: object, raw: object) -> np.generic:
        if type(kind) is not _Type:
            raise UnsafePickle('a number without a type')
        return np.frombuffer(self._as_bytes(raw), kind.dtype)[0]

    def _as_bytes(self, raw: object, encoding: object = 'latin1') -> bytes:
        """Bytes as they are; of a text Latin-1, no more in all than the file has: one text is no source of many."""
        if type(raw) is bytes:
            return raw
        if type(raw) is not str or encoding != 'latin1':
            raise UnsafePickle('an array of objects')
        self.encoded += len(raw)
        if self.encoded > self.most:
            raise UnsafePickle(f'arrays larger than its {self.most:,} bytes')
        return raw.encode('latin-1')


def _finished(value: Any) -> Any:
    if type(value) in (_Name, _Type) or type(value) is _Array and value.value is None:
        raise UnsafePickle('an unfinished array')
    return value.value if type(value) is _Array else value
