"""Options that every system shares, and how an option is declared."""
import dataclasses

from spade_anime.errors import InputError


class OptionError(InputError):
    """Options that make no sense or contradict each other; the message is one line for the user."""


def option(default, group: str, text: str, *, choices: tuple = (), aliases: tuple = (),
           low: float | None = None, high: float | None = None, unit: str = ''):
    """Dataclass field of one command-line option: default, group of ``--help``, help text, allowed values."""
    return dataclasses.field(default=default, metadata={
        'group': group, 'help': text, 'choices': choices, 'aliases': aliases, 'low': low, 'high': high,
        'unit': unit})


@dataclasses.dataclass
class CommonOptions:
    """What a run of any system takes."""

    model: str = option('spade', 'run', 'which system to train')
    preset: str = option('auto', 'run', 'set of values for all options that are not given; auto: tiny without '
                         'a GPU, full with one')
    out_dir: str = option('result', 'run', 'run directory: options, log, plots, samples and snapshots')
    seed: int = option(0, 'run', 'seed of weights, noise and the order of samples', low=0, high=2 ** 32 - 1)
    device: str = option('auto', 'run', 'where to compute; auto: a GPU if there is one',
                         choices=('auto', 'cpu', 'cuda'))
    use_cpu: bool = option(False, 'run', 'the same as --device cpu')
    kernels: str = option('own', 'run', 'own kernels, or the plain formulas that they are checked against',
                          choices=('own', 'reference'))
    dry_run: bool = option(False, 'run', 'print the configuration, check the data set, and stop')

    dataset_dir: str = option('dataset/example', 'data', 'directory of the data set')
    image_size: int = option(256, 'data', 'width and height of the images; others are resized', low=8, high=4096,
                             unit='px')
    augment_data: bool = option(True, 'data', 'add the mirror image of every training sample')
    workers: int = option(1, 'data', 'processes that decode images; 0 decodes between the steps', low=0, high=64)

    batch_size: int = option(1, 'schedule', 'images an update', low=1, high=4096)
    max_iteration: int = option(100_000, 'schedule', 'updates of the generator', low=1, high=10 ** 9)

    log_interval: int = option(20, 'snapshots', 'iterations a line of log.jsonl', low=1)
    sample_interval: int = option(500, 'snapshots', 'iterations between two sample tiles and plots', low=1,
                                  aliases=('img_interval_iteration',))
    snapshot_interval: int = option(5000, 'snapshots', 'iterations between two snapshots', low=1)
