"""One room for each system; here is their registry."""
import importlib
import inspect
import pkgutil
from typing import Any

from spade_anime.systems.system import System


def find_systems() -> dict[str, type[System[Any, Any]]]:
    """The system of every folder here that has one in its system.py, by its option ``model``; 'spade' comes first."""
    found: dict[str, type[System[Any, Any]]] = {}
    for room in pkgutil.iter_modules(__path__):
        if room.ispkg:
            module = importlib.import_module(f'{__name__}.{room.name}.system')
            found |= {value.Options.model: value for _, value in inspect.getmembers(module, inspect.isclass)
                      if issubclass(value, System) and value.__module__ == module.__name__}
    return dict(sorted(found.items(), key=lambda item: item[0] != 'spade'))


SYSTEMS = find_systems()
