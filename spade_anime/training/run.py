"""A whole training run: from a system to the files it leaves."""
import contextlib
from typing import NamedTuple

import chainer
import numpy
from chainer.training import Trainer

from spade_anime.data.errors import DataError
from spade_anime.data.prefetch import PrefetchIterator
from spade_anime.data.splitting import image_count
from spade_anime.runs.directory import RunDirectory, quoted
from spade_anime.runs.snapshots import STATE
from spade_anime.runs.weights import arrays_of, load_network
from spade_anime.systems.description import description
from spade_anime.systems.objectives import Objective
from spade_anime.systems.system import System
from spade_anime.training.captured import CapturedUpdater, reason_not_to_capture
from spade_anime.training.ending import Ending
from spade_anime.training.extensions import scores_while_training, telling_extensions
from spade_anime.training.half import store_in_half
from spade_anime.training.initial import load_initial
from spade_anime.training.optim.adam import Adam
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.optimizers import make_average, make_optimizers, make_schedules
from spade_anime.training.planned import EAGER, PlannedUpdater, reason_not_to_plan
from spade_anime.training.processes.one import ALONE, OneProcess
from spade_anime.training.randomness import seed_everything
from spade_anime.training.ready_generator import ReadyGenerator
from spade_anime.training.saving import Snapshots
from spade_anime.training.state import TrainingState
from spade_anime.training.telling.telling import Telling
from spade_anime.training.updater import GANUpdater


class Assembled(NamedTuple):
    """A trainer; its extensions that report on the training, in the first process; the one that saves it."""

    trainer: Trainer
    telling: list[Telling]
    snapshots: Snapshots


