"""Paint images with a trained generator: python generate.py --label seg.png --color color.png."""
import dataclasses
import functools
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
from PIL import Image

from options import OneLineParser, add_fields, load_options, run_script
from spade_anime.data.pictures import preview_size, sheet, to_pixels
from spade_anime.devices import choose_device
from spade_anime.exporting.painter import OnnxPainter, require
from spade_anime.networks.painting import paint
from spade_anime.recipes import RECIPES
from spade_anime.recipes.common import OptionError, option
from spade_anime.snapshots import load_arrays, read_arrays
from spade_anime.training.animation import animate
from spade_anime.training.run_directory import RunDirectory, newest_finished_run

OUT_DIR, PRETRAINED = Path('result'), Path(__file__).resolve().parent / 'pretrained'
TRAIN_COMMAND = 'python3 train.py --dataset_dir dataset/example'
DEFAULT_MODEL, GRID_WIDTH = 'spade', 4
NO_FILE_NAME = r'[^\w.,#-]+'
PICTURES = '.png', '.jpg', '.jpeg', '.webp', '.bmp'


@dataclasses.dataclass
class GeneratorOptions:
    """Which generator is used, and where."""

    run: str = option('', 'generator', f'run directory; none: the newest finished run in {OUT_DIR}/, else the '
                      'generator that comes with the project')
    snapshot: str = option('', 'generator', 'npz file of one generator, of this project or of the lineage')
    image_size: int = option(256, 'generator', 'size that a snapshot of the lineage was trained for, which it does '
                             'not tell', low=8, high=4096, unit='px')
    device: str = option('auto', 'generator', 'where to compute', choices=('auto', 'cpu', 'cuda'))
    seed: int = option(0, 'generator', 'seed of the noise and of what is chosen at random', low=0, high=2 ** 32 - 1)


@dataclasses.dataclass
class PaintOptions(GeneratorOptions):
    """What painting takes, whatever the system."""

    out: str = option('', 'output', 'file to write, or directory for several; none: painted.png or painted/')
    samples: int = option(1, 'output', 'draws of the noise, painted as a grid', low=1, high=1024)
    engine: str = option('chainer', 'output', 'what computes: Chainer, or onnxruntime, on the CPU the faster one '
                         '(extra onnx)', choices=('chainer', 'onnx'))
    animate: str = option('', 'output', 'run directory: make an animation of its sample sheets (--out: gif or mp4) '
                          'instead of painting')


def find_generator(wanted: GeneratorOptions) -> tuple:
    """``(recipe, arrays, origin)`` of the generator that the options name; says which one where they name none.

    Raises OptionError or SnapshotError where there is none.
    """
    if wanted.run and wanted.snapshot:
        raise OptionError('--run and --snapshot name two generators: only one is allowed')
    if wanted.snapshot:
        return _from_snapshot(Path(wanted.snapshot), wanted.image_size)
    if wanted.run:
        return _from_run(RunDirectory(Path(wanted.run)))
    if run := newest_finished_run(OUT_DIR):
        print(f'Painting with {run.path}/.')
        return _from_run(run)
    print(f'Nothing trained yet: painting with the small generator that comes with the project. Train your own with: '
          f'{TRAIN_COMMAND}')
    return _with_options(PRETRAINED / 'options.json', PRETRAINED / 'gen.npz')


def open_generator(recipe, arrays: dict, origin: Path, device):
    """Generator of a recipe with the given arrays, on the device."""
    gen = recipe.generator()
    load_arrays(arrays, gen, origin)
    gen.to_device(device)
    return gen


def painter(recipe, gen, engine: str) -> Callable:
    """Function of a batch of conditions and noise that paints them, by one of the engines."""
    if engine == 'chainer':
        return functools.partial(paint, gen)
    from spade_anime.export import onnx_model
    return OnnxPainter(onnx_model(recipe, gen)).paint


def draw(paint_batch: Callable, gen, condition: tuple, samples: int, seed: int) -> list:
    """Paint one condition ``samples`` times, each with noise of its own: pictures (H, W, 3) uint8."""
    random = numpy.random.default_rng(seed)
    return [to_pixels(paint_batch(tuple(array[None] for array in condition), gen.draw_noise(1, random))[0])
            for _ in range(samples)]


