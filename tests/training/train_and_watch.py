"""Train as train.py does, and write memory and open files of this process and its workers to a file.

Run by test_soak.py: python train_and_watch.py FILE ARGUMENTS...
"""
import json
import os
import sys
from pathlib import Path

import train
from spade_anime.training import run

INTERVAL = 100


def facts(process: int | str) -> dict:
    """Resident memory in kB, and the number of open files."""
    status = Path(f'/proc/{process}/status').read_text()
    return {'resident': int(status.split('VmRSS:')[1].split()[0]), 'files': len(os.listdir(f'/proc/{process}/fd'))}


def children(process: int | str) -> list[int]:
    """Processes that one has started, and those that they have."""
    own = [int(child) for task in Path(f'/proc/{process}/task').iterdir()
           for child in (task / 'children').read_text().split()]
    return own + [child for parent in own for child in children(parent)]


class Watched(run.Trainer):
    """A trainer that writes a line of facts every so many iterations, after all else is done in them."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.extend(self.write, name='watch', trigger=(INTERVAL, 'iteration'), priority=-1000)

    @staticmethod
    def write(trainer):
        """Append the facts."""
        line = {'iteration': trainer.updater.iteration, 'own': facts('self'),
                'workers': [facts(child) for child in children('self')]}
        with open(sys.argv[1], 'a') as file:
            file.write(json.dumps(line) + '\n')


if __name__ == '__main__':
    run.Trainer = Watched
    train.main(sys.argv[2:])
