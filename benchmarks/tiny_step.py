"""Time the default training on a CPU, the preset tiny of SPADE, against the same networks and recipe in PyTorch.

    python benchmarks/tiny_step.py

An iteration is a discriminator step on what the generator painted last, with a penalty in every fourth, a generator
step with feature matching and L1, and the running average. Each side runs in a process of its own; they take turns of
four iterations. PyTorch is eager and channels-last, its discriminator frozen in the generator's step. Rows go to
benchmarks/results/tiny_step.csv.
"""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import table, train_step  # noqa: E402  (the checkout has to be on the path first)
from benchmarks.sides import Settings  # noqa: E402

RESULTS = Path(__file__).parent / 'results' / 'tiny_step.csv'
SIDES = {'chainer': 'benchmarks.planned_sides:TinyPlanned', 'eager': 'benchmarks.chainer_sides:TinyChainer',
         'pytorch': 'benchmarks.torch_sides:TinyPyTorch'}


def parse(arguments: list | None) -> argparse.Namespace:
    """The command line; the defaults are the preset's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--batch_size', type=int, default=4)
    parser.add_argument('--image_size', type=int, default=64)
    parser.add_argument('--ngf', type=int, default=16)
    parser.add_argument('--repeats', type=int, default=15, help='turns of each side')
    parser.add_argument('--sides', nargs='+', choices=list(SIDES),
                        default=[name for name in SIDES if name != train_step.ON_REQUEST],
                        help='eager: this project without a plan')
    parser.add_argument('--out', type=Path, default=RESULTS, help='file of the rows')
    return parser.parse_args(arguments)


def main(arguments: list | None = None) -> int:
    """Measure, print and append the rows; the exit status is 1 where a side failed."""
    options = parse(arguments)
    settings = Settings(options.batch_size, options.image_size, options.ngf)
    rows = train_step.measure(train_step.installed({name: SIDES[name] for name in options.sides}), settings,
                              options.repeats, calls=1)
    table.append(rows, options.out)
    print('\n'.join(map(table.line_of, rows)), flush=True)
    return int(any(row['median_s'] == '' for row in rows))


if __name__ == '__main__':
    sys.exit(main())
