"""What TensorBoard is given, read back from the event files."""
import collections
import json
import sys

import numpy
import pytest
from tiny_runs import copy_samples, flags

import train
from spade_anime.errors import InputError


def events(directory):
    """Values of each tag, by iteration, of the event files in a directory; the steps that are purged, too."""
    from tensorboardX.proto.event_pb2 import Event
    found, starts = collections.defaultdict(dict), []
    for path in sorted(directory.glob('events.*')):
        data, place = path.read_bytes(), 0
        while place < len(data):
            length = int.from_bytes(data[place:place + 8], 'little')
            event = Event.FromString(data[place + 12:place + 12 + length])
            place += 12 + length + 4
            if event.HasField('session_log'):
                starts.append(event.step)
            for value in event.summary.value:
                assert event.step not in found[value.tag]
                found[value.tag][event.step] = value
    return found, starts


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """A run of three iterations that continues to five."""
    place = tmp_path_factory.mktemp('board')
    command = [*flags('dcgan', copy_samples(place / 'data', 8), place), '--out_dir', str(place / 'run'),
               '--tensorboard', '--log_interval', '1', '--sample_interval', '2', '--metrics_interval', '3']
    train.main([*command, '--max_iteration', '3'])
    train.main([*command, '--max_iteration', '5', '--resume'])
    return place / 'run'


def test_losses_are_those_of_the_log(run):
    found, _ = events(run / 'tensorboard')
    log = [json.loads(line) for line in (run / 'log.jsonl').read_text().splitlines()]
    for key in ('gen/loss', 'dis/loss', 'iterations_per_second'):
        numpy.testing.assert_allclose([found[key][entry['iteration']].simple_value for entry in log],
                                      [entry[key] for entry in log], rtol=1e-6)
        assert sorted(found[key]) == [1, 2, 3, 4, 5]
    assert 'epoch' not in found


def test_metrics_samples_and_options_are_there(run):
    found, starts = events(run / 'tensorboard')
    rows = [json.loads(line) for line in (run / 'metrics.jsonl').read_text().splitlines()]
    for name, score in rows[-1]['trained'].items():
        assert found[f'metrics/{name}/trained'][5].simple_value == pytest.approx(score, rel=1e-6)
    assert sorted(found['samples']) == [2, 3, 4, 5] and found['samples'][5].image.width > 16
    assert b'| `"dcgan"` |' in found['options/text_summary'][3].tensor.string_val[0]
    assert 4 in starts


def test_without_the_package_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'tensorboardX', None)
    with pytest.raises(InputError, match=r"^--tensorboard: tensorboardX is not installed; .*'\.\[tensorboard\]'\)$"):
        train.main(['--use_cpu', '--tensorboard', '--out_dir', str(tmp_path / 'run')])
    assert not (tmp_path / 'run').exists()
