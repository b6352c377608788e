"""One room for each system; here is their registry."""
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spade_anime.systems.options import Declared
    from spade_anime.systems.system import System


class Systems(Mapping[str, 'type[System[Any, Any]]']):
    """The system of every folder here, by its option ``model``, the name of the folder; 'spade' comes first.

    A system is imported when it is asked for: its networks need Chainer, which takes longer to import than all else.
    """

    def __getitem__(self, name: str) -> 'type[System[Any, Any]]':
        module = self._module(name, 'system')
        found: list[Any] = [value for _, value in inspect.getmembers(module, inspect.isclass)
                            if value.__module__ == module.__name__ and hasattr(value, 'CONDITIONS')]
        return found[0]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._rooms(), key=lambda name: name != 'spade'))

    def __len__(self) -> int:
        return len(self._rooms())

    def __contains__(self, name: object) -> bool:
        return name in self._rooms()

    def declared(self, name: str) -> 'Declared':
        """What a command line shows of a system, from its options.py alone."""
        return self._module(name, 'options').DECLARED

    def _rooms(self) -> list[str]:
        return [room.name for room in pkgutil.iter_modules(__path__) if room.ispkg]

    def _module(self, name: str, part: str) -> ModuleType:
        if name not in self:
            raise KeyError(name)
        return importlib.import_module(f'{__name__}.{name}.{part}')


SYSTEMS = Systems()
