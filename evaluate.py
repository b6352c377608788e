"""Measure a trained generator on held-out samples: python evaluate.py --run result --dataset_dir dataset/example."""
import dataclasses
from pathlib import Path

import numpy

from generate import GeneratorOptions, find_generator, open_generator
from spade_anime.commands import OneLineParser, add_fields, run_script
from spade_anime.data.pictures import preview_size, sheet, to_pixels
from spade_anime.devices import choose_device
from spade_anime.evaluation.distances import ENOUGH_FOR_FRECHET
from spade_anime.evaluation.feature_input import AUTO
from spade_anime.evaluation.fid_kid import TRAINING, VALIDATION
from spade_anime.evaluation.rows import append_row, table
from spade_anime.evaluation.scores import Scores, Wanted, scores_for
from spade_anime.fields import option
from spade_anime.runs.directory import METRICS
from spade_anime.systems.options import changed

SHEET = 'evaluation.png'
SHEET_ROWS = 16


@dataclasses.dataclass
class EvaluationOptions(GeneratorOptions):
    """What is evaluated, on what."""

    draws: int = option(0, 'data', 'paintings, the validation samples taken again and again; 0: what suits the '
                        'system', low=0)
    dataset_dir: str = option('', 'data', 'data set whose validation part is painted; none: that of the run')
    diversity_draws: int = option(4, 'metrics', 'paintings of a condition, for the distances between them; fewer than '
                                  '2: no diversity', low=0, high=256)
    features: str = changed('features', '')
    features_range: str = changed('features_range', AUTO)
    features_size: int = changed('features_size', 0)
    fid: bool = option(False, 'metrics', f'FID of fewer than {ENOUGH_FOR_FRECHET} images as well, which says more of '
                       'their number than of them')
    reference: str = option(TRAINING, 'metrics', 'part of the data set that is real for FID and KID',
                            choices=(TRAINING, VALIDATION))
    reference_images: int = option(10_000, 'metrics', 'at most so many images of it', low=3)
    judge: bool = changed('judge', True)
    out_dir: str = option('', 'output', f'where {METRICS} and {SHEET} go; none: the run directory, or evaluation/')


def main(arguments: list | None = None) -> None:
    """Paint the validation part with the trained and with an untrained generator, and compare."""
    parser = OneLineParser('evaluate.py', allow_abbrev=False, description='Measure a trained generator.')
    add_fields(parser, EvaluationOptions)
    options = EvaluationOptions(**vars(parser.parse_args(arguments)))
    system, arrays, origin = find_generator(options)
    if options.dataset_dir:
        system.options = dataclasses.replace(system.options, dataset_dir=options.dataset_dir)
    sets, validation = system.training_data()
    wanted = Wanted(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Wanted)})
    scores = scores_for(system, sets, validation, wanted, options.seed, _out_dir(options, origin))
    print(f'{origin}: {len(scores.samples)} paintings from validation samples of {system.options.dataset_dir}')
    for remark in scores.remarks():
        print(remark, flush=True)
    device = choose_device(options.device)
    trained = open_generator(system, arrays, origin, device)
    numpy.random.seed(options.seed)
    untrained = system.generator()
    untrained.to_device(device)
    report(system, origin, scores, {'trained': trained, 'untrained': untrained}, options)


def report(system, origin: Path, scores: Scores, generators: dict, options: EvaluationOptions) -> None:
    """Print the scores of generators and of the real images, append them to a file, and draw a sheet."""
    images = {name: scores.paint(gen) for name, gen in generators.items()}
    columns = {name: scores.of_images(images[name]) | scores.diversity(gen) for name, gen in generators.items()}
    columns['real'] = scores.real()
    print(table(columns))
    out_dir = _out_dir(options, origin)
    out_dir.mkdir(parents=True, exist_ok=True)
    append_row(out_dir / METRICS, {'snapshot': str(origin), 'dataset_dir': system.options.dataset_dir,
                                   'samples': len(scores.samples), **scores.facts(), **columns})
    rows = [system.tiles(sample) | {title: to_pixels(image) for title, image in zip(('painted', 'untrained'), painted)}
            for sample, *painted in zip(scores.samples[:SHEET_ROWS], *images.values())]
    sheet([list(row.values()) for row in rows], list(rows[0]),
          size=preview_size(images['trained'].shape[3])).save(out_dir / SHEET)
    print(f'Saved {out_dir / METRICS} and {out_dir / SHEET}')


def _out_dir(options, origin):
    if options.out_dir:
        return Path(options.out_dir)
    return origin.parent.parent if origin.parent.name == 'snapshots' else Path('evaluation')


if __name__ == '__main__':
    run_script(main)
