"""The same networks in PyTorch, as the step benchmark times them: eager and compiled.

On a GPU they are tuned as a careful user would: channels-last, Adam in one kernel, cuDNN's fastest plans, batches from
pinned memory without waiting.
"""
import time

import torch

from benchmarks import torch_spade
from benchmarks.sides import CYCLE, Cycles, Settings, Side, random_batch

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
        self.gen = self._placed(self._generator())
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

    def _generator(self):
        return torch_spade.Generator(self.settings.ngf, size=self.settings.size)

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


class TinyPyTorch(Cycles, PyTorch):
    """The peer with the preset tiny's networks and recipe, on a CPU, channels-last."""

    STEPS = {'iteration': 'iteration', 'inference': 'paint'}

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self.average = [weight.detach().clone() for weight in self.gen.parameters()]
        for group, rate in zip((self.gen_settings, self.dis_settings), (4e-4, 2e-4)):
            group['opt'].param_groups[0]['lr'] = rate
        self.updates, self.fake = 0, None

    def iteration(self):
        """A discriminator step on what the generator painted last, a generator step, and the average."""
        label, _, colour = real = self._batch()
        fake = self.fake or (label, self.gen(label, colour).detach(), colour)
        penalty = 0 if self.updates % CYCLE else .5 * 10 * CYCLE
        self.updates += 1
        torch_spade.tiny_d_step(self.dis, self.dis_settings['opt'], real, fake, penalty)
        label, _, colour = real = self._batch()
        painted = torch_spade.tiny_g_step(self.gen, self.dis, self.gen_settings['opt'], real)
        self.fake = label, painted, colour
        with torch.no_grad():
            torch._foreach_lerp_(self.average, list(self.gen.parameters()), .002)

    def _generator(self):
        return torch_spade.Generator(self.settings.ngf, size=self.settings.size, start=4, colour_blocks=5,
                                     corners=False)

    def _placed(self, network):
        return network.to(memory_format=torch.channels_last)

    def _pinned(self, array):
        return array.contiguous(memory_format=torch.channels_last)


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
