"""Options of SPADE that contradict each other, or that no networks can be built from."""
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.fields import OptionError
from spade_anime.systems.options import check_augment
from spade_anime.systems.spade.networks import block_channels
from spade_anime.systems.spade.options import SpadeOptions


def check(options: SpadeOptions) -> None:
    """Raise OptionError where options contradict each other or the networks cannot be built from them."""
    check_augment(options, LabelColor.in_words)
    for name in ('img_shape', 'c_shape'):
        shape = getattr(options, name)
        if shape and tuple(shape) != (3, options.image_size, options.image_size):
            raise OptionError(f'--{name} {",".join(map(str, shape))} contradicts --image_size {options.image_size}: '
                              f'only 3,{options.image_size},{options.image_size} is allowed')
    try:
        block_channels(options.ngf, options.image_size, options.start_size, options.block)
    except ValueError as error:
        raise OptionError(f'--image_size and --start_size: {error}') from None
    _check_sizes(options)
    if options.spade_ch % 8:
        raise OptionError(f'--spade_ch {options.spade_ch}: only multiples of 8 are allowed')
    if options.ngf % 2:
        raise OptionError(f'--ngf {options.ngf}: only even numbers are allowed')
    if options.ndf * 4 % options.division_ch:
        raise OptionError(f'--division_ch {options.division_ch} does not divide ndf * 4 = {options.ndf * 4}')
    if options.reuse_fake and (options.n_dpg > 1 or options.use_rough):
        raise OptionError('--reuse_fake needs --n_dpg 1 and no --use_rough: an update of the generator paints once')
    if options.composed and options.color_regions != 'all':
        raise OptionError(f'--composed with --color_regions {options.color_regions}: it paints over the colours of all '
                          'regions; --color_regions all allows it')
    if options.use_rough != bool(options.rough_dataset_dir):
        raise OptionError('--use_rough and --rough_dataset_dir go together: only one of them was given')
    if options.perceptual_weights and not options.perceptual_coef:
        raise OptionError('--perceptual_weights contradicts --perceptual_coef 0: the loss would not be used')


def _check_sizes(options: SpadeOptions) -> None:
    """Raise OptionError where the discriminator cannot judge images of this size, or a block does not divide it."""
    size = f'--image_size {options.image_size}'
    for name in ('block', 'dis_block'):
        if options.image_size % getattr(options, name):
            raise OptionError(f'{size}: only multiples of --{name} {getattr(options, name)} are allowed')
    step, least = (16, 16) if options.discriminator == 'oasis' else (8, 32)
    judged = options.image_size // options.dis_block
    if judged % step or judged < least:
        raise OptionError(f'{size}: the discriminator needs a multiple of {step * options.dis_block}, '
                          f'{least * options.dis_block} or more')
    if options.discriminator == 'oasis':
        _check_oasis(options)
    elif options.labelmix_coef:
        raise OptionError(f'--labelmix_coef {options.labelmix_coef} goes with --discriminator oasis')


def _check_oasis(options: SpadeOptions) -> None:
    """Raise OptionError where an option belongs to logits that are real or painted, which this discriminator lacks."""
    if options.gp_coef:
        raise OptionError(f'--gp_coef {options.gp_coef}: the discriminator oasis has no gradient penalty; only 0 is '
                          'allowed')
    if options.labelmix_coef and (options.augment or options.reuse_fake):
        raise OptionError('--labelmix_coef mixes a real image with one that is painted from the same label: it needs '
                          'no --augment and no --reuse_fake')
