"""Command lines from dataclasses of options, and what a script prints where it cannot do what was asked."""
import argparse
import dataclasses
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from spade_anime._compat import import_chainer
from spade_anime.errors import InputError
from spade_anime.fields import OptionError
from spade_anime.files import one_line
from spade_anime.gpus import has_gpu
from spade_anime.outlets import outlive_readers
from spade_anime.texts import METAVARS, PARSERS

OptionsT = TypeVar('OptionsT')


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage before it; exit status 2."""

    def error(self, message: str) -> NoReturn:
        told = ''.join(letter if one_line(letter) else ascii(letter)[1:-1] for letter in message)
        self.exit(2, f'{self.prog}: error: {told}\n')


def run_script(main: Callable) -> None:
    """Run a script's main function; what the user can mend is told in one line, with exit status 2.

    That includes files that the system refuses to open or write.
    """
    name = Path(sys.argv[0]).name
    if not {'-h', '--help'}.intersection(sys.argv[1:]):
        # Importing Chainer takes longer than all of --help.
        import_chainer(has_gpu)
        from spade_anime.devices import limit_memory
        limit_memory()
    outlive_readers()
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


def read_options(kind: type[OptionsT], script: str, description: str, arguments: list | None,
                 needed: Mapping[str, str] | None = None) -> OptionsT:
    """Read a command line into a dataclass of ``option`` fields.

    ``needed``: what flags that may not be missing name, such as a directory, by field. Raises OptionError.
    """
    parser = OneLineParser(script, allow_abbrev=False, description=description)
    add_fields(parser, kind)
    options = kind(**vars(parser.parse_args(arguments)))
    for name, what in (needed or {}).items():
        if not getattr(options, name):
            flag = (*kind.__dataclass_fields__[name].metadata['aliases'], name)[0]  # type: ignore[attr-defined]
            raise OptionError(f'--{flag} is missing: name {what}')
    return options


def add_fields(parser: argparse.ArgumentParser, options_class: type, choices: dict[str, tuple] | None = None,
               defaults: dict[str, Any] | None = None) -> None:
    """Add a flag for each field of a dataclass declared by ``systems.common.option``.

    Flags have no default, so that what the user gave can be told from what a preset or a default gives.
    ``choices``: allowed values by name, for options whose declaration does not know them. ``defaults``: values that
    ``--help`` shows instead of the declared ones.
    """
    groups = {}
    for field in dataclasses.fields(options_class):
        title = field.metadata['group']
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        default = (defaults or {}).get(field.name, field.default)
        add_field(groups[title], field, (choices or {}).get(field.name), default)


def add_field(group: argparse._ActionsContainer, field: dataclasses.Field, choices: tuple | None = None,
              default: Any = None) -> None:
    """Add the flag of one field to a parser or a group of it, as ``add_fields`` does; ``default`` None: its own."""
    kind = next((name for name in ('names', 'path') if field.metadata[name]), type(field.default))
    text = _help(field, field.default if default is None else default)
    allowed = choices or field.metadata['choices'] or None
    extra: dict[str, Any] = {'nargs': '?', 'const': True} if kind is bool else {}
    group.add_argument(
        *(f'--{name}' for name in (field.name, *field.metadata['aliases'])), dest=field.name,
        type=_bounded(PARSERS[kind], field), default=argparse.SUPPRESS, choices=allowed, help=text,
        metavar=None if allowed else METAVARS[kind], **extra)


def _bounded(parse: Callable[[str], Any], field: dataclasses.Field) -> Callable[[str], Any]:
    low, high = field.metadata['low'], field.metadata['high']

    def parse_bounded(text: str) -> Any:
        value = parse(text)
        if (low is not None and value < low) or (high is not None and value > high):
            limit = f'at least {low}' if high is None else f'from {low or 0} to {high}'
            raise argparse.ArgumentTypeError(f'{value} is out of range: {limit} is allowed')
        return value
    return parse_bounded


def _help(field: dataclasses.Field, default: Any) -> str:
    shown = str(default).lower() if isinstance(default, bool) else default
    text, unit = field.metadata['help'], f' {field.metadata["unit"]}' if field.metadata['unit'] else ''
    if shown in ('', ()):
        # A text that says what happens without the flag needs no default behind it.
        return (text if 'none: ' in text else f'{text} (none)').replace('%', '%%')
    return f'{text} ({shown}{unit})'.replace('%', '%%')
