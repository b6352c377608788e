"""The benchmark of few images: its trainings are ones that train.py takes, on as many portraits as it says."""
import pytest
from from_systems import needs

from benchmarks.small_data import CASES, TRAININGS, copy_few
from options import parse_training
from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.data.splitting import split
from spade_anime.systems.stored import settled


@pytest.mark.parametrize('learnt', [7, 40])
def test_so_many_are_learnt_from(tmp_path, learnt):
    copy_few(tmp_path / 'few', learnt)
    training, validation = split(open_dataset(tmp_path / 'few', 32))
    assert len(training) == learnt and len(validation) >= 1


@needs('spade')
@pytest.mark.parametrize('name', TRAININGS)
def test_flags_are_ones_that_train_takes(name):
    system, given = parse_training(['--preset', 'tiny', *TRAININGS[name]])
    settled(system, given, 'tiny')


def test_each_training_is_painted_from():
    assert {case.training for case in CASES.values()} == set(TRAININGS)
