"""Kernels on plain arrays: NumPy or CuPy in, the same out. Knows no Chainer."""
