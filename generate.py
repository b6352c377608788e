"""Paint images with a trained generator: python generate.py --label seg.png --color color.png."""
import dataclasses
import re
from pathlib import Path

from spade_anime.commands import OneLineParser, add_field, add_fields, run_script
from spade_anime.data.pictures import save_grid, save_sheet
from spade_anime.fields import OptionError, option
from spade_anime.generator import GeneratorOptions, find
from spade_anime.runs.directory import RunDirectory
from spade_anime.systems import SYSTEMS
from spade_anime.training.telling.animation import animate

NO_FILE_NAME = r'[^\w.,#-]+'
PICTURES = '.png', '.jpg', '.jpeg', '.webp', '.bmp'


@dataclasses.dataclass
class PaintOptions(GeneratorOptions):
    """What painting takes, whatever the system."""

    out: str = option('', 'output', 'file to write, or directory for several; none: painted.png or painted/')
    samples: int = option(1, 'output', 'draws of the noise, painted as a grid', low=1, high=1024)
    engine: str = option('chainer', 'output', 'what computes: Chainer, or onnxruntime, on the CPU the faster one '
                         '(extra onnx)', choices=('chainer', 'onnx'))
    animate: str = option('', 'output', 'run directory: make an animation of its sample sheets (--out: gif or mp4) '
                          'instead of painting')


def parse(arguments: list | None) -> tuple[PaintOptions, dict]:
    """``(options, given)``: how to paint, and the inputs that the user gave, by name, of whatever system."""
    parser = OneLineParser('generate.py', allow_abbrev=False,
                           description='Paint images with a trained generator. What it paints from depends on its '
                                       'system, see "input of ...".')
    systems: dict[str, tuple[dataclasses.Field, list[str]]] = {}
    for name, system in SYSTEMS.items():
        for kind in system.CONDITIONS:
            for field in dataclasses.fields(kind.Inputs):
                systems.setdefault(field.name, (field, []))[1].append(name)
    groups = {}
    for field, names in systems.values():
        title = f'input of {", ".join(dict.fromkeys(names))}'
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        add_field(groups[title], field)
    add_fields(parser, PaintOptions)
    given = vars(parser.parse_args(arguments))
    inputs = {name: given.pop(name) for name in list(given) if name in systems}
    return PaintOptions(**given), inputs


def main(arguments: list | None = None) -> None:
    """Paint what the flags ask for."""
    options, given = parse(arguments)
    if options.animate:
        print(animate(RunDirectory(Path(options.animate)), options.out))
        return
    found = find(options.run, options.best, options.snapshot, options.image_size)
    asked = found.condition.asked(given, options.seed)
    together = asked.layout != 'files'
    paths = [_target(options.out, name, len(asked.named) > 1 and not together) for name, _ in asked.named]
    if not together and len(set(paths)) < len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise OptionError(f'--out: several paintings would be called {twice}; allowed are inputs of different names')
    generator = found.build('cpu' if options.engine == 'onnx' else options.device)
    painted = generator.paintings(asked, options.samples, options.seed, options.engine)
    if together:
        names, pictures = zip(*painted)
        save_sheet(paths[0], list(names), list(map(list, pictures)), asked.layout)
        print(paths[0])
        return
    for (_, pictures), path in zip(painted, paths):
        save_grid(path, list(pictures))
        print(path)


def _target(out: str, name: str, several: bool) -> Path:
    path = Path(out or ('painted' if several else 'painted.png'))
    if several or path.is_dir() or not path.suffix:
        # File systems count bytes.
        return path / f'{re.sub(NO_FILE_NAME, "_", name)[:100].encode()[:200].decode(errors="ignore")}.png'
    if path.suffix.lower() not in PICTURES:
        raise OptionError(f'--out {out}: {path.suffix} is not one of {", ".join(PICTURES)}')
    return path


if __name__ == '__main__':
    run_script(main)
