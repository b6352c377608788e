import dataclasses
import json

import pytest

import generate
import options
from spade_anime.conditions.label_color.condition import LabelColor
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


@pytest.mark.parametrize('arguments', [
    ['--batch_size', '0'], ['--batch_size', '1.5'], ['--g_lr', 'nan'], ['--g_lr', '-1'], ['--adv_loss_mode', 'x'],
    ['--augment_data', 'perhaps'], ['--img_shape', '3,x'], ['--no_such_flag'], ['--model', 'x'],
    ['--lr_poly_train_period', '1.5'], ['--preset', 'huge'], ['--seed', '-1']])
def test_bad_values_end_with_one_line_and_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        options.parse_training(arguments)
    printed = capsys.readouterr().err
    assert caught.value.code == 2
    assert printed.count('\n') == 1
    assert arguments[0].lstrip('-') in printed


@pytest.mark.parametrize('model', SYSTEMS)
def test_help_names_every_option_with_its_default(model, capsys):
    with pytest.raises(SystemExit) as caught:
        options.parse_training(['--model', model, '--help'])
    printed = capsys.readouterr().out
    assert caught.value.code == 0
    for field in dataclasses.fields(SYSTEMS[model].Options):
        assert f'--{field.name} ' in printed


@pytest.mark.parametrize('arguments, gpu, preset', [
    ([], False, 'tiny'), ([], True, 'full'), (['--use_cpu'], True, 'tiny'), (['--device', 'cpu'], True, 'tiny'),
    (['--device', 'cuda'], False, 'full'), (['--preset', 'full'], False, 'full')])
def test_help_shows_what_this_machine_would_get(arguments, gpu, preset, capsys, monkeypatch):
    monkeypatch.setattr(options, 'has_gpu', lambda: gpu)
    with pytest.raises(SystemExit):
        options.parse_training([*arguments, '--help'])
    printed = ' '.join(capsys.readouterr().out.split())
    size = {'tiny': 64, 'full': 256}[preset]
    assert f'width and height of the images; others are resized ({size} px)' in printed
    assert f'those of the preset "{preset}"' in printed


def test_help_of_painting_says_which_system_takes_what(capsys):
    with pytest.raises(SystemExit) as caught:
        generate.main(['--help'])
    printed = capsys.readouterr().out
    assert caught.value.code == 0
    for name, system in SYSTEMS.items():
        groups = [part for part in printed.split('\n\n') if part.startswith('input of ') and name in part.split(':')[0]]
        for field in [field for kind in system.CONDITIONS for field in dataclasses.fields(kind.Inputs)]:
            assert any(f'--{field.name} ' in group for group in groups)


def test_one_flag_means_the_same_to_every_system():
    kinds = {}
    for system in SYSTEMS.values():
        for field in [field for kind in system.CONDITIONS for field in dataclasses.fields(kind.Inputs)]:
            kinds.setdefault(field.name, set()).add((field.type, field.default, *field.metadata['aliases']))
    assert all(len(kind) == 1 for kind in kinds.values()), kinds


def test_inputs_of_another_system_are_refused():
    with pytest.raises(OptionError, match="--text hello.*a label map and a hair-colour map.*--label and --color"):
        LabelColor(64).asked({'text': 'hello'})


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


@pytest.mark.parametrize('text', ['', '{', '[]', '{"ngf": 3}', 'null'])
def test_files_that_are_no_options_are_refused(tmp_path, text):
    path = tmp_path / 'options.json'
    path.write_text(text)
    with pytest.raises(OptionError, match='options.json'):
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
