"""A whole training run: from a recipe to the files it leaves."""
import random
import time

import chainer
import numpy
from chainer.training import Trainer

from spade_anime.data.prefetch import PrefetchIterator
from spade_anime.data.splitting import image_count
from spade_anime.snapshots import load_network
from spade_anime.training.adam import Adam
from spade_anime.training.captured import CapturedUpdater
from spade_anime.training.estimate import duration, seconds_an_iteration
from spade_anime.training.half import as_stored, store_in_half
from spade_anime.training.reporting import Log, Plots, Progress
from spade_anime.training.run_directory import RunDirectory
from spade_anime.training.samples import Samples
from spade_anime.training.schedule import LearningRate, WeightAverage
from spade_anime.training.snapshots import Snapshots
from spade_anime.training.updater import GANUpdater

TRAINING_ROWS, VALIDATION_ROWS = 2, 4


class Run:
    """One training of a recipe: networks, optimizers and data are built at once, ``train`` starts it.

    Args:
        recipe: system to train, with its options.
        device: Chainer device.
    """

    def __init__(self, recipe, device):
        self.recipe, self.options, self.device = recipe, recipe.options, device
        self.sets, self.validation = recipe.training_data()
        o = self.options
        self.iterators = {name: PrefetchIterator(dataset, o.batch_size, o.seed, o.workers)
                          for name, dataset, _ in self.sets}
        seed_everything(o.seed, device)
        self.gen, self.dis = recipe.generator(), recipe.discriminator()
        recipe.prepare(self.gen)
        for name, network, path in (('gen', self.gen, o.gen_snapshot), ('dis', self.dis, o.dis_snapshot)):
            if path:
                load_network(path, network, recipe.snapshot_paths[name])
            network.to_device(device)
            if o.precision == 'fp16':
                store_in_half(network)
        self.dtype = numpy.float16 if o.precision == 'fp16' else numpy.float32
        # What the discriminator takes of the images an iteration, so many iterations it needs to see them all.
        self.epoch = image_count(self.sets[0][1]) / (o.batch_size * o.n_dpg)
        self.iterations = max(1, round(o.max_epoch * self.epoch)) if o.max_epoch else o.max_iteration

    def describe(self) -> str:
        """Sizes of the data and the networks, and the estimated time, in lines."""
        o = self.options
        sample = tuple(as_stored(array, self.dtype) for array in self.sets[0][1][0])
        batch = chainer.dataset.concat_examples([sample] * o.batch_size, self.device)
        copies = self.recipe.objective(self.gen.copy('copy'), self.dis.copy('copy'))
        seconds = seconds_an_iteration(copies, batch, o.n_dpg) * len(self.sets)
        counts = ', '.join(f'{_samples(dataset)} {name}' for name, dataset, _ in self.sets)
        return '\n'.join((
            f'samples      {counts}, {len(self.validation)} for validation',
            f'parameters   {self.gen.count_params():,} generator, {self.dis.count_params():,} discriminator',
            f'time         about {duration(seconds * self.iterations)} for {self.iterations} iterations of '
            f'{o.batch_size} images on {self.device}',
        ))

    def train(self, directory: RunDirectory) -> None:
        """Train to the last iteration and write the run's files."""
        o = self.options
        start = time.perf_counter()
        self.recipe.save(directory.path)
        seed_everything(o.seed, self.device)
        trainer, snapshots, drawn = self._trainer(directory)
        # Chainer would check the types and shapes of every call's inputs, which takes 4 % of a small step.
        with chainer.using_config('type_check', False):
            trainer.run(show_loop_exception_msg=False)
        snapshots.save(self.iterations)
        for extension in drawn:
            extension(trainer)
        seconds = time.perf_counter() - start
        directory.finish(iterations=self.iterations, seconds=round(seconds, 1),
                         images_per_second=round(self.iterations * o.batch_size / seconds, 3),
                         generator_parameters=self.gen.count_params(),
                         discriminator_parameters=self.dis.count_params())

    def close(self) -> None:
        """End the worker processes."""
        for iterator in self.iterators.values():
            iterator.finalize()

    def _trainer(self, directory):
        o = self.options
        optimizers = {'gen': Adam(o.g_lr, o.g_beta1, o.g_beta2).setup(self.gen),
                      'dis': Adam(o.d_lr, o.d_beta1, o.d_beta2).setup(self.dis)}
        if self.dtype == numpy.float16:
            for optimizer in optimizers.values():
                optimizer.scale_loss()
        updater = self._updater(optimizers)
        trainer = Trainer(updater, (self.iterations, 'iteration'), out=str(directory.path))
        for name, rate, updates in (('gen', o.g_lr, 1), ('dis', o.d_lr, o.n_dpg)):
            schedule = LearningRate(optimizers[name], rate, self.iterations, o.lr_poly_train_period, o.lr_poly_power,
                                    round(o.lr_halve_epochs * self.epoch))
            optimizers[name].follow(schedule, updates * len(self.sets))
            trainer.extend(schedule, name=f'rate_{name}')
        networks, painter = {'gen': self.gen, 'dis': self.dis}, self.gen
        if o.average_decay:
            average = WeightAverage(self.gen, o.average_decay)
            optimizers['gen'].keep_average(average)
            networks['gen_average'] = painter = average.average
            trainer.extend(average)
        snapshots = Snapshots(networks, directory.folder('snapshots'), o.snapshot_interval, o.snap_interval_epoch)
        log = Log(directory.log, o.log_interval, self.iterations)
        drawn = (Samples(painter, self._preview(), self.recipe.tiles, self.recipe.preview_draws,
                         directory.folder('samples')),
                 Plots(log, directory.folder('plots')))
        for extension in (log, Progress(self.iterations)):
            trainer.extend(extension)
        for extension in drawn:
            trainer.extend(extension, trigger=(o.sample_interval, 'iteration'))
        trainer.extend(snapshots, trigger=snapshots.trigger)
        return trainer, snapshots, drawn

    def _updater(self, optimizers):
        """The updater; on a GPU the one that replays a captured graph, where nothing stands against it."""
        o = self.options
        objective = self.recipe.objective(self.gen, self.dis)
        settings = (self.iterators, optimizers, objective, {name: weight for name, _, weight in self.sets}, o.n_dpg,
                    self.device, self.dtype)
        if self.device.xp is numpy or o.no_graph:
            return GANUpdater(*settings)
        if not objective.capturable or not all(optimizer.in_one_launch for optimizer in optimizers.values()):
            print('No graph is captured, every kernel is launched from Python: part of this objective is computed on '
                  'the host, or --kernels is reference.')
            return GANUpdater(*settings)
        return CapturedUpdater(*settings, interval=o.log_interval, last=self.iterations)

    def _preview(self):
        """Rows of the sample sheets: a name and a sample."""
        training = self.sets[0][1]
        rows = [('training', training[i]) for i in range(min(TRAINING_ROWS, len(training)))]
        return rows + [('validation', self.validation[i])
                       for i in range(min(VALIDATION_ROWS, len(self.validation)))]


def _samples(dataset):
    """How many there are, and how many images they show where that differs."""
    images = image_count(dataset)
    return f'{len(dataset)}' if images == len(dataset) else f'{len(dataset)} (of {images} images)'


def seed_everything(seed: int, device) -> None:
    """Seed every generator of random numbers that a training draws from."""
    random.seed(seed)
    numpy.random.seed(seed)
    if device.xp is not numpy:
        device.xp.random.seed(seed)
