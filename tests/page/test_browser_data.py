"""Drawings in the browser: dropped, cropped, labelled, trained on."""
import numpy as np
from browser_page import at, served
from PIL import Image
from tiny import COMMON, NETWORKS, flags
from tiny_runs import copy_samples

from spade_anime.page import trainings
from spade_anime.page.collection import Collection
from spade_anime.page.generators import Generators
from spade_anime.page.studio import Studio
from spade_anime.page.trainings import SCRIPT

DRAWING = '#drawing'


def test_drawings_of_a_folder_are_labelled(browser, studio, tmp_path):
    for name in ('a', 'b'):
        Image.new('RGB', (80, 80), (240, 200, 180)).save(tmp_path / f'{name}.png')
    with served(studio, Collection(tmp_path)) as address, at(browser, address) as person:
        assert person.page.inner_text('#data-where') == 'Drawing 1 of 2'
        drawing = person.seen(DRAWING)
        person.page.keyboard.press('3')
        person.draws((0.2, 0.2), (0.8, 0.8))
        person.until_another(DRAWING, drawing)
        person.page.click('#data-save')
        person.sees('document.querySelector("#data-where").textContent === "Drawing 2 of 2"')
        assert person.page.inner_text('#data-count') == '1 labelled'
        person.page.set_input_files('#data-add', tmp_path / 'b.png')
        person.sees('document.querySelector("#data-where").textContent === "Drawing 3 of 3"')
    assert not person.faults
    label = np.asarray(Image.open(tmp_path / 'labelled' / 'label' / 'a.png').convert('RGB'))
    assert (label == (0, 0, 255)).all(axis=2).sum() > 1000
    assert sorted(path.name for path in (tmp_path / 'drawings').iterdir()) == ['b-2.png']


def test_a_training_is_started_and_its_generator_is_chosen(browser, tmp_path, monkeypatch):
    # train.py, but with networks that learn in seconds.
    small = flags({**COMMON, **NETWORKS['spade'], 'max_iteration': None})
    (tmp_path / 'small.py').write_text(f'import runpy, sys\nsys.argv = [{str(SCRIPT)!r}, *sys.argv[1:], *{small}]\n'
                                       f'sys.path.insert(0, {str(SCRIPT.parent)!r})\n'
                                       f'runpy.run_path({str(SCRIPT)!r}, run_name="__main__")\n')
    monkeypatch.setattr(trainings, 'SCRIPT', tmp_path / 'small.py')
    data = Collection(copy_samples(tmp_path / 'data', 4))
    studio = Studio(Generators(tmp_path / 'runs', None, 'cpu'), [])
    with served(studio, data) as address, at(browser, address) as person:
        person.page.click('#training summary')
        person.page.evaluate('document.querySelector("#train-length").options[1].value = 5')
        person.page.select_option('#train-length', index=1)
        person.page.click('#train-start')
        person.sees('document.querySelector("#train-state").textContent.startsWith("Finished after 5")')
        person.sees('document.querySelector("#generator").value.endsWith("/page")')
        person.sees('document.querySelector("#train-pictures img").naturalWidth > 100')
    assert not person.faults
