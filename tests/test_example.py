"""The example set as it is committed."""
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.conditions.label_color.reading import read_color, read_label
from spade_anime.data.hair import HAIR_COLORS, nearest_hair, parse_color
from spade_anime.data.palette import FACE, FIVE, HAIR

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / 'dataset' / 'example'


@pytest.fixture(scope='module')
def rows():
    return [json.loads(line) for line in (EXAMPLE / 'metadata.jsonl').read_text('utf-8').splitlines()]


@pytest.fixture(scope='module')
def dataset():
    return open_dataset(EXAMPLE, 128)


def lab(color):
    return cv2.cvtColor(np.float32(color).reshape(1, 1, 3), cv2.COLOR_RGB2LAB)[0, 0]


def test_metadata_names_every_file(rows, dataset):
    assert [row['file_name'] for row in rows] == dataset.names and len(rows) == 512
    assert sum(path.stat().st_size for path in EXAMPLE.iterdir()) < 15_000_000


def test_metadata_is_whole(rows):
    names = list(rows[0]['attributes'])
    assert len(names) >= 12
    for row in rows:
        assert list(row['attributes']) == names
        assert all(isinstance(value, bool) for value in row['attributes'].values())
        assert nearest_hair(parse_color(row['hair_value'])) == row['hair'] and row['hair'] in row['caption']
    for name in names:
        assert 4 <= sum(row['attributes'][name] for row in rows) <= len(rows) - 4, name
    assert {row['hair'] for row in rows} == set(HAIR_COLORS)


def test_hair_shows_the_colour_told(rows, dataset):
    distances = []
    for i, row in enumerate(rows):
        image, label, color = dataset[i]
        hair = label[HAIR] > 0
        value = np.array(parse_color(row['hair_value'])) / 255
        np.testing.assert_allclose(color[:, hair].mean(axis=1), value, atol=1e-3)
        distances.append(np.linalg.norm(lab((image[:, hair].mean(axis=1) + 1) / 2) - lab(value)))
    assert np.mean(distances) < 8 and max(distances) < 12


def test_labels_are_exact_and_heads_in_the_frame(dataset):
    weights = np.array([1 << 16, 1 << 8, 1])  # a colour as one number
    known, figure = FIVE.array @ weights, FIVE.array[[FACE, HAIR]] @ weights
    for sample in dataset.samples:
        with Image.open(sample.image) as strip:
            assert strip.size == (768, 256)
            panel = np.asarray(strip.convert('RGB'))[:, 256:512] @ weights
        assert np.isin(panel, known).all(), sample.name
        assert not np.isin(np.concatenate([panel[0], panel[:, 0], panel[:, -1]]), figure).any(), sample.name


def test_eyes_are_visible_at_64_px(rows):
    small = open_dataset(EXAMPLE, 64)
    for i, row in enumerate(rows):
        if not row['attributes']['sunglasses']:
            assert small[i][1][0].sum() >= 8, row['file_name']


def test_the_label_and_colour_to_paint_from():
    label = read_label(ROOT / 'examples' / 'seg.png', 256).label
    assert (label.sum(axis=(1, 2)) > 200).all()
    color = read_color(ROOT / 'examples' / 'color.png', label, 256)
    assert np.ptp(color[:, label[HAIR] > 0], axis=1).max() == 0
