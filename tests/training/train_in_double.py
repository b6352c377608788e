"""Side of test_distributed.py: train.py in double precision, where rounding is out of sight, for some command lines.

Whatever of the project asks NumPy for single precision gets double. The command lines come as JSON.
"""
import json
import sys

import cv2  # noqa: F401  (what others have of NumPy stays what it is)
import matplotlib.pyplot
import numpy
from blank_figures import save_blank

import spade_anime  # noqa: F401

DOUBLE = numpy.float64
import chainer.training.extensions  # noqa: E402, F401  (patched by ours)

numpy.float32 = DOUBLE
chainer.global_config.dtype = numpy.dtype(DOUBLE)
import train  # noqa: E402
from spade_anime.commands import run_script  # noqa: E402


def main():
    matplotlib.figure.Figure.savefig = save_blank
    for arguments in json.loads(sys.argv[1]):
        train.main(arguments)


if __name__ == '__main__':
    run_script(main)
