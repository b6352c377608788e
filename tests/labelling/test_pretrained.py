"""The labeller that comes with the project."""
from pathlib import Path

import numpy

from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.data.pictures import to_pixels
from spade_anime.labelling import labeller
from spade_anime.labelling.labeller import PRETRAINED, load, miou
from spade_anime.labelling.review import confidences

ROOT = Path(__file__).parents[2]


def test_it_labels_the_example_portraits(monkeypatch):
    monkeypatch.setattr(labeller, 'SIZE', 128)
    data = open_dataset(ROOT / 'dataset' / 'example', 128)
    samples = (data[i] for i in range(0, 512, 50))
    pairs = [(to_pixels(image), data.palette.classes(label)) for image, label, _ in samples]
    bundled = load()
    assert miou(bundled, pairs) > 0.65
    # It is less sure of a drawing that shows nothing.
    noise = numpy.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(numpy.uint8)
    least = min(confidences(bundled.label(pairs[0][0], 128)).values())
    assert min(confidences(bundled.label(noise, 128)).values()) < least
    assert PRETRAINED.stat().st_size < 4_000_000
