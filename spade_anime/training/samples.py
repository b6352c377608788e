"""Sample tiles: the same conditions, painted again as the training goes on."""
from pathlib import Path

import chainer
import numpy
from chainer.training import extension

from spade_anime.data.pictures import preview_scale, sheet
from spade_anime.networks.painting import paint

NOISE_SEED = 0


class Samples(extension.Extension):
    """Write a sheet of fixed training and validation samples beside what the generator makes of them.

    Args:
        gen: generator to paint with.
        samples: (name of the row, sample of the data set).
        tiles: of a sample and its painted image (3, S, S): the captioned pictures of a row, by caption.
        directory: where ``iteration_<n>.png`` goes.
    """

    priority = chainer.training.PRIORITY_READER

    def __init__(self, gen, samples: list, tiles, directory: Path):
        self.gen, self.samples, self.tiles, self.directory = gen, samples, tiles, directory

    def __call__(self, trainer):
        self.draw(trainer.updater.iteration)

    def draw(self, iteration: int) -> None:
        """Paint and write the sheet of this iteration."""
        names, samples = zip(*self.samples)
        condition = tuple(numpy.stack(arrays) for arrays in list(zip(*samples))[1:])
        z = self.gen.draw_noise(len(samples), numpy.random.default_rng(NOISE_SEED))
        images = paint(self.gen, condition, z)
        rows = [self.tiles(sample, image) for sample, image in zip(samples, images)]
        picture = sheet([list(row.values()) for row in rows], list(rows[0]), names, preview_scale(images.shape[3]))
        picture.save(self.directory / f'iteration_{iteration:08}.png')
