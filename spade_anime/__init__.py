"""GANs that paint an image from a condition, on Chainer."""
from spade_anime import _compat  # noqa: F401  (has to run before the first import of chainer)
