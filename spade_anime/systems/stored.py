"""Options of a system: from a preset and what a user gives, and from a run's options.json."""
import dataclasses
import json
import os
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
    options = system.Options(**with_absolute_paths(system.Options, vars(system.Options(**values))))
    system.check(options)
    return options


def with_absolute_paths(options: CommonOptions | type[CommonOptions], values: dict[str, Any]) -> dict[str, Any]:
    """Values of options by name; files and directories that they name are found from any working directory.

    ``out_dir`` stays as it is: the run is where its options are.
    """
    paths = {field.name for field in dataclasses.fields(options) if field.metadata['path']} - {'out_dir'}
    return {name: os.path.abspath(os.path.expanduser(value)) if name in paths and value else value
            for name, value in values.items()}


def check_data_there(options: CommonOptions) -> None:
    """Raise OptionError where the data set of a run has been moved or deleted."""
    if not Path(options.dataset_dir).exists():
        raise OptionError(f'{options.dataset_dir}: no such directory; the data of the run were there, and '
                          '--dataset_dir names another place')


def run_options(given: dict[str, Any]) -> tuple[type[System], CommonOptions]:
    """``(system, options)`` of the run in the directory that is given. Raises OptionError where there is none."""
    path = RunDirectory(Path(given.get('out_dir', CommonOptions.out_dir))).options
    if not path.exists():
        raise OptionError(f'--resume: there is no run in {path.parent} (no {path.name}); without --resume one is begun')
    return load_options(path)


def init_options(directory: str | Path) -> tuple[type[System], CommonOptions]:
    """``(system, options)`` of the run that a new one starts from. Raises OptionError where there is none."""
    path = RunDirectory(Path(directory)).options
    if not path.exists():
        found = ('a file; allowed is a directory of a run, and --gen_snapshot takes a file' if path.parent.is_file()
                 else f'no run there (no {path.name})')
        raise OptionError(f'--init_run {path.parent}: {found}')
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
    except (OSError, ValueError, RecursionError) as error:
        raise OptionError(f'{path}: {_no_options(error)}') from None
    return options_of_values(values, path)


def options_of_values(values: Any, path: str | Path) -> tuple[type[System], CommonOptions]:
    """``(system, options)`` from values as JSON has them; ``path`` names their origin in errors."""
    try:
        model = values['model']
    except (KeyError, TypeError) as error:
        raise OptionError(f'{path}: {_no_options(error)}') from None
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


def _no_options(error: Exception) -> str:
    told = f'{type(error).__name__}: {error}'[:100]
    return f'not the options of a run ({told})'
