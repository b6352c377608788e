"""Options of a system: from a preset and what a user gives, and from a run's options.json."""
import dataclasses
import json
from pathlib import Path
from typing import Any

from spade_anime.fields import OptionError, shown, value_fault
from spade_anime.files import MAX_TEXT_BYTES, file_fault
from spade_anime.runs.directory import RunDirectory, write_json
from spade_anime.systems import SYSTEMS
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.system import System


def settled(system: type[System], given: dict[str, Any], preset: str) -> CommonOptions:
    """Options dataclass from defaults, the named preset and what the user gave; checked by the system.

    Raises OptionError for options that contradict each other.
    """
    if given.get('use_cpu') and given.get('device') == 'cuda':
        raise OptionError('--use_cpu contradicts --device cuda')
    values = {**system.preset(preset, given), **given, 'preset': preset}
    options = system.Options(**values)
    system.check(options)
    return options


def run_options(given: dict[str, Any]) -> tuple[type[System], CommonOptions]:
    """``(system, options)`` of the run in the directory that is given. Raises OptionError where there is none."""
    path = RunDirectory(Path(given.get('out_dir', CommonOptions.out_dir))).options
    if not path.exists():
        raise OptionError(f'--resume: there is no run in {path.parent} (no {path.name}); without --resume one is begun')
    return load_options(path)


def save_options(options: CommonOptions, path: Path) -> None:
    """Write every option as JSON. Raises WriteError."""
    write_json(path, dataclasses.asdict(options))


def load_options(path: Path) -> tuple[type[System], CommonOptions]:
    """``(system, options)`` from an options.json; options it does not know are refused, missing ones defaulted."""
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise OptionError(f'{path}: {fault}')
    try:
        values = json.loads(path.read_text())
        model = values['model']
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        told = f'{type(error).__name__}: {error}'[:100]
        raise OptionError(f'{path}: not the options of a run ({told})') from None
    if not isinstance(model, str) or model not in SYSTEMS:
        raise OptionError(f'{path}: its system is {shown(model)}; there are {", ".join(SYSTEMS)}')
    system = SYSTEMS[model]
    known = {field.name: field for field in dataclasses.fields(system.Options)}
    values = {name: value for name, value in values.items() if name not in system.RETIRED}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise OptionError(f'{path}: unknown options {shown(", ".join(unknown))}')
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    for name, value in values.items():
        if allowed := value_fault(known[name], value):
            raise OptionError(f'{path}: {name} is {shown(value)}; allowed is {allowed}')
    options = system.Options(**values)
    system.check(options)
    return system, options
