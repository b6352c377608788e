"""What shared tests take from one system: a test that needs a system whose folder was removed is skipped."""
import importlib
import importlib.util
from typing import Any, NoReturn

import pytest


class _Missing:
    """Skips the test that uses it."""

    def __init__(self, system: str):
        self._system = system

    def _skip(self, *_: Any, **__: Any) -> NoReturn:
        pytest.skip(f'the system {self._system} is not here')

    __call__ = __getitem__ = __getattr__ = _skip

    def __iter__(self) -> Any:
        """No cases of it."""
        return iter(())


def of_system(path: str) -> Any:
    """``system.module.Name`` of a system that is here; else what skips the test that calls it or asks it."""
    module, _, name = path.rpartition('.')
    system = module.split('.')[0]
    if importlib.util.find_spec(f'spade_anime.systems.{system}') is None:
        return _Missing(system)
    return getattr(importlib.import_module(f'spade_anime.systems.{module}'), name)
