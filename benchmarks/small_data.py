"""What helps where there are few images: SPADE's tiny preset on some of the example's portraits.

    python benchmarks/small_data.py --features inception.onnx

Each training is one of train.py in a process of its own, on the same few portraits; one that has finished before is
not repeated. What it has learnt is painted from the conditions of all other portraits, and compared with them: KID with
its standard error, by the network in the ONNX file, and hair colour error. Rows go to results/small_data.csv, a sheet
of the same conditions painted by each case to docs/images/small_data.png; a table is printed at the end.
"""
import argparse
import itertools
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import spade_anime  # noqa: E402, F401  (patches Chainer, before anything imports that)
from benchmarks import machine, table  # noqa: E402
from benchmarks.scaling import markdown  # noqa: E402
from spade_anime.conditions.label_color.condition import LabelColor  # noqa: E402
from spade_anime.conditions.label_color.dataset import open_dataset  # noqa: E402
from spade_anime.data.pictures import preview_size, sheet, to_pixels  # noqa: E402
from spade_anime.evaluation.distances import kernel_distance  # noqa: E402
from spade_anime.evaluation.features import Features  # noqa: E402
from spade_anime.painting import estimate_statistics, paint  # noqa: E402
from spade_anime.runs.weights import load_network  # noqa: E402
from spade_anime.systems.stored import load_options  # noqa: E402
from spade_anime.training.ready_generator import draw_batches  # noqa: E402

EXAMPLE = ROOT / 'dataset' / 'example'
RESULTS, PICTURE = Path(__file__).parent / 'results' / 'small_data.csv', ROOT / 'docs' / 'images' / 'small_data.png'
HELD_OUT = 0.1
"""Share of the portraits that train.py puts aside for its own validation."""

IMAGE_SIZE, SHOWN, BATCH = 64, 6, 4
CONDITION = LabelColor(IMAGE_SIZE)


@dataclass(frozen=True)
class Case:
    """Of which training, weights, and running statistics over how many batches; whether the sheet shows it."""

    training: str
    weights: str = 'gen_average'
    bn_batches: int = 0
    shown: bool = True


TRAININGS = {
    'preset': [],
    'places': ['--augment', 'translation,cutout'],
    'all': ['--augment', 'color,translation,cutout'],
    'eager': ['--gp_interval', '1'],
    'unpenalised': ['--gp_coef', '0'],
    'augmented': ['--gp_coef', '0', '--augment', 'color,translation,cutout'],
    'constant': ['--lr_poly_train_period', '1'],
}
"""Flags of each training. The preset averages weights, penalises every fourth update, and lets learning rates decay."""

CASES = {
    'preset': Case('preset'),
    'no average': Case('preset', 'gen'),
    'bn 16': Case('preset', bn_batches=16),
    'bn 64': Case('preset', bn_batches=64, shown=False),
    'no av., bn 16': Case('preset', 'gen', 16, shown=False),
    'not lazy': Case('eager'),
    'no penalty': Case('unpenalised'),
    'no p., all three': Case('augmented'),
    'transl., cutout': Case('places'),
    'all three': Case('all'),
    'all three, bn 16': Case('all', bn_batches=16, shown=False),
    'constant rates': Case('constant'),
    'c. rates, no av.': Case('constant', 'gen'),
    'c. rates, bn 16': Case('constant', bn_batches=16, shown=False),
}


