"""Paint images with a trained generator: python generate.py --label seg.png --color color.png."""
import dataclasses
import os
import re
import sys
from pathlib import Path
from typing import Any

from spade_anime.commands import OneLineParser, add_field, add_fields, run_script
from spade_anime.fields import OptionError, option
from spade_anime.generator_options import GeneratorOptions
from spade_anime.systems import SYSTEMS

NO_FILE_NAME = r'[^\w.,#-]+'
PICTURES = '.png', '.jpg', '.jpeg', '.webp', '.bmp'


@dataclasses.dataclass
class PaintOptions(GeneratorOptions):
    """What painting takes, whatever the system."""

    out: str = option('', 'output', 'file to write, or directory for several; none: painted.png or painted/', path=True)
    samples: int = option(1, 'output', 'draws of the noise, painted as a grid', low=1, high=1024)
    noise: float = option(1.0, 'output', 'strength of the noise: less is less grain, and draws that differ less', low=0,
                          high=1)
    engine: str = option('chainer', 'output', 'what computes: Chainer, or onnxruntime, on the CPU the faster one '
                         '(extra onnx)', choices=('chainer', 'onnx'))
    animate: str = option('', 'output', 'run directory: make an animation of its sample sheets (--out: gif or mp4) '
                          'instead of painting', path=True)


def parse(arguments: list | None) -> tuple[PaintOptions, dict]:
    """``(options, given)``: how to paint, and the inputs that the user gave, by name, of whatever system."""
    parser = OneLineParser('generate.py', allow_abbrev=False,
                           description='Paint images with a trained generator. What it paints from depends on its '
                                       'system, see "input of ...".')
    systems: dict[str, tuple[dataclasses.Field, list[str]]] = {}
    for name in SYSTEMS:
        for taken in SYSTEMS.declared(name).inputs:
            for field in dataclasses.fields(taken):
                systems.setdefault(field.name, (field, []))[1].append(name)
    groups: dict[str, Any] = {}
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
        _animate(options)
    else:
        _paint(options, given)


def _animate(options: PaintOptions) -> None:
    # Imported where it is used, as in _paint: --help imports neither, and painting needs nothing of a training.
    from spade_anime.runs.directory import RunDirectory
    from spade_anime.training.telling.animation import animate
    print(animate(RunDirectory(Path(options.animate)), options.out))


def _paint(options: PaintOptions, given: dict[str, Any]) -> None:
    from spade_anime.data.pictures import save_grid, save_sheet
    from spade_anime.finding import find
    from spade_anime.generator import Generator
    found = find(options.run, options.best, options.snapshot, options.image_size)
    asked = found.condition.asked(given, options.seed)
    together = asked.layout != 'files'
    several = len(asked.named) + len(asked.faults) > 1 and not together
    paths = [_target(options.out, name, several) for name, _ in asked.named]
    if not together and len(set(paths)) < len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise OptionError(f'--out: several paintings would be called {twice}; allowed are inputs of different names')
    _check_inputs_stay(paths, given)
    generator = Generator.of(found, 'cpu' if options.engine == 'onnx' else options.device)
    painted = generator.paintings(asked, options.samples, options.seed, options.engine, options.noise)
    if together:
        names, pictures = zip(*painted)
        save_sheet(paths[0], list(names), list(map(list, pictures)), asked.layout)
        print(paths[0])
        return
    for (_, pictures), path in zip(painted, paths):
        save_grid(path, list(pictures))
        print(path)
    if asked.faults:
        print('\n'.join(f'generate.py: error: {fault}' for fault in asked.faults), file=sys.stderr)
        sys.exit(1)


def _target(out: str, name: str, several: bool) -> Path:
    path = Path(out or ('painted' if several else 'painted.png'))
    if several or path.is_dir() or not path.suffix:
        # File systems count bytes.
        return path / f'{re.sub(NO_FILE_NAME, "_", name)[:100].encode()[:200].decode(errors="ignore")}.png'
    if path.suffix.lower() not in PICTURES:
        raise OptionError(f'--out {out}: {path.suffix} is not one of {", ".join(PICTURES)}')
    return path


def _check_inputs_stay(paths: list[Path], given: dict[str, Any]) -> None:
    """Raise OptionError where a painting would replace a picture that it is painted from, or lie beside several."""
    inputs = {os.path.realpath(value): value for value in given.values()
              if isinstance(value, str) and os.path.exists(value)}
    for path in paths:
        place = Path(os.path.realpath(path))
        if shared := inputs.keys() & {str(place), str(place.parent)}:
            raise OptionError(f'--out: {path} would be written where {inputs[shared.pop()]} is painted from; allowed '
                              'is another place')


if __name__ == '__main__':
    run_script(main)
