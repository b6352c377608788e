"""Command lines: a system's options dataclass rendered as argparse, and options.json both ways."""
import argparse
import dataclasses
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from spade_anime.devices import limit_memory
from spade_anime.errors import InputError
from spade_anime.fields import OptionError, shown, value_fault
from spade_anime.files import MAX_TEXT_BYTES, file_fault, one_line
from spade_anime.runs.directory import RunDirectory, write_json
from spade_anime.systems import SYSTEMS
from spade_anime.systems.options import CommonOptions
from spade_anime.texts import METAVARS, PARSERS


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage before it; exit status 2."""

    def error(self, message):
        told = ''.join(letter if one_line(letter) else ascii(letter)[1:-1] for letter in message)
        self.exit(2, f'{self.prog}: error: {told}\n')


def run_script(main: Callable) -> None:
    """Run a script's main function; what the user can mend is told in one line, with exit status 2.

    That includes files that the system refuses to open or write.
    """
    name = Path(sys.argv[0]).name
    limit_memory()
    if hasattr(sys.stdout, 'reconfigure'):
        # A file name that is no text is shown somehow; it is no reason to end.
        sys.stdout.reconfigure(errors='backslashreplace')
    warnings.showwarning = lambda message, *_, **__: print(f'{name}: warning: {message}', file=sys.stderr)
    try:
        main()
    except InputError as error:
        print(f'{name}: error: {error}', file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        if error.filename is None:
            raise
        print(f'{name}: error: {error.filename}: {error.strerror}', file=sys.stderr)
        sys.exit(2)
    except MemoryError as error:
        told = ' '.join(str(error).split()) or 'an allocation failed'
        print(f'{name}: error: not enough memory ({told}); smaller --image_size, --batch_size or networks take less',
              file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f'{name}: interrupted', file=sys.stderr)
        sys.exit(130)


def add_fields(parser: argparse.ArgumentParser, options_class, choices: dict | None = None) -> None:
    """Add a flag for each field of a dataclass declared by ``systems.common.option``.

    Flags have no default, so that what the user gave can be told from what a preset or a default gives.
    ``choices``: allowed values by name, for options whose declaration does not know them.
    """
    groups = {}
    for field in dataclasses.fields(options_class):
        title = field.metadata['group']
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        add_field(groups[title], field, (choices or {}).get(field.name))


def add_field(group, field: dataclasses.Field, choices: tuple | None = None) -> None:
    """Add the flag of one field to a parser or a group of it, as ``add_fields`` does."""
    kind = 'names' if field.metadata['names'] else type(field.default)
    allowed = choices or field.metadata['choices'] or None
    extra = {'nargs': '?', 'const': True} if kind is bool else {}
    group.add_argument(
        *(f'--{name}' for name in (field.name, *field.metadata['aliases'])), dest=field.name,
        type=_bounded(PARSERS[kind], field), default=argparse.SUPPRESS, choices=allowed, help=_help(field),
        metavar=None if allowed else METAVARS[kind], **extra)


def parse_training(arguments: list | None = None) -> tuple:
    """``(system, given)`` of the command line of ``train.py``: the system, and the values of the flags it has.

    The system of a run that is resumed is in its options.json.
    """
    first = OneLineParser('train.py', add_help=False, allow_abbrev=False)
    first.add_argument('--model', choices=SYSTEMS)
    for name in ('out_dir', 'resume'):
        add_field(first, CommonOptions.__dataclass_fields__[name])
    known = vars(first.parse_known_args(arguments)[0])
    model = known['model'] or (run_options(known)[1].model if known.get('resume') else 'spade')
    system = SYSTEMS[model]
    parser = OneLineParser('train.py', usage='train.py [options]', allow_abbrev=False,
                           formatter_class=argparse.RawDescriptionHelpFormatter,
                           description='Train a GAN that paints an image from a condition.', epilog=_epilog(system))
    add_fields(parser, system.Options, {'model': tuple(SYSTEMS), 'preset': ('auto', *system.PRESETS)})
    return system, vars(parser.parse_args(arguments)) | {'model': model}


def settled(system, given: dict, preset: str):
    """Options dataclass from defaults, the named preset and what the user gave; checked by the system.

    Raises OptionError for options that contradict each other.
    """
    if given.get('use_cpu') and given.get('device') == 'cuda':
        raise OptionError('--use_cpu contradicts --device cuda')
    values = {**system.preset(preset, given), **given, 'preset': preset}
    options = system.Options(**values)
    system.check(options)
    return options


def run_options(given: dict) -> tuple:
    """``(system, options)`` of the run in the directory that is given. Raises OptionError where there is none."""
    path = RunDirectory(Path(given.get('out_dir', CommonOptions.out_dir))).options
    if not path.exists():
        raise OptionError(f'--resume: there is no run in {path.parent} (no {path.name}); without --resume one is begun')
    return load_options(path)


def save_options(options, path: Path) -> None:
    """Write every option as JSON. Raises WriteError."""
    write_json(path, dataclasses.asdict(options))


def load_options(path: Path):
    """``(system, options)`` from an options.json; options it does not know are refused, missing ones defaulted."""
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise OptionError(f'{path}: {fault}')
    try:
        values = json.loads(path.read_text())
        system = SYSTEMS[values['model']]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        told = f'{type(error).__name__}: {error}'[:100]
        raise OptionError(f'{path}: not the options of a run ({told})') from None
    known = {field.name: field for field in dataclasses.fields(system.Options)}
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


def _bounded(parse, field):
    low, high = field.metadata['low'], field.metadata['high']

    def parse_bounded(text):
        value = parse(text)
        if (low is not None and value < low) or (high is not None and value > high):
            limit = f'at least {low}' if high is None else f'from {low or 0} to {high}'
            raise argparse.ArgumentTypeError(f'{value} is out of range: {limit} is allowed')
        return value
    return parse_bounded


def _help(field):
    shown = str(field.default).lower() if isinstance(field.default, bool) else field.default
    text, unit = field.metadata['help'], f' {field.metadata["unit"]}' if field.metadata['unit'] else ''
    if shown in ('', ()):
        # A text that says what happens without the flag needs no default behind it.
        return (text if 'none: ' in text else f'{text} (none)').replace('%', '%%')
    return f'{text} ({shown}{unit})'.replace('%', '%%')


def _epilog(system):
    lines = [f'Values in brackets are the defaults, those of the preset "{next(iter(system.PRESETS))}". Others:']
    for name, values in system.PRESETS.items():
        if values:
            lines.append(f'  {name}: ' + ' '.join(f'--{key} {value}' for key, value in values.items()))
    return '\n'.join(lines)
