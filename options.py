"""Command lines of the scripts."""
import argparse

from spade_anime.commands import OneLineParser, add_field, add_fields
from spade_anime.systems import SYSTEMS
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.stored import run_options


def parse_training(arguments: list | None = None) -> tuple:
    """``(system, given)`` of the command line of ``train.py``: the system, and the values of the flags it has.

    The system of a run that is resumed is in its options.json.
    """
    first = OneLineParser('train.py', add_help=False, allow_abbrev=False)
    first.add_argument('--model', choices=SYSTEMS)
    for name in ('out_dir', 'resume'):
        add_field(first, CommonOptions.__dataclass_fields__[name])
    known = vars(first.parse_known_args(arguments)[0])
    model = known['model'] or (run_options(known)[1].model if known.get('resume') else next(iter(SYSTEMS)))
    system = SYSTEMS[model]
    parser = OneLineParser('train.py', usage='train.py [options]', allow_abbrev=False,
                           formatter_class=argparse.RawDescriptionHelpFormatter,
                           description='Train a GAN that paints an image from a condition.', epilog=_epilog(system))
    add_fields(parser, system.Options, {'model': tuple(SYSTEMS), 'preset': ('auto', *system.PRESETS)})
    return system, vars(parser.parse_args(arguments)) | {'model': model}


def _epilog(system):
    lines = [f'Values in brackets are the defaults, those of the preset "{next(iter(system.PRESETS))}". Others:']
    for name, values in system.PRESETS.items():
        if values:
            lines.append(f'  {name}: ' + ' '.join(f'--{key} {value}' for key, value in values.items()))
    return '\n'.join(lines)
