"""Train a GAN that paints an image from a condition: python3 train.py --dataset_dir dataset/example."""
import os
from pathlib import Path

from kernels.precision import set_precision
from options import parse_training, run_script, save_options, settled
from spade_anime.devices import choose_device
from spade_anime.recipes.common import OptionError
from spade_anime.training.run import Run
from spade_anime.training.run_directory import RunDirectory


def settle(recipe, given: dict) -> tuple:
    """Options and device; says which preset was picked where the user left it open."""
    wanted = 'cpu' if given.get('use_cpu') else given.get('device', 'auto')
    device = choose_device(wanted)
    preset = given.get('preset', 'auto')
    if preset == 'auto':
        full = next(iter(recipe.PRESETS))
        preset = 'tiny' if device.name == '@numpy' else full
        if preset == 'tiny':
            print('No GPU is used: preset tiny, small networks and images that learn in minutes. '
                  f'For the full model, which takes days on a CPU: --preset {full}.')
    return settled(recipe, given, preset), device


def show(options) -> None:
    """Print every option with its value."""
    for name, value in vars(options).items():
        print(f'  {name:22} {value if value not in ("", ()) else "-"}')


def main(arguments: list | None = None) -> None:
    """Set up, print the whole configuration, and train unless it is a dry run."""
    recipe_class, given = parse_training(arguments)
    options, device = settle(recipe_class, given)
    if options.kernels == 'reference':
        os.environ['SPADE_ANIME_KERNELS'] = 'reference'
    if options.precision == 'fp16' and device.name == '@numpy':
        raise OptionError('--precision fp16 needs a GPU: a CPU has no arithmetic for it; allowed there: fp32, tf32')
    set_precision(options.precision)
    show(options)
    recipe = recipe_class(options)
    print('\n'.join(recipe.notes()))
    run = Run(recipe, device)
    try:
        print(run.describe(), flush=True)
        if options.dry_run:
            return
        directory = RunDirectory(Path(options.out_dir))
        if moved := directory.create():
            print(f'{directory.path} held an earlier run: it is now in {moved}')
        save_options(options, directory.options)
        run.train(directory)
        print(f'Finished: samples, plots, snapshots and log are in {directory.path}/. '
              f'Paint with: python generate.py --run {directory.path} {recipe.SUGGESTION}')
    finally:
        run.close()


if __name__ == '__main__':
    run_script(main)
