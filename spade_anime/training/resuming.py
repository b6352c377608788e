"""Options of a run that is resumed: its own, except those that may change."""
import dataclasses
from typing import Any

from spade_anime.fields import OptionError
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.stored import with_absolute_paths

DURATION = 'max_iteration', 'max_epoch'
TOLD = 'batch_size', 'g_lr', 'd_lr', 'lr_iterations'
"""Options that may change and on which depends what is learnt: a line says what they were."""


def decays(options: CommonOptions) -> bool:
    """Whether learning rates decay by a number of iterations."""
    return bool(options.lr_poly_train_period < 1 and options.lr_poly_power)


def resumed(own: CommonOptions, given: dict) -> CommonOptions:
    """Options that a run with its ``own`` continues with, where the user has ``given`` some, values by name.

    Options declared ``changeable`` may differ. If learning rates decay by the training's length and that changes, they
    still decay in the length that it had, and stay at their last values after that.

    Raises:
        OptionError: another option differs; names it, the run's value and the one given.
    """
    values, own = with_absolute_paths(own, given), dataclasses.replace(own, **with_absolute_paths(own, vars(own)))
    fixed = {field.name for field in dataclasses.fields(own) if not field.metadata['changeable']}
    if values.get('preset') == 'auto':
        fixed.discard('preset')
    # That the system differs explains the other differences, so it comes first.
    for name in sorted(values, key=lambda name: name != 'model'):
        if name in fixed and values[name] != getattr(own, name):
            raise OptionError(f'--{name} {_shown(values[name])} contradicts --resume: the run has '
                              f'{_shown(getattr(own, name))}; with other values --init_run {own.out_dir} begins a new '
                              'run from its networks')
    _tell(own, values)
    if any(name in values and values[name] != getattr(own, name) for name in DURATION):
        values.setdefault('lr_iterations', _length_of_decay(own))
    values.pop('preset', None)
    # Two names of one choice: the newer one counts.
    if values.get('device') == 'cuda' and not values.get('use_cpu'):
        values['use_cpu'] = False
    return dataclasses.replace(own, **values)


def _length_of_decay(own: CommonOptions) -> int:
    """Iterations in which the learning rates of a run decay. Raises OptionError where that is not known."""
    if not decays(own) or own.lr_iterations:
        return own.lr_iterations
    if own.max_epoch:
        raise OptionError(f'--max_epoch contradicts --resume: the learning rates of the run decay in {own.max_epoch} '
                          'epochs; with --lr_iterations N, which says how many iterations these are, it may change')
    return own.max_iteration


def _tell(own: CommonOptions, values: dict) -> None:
    for name in TOLD:
        if name in values and values[name] != getattr(own, name):
            print(f'--{name} {_shown(values[name])}, as is given: so far the run had {_shown(getattr(own, name))}.')


def _shown(value: Any) -> str:
    """As on a command line."""
    if isinstance(value, tuple):
        return ','.join(map(str, value)) or 'none'
    return str(value) if value != '' else 'none'
