"""Label maps of drawings, by a network that learns from few examples.

    from spade_anime import labelling
    labelling.label('drawings', 'my/portraits', examples='my/labelled')      # a folder, as label.py
    classes, confidence = labelling.load().label('drawing.png', size=256)    # one drawing
"""
import importlib
from typing import Any

_HOMES = {'Labeller': 'spade_anime.labelling.labeller', 'load': 'spade_anime.labelling.labeller',
          'label': 'spade_anime.labelling.folder'}
__all__ = ['Labeller', 'label', 'load']


def __getattr__(name: str) -> Any:
    """Import what is used: a command line is read before anything slow is imported."""
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(_HOMES[name]), name)
