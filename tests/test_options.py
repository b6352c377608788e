"""Command lines of every system: help, values that cannot be used, files that are no options."""
import dataclasses

import pytest

import generate
import options
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.fields import OptionError
from spade_anime.systems import SYSTEMS, stored


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


@pytest.mark.parametrize('text', ['', '{', '[]', '{"ngf": 3}', 'null'])
def test_files_that_are_no_options_are_refused(tmp_path, text):
    path = tmp_path / 'options.json'
    path.write_text(text)
    with pytest.raises(OptionError, match='options.json'):
        stored.load_options(path)