def save(pictures: list, path: Path) -> None:
    """Write one picture as it is, several as a grid."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(pictures) == 1:
        Image.fromarray(pictures[0]).save(path)
    else:
        sheet([pictures[i:i + GRID_WIDTH] for i in range(0, len(pictures), GRID_WIDTH)]).save(path)


def save_sheet(names: list, rows: list, layout: str, path: Path) -> None:
    """Write the pictures of several conditions, a list each, as one sheet; ``layout`` as in ``Conditions``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = preview_size(rows[0][0].shape[0])
    picture = sheet(rows, names=names, size=size) if layout == 'rows' else sheet(list(zip(*rows)), names, size=size)
    picture.save(path)


def parse(arguments: list | None) -> tuple:
    """``(found, paint_options, inputs)``: the generator found decides which further flags there are.

    ``found`` is ``(recipe, arrays, origin)``, or None for an animation, which needs no generator.
    """
    first = OneLineParser('generate.py', add_help=False, allow_abbrev=False)
    add_fields(first, PaintOptions)
    early = PaintOptions(**vars(first.parse_known_args(arguments)[0]))
    help_wanted = {'-h', '--help'} & set(sys.argv[1:] if arguments is None else arguments)
    parser = OneLineParser('generate.py', allow_abbrev=False,
                           description='Paint images with a trained generator. Flags of the group "input" are those '
                                       'of the system that --run or --snapshot names.')
    found, inputs_class = None, RECIPES[DEFAULT_MODEL].Inputs
    if not early.animate and (early.run or early.snapshot or not help_wanted):
        found = find_generator(early)
        inputs_class = found[0].Inputs
    add_fields(parser, inputs_class)
    add_fields(parser, PaintOptions)
    given = vars(parser.parse_args(arguments))
    inputs = inputs_class(**{field.name: given[field.name] for field in dataclasses.fields(inputs_class)
                             if field.name in given})
    return found, early, inputs


def main(arguments: list | None = None) -> None:
    """Paint what the flags ask for."""
    found, options, inputs = parse(arguments)
    if options.animate:
        print(animate(RunDirectory(Path(options.animate)), options.out))
        return
    recipe, arrays, origin = found
    conditions = recipe.conditions(inputs, options.seed)
    together = conditions.layout != 'files'
    paths = [_target(options.out, name, len(conditions.named) > 1 and not together) for name, _ in conditions.named]
    if options.engine == 'onnx':
        require()
    device = choose_device('cpu' if options.engine == 'onnx' else options.device)
    gen = open_generator(recipe, arrays, origin, device)
    paint_batch = painter(recipe, gen, options.engine)
    painted = (draw(paint_batch, gen, condition, options.samples, options.seed) for _, condition in conditions.named)
    if together:
        save_sheet([name for name, _ in conditions.named], list(painted), conditions.layout, paths[0])
        print(paths[0])
        return
    for pictures, path in zip(painted, paths):
        save(pictures, path)
        print(path)


def _target(out, name, several):
    path = Path(out or ('painted' if several else 'painted.png'))
    if several or path.is_dir() or not path.suffix:
        return path / f'{re.sub(NO_FILE_NAME, "_", name)[:100]}.png'
    if path.suffix.lower() not in PICTURES:
        raise OptionError(f'--out {out}: {path.suffix} is not one of {", ".join(PICTURES)}')
    return path


def _from_run(run):
    if not run.options.exists():
        raise OptionError(f'--run {run.path}: no run there; train one with: {TRAIN_COMMAND} --out_dir {run.path}')
    snapshot = run.generator()
    if snapshot is None:
        raise OptionError(f'--run {run.path}: no snapshot of a generator in {run.folder("snapshots")} yet')
    if not run.summary.exists():
        print(f'{run.path} has not finished: painting with {snapshot.name}.')
    return _with_options(run.options, snapshot)


def _from_snapshot(path, image_size):
    for folder in path.resolve().parents[:2]:
        if (folder / 'options.json').exists():
            return _with_options(folder / 'options.json', path)
    for recipe in RECIPES.values():
        arrays = read_arrays(path, recipe.snapshot_paths['gen'])
        if options := recipe.options_from_arrays(arrays, image_size):
            print(f'{path} was saved by the lineage: built from its shapes for {image_size} px.')
            return recipe(options), arrays, path
    raise OptionError(f'--snapshot {path}: no options.json beside it or above it, and it is not the lineage\'s')


def _with_options(options_path, snapshot):
    recipe_class, options = load_options(options_path)
    recipe = recipe_class(options)
    recipe.load(options_path.parent)
    return recipe, read_arrays(snapshot, recipe_class.snapshot_paths['gen']), snapshot


if __name__ == '__main__':
    run_script(main)
