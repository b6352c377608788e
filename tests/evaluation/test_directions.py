import pytest

from spade_anime.evaluation.directions import better
from spade_anime.systems import SYSTEMS


def test_errors_and_distances_are_better_low():
    assert [better(name) for name in ('fid', 'mean_color_error', 'class_mean_distance')] == ['lower'] * 3
    assert [better(name) for name in ('nearest_class_mean', 'label_iou', 'glasses')] == ['higher'] * 3


@pytest.mark.parametrize('system', SYSTEMS)
def test_it_agrees_with_what_chooses_the_best(system):
    for metric, direction in SYSTEMS[system].deciding_metrics.items():
        assert better(metric) == direction
