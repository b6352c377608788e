"""Trainings from start to end on a CUDA device."""
from pathlib import Path

import numpy
import pytest
from from_systems import needs, of_system

import train
from spade_anime.runs.weights import arrays_of

SpadeGenerator = of_system('spade.networks.SpadeGenerator')

ROOT = Path(__file__).parents[1]
pytestmark = [pytest.mark.gpu, needs('spade')]


@pytest.mark.parametrize('flags', [[], ['--augment', 'color,translation,cutout', '--bn_batches', '2']])
def test_training_leaves_finite_weights(tmp_path, flags):
    train.main(['--device', 'cuda', '--preset', 'tiny', '--ngf', '4', '--ndf', '8', '--spade_ch', '8', '--batch_size',
                '2', '--max_iteration', '8', '--dataset_dir', str(ROOT / 'dataset' / 'example'), '--out_dir',
                str(tmp_path), *flags])
    with numpy.load(tmp_path / 'snapshots' / 'gen_00000008.npz') as file:
        assert all(numpy.isfinite(file[name]).all() for name in file.files)
    assert set(arrays_of(SpadeGenerator(64, 4, 4, 8, color_blocks=5))) == set(file.files)


@pytest.mark.parametrize('flags', [[], ['--precision', 'fp16'], ['--no_graph']])
def test_a_resumed_training_goes_on_as_if_it_had_not_stopped(tmp_path, flags):
    arguments = ['--device', 'cuda', '--preset', 'tiny', '--ngf', '4', '--ndf', '8', '--spade_ch', '8', '--batch_size',
                 '2', '--lr_poly_train_period', '1', '--reuse_fake', 'false', '--dataset_dir',
                 str(ROOT / 'dataset' / 'example'), *flags]
    train.main([*arguments, '--max_iteration', '16', '--out_dir', str(tmp_path / 'straight')])
    train.main([*arguments, '--max_iteration', '8', '--out_dir', str(tmp_path / 'stopped')])
    train.main(['--resume', '--max_iteration', '16', '--out_dir', str(tmp_path / 'stopped')])
    for name in ('gen', 'dis', 'gen_average'):
        with numpy.load(tmp_path / 'straight' / 'snapshots' / f'{name}_00000016.npz') as straight, \
                numpy.load(tmp_path / 'stopped' / 'snapshots' / f'{name}_00000016.npz') as stopped:
            for key in straight.files:
                numpy.testing.assert_allclose(stopped[key], straight[key], rtol=0.02, atol=0.005, err_msg=key)
