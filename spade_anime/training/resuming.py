"""Options of a run that is resumed: its own, except those that may change."""
import dataclasses
from typing import Any

from spade_anime.fields import OptionError
from spade_anime.systems.options import CommonOptions

DURATION = 'max_iteration', 'max_epoch'


def has_fixed_length(options: CommonOptions) -> bool:
    """Whether learning rates decay by the length of the training, which therefore cannot change."""
    return bool(options.lr_poly_train_period < 1 and options.lr_poly_power)


def resumed(own: CommonOptions, given: dict) -> CommonOptions:
    """Options that a run with its ``own`` continues with, where the user has ``given`` some, values by name.

    Options declared ``changeable`` may differ; so may what the training's length follows from, unless learning rates
    decay by it, and the batch of one process where there are several.

    Raises:
        OptionError: another option differs; names it, the run's value and the one given.
    """
    fields = {field.name: field for field in dataclasses.fields(own)}
    fixed = {name for name, field in fields.items() if not field.metadata['changeable']}
    if has_fixed_length(own):
        fixed.update(DURATION)
    if given.get('preset') == 'auto':
        fixed.discard('preset')
    if {own.communicator, given.get('communicator', 'none')} != {'none'}:
        # It is that of one process: the run knows that of all.
        fixed.discard('batch_size')
    # That the system differs explains the other differences, so it comes first.
    for name in sorted(given, key=lambda name: name != 'model'):
        if name in fixed and given[name] != getattr(own, name):
            why = f', by which its learning rates decay (--lr_poly_train_period {own.lr_poly_train_period})' \
                if name in DURATION else ''
            raise OptionError(f'--{name} {_shown(given[name])} contradicts --resume: the run has '
                              f'{_shown(getattr(own, name))}{why}')
    values = {name: value for name, value in given.items() if name != 'preset'}
    # Two names of one choice: the newer one counts.
    if given.get('device') == 'cuda' and not given.get('use_cpu'):
        values['use_cpu'] = False
    return dataclasses.replace(own, **values)


def _shown(value: Any) -> str:
    """As on a command line."""
    if isinstance(value, tuple):
        return ','.join(map(str, value)) or 'none'
    return str(value) if value != '' else 'none'
