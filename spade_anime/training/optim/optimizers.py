"""The optimizers of a training, with the schedules of their learning rates."""
import chainer

from kernels.adam import Rates
from spade_anime.systems.options import CommonOptions
from spade_anime.training.optim.adam import Adam
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.schedule import LearningRate


def make_optimizers(options: CommonOptions, networks: dict[str, chainer.Link], half: bool) -> dict[str, Adam]:
    """Adam for 'gen' and for 'dis', set up on these ``networks``; ``half``: their arrays are stored in float16."""
    o = options
    optimizers = {'gen': Adam(o.g_lr, o.g_beta1, o.g_beta2), 'dis': Adam(o.d_lr, o.d_beta1, o.d_beta2)}
    for name, optimizer in optimizers.items():
        optimizer.setup(networks[name])
        if half:
            optimizer.scale_loss()
    return optimizers


def make_average(link: chainer.Link, optimizer: Adam, decay: float) -> WeightAverage | None:
    """The running average of a network that ``optimizer`` trains, which keeps it; None where ``decay`` is 0."""
    if not decay:
        return None
    average = WeightAverage(link, decay)
    optimizer.keep_average(average)
    return average


def make_schedules(options: CommonOptions, optimizers: dict[str, Adam], iterations: int, epoch: float,
                   datasets: int) -> list[LearningRate]:
    """Extensions that set the learning rate of each optimizer, which gets its rates as well.

    Args:
        iterations: of the whole training.
        epoch: iterations in which the discriminator sees every image once.
        datasets: how many data sets an iteration takes batches of.
    """
    o, schedules = options, []
    for name, initial, updates in (('gen', o.g_lr, 1), ('dis', o.d_lr, o.n_dpg)):
        rates = Rates(initial, o.lr_poly_train_period * iterations, iterations, o.lr_poly_power,
                      round(o.lr_halve_epochs * epoch))
        optimizers[name].follow(rates, updates * datasets)
        schedule = LearningRate(optimizers[name], rates)
        schedule.name = f'rate_{name}'
        schedules.append(schedule)
    return schedules
