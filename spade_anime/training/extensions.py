"""What reports on a training while it runs."""
from typing import TYPE_CHECKING, Any

from spade_anime.errors import InputError
from spade_anime.evaluation.scores import Scores, Wanted, scores_for
from spade_anime.runs.best import Choice
from spade_anime.runs.directory import RunDirectory
from spade_anime.runs.names import TENSORBOARD
from spade_anime.systems.system import System, TrainingData
from spade_anime.training.ready_generator import ReadyGenerator
from spade_anime.training.telling.log import Log
from spade_anime.training.telling.metrics import Metrics
from spade_anime.training.telling.plots import Plots
from spade_anime.training.telling.progress import Progress
from spade_anime.training.telling.samples import Samples
from spade_anime.training.telling.telling import Telling
from spade_anime.training.telling.tensorboard import TensorBoard

if TYPE_CHECKING:
    from spade_anime.training.run import Run

TRAINING_ROWS, VALIDATION_ROWS = 2, 4


def telling_extensions(run: 'Run', generator: ReadyGenerator, name: str) -> list[Telling]:
    """What reports on the training, on the screen and in the run directory.

    ``generator`` paints and is scored; ``name`` is that of its snapshots.
    """
    o, directory = run.options, run.directory
    log = Log(directory.log, o.log_interval, run.iterations)
    every = o.sample_interval, 'iteration'
    metrics = _metrics(run, generator, name)
    samples = Samples(generator, _preview(run), run.data.condition.sample_tiles, run.system.preview_draws,
                      directory.folder('samples'), every)
    board = [TensorBoard(directory.folder(TENSORBOARD), o, log, metrics, samples)] if o.tensorboard else []
    return [*metrics, log, Progress(run.iterations), samples, Plots(log, directory.folder('plots'), every), *board]


def scores_while_training(system: System, data: TrainingData, directory: RunDirectory) -> Scores | None:
    """Scores of the generator while it trains, None where none are asked for.

    Diversity is left out: it needs five times the paintings. Raises InputError before anything is written.
    """
    o = system.options
    if not o.metrics_interval:
        if o.features:
            raise InputError(f'--features {o.features} needs --metrics_interval, which says how often to measure')
        return None
    wanted = Wanted(diversity_draws=0, features=o.features, features_range=o.features_range,
                    features_size=o.features_size, judge=o.judge)
    return scores_for(system, data, wanted, o.seed, directory.path)


def _metrics(run: 'Run', generator: ReadyGenerator, name: str) -> list[Metrics]:
    """Scores of the generator, if any are asked for."""
    if run.scores is None:
        return []
    o, directory = run.options, run.directory
    return [Metrics(generator, name, run.scores, Choice(run.system.deciding_metrics), directory.metrics,
                    directory.folder('plots') / 'metrics.png', directory.snapshots, o.metrics_interval,
                    {'dataset_dir': o.dataset_dir, 'samples': len(run.scores.samples)}, run.about)]


def _preview(run: 'Run') -> list[tuple[str, Any]]:
    """Rows of the sample sheets: a name and a sample."""
    training, validation = run.data.sets[0].dataset, run.data.validation
    rows = [('training', training[i]) for i in range(min(TRAINING_ROWS, len(training)))]
    return rows + [('validation', validation[i]) for i in range(min(VALIDATION_ROWS, len(validation)))]
