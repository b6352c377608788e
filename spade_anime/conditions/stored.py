"""The condition of a run, as it is stored."""
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spade_anime.conditions.condition import Condition
from spade_anime.fields import OptionError, shown
from spade_anime.files import MAX_TEXT_BYTES, file_fault
from spade_anime.runs.names import CONDITION


def load_condition(kind: type[Condition], directory: Path, options: Any) -> Condition:
    """The condition of a run; of a run without condition.json by its ``options``, where it was stored before.

    Raises OptionError where it is not one of ``kind``, or not what the options chose.
    """
    path = directory / CONDITION
    values = _read(path) if path.exists() else {'kind': kind.KIND, **vars(options)}
    try:
        return agreeing(kind, values, options, lambda: kind.of_values(values, directory))
    except OptionError as error:
        raise OptionError(f'{path if path.exists() else directory}: {error}') from None


def agreeing(kind: type[Condition], values: dict[str, Any], options: Any, make: Callable[[], Condition]) -> Condition:
    """The condition that ``make`` makes of stored ``values``, which are of the ``kind``.

    Its fields that are options too have their values, where those were given. Raises OptionError.
    """
    if values.get('kind') != kind.KIND:
        raise OptionError(f'its kind is {shown(values.get("kind"))}; this system paints from {kind.KIND}')
    condition = make()
    for name, value in condition.values().items():
        chosen = getattr(options, name, None)
        if chosen and chosen != value:
            raise OptionError(f'{name} is {shown(value)}; the options of the run say {shown(chosen)}')
    return condition


def json_object(text: str) -> dict[str, Any]:
    """The object that a JSON text has. Raises ValueError, TypeError, RecursionError."""
    values = json.loads(text)
    if not isinstance(values, dict):
        raise TypeError(f'{type(values).__name__} instead of an object')
    return values


def _read(path: Path) -> dict[str, Any]:
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise OptionError(f'{path}: {fault}')
    try:
        return json_object(path.read_text())
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise OptionError(f'{path}: not the condition of a run ({shown(str(error))})') from None
