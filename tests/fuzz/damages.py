"""Ways in which the bytes of a file go wrong, and cases made of whole files and these ways."""
import random
from collections.abc import Callable
from pathlib import Path

from watch import Case

CUTS = 0, 1, 2, 3, 4, 7, 8, 12, 16, 24, 33, 40, 64, 100, 128, 200, 256
SHARES = 0.25, 0.5, 0.75, 0.9, 0.99
FLIPS = 1, 2, 4, 16


def damages(whole: bytes, seed: int, repeats: int = 4) -> dict[str, bytes]:
    """Damaged copies of a file, by name: cut, flipped, zeroed, doubled, with bytes put in or left out."""
    rng = random.Random(seed)
    cuts = sorted({cut for cut in CUTS if cut < len(whole)} | {int(share * len(whole)) for share in SHARES}
                  | {len(whole) - 1, len(whole) - 4})
    found = {f'cut at {cut}': whole[:max(0, cut)] for cut in cuts}
    for repeat in range(repeats):
        for count in FLIPS:
            found[f'{count} flipped, {repeat}'] = _flipped(whole, count, len(whole), rng)
            found[f'{count} flipped in the head, {repeat}'] = _flipped(whole, count, 64, rng)
        start = rng.randrange(len(whole))
        found[f'zeros from {start}'] = whole[:start] + bytes(min(64, len(whole) - start)) + whole[start + 64:]
        found[f'ones from {start}'] = whole[:start] + b'\xff' * 8 + whole[start + 8:]
        found[f'left out from {start}'] = whole[:start] + whole[start + 1 + rng.randrange(32):]
        found[f'put in at {start}'] = whole[:start] + rng.randbytes(8) + whole[start:]
    return found | {'twice': whole * 2, 'noise': rng.randbytes(300), 'zeros': bytes(300), 'text': b'no such\n' * 9}


def _flipped(whole, count, within, rng):
    damaged = bytearray(whole)
    for _ in range(count):
        damaged[rng.randrange(min(within, len(whole)))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def damaged_files(kind: str, whole: bytes, write: Callable[[Path, bytes], Callable | list], seed: int,
                  main: Callable | None = None, repeats: int = 4) -> list[Case]:
    """Cases of one kind of file: ``write(directory, content)`` lays it and what it needs down, and gives the call."""
    def prepared(content):
        return lambda directory: write(directory, content)
    return [Case(f'{kind}, {name}', prepared(content), main)
            for name, content in damages(whole, seed, repeats).items()]