class Run:
    """One training of a system: making it opens the data and builds the networks, ``train`` runs it.

    Args:
        system: system to train, with its options.
        device: Chainer device.
        directory: where its files go.
        start: iteration of the snapshot there to continue from; 0: from the beginning.
        processes: those that train together.

    Attributes:
        data: what the system opened.
        scores: of the generator while it trains; None where it is not scored.
        about: what rebuilds the networks, stored in each of their snapshots.
        networks: 'gen' and 'dis', by the name of their snapshots.
        batch_size: images per update, of all processes.
        iterations: of the whole training.
        decay: iterations by which learning rates decay.
        epoch: iterations in which the discriminator sees every image once.
    """

    def __init__(self, system: System, device: chainer.backend.Device, directory: RunDirectory, start: int = 0,
                 processes: OneProcess = ALONE):
        self.system, self.options, self.device = system, system.options, device
        self.directory, self.start, self.processes = directory, start, processes
        self.batch_size = self.options.batch_size * self.processes.size
        self.data = system.open_data(system.condition(directory.path) if start else None)
        o = self.options
        part = self.processes.rank, self.processes.size
        self.iterators = {name: PrefetchIterator(dataset, o.batch_size, o.seed, o.workers, part=part)
                          for name, dataset, _ in self.data.sets}
        self.about = description(o, self.data.condition)
        with contextlib.ExitStack() as failed:
            failed.callback(self.close)
            self._build_networks()
            failed.pop_all()
        self.scores = scores_while_training(system, self.data, directory) if self.processes.first else None
        self.dtype = numpy.float16 if o.precision == 'fp16' else numpy.float32
        self.epoch = image_count(self.data.sets[0].dataset) / (self.batch_size * o.n_dpg)
        self.iterations = max(1, round(o.max_epoch * self.epoch)) if o.max_epoch else o.max_iteration
        self.decay = o.lr_iterations or self.iterations

    def train(self) -> str:
        """Train to the last iteration, or until a signal comes, and write the run's files.

        Returns a line about the end for the user.
        """
        if self.processes.first:
            self.data.condition.save(self.directory.path)
        seed_everything(self.options.seed, self.device)
        ending = Ending(self.iterations, self.processes)
        trainer, telling, snapshots = self._assemble(ending)
        # Chainer's checks of every call's types and shapes take 4 % of a small step.
        with chainer.using_config('type_check', False), ending:
            self._run(trainer, snapshots)
        if trainer.updater.iteration < self.iterations:
            return (f'Stopped by {ending.signal} after iteration {trainer.updater.iteration}. '
                    f'To continue: {self._resume_command()}')
        for extension in telling:
            extension.finish(trainer)
        if self.processes.first:
            self._finish(trainer.elapsed_time)
        return (f'Finished: samples, plots, snapshots and log are in {self.directory.path}/. Paint with: '
                f'python generate.py --run {quoted(self.directory.path)} {self.data.condition.suggestion}')

    def _run(self, trainer: Trainer, snapshots: Snapshots) -> None:
        """Train, and save the end; what was done is also saved where data cannot be read any more."""
        try:
            trainer.run(show_loop_exception_msg=False)
        except DataError:
            # Several processes save together, and the others wait for this one's part of an update.
            if trainer.updater.iteration > self.start and self.processes.size == 1:
                snapshots.save(trainer)
                print(f'Data cannot be read any more: iteration {trainer.updater.iteration} is saved. To continue '
                      f'once they are back: {self._resume_command()}')
            raise
        snapshots.save(trainer)

    def _resume_command(self) -> str:
        return f'{self.processes.launcher}python train.py --resume --out_dir {quoted(self.directory.path)}'

    def snapshot_bytes(self) -> int:
        """Estimated size of a snapshot: the networks, two moments per trained number, and the average."""
        sizes = {name: sum(array.nbytes for array in arrays_of(network).values())
                 for name, network in self.networks.items()}
        return 3 * sum(sizes.values()) + (sizes['gen'] if self.options.average_decay else 0)

    def close(self) -> None:
        """End the worker processes."""
        for iterator in self.iterators.values():
            iterator.finalize()

    def _build_networks(self) -> None:
        """Both networks on their device, with the weights that they start from."""
        seed_everything(self.options.seed, self.device)
        condition = self.data.condition
        self.networks = {'gen': self.system.generator(condition), 'dis': self.system.discriminator(condition)}
        self._load_networks()
        for network in self.networks.values():
            self.processes.unite(network)
            network.to_device(self.device)
            if self.options.precision == 'fp16':
                store_in_half(network)

    def _load_networks(self) -> None:
        """Load the weights that the networks start from, if there are any."""
        if self.start:
            for name, network in self.networks.items():
                load_network(self.directory.snapshots.file(name, self.start), network)
            return
        load_initial(self.system, self.networks)

    def _assemble(self, ending: Ending) -> 'Assembled':
        """All that trains, at the iteration where it starts or continues."""
        o = self.options
        optimizers = make_optimizers(o, self.networks, self.dtype == numpy.float16)
        schedules = make_schedules(o, optimizers, self.decay, self.epoch, len(self.data.sets))
        average = make_average(self.networks['gen'], optimizers['gen'], o.average_decay)
        networks = self.networks | ({'gen_average': average.average} if average else {})
        painting = 'gen_average' if average else 'gen'
        generator = ReadyGenerator(networks[painting], self.data.sets[0].dataset, o.bn_batches,
                                   o.batch_size * self.processes.across.size, o.seed)
        telling = telling_extensions(self, generator, painting) if self.processes.first else []
        trainer = Trainer(self._updater(optimizers), ending, out=str(self.directory.path))
        state = TrainingState(trainer, networks, self.data.sets, self.batch_size)
        snapshots = Snapshots(networks, generator, state, self.directory.snapshots, o.snapshot_interval,
                              o.snap_interval_epoch, o.snapshot_keep, self.processes, self.about)
        for extension in (*schedules, *filter(None, [average]), *telling, snapshots):
            trainer.extend(extension)
        if self.start:
            self._load_state(state, average)
        return Assembled(trainer, telling, snapshots)

    def _load_state(self, state: TrainingState, average: WeightAverage | None) -> None:
        """Load the rest of the snapshot; its networks were loaded when they were built."""
        folder = self.directory.snapshots
        if average:
            load_network(folder.file('gen_average', self.start), average.average)
        state.load(folder.file(STATE, self.start))

    def _finish(self, seconds: float) -> None:
        self.directory.finish(
            iterations=self.iterations, seconds=round(seconds, 1),
            images_per_second=round(self.iterations * self.batch_size / seconds, 3),
            generator_parameters=self.parameters('gen'), discriminator_parameters=self.parameters('dis'))

    def _updater(self, optimizers: dict[str, Adam]) -> GANUpdater:
        """The updater: one that replays a captured graph, or on a CPU a plan, unless something forbids it."""
        o = self.options
        objective = self.objective(self.networks['gen'], self.networks['dis'])
        weights = {name: weight for name, _, weight in self.data.sets}
        settings = (self.iterators, optimizers, objective, weights, o.n_dpg, self.device, self.dtype, self.processes)
        if self.planned:
            return PlannedUpdater(*settings)
        if o.no_graph:
            return GANUpdater(*settings)
        if self.device.xp is numpy:
            print(EAGER.format(reason=reason_not_to_plan(o.communicator)))
            return GANUpdater(*settings)
        if reason := reason_not_to_capture(o.communicator, objective, optimizers):
            print(f'No graph is captured, every kernel is launched from Python: {reason}.')
            return GANUpdater(*settings)
        return CapturedUpdater(*settings, interval=o.log_interval, last=self.iterations)

    @property
    def planned(self) -> bool:
        """Whether iterations are to be replayed as a plan."""
        o = self.options
        return not o.no_graph and self.device.xp is numpy and not reason_not_to_plan(o.communicator)

    def objective(self, gen: chainer.Link, dis: chainer.Link) -> Objective:
        """What two networks are trained for."""
        return self.system.objective(gen, dis, self.data)

    def parameters(self, name: str) -> int:
        """Trained numbers of a network, 'gen' or 'dis'."""
        return self.networks[name].count_params()
