"""Drawings of one square, with their labels."""
import numpy

from spade_anime.data.palette import Palette

TWO = Palette(('cat', 'background'), ((255, 0, 0), (0, 0, 0)), (1, 0), background=1, hair=None)


def drawing(number):
    """A red square on blue and its classes in ``TWO``, 64 px."""
    classes = numpy.ones((64, 64), numpy.uint8)
    top, left = numpy.random.default_rng(number).integers(4, 30, 2)
    classes[top:top + 26, left:left + 26] = 0
    return numpy.array([(220, 40, 40), (40, 60, 200)], numpy.uint8)[classes], classes
