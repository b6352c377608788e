"""Running statistics estimated before painting: what is saved and painted, and that the training is the same."""
import types

import numpy
import pytest
from from_systems import of_system
from PIL import Image
from tiny_runs import copy_samples, flags

import train
from spade_anime.painting import estimate_statistics
from spade_anime.runs.weights import arrays_of, load_network, read_arrays
from spade_anime.systems.stored import load_options
from spade_anime.training.ready_generator import ReadyGenerator, draw_batches

DCGANGenerator = of_system('dcgan.networks.DCGANGenerator')

STATISTICS = 'avg_mean', 'avg_var'


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """Finished runs: as ever, with estimates, with estimates at other iterations as well, and without an average."""
    directory = tmp_path_factory.mktemp('runs')
    small = [*flags('dcgan', copy_samples(directory / 'few', 7), directory), '--max_iteration', '6',
             '--sample_interval', '4']
    for name, more in {'plain': [], 'estimated': ['--bn_batches', '3'],
                        'often': ['--bn_batches', '3', '--sample_interval', '1'],
                        'alone': ['--bn_batches', '3', '--average_decay', '0']}.items():
        train.main([*small, *more, '--out_dir', str(directory / name)])
    return directory


def snapshot(run, name, iteration=6):
    return read_arrays(run / 'snapshots' / f'{name}_{iteration:08}.npz')


def differing(first, second):
    assert first.keys() == second.keys()
    return {name.split('/')[-1] for name in first if not numpy.array_equal(first[name], second[name])}


def test_the_training_is_not_disturbed(runs):
    """Of the files of a run only the running statistics of what paints are others."""
    for iteration in (3, 6):
        for name in ('gen', 'dis'):
            assert not differing(*(snapshot(runs / run, name, iteration) for run in ('plain', 'estimated')))
        assert differing(*(snapshot(runs / run, 'gen_average', iteration)
                           for run in ('plain', 'estimated'))) == set(STATISTICS)


def test_estimates_do_not_depend_on_when_others_were_made(runs):
    assert not differing(snapshot(runs / 'estimated', 'gen_average'), snapshot(runs / 'often', 'gen_average'))


@pytest.mark.parametrize('run, name', [('estimated', 'gen_average'), ('alone', 'gen')])
def test_what_is_saved_is_the_estimate_for_its_weights(runs, run, name):
    system, options = load_options(runs / run / 'options.json')
    system = system(options)
    data = system.open_data()
    gen = system.generator(data.condition)
    load_network(runs / run / 'snapshots' / f'{name}_00000006.npz', gen)
    saved = {key: array.copy() for key, array in arrays_of(gen).items()}
    estimate_statistics(gen, draw_batches(gen, data.sets[0].dataset, 3, 2, options.seed))
    assert not differing(saved, arrays_of(gen))


def test_samples_are_painted_by_the_estimate(runs):
    sheets = [numpy.asarray(Image.open(runs / run / 'samples' / 'iteration_00000004.png'), int)
              for run in ('plain', 'estimated', 'often')]
    assert (sheets[0] != sheets[1]).any() and (sheets[1] == sheets[2]).all()


class Classes:
    """Five samples: an image, and a class each."""

    def __len__(self):
        return 5

    def __getitem__(self, i):
        return None, numpy.eye(5, dtype='f')[i]


def test_every_sample_is_taken_before_one_is_taken_again():
    gen = DCGANGenerator(5, 8, 4, 2, 8)
    drawn = draw_batches(gen, Classes(), 4, 3, seed=0)
    taken = numpy.concatenate([condition for (condition,), _ in drawn]).argmax(axis=1)
    assert len(drawn) == 4 and [z.shape for _, z in drawn] == [(3, 4)] * 4
    assert sorted(taken[:5]) == sorted(taken[5:10]) == list(range(5))
    other = draw_batches(gen, Classes(), 4, 3, seed=1)
    assert any((a != b).any() for ((a,), _), ((b,), _) in zip(drawn, other))


@pytest.mark.parametrize('batches, estimated', [(2, [1, 2]), (0, [])])
def test_whoever_paints_waits_for_the_updater_and_estimates_once_an_iteration(monkeypatch, batches, estimated):
    gen, calls = DCGANGenerator(5, 8, 4, 2, 8), []
    updater = types.SimpleNamespace(iteration=1, synchronize=lambda: calls.append('waits'))
    monkeypatch.setattr('spade_anime.training.ready_generator.estimate_statistics',
                        lambda *_: calls.append(updater.iteration))
    trainer, generator = types.SimpleNamespace(updater=updater), ReadyGenerator(gen, Classes(), batches, 2, 0)
    for updater.iteration in (1, 1, 2, 2):
        assert generator.ready(trainer) is gen
    assert calls.count('waits') == 4 and calls[0] == 'waits'
    assert [call for call in calls if call != 'waits'] == estimated
