"""Options of SPADE: the lineage's defaults, presets, contradictions, and what options.json may hold."""
import dataclasses
import json

import pytest

import options
from spade_anime.fields import OptionError
from spade_anime.systems import SYSTEMS, stored

# Names and defaults of the lineage's command line. Shapes are derived from --image_size unless they are given, data
# sets have no place here, and perceptual weights have to be named.
LINEAGE = {
    'use_cpu': False, 'use_rough': False, 'augment_data': True, 'batch_size': 1, 'g_lr': 0.5e-4,
    'g_beta1': 0.0, 'g_beta2': 0.9, 'd_lr': 2e-4, 'd_beta1': 0.0, 'd_beta2': 0.9, 'max_iteration': 100_000,
    'snap_interval_epoch': 50, 'lr_poly_train_period': 0.4, 'lr_poly_power': 0.9, 'out_dir': 'result', 'n_dpg': 2,
    'conv_norm': 'spectral_norm_hook', 'ngf': 64, 'ndf': 64, 'division_ch': 8, 'spade_ch': 32,
    'upsampling_mode': 'bilinear', 'aspp_nf': 256, 'perceptual_model': 'VGG16', 'adv_loss_mode': 'hinge',
    'perceptual_coef': 10, 'perceptual_mode': 'MAE', 'zero_gp_mode': 'real', 'gp_coef': 10, 'fm_coef': 10,
    'rough_loss_weight': 0.1, 'gen_snapshot': '', 'dis_snapshot': '',
}


def settle(*arguments, preset='full'):
    system, given = options.parse_training(list(arguments))
    return stored.settled(system, given, preset)


def test_lineage_numbers_are_the_defaults():
    full = settle()
    assert {name: getattr(full, name) for name in LINEAGE} == LINEAGE


def test_flags_override_the_preset_and_the_preset_the_defaults():
    found = settle('--ngf', '8', '--max_iteration', '1e3', preset='tiny')
    assert (found.ngf, found.max_iteration, found.image_size) == (8, 1000, 64)
    assert settle('--ngf', '64', preset='tiny').ngf == 64


def test_pictures_too_small_for_blocks_have_none():
    """So that what is tried first on a CPU, a few pixels, can be trained with the preset that is chosen there."""
    assert [(found.block, found.dis_block) for size in ('32', '64') for found in [
        settle('--image_size', size, preset='small')]] == [(1, 1), (2, 2)]
    assert settle('--image_size', '64', '--block', '1', preset='small').block == 1


@pytest.mark.parametrize('given, value', [(['--augment_data', 'False'], False), (['--augment_data'], True), ([], True),
                                          (['--augment_data', 'yes'], True)])
def test_booleans_say_what_they_mean(given, value):
    assert settle(*given).augment_data is value


def test_lineage_spellings():
    assert settle('--img_interval_iteration', '7').sample_interval == 7
    assert settle('--img_shape', '(3, 256, 256)').img_shape == (3, 256, 256)


@pytest.mark.parametrize('arguments, named', [
    (['--image_size', '100'], ['image_size', '100', '64']),
    (['--img_shape', '3,64,64'], ['img_shape', '3,64,64', '256']),
    (['--use_cpu', '--device', 'cuda'], ['use_cpu', 'device']),
    (['--use_rough'], ['use_rough', 'rough_dataset_dir']),
    (['--rough_dataset_dir', 'x'], ['use_rough', 'rough_dataset_dir']),
    (['--spade_ch', '12'], ['spade_ch', '12', '8']),
    (['--ngf', '3'], ['ngf', '3']),
    (['--ndf', '3', '--division_ch', '8'], ['division_ch', '8', '12']),
    (['--perceptual_weights', 'x', '--perceptual_coef', '0'], ['perceptual_weights', 'perceptual_coef']),
])
def test_contradictions_are_refused_in_one_line(arguments, named):
    with pytest.raises(OptionError) as caught:
        settle(*arguments)
    message = str(caught.value)
    assert '\n' not in message
    assert all(word in message for word in named)


@pytest.mark.parametrize('arguments, gpu, preset', [
    ([], False, 'small'), ([], True, 'full'), (['--use_cpu'], True, 'small'), (['--device', 'cpu'], True, 'small'),
    (['--device', 'cuda'], False, 'full'), (['--preset', 'full'], False, 'full')])
def test_help_shows_what_this_machine_would_get(arguments, gpu, preset, capsys, monkeypatch):
    monkeypatch.setattr(options, 'has_gpu', lambda: gpu)
    with pytest.raises(SystemExit):
        options.parse_training([*arguments, '--help'])
    printed = ' '.join(capsys.readouterr().out.split())
    size = {'small': 128, 'full': 256}[preset]
    assert f'width and height of the images; others are resized ({size} px)' in printed
    assert f'those of the preset "{preset}"' in printed


def test_saved_options_come_back(tmp_path):
    saved = settle('--img_shape', '3,64,64', '--seed', '5', preset='tiny')
    stored.save_options(saved, tmp_path / 'options.json')
    system, loaded = stored.load_options(tmp_path / 'options.json')
    assert loaded == saved
    assert system is SYSTEMS['spade']


@pytest.mark.parametrize('change, named', [
    ({'model': 'x'}, 'x'), ({'ngf': 'many'}, 'ngf'), ({'nonsense': 1}, 'nonsense'), ({'image_size': 100}, '100')])
def test_damaged_options_are_refused(tmp_path, change, named):
    path = tmp_path / 'options.json'
    path.write_text(json.dumps(dataclasses.asdict(settle()) | change))
    with pytest.raises(OptionError, match=named):
        stored.load_options(path)


@pytest.mark.parametrize('flags, reused', [([], True), (['--n_dpg', '2'], False), (
    ['--use_rough', '--rough_dataset_dir', 'x'], False)])
def test_tiny_uses_paintings_twice_where_that_is_possible(flags, reused):
    assert settle(*flags, preset='tiny').reuse_fake is reused


def test_paintings_cannot_be_used_twice_by_several_updates():
    with pytest.raises(OptionError, match='reuse_fake'):
        settle('--reuse_fake', '--n_dpg', '2')


@pytest.mark.parametrize('change, allowed', [
    ({'image_size': 10 ** 9}, 'from 8 to 4096'), ({'batch_size': True}, 'a whole number'),
    ({'g_lr': 1e999}, 'a number'), ({'adv_loss_mode': 'x'}, 'one of'), ({'img_shape': ['x']}, 'a list'),
    ({'dataset_dir': 'a\nb'}, 'a text in one line')])
def test_options_json_has_the_limits_of_the_command_line(change, allowed, tmp_path):
    path = tmp_path / 'options.json'
    path.write_text(json.dumps({'model': 'spade'} | change))
    with pytest.raises(OptionError, match=f'{next(iter(change))} is .*; allowed is {allowed}'):
        stored.load_options(path)