def parse(arguments: list | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--features', required=True, help='ONNX file of the network whose features KID compares')
    parser.add_argument('--portraits', type=int, default=40, help='how many are learnt from')
    parser.add_argument('--iterations', type=int, default=1000)
    parser.add_argument('--seeds', type=int, nargs='+', default=[0])
    parser.add_argument('--trainings', nargs='+', choices=TRAININGS, default=list(TRAININGS))
    parser.add_argument('--folder', type=Path, default=ROOT / 'result' / 'small_data', help='where trainings are kept')
    parser.add_argument('--out', type=Path, default=RESULTS, help='file of the rows')
    parser.add_argument('--picture', type=Path, default=PICTURE, help='sheet of what the first seed painted')
    return parser.parse_args(arguments)


def copy_few(folder: Path, learnt: int) -> None:
    """Copy so many of the example's portraits that ``learnt`` remain once train.py has put some aside."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(EXAMPLE.glob('*.png'))
    count = next(n for n in range(learnt, len(paths) + 1) if n - max(1, round(n * HELD_OUT)) == learnt)
    chosen = [paths[i] for i in numpy.random.default_rng(0).permutation(len(paths))[:count]]
    for path in chosen:
        shutil.copy(path, folder)


def train(run: Path, portraits: Path, name: str, seed: int, iterations: int) -> None:
    """Train in a process of its own, unless that was done."""
    command = [sys.executable, str(ROOT / 'train.py'), '--use_cpu', '--preset', 'tiny', '--dataset_dir', str(portraits),
               '--out_dir', str(run), '--seed', str(seed), '--max_iteration', str(iterations), '--bn_batches', '0',
               '--snapshot_interval', str(iterations), '--sample_interval', str(iterations), '--workers', '0']
    if not (run / 'summary.json').exists():
        subprocess.run([*command, *TRAININGS[name]], check=True, stdout=subprocess.DEVNULL)


class Judge:
    """Scores by portraits that a generator has not seen; ``few`` are those it was given. Both: samples of SPADE."""

    def __init__(self, features: str, unseen: list, few: list):
        self.features, self.unseen, self.few = Features(features), unseen, few
        self.real = self.features.of(numpy.stack([sample[0] for sample in unseen]))

    def paint(self, gen) -> numpy.ndarray:
        """What it paints from the conditions of all unseen portraits, the same noise for every generator."""
        random, painted = numpy.random.default_rng(0), []
        for start in range(0, len(self.unseen), BATCH):
            condition = tuple(map(numpy.stack, zip(*(sample[1:] for sample in self.unseen[start:start + BATCH]))))
            painted.append(paint(gen, condition, gen.draw_noise(len(condition[0]), random)))
        return numpy.concatenate(painted)

    def distance(self, images: numpy.ndarray) -> dict:
        """KID to the unseen portraits, and its standard error."""
        found = kernel_distance(self.features.of(images), self.real)
        return {'kid': round(found.value, 5), 'kid_error': round(found.error, 5)}

    def scores(self, images: numpy.ndarray) -> dict:
        """The same and the metrics of the system."""
        scores = CONDITION.score(self.few)(self.unseen, images)
        return self.distance(images) | {name: round(value, 4) for name, value in scores.items()}

    def best(self) -> dict:
        """KID of the few portraits themselves: those of a perfect generator would not be nearer."""
        return self.distance(numpy.stack([sample[0] for sample in self.few]))


def generator(run: Path, case: Case):
    """Generator of a case, of a finished run."""
    system, options = load_options(run / 'options.json')
    system = system(options)
    gen = system.generator(CONDITION)
    load_network(max((run / 'snapshots').glob(f'{case.weights}_0*.npz')), gen)
    if case.bn_batches:
        learnt = system.open_data().sets[0].dataset
        estimate_statistics(gen, draw_batches(gen, learnt, case.bn_batches, options.batch_size, options.seed))
    return gen


def judged(portraits: Path, options, judge: Judge) -> tuple:
    """Rows of all cases, and what the first seed painted in each, by case."""
    rows, shown = [], {}
    for seed, name in itertools.product(options.seeds, options.trainings):
        run = options.folder / f'{name}_{options.portraits}_{options.iterations}_{seed}'
        train(run, portraits, name, seed, options.iterations)
        for title in [title for title, case in CASES.items() if case.training == name]:
            images, case = judge.paint(generator(run, CASES[title])), CASES[title]
            rows.append({'seed': seed, 'case': title, 'flags': ' '.join(TRAININGS[name]), 'weights': case.weights,
                         'bn_batches': case.bn_batches, **judge.scores(images)})
            print(rows[-1], flush=True)
            shown.setdefault(title, images[:SHOWN])
    return rows, {title: shown[title] for title, case in CASES.items() if case.shown and title in shown}


def picture(samples: list, shown: dict):
    """Sheet with a row for each of the first unseen portraits and a column for each case."""
    rows = [CONDITION.sample_tiles(sample) | {title: to_pixels(images[i]) for title, images in shown.items()}
            for i, sample in enumerate(samples[:SHOWN])]
    return sheet([list(row.values()) for row in rows], list(rows[0]), size=preview_size(IMAGE_SIZE))


def main(arguments: list | None = None) -> None:
    """Train, measure, append the rows, draw the sheet and print the table."""
    options = parse(arguments)
    portraits = options.folder / f'portraits_{options.portraits}'
    copy_few(portraits, options.portraits)
    few, whole = open_dataset(portraits, IMAGE_SIZE), open_dataset(EXAMPLE, IMAGE_SIZE)
    unseen = [whole[i] for i, name in enumerate(whole.names) if name not in few.names]
    judge = Judge(options.features, unseen, [few[i] for i in range(len(few))])
    common = {'date': machine.today(), 'machine': machine.processor(), 'versions': machine.versions(),
              'portraits': options.portraits, 'iterations': options.iterations, 'unseen': len(unseen)}
    rows, shown = judged(portraits, options, judge)
    rows.append({'case': 'real portraits', **judge.best()})
    table.append([common | row for row in rows], options.out)
    picture(unseen, shown).save(options.picture)
    print(markdown(rows, {'case': '', 'seed': 'seed', 'kid': 'KID', 'kid_error': 'its standard error',
                          'hair_color_error': 'hair colour error', 'mean_absolute_error': 'mean absolute error'}))


if __name__ == '__main__':
    main()
