"""The same networks in PyTorch, as the step benchmark times them: eager and compiled.

On a GPU they are tuned as a careful user would: channels-last, Adam in one kernel, cuDNN's fastest plans, batches from
pinned memory without waiting.
"""
import time

import torch

from benchmarks import torch_spade
from benchmarks.sides import Settings, Side, random_batch

N_DIS = 2
"""Discriminator steps an iteration, the lineage's."""


class PyTorch(Side):
    """The peer in eager mode."""

    STEPS = {'iteration': 'iteration', 'discriminator': 'd_step', 'generator': 'g_step', 'inference': 'paint'}

    def __init__(self, settings: Settings):
        super().__init__(settings)
        torch.manual_seed(0)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = settings.precision != 'fp32'
        torch.backends.cudnn.benchmark = True
        self.device = torch.device('cuda' if settings.gpu else 'cpu')
        self.half = settings.precision == 'fp16'
        self.gen = self._placed(torch_spade.Generator(settings.ngf, size=settings.size))
        self.dis = self._placed(torch_spade.Discriminator(settings.ngf))
        # One scaler a network, as in this project: one that overflows does not hold up the other.
        self.gen_settings, self.dis_settings = self._training(self.gen, 5e-5), self._training(self.dis, 2e-4)
        self.painter, self.judge = self.gen, self.dis
        image, label, color = (torch.from_numpy(array) for array in random_batch(settings.batch, settings.size))
        self.on_host = tuple(self._pinned(array) for array in (label, image, color))
        self.batch = self._batch()

    def iteration(self):
        """So many discriminator steps as the lineage and a generator step, each on a batch that is brought here."""
        for _ in range(N_DIS):
            self.batch = self._batch()
            self.d_step()
        self.batch = self._batch()
        self.g_step()

    def d_step(self):
        # What compiles cannot differentiate twice: the discriminator is the eager one here.
        torch_spade.d_step(self.painter, self.dis, **self.dis_settings, **self._named())

    def g_step(self):
        torch_spade.g_step(self.painter, self.judge, **self.gen_settings, **self._named(),
                           frozen=not self.settings.peer_unfrozen)

    def paint(self):
        self.gen.eval()
        label, _, color = self.batch
        with torch.no_grad(), torch_spade.half(self.gen_settings['scaler'], label):
            self.painter(label, color).float().cpu()
        self.gen.train()

    def seconds(self, method: str, count: int) -> float:
        if not self.settings.gpu:
            return super().seconds(method, count)
        run, (start, end) = getattr(self, method), (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        start.record()
        for _ in range(count):
            run()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / 1e3 / count

    def peak_mb(self) -> float:
        """On a GPU the most that PyTorch's pool took of it."""
        return torch.cuda.max_memory_reserved() / 2 ** 20 if self.settings.gpu else super().peak_mb()

    def _placed(self, network):
        return network.to(self.device, memory_format=torch.channels_last) if self.settings.gpu else network

    def _training(self, network, rate):
        gpu = self.settings.gpu
        return {'opt': torch.optim.Adam(network.parameters(), rate, (0., .9), fused=gpu or None),
                'scaler': torch.amp.GradScaler('cuda') if gpu and self.half else None}

    def _pinned(self, array):
        if not self.settings.gpu:
            return array
        return array.contiguous(memory_format=torch.channels_last).pin_memory()

    def _batch(self):
        return tuple(array.to(self.device, non_blocking=True) for array in self.on_host)

    def _named(self):
        return dict(zip(('label', 'image', 'colour'), self.batch))


class Compiled(PyTorch):
    """The peer by torch.compile: painting and the generator's step; the penalty's discriminator stays eager."""

    STEPS = {'iteration': 'iteration', 'generator': 'g_step', 'inference': 'paint'}
    NOTE = 'torch.compile cannot differentiate twice: the discriminator of the penalty is eager'

    def __init__(self, settings: Settings):
        super().__init__(settings)
        start = time.perf_counter()
        self.painter, self.judge = torch.compile(self.gen), torch.compile(self.dis)
        self.g_step()
        self.paint()
        print(f'compiled in {time.perf_counter() - start:.0f} s', flush=True)
