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
        block_channels(options.ngf, options.image_size, options.start_size)
    except ValueError as error:
        raise OptionError(f'--image_size and --start_size: {error}') from None
    if options.image_size % 8 or options.image_size < 32:
        raise OptionError(f'--image_size {options.image_size}: the discriminator needs a multiple of 8, 32 or more')
    if options.spade_ch % 8:
        raise OptionError(f'--spade_ch {options.spade_ch}: only multiples of 8 are allowed')
    if options.ngf % 2:
        raise OptionError(f'--ngf {options.ngf}: only even numbers are allowed')
    if options.ndf * 4 % options.division_ch:
        raise OptionError(f'--division_ch {options.division_ch} does not divide ndf * 4 = {options.ndf * 4}')
    if options.reuse_fake and (options.n_dpg > 1 or options.use_rough):
        raise OptionError('--reuse_fake needs --n_dpg 1 and no --use_rough: an update of the generator paints once')
    if options.use_rough != bool(options.rough_dataset_dir):
        raise OptionError('--use_rough and --rough_dataset_dir go together: only one of them was given')
    if options.perceptual_weights and not options.perceptual_coef:
        raise OptionError('--perceptual_weights contradicts --perceptual_coef 0: the loss would not be used')
