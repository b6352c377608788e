"""What each condition offers, and that it takes what the page sends for it."""
import base64
import dataclasses

import numpy as np
import pytest
from from_systems import of_condition
from page_client import as_label, from_texts

from spade_anime.conditions.controls import LAYER, MAP, NUMBER, ONE, WORDS, declared
from spade_anime.conditions.label_color.colored import LabelColors
from spade_anime.conditions.label_color.condition import Label, LabelColor
from spade_anime.conditions.label_color.regions import ColoredPart
from spade_anime.fields import option
from spade_anime.page.faults import RequestError
from spade_anime.page.values import inputs

Attributes, Tags = (of_condition(f'attributes.condition.{name}') for name in ('Attributes', 'Tags'))
Classes = of_condition('classes.condition.Classes')

MAP_SENT = as_label(np.repeat(np.arange(4), 4)[:, None] + np.zeros((1, 16), int))


def of_classes():
    return Classes(('cat', 'all'))


def of_attributes():
    return Attributes(('glasses', 'smile'))


# Functions, as a condition whose folder was removed skips its cases alone.
CASES = [
    (lambda: LabelColor(16), {'label': MAP_SENT, 'color': '#102030'}, ['label', 'color']),
    (lambda: Label(16), {'label': MAP_SENT}, ['label']),
    (of_classes, {'class_name': 'cat'}, ['class_name']),
    (of_attributes, {'attributes': ['smile']}, ['attributes']),
    (lambda: Tags(('glasses', 'smile')), {'attributes': ['smile', 'glasses']}, ['attributes']),
    (from_texts, {'text': 'pink hair'}, ['text', 'to', 'steps']),
]


@pytest.mark.parametrize(('made', 'values', 'keys'), CASES)
def test_what_is_offered_is_read(made, values, keys):
    condition = made()
    assert [control.key for control in condition.controls] == keys
    (_, arrays), = condition.asked(inputs(values, condition)).named
    assert [array.shape for array in arrays] == condition.shapes


@pytest.mark.parametrize(('made', 'values'), [
    (of_classes, {'class_name': 'dog'}), (of_classes, {'class_name': 7}), (of_attributes, {'attributes': ['hat']}),
    (of_attributes, {'attributes': 'smile'}), (from_texts, {'text': 'x' * 501}), (from_texts, {'text': 'a\nb'}),
    (from_texts, {'text': '\ud800'}), (from_texts, {'to': 'a\nb'}),
    (from_texts, {'steps': 17})])
def test_what_is_not_offered_is_refused(made, values):
    condition = made()
    with pytest.raises(RequestError):
        inputs(values, condition)


def test_every_region_takes_a_colour():
    condition = LabelColors(16, portraits=((ColoredPart(0, (0.5, 0.5), (9, 9, 9)),),))
    regions = [control.region for control in condition.controls[2:]]
    assert regions == ['eye', 'face', 'hair', 'other', 'background', 'clothes']
    given = inputs({'label': MAP_SENT, 'colors/eye': '#ff0000', 'colors/face': '#00ff00'}, condition)
    assert given['colors'] == 'eye=#ff0000,face=#00ff00'
    (_, (_, colors)), = condition.asked(given).named
    assert colors[:, 0, 0].tolist() == [1, 0, 0] and colors[:, 5, 0].tolist() == [0, 1, 0]


def test_colours_are_painted_over_those_of_regions():
    condition = LabelColors(16, portraits=((ColoredPart(0, (0.5, 0.5), (9, 9, 9)),),))
    assert [control.kind for control in condition.controls[:2]] == [MAP, LAYER]
    rgba = np.zeros((16, 16, 4), np.uint8)
    rgba[:2] = (0, 255, 0, 255)
    layer = {'size': 16, 'pixels': base64.b64encode(rgba.tobytes()).decode()}
    given = inputs({'label': MAP_SENT, 'color': layer, 'colors/eye': '#ff0000'}, condition)
    (_, (_, colors)), = condition.asked(given).named
    assert colors[:, 0, 0].tolist() == [0, 1, 0] and colors[:, 3, 0].tolist() == [1, 0, 0]
    for wrong in ('x.png', {'size': 16}, layer | {'size': 15}, layer | {'pixels': layer['pixels'][:-4]}):
        with pytest.raises(RequestError, match='color'):
            inputs({'color': wrong}, condition)


def test_a_condition_of_other_inputs_has_controls_without_saying_so():
    @dataclasses.dataclass
    class Inputs:
        tone: float = option(0.5, 'input', 'brightness', low=0, high=1)
        mood: str = option('calm', 'input', 'mood', choices=('calm', 'wild'))
        words: str = option('', 'input', 'words')
        file: str = option('', 'input', 'a file', path=True)

    tone, mood, words = declared(Inputs)
    assert (tone.kind, tone.low, tone.high, tone.value) == (NUMBER, 0, 1, 0.5)
    assert (mood.kind, mood.names, words.kind) == (ONE, ('calm', 'wild'), WORDS)
