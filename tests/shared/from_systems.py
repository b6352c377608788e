"""What shared tests take from one system or condition: a test of one whose folder was removed is skipped."""
import importlib
import importlib.util
from typing import Any, NoReturn

import pytest

from spade_anime.systems import SYSTEMS


class _Missing:
    """Skips the test that uses it."""

    def __init__(self, owner: str):
        self._owner = owner

    def _skip(self, *_: Any, **__: Any) -> NoReturn:
        pytest.skip(f'{self._owner} is not here')

    __call__ = __getitem__ = __getattr__ = _skip

    def __iter__(self) -> Any:
        """No cases of it."""
        return iter(())


def of_system(path: str) -> Any:
    """``system.module.Name`` of a system that is here; else what skips the test that calls it or asks it."""
    system = path.split('.')[0]
    return _of(f'spade_anime.systems.{path}') if system in SYSTEMS else _Missing(f'the system {system}')


def of_condition(path: str) -> Any:
    """``condition.module.Name`` of a condition that is here; else what skips the test that calls it or asks it."""
    condition = path.split('.')[0]
    return _of(f'spade_anime.conditions.{path}') if is_here(condition) else _Missing(f'the condition {condition}')


def is_here(condition: str) -> bool:
    """Whether there is a condition of this name."""
    found = importlib.util.find_spec(f'spade_anime.conditions.{condition}')
    return found is not None and found.origin is not None  # of a folder with no __init__.py there is none


def needs(*systems: str) -> pytest.MarkDecorator:
    """Mark of tests that train or paint with these systems: they are skipped where one was removed."""
    return _skip_where([system for system in systems if system not in SYSTEMS])


def needs_condition(*conditions: str) -> pytest.MarkDecorator:
    """Mark of tests that read what these conditions are made of: they are skipped where one was removed."""
    return _skip_where([condition for condition in conditions if not is_here(condition)])


def skip_without(system: str) -> None:
    """Skip the test that runs, or that asks for the fixture that runs, where a system was removed."""
    if system not in SYSTEMS:
        pytest.skip(f'the system {system} is not here')


def _skip_where(missing: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(missing), reason=f'not here: {", ".join(missing)}')


def _of(path: str) -> Any:
    module, _, name = path.rpartition('.')
    return getattr(importlib.import_module(module), name)
