"""Sample tiles: the same conditions, painted again and again during the training."""
from collections.abc import Callable
from pathlib import Path

import chainer
import numpy
from chainer.training import Trainer

from spade_anime.data.pictures import preview_size, sheet, to_pixels
from spade_anime.errors import writing
from spade_anime.painting import paint
from spade_anime.training.ready_generator import ReadyGenerator
from spade_anime.training.telling.telling import Telling

NOISE_SEED = 0


class Samples(Telling):
    """Write a sheet of fixed samples beside the generator's paintings of them, when triggered and at the end.

    Args:
        generator: paints.
        samples: pairs of a row's name and a sample of the data set.
        tiles: gives the pictures of a sample, by caption.
        draws: paintings per sample, each with other noise; the same noise for all samples.
        directory: where ``iteration_<n>.png`` is written.
        trigger: when, a trigger of Chainer's.
    """

    priority = chainer.training.PRIORITY_READER

    def __init__(self, generator: ReadyGenerator, samples: list[tuple[str, tuple]],
                 tiles: Callable[[tuple], dict[str, numpy.ndarray]], draws: int, directory: Path,
                 trigger: tuple[int, str]):
        self.generator, self.samples, self.tiles, self.draws = generator, samples, tiles, draws
        self.directory, self.trigger = directory, trigger

    def __call__(self, trainer: Trainer) -> None:
        self.draw(self.generator.ready(trainer), trainer.updater.iteration)

    def finish(self, trainer: Trainer) -> None:
        """Paint with the last weights."""
        self(trainer)

    def draw(self, gen: chainer.Link, iteration: int) -> None:
        """Paint and write the sheet of this iteration."""
        names, samples = zip(*self.samples)
        condition = tuple(numpy.stack(arrays) for arrays in list(zip(*samples))[1:])
        random = numpy.random.default_rng(NOISE_SEED)
        painted = [paint(gen, condition, gen.draw_noise(len(samples), random)) for _ in range(self.draws)]
        rows = [self.tiles(sample) | {f'painted {n + 1}' if n else 'painted': to_pixels(images[i])
                                      for n, images in enumerate(painted)}
                for i, sample in enumerate(samples)]
        picture = sheet([list(row.values()) for row in rows], list(rows[0]), list(names),
                        preview_size(painted[0].shape[3]))
        path = self.path(iteration)
        with writing(path):
            picture.save(path)

    def path(self, iteration: int) -> Path:
        """File of the sheet of an iteration."""
        return self.directory / f'iteration_{iteration:08}.png'
