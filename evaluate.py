"""Measure a trained generator on held-out samples: python evaluate.py --run result --dataset_dir dataset/example."""
import dataclasses
import json
from pathlib import Path

import numpy

from generate import GeneratorOptions, find_generator, open_generator
from options import OneLineParser, add_fields, run_script
from spade_anime.data.pictures import preview_size, sheet, to_pixels
from spade_anime.devices import choose_device
from spade_anime.networks.painting import paint
from spade_anime.recipes.common import OptionError, option

METRICS, SHEET = 'metrics.jsonl', 'evaluation.png'
BATCH, SHEET_ROWS = 4, 16


@dataclasses.dataclass
class EvaluationOptions(GeneratorOptions):
    """What is evaluated, on what."""

    draws: int = option(0, 'data', 'paintings, the validation samples taken again and again; 0: what suits the '
                        'system', low=0)
    dataset_dir: str = option('', 'data', 'data set whose validation part is painted; none: that of the run')
    out_dir: str = option('', 'output', f'where {METRICS} and {SHEET} go; none: the run directory, or evaluation/')


def paint_samples(gen, samples: list, seed: int) -> numpy.ndarray:
    """Paint the condition of every sample once: images (N, 3, S, S) in [-1, 1]."""
    random, painted = numpy.random.default_rng(seed), []
    for start in range(0, len(samples), BATCH):
        batch = samples[start:start + BATCH]
        condition = tuple(numpy.stack(arrays) for arrays in list(zip(*batch))[1:])
        painted.append(paint(gen, condition, gen.draw_noise(len(batch), random)))
    return numpy.concatenate(painted)


def main(arguments: list | None = None) -> None:
    """Paint the validation part with the trained and with an untrained generator, and compare."""
    parser = OneLineParser('evaluate.py', allow_abbrev=False, description='Measure a trained generator.')
    add_fields(parser, EvaluationOptions)
    options = EvaluationOptions(**vars(parser.parse_args(arguments)))
    recipe, arrays, origin = find_generator(options)
    if options.dataset_dir:
        recipe.options = dataclasses.replace(recipe.options, dataset_dir=options.dataset_dir)
    _, validation = recipe.training_data()
    draws = options.draws or recipe.evaluation_draws or len(validation)
    samples = [validation[i % len(validation)] for i in range(draws)]
    if not samples:
        raise OptionError(f'--dataset_dir {recipe.options.dataset_dir}: one sample leaves nothing for validation')
    device = choose_device(options.device)
    trained = paint_samples(open_generator(recipe, arrays, origin, device), samples, options.seed)
    numpy.random.seed(options.seed)
    fresh = recipe.generator()
    fresh.to_device(device)
    untrained = paint_samples(fresh, samples, options.seed)
    report(recipe, origin, samples, trained, untrained, _out_dir(options, origin))


def report(recipe, origin: Path, samples: list, trained, untrained, out_dir: Path) -> None:
    """Print the metrics of both and of the real images, append them to a file, and draw a sheet."""
    images = {'trained': trained, 'untrained': untrained, 'real': numpy.stack([sample[0] for sample in samples])}
    scores = {name: recipe.metrics(samples, array) for name, array in images.items()}
    print(f'{origin}: {len(samples)} paintings from validation samples of {recipe.options.dataset_dir}')
    print(f'{"":28}' + ''.join(f'{name:>11}' for name in scores))
    for metric in scores['trained']:
        print(f'{metric:28}' + ''.join(f'{values[metric]:11.3f}' for values in scores.values()))
    out_dir.mkdir(parents=True, exist_ok=True)
    with open(out_dir / METRICS, 'a') as file:
        file.write(json.dumps({'snapshot': str(origin), 'dataset_dir': recipe.options.dataset_dir,
                               'samples': len(samples), **scores}) + '\n')
    rows = [recipe.tiles(sample) | {'painted': to_pixels(image), 'untrained': to_pixels(noise)}
            for sample, image, noise in zip(samples[:SHEET_ROWS], trained, untrained)]
    sheet([list(row.values()) for row in rows], list(rows[0]),
          size=preview_size(trained.shape[3])).save(out_dir / SHEET)
    print(f'Saved {out_dir / METRICS} and {out_dir / SHEET}')


def _out_dir(options, origin):
    if options.out_dir:
        return Path(options.out_dir)
    return origin.parent.parent if origin.parent.name == 'snapshots' else Path('evaluation')


if __name__ == '__main__':
    run_script(main)
