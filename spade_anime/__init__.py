"""GANs that paint an image from a condition, on Chainer.

    import spade_anime
    pictures = spade_anime.load().paint(label='examples/seg.png', color='pink')

``load`` gives a trained ``Generator``, ``train`` trains one, ``evaluate`` measures one.
"""
import importlib
from typing import Any

from spade_anime import _compat  # noqa: F401  (has to run before the first import of chainer)

_HOMES = {'Generator': 'spade_anime.generator', 'load': 'spade_anime.generator',
          'train': 'spade_anime.training.session', 'evaluate': 'spade_anime.scoring'}
__all__ = ['Generator', 'evaluate', 'load', 'train']


def __getattr__(name: str) -> Any:
    """Import the front door when it is used: worker processes import this package for a reader alone."""
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(_HOMES[name]), name)
