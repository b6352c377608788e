"""This project, as the step benchmark times it: eager, captured and loaded."""
import types

import numpy

from benchmarks import counting
from benchmarks.launches import kernels_in_graph
from benchmarks.sides import CYCLE, Cycles, Settings, Side, random_batch


class Chainer(Side):
    """This project, every operation started from Python, with the lineage's arithmetic, which the peer computes too."""

    STEPS = {'iteration': 'iteration', 'discriminator': 'd_step', 'generator': 'g_step', 'inference': 'paint'}

    def __init__(self, settings: Settings):
        super().__init__(settings)
        import chainer

        from spade_anime.conditions.label_color.condition import LabelColor
        from spade_anime.devices import choose_device
        from spade_anime.systems.system import TrainingData
        from spade_anime.training.half import as_stored, store_in_half
        # As in a training.
        chainer.config.type_check = False
        self.device = choose_device('cuda' if settings.gpu else 'cpu')
        self.dtype = numpy.float16 if settings.precision == 'fp16' else numpy.float32
        self.system = self._system()
        self.condition = LabelColor(settings.size)
        self.gen, self.dis = self.system.generator(self.condition), self.system.discriminator(self.condition)
        for network in (self.gen, self.dis):
            network.to_device(self.device)
            if self.dtype == numpy.float16:
                store_in_half(network)
        self.objective = self.system.objective(self.gen, self.dis, TrainingData([], [], self.condition))
        o = self.system.options
        self.optimizers = {'gen': self._adam(self.gen, o.g_lr), 'dis': self._adam(self.dis, o.d_lr)}
        self.arrays = tuple(as_stored(array, self.dtype) for array in random_batch(settings.batch, settings.size))
        self.batch = tuple(self.device.send(array) for array in self.arrays)
        self.updater = self._updater()

    def iteration(self):
        """What the trainer does: so many discriminator steps as the lineage, 2, and a generator step."""
        self.updater.update()

    def d_step(self):
        self._update('dis', self.objective.discriminator_terms)

    def g_step(self):
        from spade_anime.training.frozen import frozen
        with frozen(self.dis):
            self._update('gen', self.objective.generator_terms)

    def paint(self):
        from spade_anime.painting import paint
        paint(self.gen, self.batch[1:])

    def work(self) -> list:
        """Bytes and operations of each function of an iteration, and of Adam."""
        with counting.counted() as found:
            self._eager_iteration()
        updates = {'gen': 1, 'dis': self.system.options.n_dpg}
        return found + [counting.adam(self.optimizers[name].target, count) for name, count in updates.items()]

    def seconds(self, method: str, count: int) -> float:
        if not self.settings.gpu:
            return super().seconds(method, count)
        from cupy.cuda import Event, get_elapsed_time
        run, start, end = getattr(self, method), Event(), Event()
        stream = self._stream()
        stream.synchronize()
        start.record(stream)
        for _ in range(count):
            run()
        end.record(stream)
        end.synchronize()
        return get_elapsed_time(start, end) / 1e3 / count

    def peak_mb(self) -> float:
        """On a GPU what CuPy's pools took of it: they give nothing back by themselves."""
        return sum(pool.total_bytes() for pool in self._pools()) / 2 ** 20 if self.settings.gpu else super().peak_mb()

    def _system(self):
        from kernels.runtime.machine import choose
        from spade_anime.systems import SYSTEMS
        choose(precision=self.settings.precision)
        s, system = self.settings, SYSTEMS['spade']
        return system(system.Options(**system.PRESETS['lineage'], image_size=s.size, start_size=s.size // 64,
                                     ngf=s.ngf, ndf=s.ngf, batch_size=s.batch))

    def _adam(self, network, rate):
        from spade_anime.training.optim.adam import Adam
        optimizer = Adam(rate, 0., .9).setup(network)
        if self.dtype == numpy.float16:
            optimizer.scale_loss()
        return optimizer

    def _updater(self):
        from spade_anime.training.updater import GANUpdater
        return on_decoded(GANUpdater, self.arrays)(*self._training())

    def _training(self):
        return ({'main': None}, self.optimizers, self.objective, {'main': 1.0}, self.system.options.n_dpg, self.device,
                self.dtype)

    def _update(self, name, terms_of):
        optimizer, loss = self.optimizers[name], sum(terms_of(*self.batch).values())
        optimizer.target.cleargrads()
        if optimizer.loss_scale is not None:
            loss.grad = optimizer.loss_scale
        loss.backward()
        optimizer.update()

    def _eager_iteration(self):
        self.iteration()

    def _stream(self):
        import cupy
        return cupy.cuda.get_current_stream()

    def _pools(self):
        import cupy
        return [cupy.get_default_memory_pool()]


class Loaded(Chainer):
    """Painting as by a generator that was loaded: its weights no longer change, and are normalised once."""

    STEPS = {'inference': 'paint'}

    def __init__(self, settings: Settings):
        super().__init__(settings)
        from spade_anime.layers.spectral import keep_weights
        keep_weights(self.gen)


class TinyChainer(Cycles, Chainer):
    """The preset tiny, with its own recipe, and its running average."""

    STEPS = {'iteration': 'iteration', 'inference': 'paint'}

    def __init__(self, settings: Settings):
        super().__init__(settings)
        from spade_anime.training.optim.optimizers import make_average
        self.average = make_average(self.gen, self.optimizers['gen'], self.system.options.average_decay)

    def iteration(self):
        """What the trainer does, and its extension that keeps the average."""
        super().iteration()
        self.average(types.SimpleNamespace(updater=self.updater))

    def _system(self):
        from kernels.runtime.machine import choose
        from spade_anime.systems import SYSTEMS
        choose(precision=self.settings.precision)
        s, system = self.settings, SYSTEMS['spade']
        options = system.preset('tiny', {}) | {'image_size': s.size, 'ngf': s.ngf, 'ndf': s.ngf, 'batch_size': s.batch}
        if options['gp_interval'] != CYCLE:
            raise ValueError(f'the preset tiny has a penalty every {options["gp_interval"]} updates; benchmarks.sides '
                             f'times cycles of {CYCLE}')
        return system(system.Options(**options))


class Captured(Chainer):
    """This project, an iteration replayed as a CUDA graph; batches go through pinned memory each time."""

    STEPS = {'iteration': 'iteration'}

    def _updater(self):
        from spade_anime.training.captured import CapturedUpdater
        from spade_anime.training.cuda_graphs import CUDAGraphs

        class Graphs(CUDAGraphs):
            """With the pool in reach, to ask for its size, and what was captured last."""

            replay = None

            def pool(self):
                return self._pool

            def capture(self, step):
                self.replay = super().capture(step)
                return self.replay
        self.graphs = Graphs()
        return on_decoded(CapturedUpdater, self.arrays)(*self._training(), cuda=self.graphs, last=-1,
                                                        interval=self.system.options.log_interval)

    def launches(self, method: str) -> tuple:
        """Kernels in the graph, which is launched once; Nones where nothing was captured."""
        return (kernels_in_graph(self.graphs.replay.graph.graph), 1) if self.graphs.replay else (None, None)

    def _stream(self):
        return self.graphs.stream

    def _pools(self):
        return [*super()._pools(), self.graphs.pool()]


def on_decoded(updater, arrays):
    """An updater whose batches are there already, one object for every step."""
    class Decoded(updater):
        def batches(self):
            return [arrays for _ in self.batch_sources()]
    return Decoded
