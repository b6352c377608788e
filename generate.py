"""Paint images with a trained generator: python generate.py --label seg.png --color color.png."""
import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy

from spade_anime.commands import OneLineParser, add_field, add_fields, run_script
from spade_anime.data.pictures import save_grid, save_sheet, to_pixels
from spade_anime.devices import choose_device
from spade_anime.exporting.engines import painter
from spade_anime.fields import OptionError, option
from spade_anime.runs.directory import RunDirectory, newest_finished_run
from spade_anime.runs.weights import load_arrays, read_arrays
from spade_anime.systems import SYSTEMS
from spade_anime.systems.stored import load_options
from spade_anime.training.telling.animation import animate

OUT_DIR, PRETRAINED = Path('result'), Path(__file__).resolve().parent / 'pretrained'
TRAIN_COMMAND = 'python3 train.py --dataset_dir dataset/example'
NO_FILE_NAME = r'[^\w.,#-]+'
PICTURES = '.png', '.jpg', '.jpeg', '.webp', '.bmp'


@dataclasses.dataclass
class GeneratorOptions:
    """Which generator is used, and where."""

    run: str = option('', 'generator', f'run directory; none: the newest finished run in {OUT_DIR}/, else the '
                      'generator that comes with the project')
    best: bool = option(False, 'generator', 'of a run the generator that was best by what --metrics_interval measured, '
                        'instead of the newest')
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
    """``(system, arrays, origin)`` of the generator that the options name; says which one where they name none.

    Raises OptionError or SnapshotError where there is none.
    """
    if wanted.run and wanted.snapshot:
        raise OptionError('--run and --snapshot name two generators: only one is allowed')
    if wanted.snapshot and wanted.best:
        raise OptionError(f'--best chooses a generator of a run; --snapshot {wanted.snapshot} names one')
    if wanted.snapshot:
        return _from_snapshot(Path(wanted.snapshot), wanted.image_size)
    if wanted.run:
        return _from_run(RunDirectory(Path(wanted.run)), wanted.best)
    if run := newest_finished_run(OUT_DIR):
        print(f'Painting with {run.path}/.')
        return _from_run(run, wanted.best)
    if wanted.best:
        raise OptionError(f'--best: there is no run in {OUT_DIR}/ to choose from; --run names one')
    print(f'Nothing trained yet: painting with the small generator that comes with the project. Train your own with: '
          f'{TRAIN_COMMAND}')
    return _with_options(PRETRAINED / 'options.json', PRETRAINED / 'gen.npz')


def open_generator(system, arrays: dict, origin: Path, device):
    """Generator of a system with the given arrays, on the device."""
    gen = system.generator()
    load_arrays(arrays, gen, origin)
    gen.to_device(device)
    return gen


def draw(paint_batch: Callable, gen, condition: tuple, samples: int, seed: int) -> list:
    """Paint one condition ``samples`` times, each with noise of its own: pictures (H, W, 3) uint8."""
    random = numpy.random.default_rng(seed)
    return [to_pixels(paint_batch(tuple(array[None] for array in condition), gen.draw_noise(1, random))[0])
            for _ in range(samples)]


def parse(arguments: list | None) -> tuple:
    """``(options, given)``: how to paint, and the inputs that the user gave, by name, of whatever system."""
    parser = OneLineParser('generate.py', allow_abbrev=False,
                           description='Paint images with a trained generator. What it paints from depends on its '
                                       'system, see "input of ...".')
    systems = {}
    for name, system in SYSTEMS.items():
        for field in dataclasses.fields(system.Inputs):
            systems.setdefault(field.name, (field, []))[1].append(name)
    groups = {}
    for field, names in systems.values():
        title = f'input of {", ".join(names)}'
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        add_field(groups[title], field)
    add_fields(parser, PaintOptions)
    given = vars(parser.parse_args(arguments))
    inputs = {name: given.pop(name) for name in list(given) if name in systems}
    return PaintOptions(**given), inputs


def inputs_of(system, given: dict):
    """The system's inputs dataclass from what the user gave. Raises OptionError for what its system does not take."""
    flags = {field.name: f'--{(*field.metadata["aliases"], field.name)[0]}'
             for other in SYSTEMS.values() for field in dataclasses.fields(other.Inputs)}
    taken = [field.name for field in dataclasses.fields(system.Inputs)]
    for name, value in given.items():
        if name not in taken:
            raise OptionError(f'{flags[name]} {value}: this generator is of the system {system.options.model}, which '
                              f'paints from {", ".join(flags[name] for name in taken)}')
    return system.Inputs(**given)


def main(arguments: list | None = None) -> None:
    """Paint what the flags ask for."""
    options, given = parse(arguments)
    if options.animate:
        print(animate(RunDirectory(Path(options.animate)), options.out))
        return
    system, arrays, origin = find_generator(options)
    inputs = inputs_of(system, given)
    conditions = system.conditions(inputs, options.seed)
    together = conditions.layout != 'files'
    paths = [_target(options.out, name, len(conditions.named) > 1 and not together) for name, _ in conditions.named]
    if not together and len(set(paths)) < len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise OptionError(f'--out: several paintings would be called {twice}; allowed are inputs of different names')
    device = choose_device('cpu' if options.engine == 'onnx' else options.device)
    gen = open_generator(system, arrays, origin, device)
    paint_batch = painter(gen, system.condition_shapes(), options.engine)
    painted = (draw(paint_batch, gen, condition, options.samples, options.seed) for _, condition in conditions.named)
    if together:
        save_sheet(paths[0], [name for name, _ in conditions.named], list(painted), conditions.layout)
        print(paths[0])
        return
    for pictures, path in zip(painted, paths):
        save_grid(path, pictures)
        print(path)


def _target(out, name, several):
    path = Path(out or ('painted' if several else 'painted.png'))
    if several or path.is_dir() or not path.suffix:
        # File systems count bytes.
        return path / f'{re.sub(NO_FILE_NAME, "_", name)[:100].encode()[:200].decode(errors="ignore")}.png'
    if path.suffix.lower() not in PICTURES:
        raise OptionError(f'--out {out}: {path.suffix} is not one of {", ".join(PICTURES)}')
    return path


def _from_run(run, best):
    if not run.options.exists():
        raise OptionError(f'--run {run.path}: no run there; train one with: {TRAIN_COMMAND} --out_dir {run.path}')
    snapshot = run.best_generator() if best else run.generator()
    if best and snapshot is None:
        raise OptionError(f'--best: nothing was measured while {run.path} trained; --metrics_interval makes it so')
    if snapshot is None:
        raise OptionError(f'--run {run.path}: no snapshot of a generator in {run.folder("snapshots")} yet')
    if not run.summary.exists():
        print(f'{run.path} has not finished: painting with {snapshot.name}.')
    return _with_options(run.options, snapshot)


def _from_snapshot(path, image_size):
    for folder in path.resolve().parents[:2]:
        if (folder / 'options.json').exists():
            return _with_options(folder / 'options.json', path)
    for system in SYSTEMS.values():
        arrays = read_arrays(path, system.snapshot_paths['gen'])
        if options := system.options_from_arrays(arrays, image_size):
            print(f'{path} was saved by the lineage: built from its shapes for {image_size} px.')
            return system(options), arrays, path
    raise OptionError(f'--snapshot {path}: no options.json beside it or above it, and it is not the lineage\'s')


def _with_options(options_path, snapshot):
    system_class, options = load_options(options_path)
    system = system_class(options)
    system.load(options_path.parent)
    return system, read_arrays(snapshot, system_class.snapshot_paths['gen']), snapshot


if __name__ == '__main__':
    run_script(main)
