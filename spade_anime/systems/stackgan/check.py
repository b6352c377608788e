"""Options of StackGAN that contradict each other, or that no networks can be built from."""
from spade_anime.conditions.text.condition import Text
from spade_anime.fields import OptionError
from spade_anime.systems.options import check_augment
from spade_anime.systems.stackgan.layers import doublings
from spade_anime.systems.stackgan.options import FROM_STAGE1, StackGANOptions, stage1_values


def check_stage1(options: StackGANOptions) -> None:
    """Raise OptionError where an option of Stage II is not what its Stage I was trained with."""
    for name, value in stage1_values(options.stage1_run).items():
        if getattr(options, name) != value:
            raise OptionError(f'--{name} {getattr(options, name)}: the run {options.stage1_run} was trained with '
                              f'{FROM_STAGE1[name]} {value}; only {value} is allowed')


def check(options: StackGANOptions) -> None:
    """Raise OptionError where options contradict each other or the networks cannot be built from them."""
    check_augment(options, Text.in_words)
    if options.stage == 2 and not options.stage1_run:
        raise OptionError('--stage 2 needs --stage1_run: the run directory of a trained Stage I')
    if options.stage == 1 and options.stage1_run:
        raise OptionError(f'--stage1_run {options.stage1_run} contradicts --stage 1: only Stage II paints over another')
    for name in ('reconstruction_coef', 'feature_coef'):
        if options.stage == 2 and (weight := getattr(options, name)):
            raise OptionError(f'--{name} {weight:g}: Stage II paints over Stage I, and has no encoder; only 0 is '
                              'allowed')
    sizes = {'image_size': options.image_size} | ({'stage1_size': options.stage1_size} if options.stage == 2 else {})
    for name, size in sizes.items():
        try:
            doublings(size)
        except ValueError as error:
            raise OptionError(f'--{name} {error}') from None
    if options.stage == 2 and options.image_size <= options.stage1_size // 4:
        raise OptionError(f'--image_size {options.image_size}: Stage II starts at --stage1_size {options.stage1_size} '
                          f'/ 4; only more than {options.stage1_size // 4} is allowed')
    if options.gf_dim % 4:
        raise OptionError(f'--gf_dim {options.gf_dim}: only multiples of 4 are allowed')
