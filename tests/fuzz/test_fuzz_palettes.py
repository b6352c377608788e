"""Damaged and hostile palette.json files beside a data set."""
import json

from damages import damaged_files
from samples_made import SIZE, write_pictures
from values import JSON
from watch import Case, check

from spade_anime.conditions.label_color.dataset import check_dataset, open_dataset
from spade_anime.data.palette import FIVE

WHOLE = json.dumps(FIVE.values())
KEYS, CLASS_KEYS = ('classes', 'background', 'hair', 'x'), ('name', 'color', 'index', 'x')


def write(directory, content):
    (write_pictures(directory) / 'palette.json').write_bytes(content)
    return lambda: check_dataset(open_dataset(directory, SIZE), workers=0)


def written(text):
    return lambda directory: write(directory, text.encode())


def test_damaged_palettes(tmp_path):
    check(damaged_files('palette.json', WHOLE.encode(), write, seed=40), tmp_path)


def test_values_that_nobody_means(tmp_path):
    """The whole file, each key, and each key of the first class; of two values of a key JSON means the last."""
    texts = [*JSON, *(f'{WHOLE[:-1]}, "{key}": {value}}}' for key in KEYS for value in JSON),
             *(WHOLE.replace('}', f', "{key}": {value}}}', 1) for key in CLASS_KEYS for value in JSON)]
    check([Case(f'palette.json {i}', written(text)) for i, text in enumerate(texts)], tmp_path)


def test_a_whole_palette_is_read(tmp_path):
    write(tmp_path, WHOLE.encode())()
    assert open_dataset(tmp_path, SIZE).palette == FIVE
