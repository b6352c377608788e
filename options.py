"""Command lines of the scripts."""
import argparse
from typing import TYPE_CHECKING, Any

from spade_anime.commands import OneLineParser, add_field, add_fields
from spade_anime.gpus import has_gpu
from spade_anime.systems import SYSTEMS
from spade_anime.systems.options import CommonOptions, Declared

if TYPE_CHECKING:
    from spade_anime.systems.system import System


def parse_training(arguments: list | None = None) -> tuple['type[System[Any, Any]]', dict[str, Any]]:
    """``(system, given)`` of the command line of ``train.py``: the system, and the values of the flags it has.

    The system of a run that is resumed, or that a new one starts from, is in its options.json.
    """
    first = OneLineParser('train.py', add_help=False, allow_abbrev=False)
    first.add_argument('--model', choices=SYSTEMS)
    for name in ('out_dir', 'resume', 'init_run', 'preset', 'device', 'use_cpu'):
        add_field(first, CommonOptions.__dataclass_fields__[name])
    known = vars(first.parse_known_args(arguments)[0])
    begun = known.get('resume') or known.get('init_run')
    model = known['model'] or (_model_of_run(known) if begun else next(iter(SYSTEMS)))
    declared = SYSTEMS.declared(model)
    parser = OneLineParser('train.py', usage='train.py [options]', allow_abbrev=False,
                           formatter_class=argparse.RawDescriptionHelpFormatter,
                           description='Train a GAN that paints an image from a condition.',
                           epilog=_epilog(declared.presets, preset := _usual_preset(declared, known)))
    add_fields(parser, declared.options, {'model': tuple(SYSTEMS), 'preset': ('auto', *declared.presets)},
               {'model': model, 'preset': 'auto'} | declared.presets[preset])
    given = vars(parser.parse_args(arguments)) | {'model': model}
    return SYSTEMS[model], given


def _model_of_run(known: dict[str, Any]) -> str:
    # A run that is resumed may need its networks to be understood; --help without one needs none.
    from spade_anime.systems.stored import init_options, run_options
    return run_options(known)[1].model if known.get('resume') else init_options(known['init_run'])[1].model


def _usual_preset(declared: Declared, known: dict[str, Any]) -> str:
    """The preset whose values ``--help`` shows: the one given, or the one that this machine would get."""
    if known.get('preset') in declared.presets:
        return known['preset']
    wanted = 'cpu' if known.get('use_cpu') else known.get('device', 'auto')
    on_gpu = wanted == 'cuda' or (wanted == 'auto' and has_gpu())
    return next(iter(declared.presets)) if on_gpu else declared.cpu_preset


def _epilog(presets: dict[str, dict], usual: str) -> str:
    lines = [f'Values in brackets are the defaults that this machine gets, those of the preset "{usual}". The presets:']
    for name, values in presets.items():
        if values:
            lines.append(f'  {name}: ' + ' '.join(f'--{key} {value}' for key, value in values.items()))
    return '\n'.join(lines)
