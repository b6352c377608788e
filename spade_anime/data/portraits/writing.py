"""Writes a set of portraits: one strip per sample, and metadata.jsonl."""
import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from spade_anime.data.errors import DataError
from spade_anime.data.hair import HAIR_COLORS, to_hex
from spade_anime.data.images import list_images
from spade_anime.data.portraits import parts
from spade_anime.data.portraits.description import Portrait, attributes, caption, draw
from spade_anime.data.portraits.drawing import strip, without_hidden


def write_portraits(directory: Path, count: int, size: int, seed: int, colorful: bool = False) -> None:
    """Render ``count`` strips of 3 size x size pixels into a directory, with their ``metadata.jsonl``.

    The same arguments give the same bytes (with the same versions of the renderer and of Pillow). Portraits
    do not depend on ``count``: a larger set begins with the smaller one. ``colorful``: as ``draw`` takes it.

    Raises:
        DataError: the directory already holds pictures, with which these would be mixed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if list_images(directory):
        raise DataError(f'{directory}: already holds pictures; name an empty or new directory')
    with open(directory / 'metadata.jsonl', 'w', encoding='utf-8') as metadata:
        for i in tqdm(range(count), unit='portrait', disable=None):
            portrait = without_hidden(describe(i, seed, colorful))
            name = f'{i:05d}.png'
            strip(portrait, size).save(directory / name, optimize=True)
            metadata.write(json.dumps(_row(name, portrait)) + '\n')


def describe(i: int, seed: int, colorful: bool = False) -> Portrait:
    """Describe portrait i of a seed, as ``draw``; 48 in a row show every hair style, 11 in a row every colour."""
    hair_style, hair = _dealt(parts.HAIRS, i, seed), _dealt(tuple(HAIR_COLORS), i, seed)
    return draw(np.random.default_rng((seed, i)), hair_style, hair, colorful)


def _dealt(cards: tuple[str, ...], i: int, seed: int) -> str:
    """Return card i of shuffled decks laid end to end."""
    deck, place = divmod(i, len(cards))
    return cards[int(np.random.default_rng((seed, len(cards), deck)).permutation(len(cards))[place])]


def _row(name: str, portrait: Portrait) -> dict:
    return {'file_name': name, 'hair': portrait.hair, 'hair_value': to_hex(portrait.hair_value),
            'attributes': attributes(portrait), 'caption': caption(portrait)}
