"""Measure a trained generator on held-out samples: python evaluate.py --run result --dataset_dir dataset/example."""
import dataclasses
from pathlib import Path

from spade_anime.commands import read_options, run_script
from spade_anime.data.options import AS_TRAINED, FITS
from spade_anime.evaluation.distances import ENOUGH_FOR_FRECHET, TRAINING, VALIDATION
from spade_anime.evaluation.feature_input import AUTO
from spade_anime.evaluation.rows import table
from spade_anime.fields import option
from spade_anime.generator_options import GeneratorOptions
from spade_anime.runs.names import EVALUATION, METRICS
from spade_anime.systems.options import changed


@dataclasses.dataclass
class EvaluationOptions(GeneratorOptions):
    """What is evaluated, on what."""

    draws: int = option(0, 'data', 'paintings, the validation samples taken again and again; 0: what suits the '
                        'system', low=0)
    dataset_dir: str = option('', 'data', 'data set whose validation part is painted; none: that of the run', path=True)
    fit: str = option(AS_TRAINED, 'data', 'label maps and images that are not square; run: as it was trained, else as '
                      'train.py takes it', choices=(AS_TRAINED, *FITS))
    follow_links: bool = changed('follow_links', False)
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
    out_dir: str = option('', 'output', f'where {METRICS} and {EVALUATION} go; none: the run directory, or evaluation/',
                          path=True)


def main(arguments: list | None = None) -> None:
    """Measure, print the table, and save it with a sheet."""
    options = read_options(EvaluationOptions, 'evaluate.py', 'Measure a trained generator.', arguments)
    # After the command line is read, as they import all that paints.
    from spade_anime.evaluation.scores import Wanted
    from spade_anime.scoring import directory_of, evaluate
    wanted = {field.name: getattr(options, field.name) for field in dataclasses.fields(Wanted)}
    found = evaluate(options.run, options.dataset_dir, fit=options.fit, follow_links=options.follow_links,
                     best=options.best, snapshot=options.snapshot, image_size=options.image_size,
                     device=options.device, seed=options.seed, directory=options.out_dir or None, **wanted)
    print(table(found.columns))
    rows, picture = found.save(Path(options.out_dir) if options.out_dir else directory_of(found.generator))
    print(f'Saved {rows} and {picture}')


if __name__ == '__main__':
    run_script(main)
