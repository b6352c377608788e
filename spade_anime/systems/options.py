"""Options that every system shares."""
import copy
import dataclasses
from typing import Any, NamedTuple

from spade_anime.choices import ADVERSARIAL_LOSSES
from spade_anime.data.options import follow_links_option
from spade_anime.evaluation.feature_input import AUTO, RANGES
from spade_anime.fields import OptionError, option

AUGMENTATIONS = 'color', 'translation', 'cutout'
"""What ``augment`` may name."""


def changed(name: str, default: Any, **metadata: Any) -> Any:
    """Field ``name`` of ``CommonOptions`` with the default (and choices, limits) that suit one system."""
    field = copy.copy(CommonOptions.__dataclass_fields__[name])
    return dataclasses.field(default=default, metadata=dict(field.metadata) | metadata)


@dataclasses.dataclass(frozen=True)
class CommonOptions:
    """What a run of any system takes."""

    model: str = option('spade', 'run', 'which system to train')
    preset: str = option('auto', 'run', 'set of values for all options that are not given; auto: tiny without '
                         'a GPU (spade: small), else the first')
    out_dir: str = option('result', 'run', 'run directory: options, log, plots, samples and snapshots', changeable=True,
                          path=True)
    resume: bool = option(False, 'run', 'go on with the run in --out_dir from its newest whole snapshot, with its '
                          'options', changeable=True)
    seed: int = option(0, 'run', 'seed of weights, noise and the order of samples', low=0, high=2 ** 32 - 1)
    device: str = option('auto', 'run', 'where to compute; auto: a GPU if there is one',
                         choices=('auto', 'cpu', 'cuda'), changeable=True)
    use_cpu: bool = option(False, 'run', 'the same as --device cpu', changeable=True)
    kernels: str = option('own', 'run', 'own kernels, or the plain formulas that they are checked against',
                          choices=('own', 'reference'), changeable=True)
    no_graph: bool = option(False, 'run', 'start every operation from Python instead of replaying a recorded iteration '
                            '(on a GPU a captured graph), to look for faults', changeable=True)
    precision: str = option('tf32', 'run', 'on a GPU: fp32; tf32: products of rounded factors; fp16: arrays stored in '
                            'half precision, sums in single', choices=('fp32', 'tf32', 'fp16'))
    communicator: str = option('none', 'run', 'several processes train together, which mpiexec starts: naive on CPUs, '
                               'pure_nccl on a GPU each', choices=('none', 'naive', 'pure_nccl'), changeable=True)
    sync_batch_norm: bool = option(False, 'run', 'with --communicator: batch normalisation by the statistics of all '
                                   'processes\' batches together', changeable=True)
    dry_run: bool = option(False, 'run', 'print the configuration, check the data set, and stop', changeable=True)

    dataset_dir: str = option('dataset/example', 'data', 'directory of the data set', changeable=True, path=True)
    follow_links: bool = follow_links_option('data')
    image_size: int = option(256, 'data', 'width and height of the images; others are resized', low=8, high=4096,
                             unit='px')
    augment_data: bool = option(True, 'data', 'add the mirror image of every training sample')
    augment: tuple = option((), 'data', 'for few images: what is done alike to real and painted images before the '
                            'discriminator sees them, of color,translation,cutout (DiffAugment)', names=True)
    workers: int = option(1, 'data', 'processes that decode images; 0 decodes between the steps', low=0, high=64,
                         changeable=True)

    adv_loss_mode: str = option('bce', 'losses', 'adversarial loss', choices=ADVERSARIAL_LOSSES)
    gp_coef: float = option(0.0, 'losses', 'weight of the gradient penalty; 0: none', low=0)
    gp_interval: int = option(1, 'losses', 'penalise every Nth discriminator update, N times as hard', low=1)

    batch_size: int = option(1, 'schedule', 'images an update; of each process where there are several', low=1,
                             high=4096, changeable=True)
    max_iteration: int = option(100_000, 'schedule', 'updates of the generator', low=1, high=10 ** 9,
                               changeable=True)
    max_epoch: int = option(0, 'schedule', 'end when the discriminator has seen every image so many times, instead of '
                            'after --max_iteration; 0: by iterations', low=0, changeable=True)
    g_lr: float = option(2e-4, 'schedule', 'learning rate of the generator (Adam)', low=0, changeable=True)
    g_beta1: float = option(0.5, 'schedule', 'its first beta', low=0, high=0.999999)
    g_beta2: float = option(0.999, 'schedule', 'its second beta', low=0, high=0.999999)
    d_lr: float = option(2e-4, 'schedule', 'learning rate of the discriminator (Adam)', low=0, changeable=True)
    d_beta1: float = option(0.5, 'schedule', 'its first beta', low=0, high=0.999999)
    d_beta2: float = option(0.999, 'schedule', 'its second beta', low=0, high=0.999999)
    n_dpg: int = option(1, 'schedule', 'discriminator updates a generator update', low=1)
    lr_poly_train_period: float = option(1.0, 'schedule', 'share of the training before learning rates decay; '
                                         '1: never', low=0, high=1)
    lr_poly_power: float = option(0.9, 'schedule', 'power of that polynomial decay', low=0)
    lr_iterations: int = option(0, 'schedule', 'iterations in which they decay, to stay at the last rate after that; '
                                '0: all of the training', low=0, changeable=True)
    lr_halve_epochs: int = option(0, 'schedule', 'halve the learning rates whenever the discriminator has seen every '
                                  'image so many times; 0: never', low=0)
    average_decay: float = option(0.999, 'schedule', 'running average of the generator\'s weights, used for samples '
                                  'and painting; 0: none', low=0, high=0.999999)
    bn_batches: int = option(0, 'schedule', 'before the generator paints or is saved, its running statistics are '
                             'estimated over so many batches; 0: those of the training stay', low=0, high=10_000,
                             changeable=True)

    log_interval: int = option(20, 'snapshots', 'iterations a line of log.jsonl', low=1, changeable=True)
    tensorboard: bool = option(False, 'snapshots', 'write losses, metrics, samples and options for TensorBoard, into '
                              'tensorboard/ of the run (extra tensorboard)', changeable=True)
    sample_interval: int = option(500, 'snapshots', 'iterations between two sample tiles and plots', low=1,
                                  aliases=('img_interval_iteration',), changeable=True)
    snapshot_interval: int = option(5000, 'snapshots', 'iterations between two snapshots', low=1, changeable=True)
    snap_interval_epoch: int = option(0, 'snapshots', 'epochs between two snapshots; 0: by iterations alone', low=0,
                                     changeable=True)
    snapshot_keep: int = option(3, 'snapshots', 'keep so many of the newest snapshots, and the best; 0: all', low=0,
                                changeable=True)
    init_run: str = option('', 'snapshots', 'run whose newest networks a new training starts from, with a schedule of '
                           'its own; their options are that run\'s. pretrained/spade has the small generator that '
                           'comes with the project', path=True)
    gen_snapshot: str = option('', 'snapshots', 'generator to start from: npz of this project or of the lineage',
                               path=True)
    dis_snapshot: str = option('', 'snapshots', 'discriminator to start from, likewise', path=True)

    metrics_interval: int = option(0, 'metrics', 'iterations between two evaluations on the validation samples, of '
                                   'which the best snapshot is kept; 0: none', low=0, changeable=True)
    features: str = option('', 'metrics', 'ONNX file of a network whose features FID and KID compare, such as '
                           'Inception v3 up to its pooling (extra onnx); none: no FID and KID', changeable=True,
                           path=True)
    features_range: str = option(AUTO, 'metrics', 'range of the pixels that it takes: (x - 128) / 128, 0 to 1, 0 to '
                                 '255, or the mean and deviation of ImageNet; auto: signed, or bytes where it takes '
                                 'uint8', choices=(AUTO, *RANGES), changeable=True)
    features_size: int = option(0, 'metrics', 'size of its images where it takes any; 0: that of the paintings',
                                low=0, high=4096, unit='px', changeable=True)
    judge: bool = option(True, 'metrics', 'label agreement, where label maps are painted from; its judge is trained on '
                         'the real pairs, in a minute or two, and kept beside the scores', changeable=True)


def check_augment(options: CommonOptions, in_words: bool) -> None:
    """Raise OptionError where ``augment`` names what there is not, or colours where the condition is ``in_words``.

    A class, an attribute or a text may name a colour: no change of the image's colours could be followed by it.
    """
    shown = f'--augment {",".join(options.augment)}'
    for name in options.augment:
        if name not in AUGMENTATIONS:
            raise OptionError(f'{shown}: {name!r} is none of {", ".join(AUGMENTATIONS)}')
        if name == 'color' and in_words:
            raise OptionError(f'{shown}: the condition may name a colour, which a changed image would not have; '
                              'allowed are translation, cutout')
    if len(set(options.augment)) < len(options.augment):
        raise OptionError(f'{shown}: each may be named once')


class Declared(NamedTuple):
    """What a command line shows of a system; it needs neither the system's networks nor Chainer.

    Attributes:
        options: dataclass of the options.
        presets: values by option, by preset.
        inputs: dataclasses of the flags that generate.py takes, one for each kind of condition.
        cpu_preset: the preset where no GPU is used; the first is that for a GPU.
    """

    options: type[CommonOptions]
    presets: dict[str, dict]
    inputs: tuple[type, ...]
    cpu_preset: str = 'tiny'
