"""What a run stores of its condition, and what is refused when it is loaded."""
import json
from types import SimpleNamespace

import pytest
from from_systems import of_condition

from spade_anime.conditions.label_color.condition import Label, LabelColor
from spade_anime.conditions.stored import load_condition
from spade_anime.fields import OptionError

Classes = of_condition('classes.condition.Classes')

NOTHING_CHOSEN = SimpleNamespace(class_names=())


def test_it_comes_back(tmp_path):
    Classes(('blue', 'red')).save(tmp_path)
    assert load_condition(Classes, tmp_path, NOTHING_CHOSEN) == Classes(('blue', 'red'))
    assert load_condition(Classes, tmp_path, SimpleNamespace(class_names=('blue', 'red'))).channels == 2


def test_it_agrees_with_the_options(tmp_path):
    LabelColor(64).save(tmp_path)
    with pytest.raises(OptionError, match='image_size is 64; the options of the run say 32'):
        load_condition(LabelColor, tmp_path, SimpleNamespace(image_size=32))
    Classes(('blue', 'red')).save(tmp_path)
    with pytest.raises(OptionError, match=r"class_names is \('blue', 'red'\); the options of the run say"):
        load_condition(Classes, tmp_path, SimpleNamespace(class_names=('red', 'blue')))


def test_it_is_of_the_kind_that_the_system_paints_from(tmp_path):
    LabelColor(64).save(tmp_path)
    with pytest.raises(OptionError, match=f"its kind is 'label_color'; this system paints from {Label.KIND}"):
        load_condition(Label, tmp_path, SimpleNamespace(image_size=64))


@pytest.mark.parametrize('names', [[], ['a', 'a'], ['a\nb'], [3], 'ab', None, {'a': 1}, ['x' * 201]])
def test_names_that_cannot_be_used(tmp_path, names):
    (tmp_path / 'condition.json').write_text(json.dumps({'kind': 'classes', 'class_names': names}))
    with pytest.raises(OptionError, match='class_names is .*; allowed is a list of names, each once') as error:
        load_condition(Classes, tmp_path, NOTHING_CHOSEN)
    assert '\n' not in str(error.value)
