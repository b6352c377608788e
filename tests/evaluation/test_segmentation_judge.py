"""The judge of label agreement: what it learns, and the file that keeps it."""
import numpy
import pytest

from spade_anime.evaluation import segmentation
from spade_anime.evaluation.segmentation_judge import LabelJudge

NAMES = ('square', 'disc', 'background')
SIZE, ITERATIONS, SOME = 32, 60, 2


def shapes(count, seed):
    """A reddish square and a bluish disc on a grey ground, with noise; samples ``(image, label)``."""
    random, samples = numpy.random.default_rng(seed), []
    rows, columns = numpy.mgrid[:SIZE, :SIZE]
    for _ in range(count):
        top, left, y, x = random.integers(2, 8), random.integers(2, 8), random.integers(20, 26), random.integers(18, 26)
        square = (rows >= top) & (rows < top + 10) & (columns >= left) & (columns < left + 10)
        disc = (rows - y) ** 2 + (columns - x) ** 2 <= 25
        image = random.normal(0, 0.15, (3, SIZE, SIZE)).astype(numpy.float32)
        image[0, square] += 0.8
        image[2, disc] += 0.8
        samples.append((image.clip(-1, 1), numpy.stack((square, disc)).astype(numpy.float32)))
    return samples


@pytest.fixture(scope='module')
def judge():
    """A judge trained on the shapes."""
    judge = LabelJudge(shapes(24, 0), NAMES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segmentation, 'ITERATIONS', ITERATIONS)
        assert judge.network
    return judge


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The file of a judge that was trained for a moment only, as every other one in the test will be."""
    monkeypatch.setattr(segmentation, 'ITERATIONS', SOME)
    assert LabelJudge(shapes(24, 0), NAMES, tmp_path / 'run').network
    return tmp_path / 'run' / 'judge.npz'


@pytest.fixture
def untrained(monkeypatch):
    """Training fails: whatever is asked has to come from the file."""
    def fail(*_, **__):
        raise AssertionError('a judge was trained')
    monkeypatch.setattr('spade_anime.evaluation.segmentation_judge.train_segmentation', fail)


def test_judge_knows_shapes_it_has_not_seen(judge):
    samples = shapes(12, 1)
    scores = judge(samples, numpy.stack([image for image, _ in samples]))
    assert scores['label_miou'] > 0.9 and scores['label_accuracy'] > 0.97
    assert all(scores[f'label_iou/{name}'] > 0.85 for name in NAMES)


def test_paintings_of_other_label_maps_score_lower(judge):
    samples = shapes(12, 1)
    images = numpy.stack([image for image, _ in samples])
    moved = judge(samples, numpy.roll(images, 4, axis=3))
    swapped = judge(samples, images[:, ::-1])  # squares blue, discs red
    right = judge(samples, images)
    for name in ('label_miou', 'label_accuracy'):
        assert moved[name] < right[name] - 0.05 and swapped[name] < right[name] - 0.1
    assert swapped['label_iou/square'] < 0.1


def test_a_kept_judge_is_not_trained_again(kept, untrained):
    again = LabelJudge(shapes(24, 0), NAMES, kept.parent).network
    with numpy.load(kept) as file:
        numpy.testing.assert_array_equal(again.convs[2].W.array, file['convs/2/W'])


def test_the_same_pairs_give_the_same_judge(kept, tmp_path):
    numpy.random.seed(123)
    assert LabelJudge(shapes(24, 0), NAMES, tmp_path / 'again').network
    assert kept.read_bytes() == (tmp_path / 'again' / 'judge.npz').read_bytes()


def test_training_draws_from_no_global_generator(kept):
    numpy.random.seed(9)
    expected = numpy.random.rand()
    numpy.random.seed(9)
    assert LabelJudge(shapes(4, 0), NAMES).network
    assert numpy.random.rand() == expected


@pytest.mark.parametrize('others', [
    lambda samples: [(-image, label) for image, label in samples],
    lambda samples: [(image, label[:, ::-1]) for image, label in samples],
    lambda samples: samples[:-1],
], ids=('images', 'labels', 'fewer'))
def test_an_outdated_judge_is_trained_anew_and_says_so(kept, capsys, others):
    before = kept.read_bytes()
    assert LabelJudge(others(shapes(24, 0)), NAMES, kept.parent).network
    told_once(capsys, kept)
    assert kept.read_bytes() != before


@pytest.mark.parametrize('damage', [
    lambda data: b'', lambda data: data[:len(data) // 2], lambda data: data[:-10],
    lambda data: data[:20_000] + bytes(200) + data[20_200:], lambda data: b'PK\3\4 no archive',
], ids=('empty', 'half', 'no end', 'zeros inside', 'no archive'))
def test_a_damaged_judge_is_trained_anew_and_says_so(kept, capsys, damage):
    before = kept.read_bytes()
    kept.write_bytes(damage(before))
    assert LabelJudge(shapes(24, 0), NAMES, kept.parent).network
    told_once(capsys, kept)
    assert kept.read_bytes() == before


def test_other_classes_want_another_judge(kept, capsys):
    samples = [(image, label[:1]) for image, label in shapes(24, 0)]
    assert len(LabelJudge(samples, ('square', 'background'), kept.parent).network.to_logits.W) == 2
    told_once(capsys, kept)


def told_once(capsys, path):
    lines = [line for line in capsys.readouterr().out.splitlines() if 'training the judge again' in line]
    assert len(lines) == 1 and str(path) in lines[0]
