"""Renders a set of example portraits; the one place of this room that has a command line."""
import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from spade_anime.data.errors import DataError
from spade_anime.data.portraits import rendering


def _at_least(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f'{value} is below {least}')
        return value
    return whole_number


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, render, and return the exit status."""
    parser = argparse.ArgumentParser(prog='python -m spade_anime.data.portraits',
                                     description='Render example portraits: strips image | label | color.')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR', help='directory to write to')
    parser.add_argument('--count', type=_at_least(1), default=160, metavar='N',
                        help='portraits (default: %(default)s)')
    parser.add_argument('--size', type=_at_least(16), default=256, metavar='S',
                        help='height of a strip, a third of its width, in pixels (default: %(default)s)')
    parser.add_argument('--seed', type=_at_least(0), default=0, metavar='K', help='default: %(default)s')
    parser.add_argument('--colorful', action='store_true',
                        help='clothes, eyes and background in colours that neither label nor hair colour says')
    options = parser.parse_args(arguments)
    try:
        with rendering():
            from spade_anime.data.portraits.writing import write_portraits
            write_portraits(options.out, options.count, options.size, options.seed, options.colorful)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
