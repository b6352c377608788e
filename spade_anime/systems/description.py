"""What rebuilds a network, stored in its snapshot: the options and the condition, as arrays beside the weights."""
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy

from spade_anime.conditions.condition import Condition
from spade_anime.conditions.stored import agreeing, json_object
from spade_anime.fields import OptionError, shown
from spade_anime.runs.names import CONDITION, OPTIONS
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.stored import options_of_values
from spade_anime.systems.system import System

INSIDE = 'condition/'
"""Before the names of arrays that belong to the condition."""


def description(options: CommonOptions, condition: Condition) -> dict[str, numpy.ndarray]:
    """JSON texts of the options and the condition, and the condition's own arrays, by name.

    Of options that a resumed run may change there are those alone that name data.
    """
    fields = [field for field in dataclasses.fields(options) if field.metadata['group'] != 'snapshots' and (
        not field.metadata['changeable'] or field.metadata['path'] and field.metadata['group'] == 'data')]
    texts = {OPTIONS: {field.name: getattr(options, field.name) for field in fields},
             CONDITION: condition.stored()}
    return {name: numpy.array(json.dumps(values)) for name, values in texts.items()} | {
        INSIDE + name: array for name, array in condition.arrays().items()}


def described(arrays: Mapping[str, numpy.ndarray], path: Path) -> tuple[System, Condition] | None:
    """System and condition of a snapshot's arrays; None where it has no description. ``path`` names it in errors.

    Raises OptionError, DataError where the description is damaged.
    """
    if OPTIONS not in arrays:
        return None
    values = {name: _object(arrays, name, path) for name in (OPTIONS, CONDITION)}
    system_class, options = options_of_values(values[OPTIONS], f'{path}: {OPTIONS}')
    system = system_class(options)
    kind, stored = system.kind, values[CONDITION]
    own = {name.removeprefix(INSIDE): array for name, array in arrays.items() if name.startswith(INSIDE)}
    try:
        return system, agreeing(kind, stored, options, lambda: kind.of_arrays(stored, own))
    except OptionError as error:
        raise OptionError(f'{path}: {CONDITION}: {error}') from None


def _object(arrays: Mapping[str, numpy.ndarray], name: str, path: Path) -> dict[str, Any]:
    """A JSON object in an array."""
    text = arrays.get(name)
    try:
        if text is None or text.shape or text.dtype.kind != 'U':
            raise TypeError('no text')
        return json_object(str(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise OptionError(f'{path}: its {name} cannot be read ({shown(str(error))})') from None
