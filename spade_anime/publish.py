"""Make a small copy of a generator to give away: python -m spade_anime.publish --run result --out my_generator."""
import dataclasses
from pathlib import Path

from spade_anime.commands import read_options, run_script
from spade_anime.fields import option


@dataclasses.dataclass
class PublishOptions:
    """Which generator, and where to."""

    run: str = option('', 'generator', 'run directory of the generator', path=True)
    best: bool = option(False, 'generator', 'its best generator instead of the newest')
    out: str = option('', 'output', 'new directory to write to', path=True)


def main(arguments: list | None = None) -> None:
    """Write the copy, and say how to paint with it."""
    options = read_options(PublishOptions, 'spade_anime.publish', 'Copy what paints of a run, in half precision.',
                           arguments, {'run': 'a directory', 'out': 'a directory'})
    # After the command line is read, as it imports all that paints.
    from spade_anime.generator import load
    from spade_anime.publishing import publish
    from spade_anime.runs.directory import quoted
    path = publish(load(options.run, options.best, 'cpu'), Path(options.out))
    print(f'{path}: {path.stat().st_size / 1e6:.1f} MB. Paint with: python generate.py --run '
          f'{quoted(Path(options.out))}')


if __name__ == '__main__':
    run_script(main)
