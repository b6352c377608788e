"""What happens during a training beside its updates."""
from spade_anime.runs.best import Choice
from spade_anime.runs.directory import RunDirectory
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.optimizers import make_schedules
from spade_anime.training.telling.log import Log
from spade_anime.training.telling.metrics import Metrics
from spade_anime.training.telling.plots import Plots
from spade_anime.training.telling.progress import Progress
from spade_anime.training.telling.samples import Samples

TRAINING_ROWS, VALIDATION_ROWS = 2, 4


def shaping_extensions(run, optimizers: dict) -> list:
    """What changes the networks or how they are trained: learning rates and the running average.

    The average becomes one of ``run.networks``.
    """
    o = run.options
    extensions = make_schedules(o, optimizers, run.iterations, run.epoch, len(run.data.sets))
    if o.average_decay:
        average = WeightAverage(run.networks['gen'], o.average_decay)
        optimizers['gen'].keep_average(average)
        run.networks['gen_average'] = average.average
        extensions.append(average)
    return extensions


def telling_extensions(run, directory: RunDirectory) -> list:
    """What tells of the training, on the screen and in the run directory."""
    o = run.options
    log = Log(directory.log, o.log_interval, run.iterations)
    every = o.sample_interval, 'iteration'
    metrics = [_metrics(run, directory)] if o.metrics_interval else []
    return [
        *metrics,
        log,
        Progress(run.iterations),
        Samples(run.generator, _preview(run), run.data.condition.sample_tiles, run.system.preview_draws,
                directory.folder('samples'), every),
        Plots(log, directory.folder('plots'), every),
    ]


def _metrics(run, directory):
    o = run.options
    name = next(name for name, network in run.networks.items() if network is run.generator.gen)
    return Metrics(run.generator, name, run.scores, Choice(run.system.deciding_metrics), directory.metrics,
                   directory.folder('plots') / 'metrics.png', directory.snapshots, o.metrics_interval,
                   {'dataset_dir': o.dataset_dir, 'samples': len(run.scores.samples)})


def _preview(run):
    """Rows of the sample sheets: a name and a sample."""
    training, validation = run.data.sets[0].dataset, run.data.validation
    rows = [('training', training[i]) for i in range(min(TRAINING_ROWS, len(training)))]
    return rows + [('validation', validation[i]) for i in range(min(VALIDATION_ROWS, len(validation)))]
