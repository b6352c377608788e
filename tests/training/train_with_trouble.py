"""Side of test_distributed_ends.py: train.py, with trouble for the second process alone.

TROUBLE is 'damage', its images are cut short once they have been checked, or 'signal', which it gets in its third
iteration. ``{rank}`` in the arguments is the number of the process.
"""
import os
import signal
import sys
from pathlib import Path

import train
from spade_anime.commands import run_script
from spade_anime.training import session
from spade_anime.training.run import Run
from spade_anime.training.updater import GANUpdater


def damage(run):
    for path in Path(run.options.dataset_dir).glob('*.png'):
        path.write_bytes(path.read_bytes()[:500])


def send_signal(run):
    update = GANUpdater.update_core

    def update_core(updater):
        if updater.iteration == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        update(updater)

    GANUpdater.update_core = update_core


class TroubledRun(Run):
    def train(self):
        if self.processes.rank == 1:
            {'damage': damage, 'signal': send_signal}[os.environ['TROUBLE']](self)
        return super().train()


if __name__ == '__main__':
    session.Run = TroubledRun
    sys.argv = [argument.format(rank=os.environ['PMI_RANK']) for argument in sys.argv]
    run_script(train.main)
