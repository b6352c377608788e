"""Damaged runs and strange inputs: generate.py, evaluate.py and the export of a trained generator, and animations."""
import dataclasses
import json
import random
import shutil

import pytest
from damages import damaged_files
from samples_made import encoded
from test_fuzz_paths import KINDS as REPLACEMENTS
from test_fuzz_paths import replaced
from tiny import INPUTS, SMALLEST, SYSTEMS, flags, present
from values import JSON, TEXT, texts_for
from watch import Case, check

import evaluate
import generate
from spade_anime import export
from spade_anime.systems import SYSTEMS as REGISTRY

NAMES = 50_000
"""So many that work in the square of them takes longer than a case may."""
JSON_VALUES, INPUT_VALUES, COMMAND_VALUES, PLACE_VALUES = 1, 8, 4, 12
PLACES = 'out', 'out_dir', 'run', 'snapshot'
WHOLE_OPTIONS = (
    '', '{', '[]', '{}', 'null', '3', '"x"', 'NaN', '{"model": null}', '{"model": []}', '{"model": "nope"}',
    '{"model": "spade"}', '{"model": "dcgan"}', '{"model": "stackgan"}', '{"model": "spade", "x\\n\\u001b": 1}',
    '[' * 100_000, '{"model": "spade", "model": "dcgan"}', '{"model": "spade", "seed": ' + '9' * 5000 + '}')
WHOLE_CONDITIONS = (
    '', '{', '[]', '{}', 'null', '3', '"x"', 'NaN', '{"kind": null}', '{"kind": []}', '{"kind": "nope"}',
    '{"kind": "x\\n\\u001b"}', '{"kind": "' + 'x' * 9999 + '"}', '[' * 100_000, '{"a":' * 50_000,
    '{"kind": ' + '9' * 5000 + '}', '{"kind": "label_color"}', '{"kind": "classes"}', '{"kind": "attributes"}',
    '{"kind": "text"}', '{"kind": "classes", "class_names": ' + json.dumps([str(i) for i in range(NAMES)]) + '}',
    '{"kind": "attributes", "attribute_names": ' + json.dumps([str(i) for i in range(NAMES)]) + '}',
    '{"kind": "classes", "kind": "label_color", "image_size": 4096}', '\xef\xbb\xbf{}', ' ' * 10_000_000)
OUTS = (
    'x.png', 'x.jpg', 'x.webp', 'x.bmp', 'x.gif', 'x.nope', 'x', '.png', 'a/b/c.png', 'file/x.png', 'folder', 'a.mp4',
    'folder.png', '\U0001f484.png', 'x' * 300 + '.png', 'pipe.png', 'ü/ü.png', 'x.PNG', 'gen.onnx', 'folder.onnx',
    'a.gif', 'folder.gif', 'folder.mp4', 'file/a.gif', 'file/a.mp4', 'file/x.onnx', 'file/x/x.onnx', 'pipe.onnx')
HARMLESS = tuple(text for text in TEXT if text[:1] not in ('/', '.'))
"""Texts for what is written: nothing of a user is where they lead to."""


def painting(directory, system, **changed) -> list:
    """What paints with the case's copy of a run."""
    (directory / 'label.png').write_bytes(encoded('label', 'PNG'))
    inputs = {name: value.format(case=directory) for name, value in INPUTS[system].items()}
    return flags({'run': str(directory / 'run'), 'device': 'cpu', 'out': str(directory / 'out.png')} | inputs | changed)


def copied(place, directory, system):
    shutil.copytree(place / system, directory / 'run')
    return directory / 'run'


def damaged_json(place, name, names_of, whole, replacements) -> list[Case]:
    """A JSON file of each run with values changed, and for systems in ``whole`` damaged as a file, and replaced."""
    def write(system):
        def written(directory, content):
            (copied(place, directory, system) / name).write_bytes(content)
            return painting(directory, system)
        return written

    cases = []
    for seed, system in enumerate(SYSTEMS):
        content, rng = (place / system / name).read_bytes(), random.Random(system)
        if system in whole:
            cases += damaged_files(f'{name} of {system}', content, write(system), seed, generate.main, repeats=1)
        texts = [content.decode().replace(f'"{key}": ', f'"{key}": {value}, "preset": ')
                 for key in names_of(system, content) for value in rng.sample(JSON, JSON_VALUES)]
        cases += [Case(f'{name} of {system}, {number}', made(write(system), text.encode()), generate.main)
                  for number, text in enumerate([*replacements, *texts])]
    return cases


def damaged_options(place) -> list[Case]:
    """options.json, with values of every option."""
    return damaged_json(place, 'options.json', lambda system, _: [
        field.name for field in dataclasses.fields(REGISTRY[system].Options)], ('spade', 'stackgan'), WHOLE_OPTIONS)


def damaged_conditions(place) -> list[Case]:
    """condition.json, with values of what it holds, and those of other systems."""
    others = [(place / system / 'condition.json').read_text() for system in SYSTEMS]
    return damaged_json(place, 'condition.json', lambda _, content: list(json.loads(content)), SYSTEMS,
                        [*WHOLE_CONDITIONS, *others])


def damaged_snapshots(place) -> list[Case]:
    """Snapshots and stored texts damaged, of other networks, and everything in a run replaced by what it is not."""
    def written(system, name, change):
        def prepare(directory):
            run = copied(place, directory, system)
            change(next(run.glob(name)))
            return painting(directory, system)
        return prepare

    def content_of(system, name):
        return next((place / system).glob(name)).read_bytes()

    cases, generator = [], 'snapshots/gen_average_*.npz'
    files = [(SMALLEST, generator), *((system, 'text.npz') for system in present('stackgan'))]
    for seed, (system, name) in enumerate(files):
        cases += damaged_files(f'{name} of {system}', content_of(system, name), lambda directory, content,
        system=system,
                               name=name: written(system, name, lambda path: path.write_bytes(content))(directory),
                               seed, generate.main, repeats=1)
    for system in SYSTEMS:
        for other in SYSTEMS:
            for name in (generator, 'snapshots/dis_*.npz', 'samples/*.png'):
                content = content_of(other, name)
                cases.append(Case(f'{system} with {name} of {other}', written(
                    system, generator, lambda path, content=content: path.write_bytes(content)), generate.main))
    for kind in REPLACEMENTS:
        for name in ('options.json', 'condition.json', generator, 'text.npz', 'summary.json', 'log.jsonl'):
            cases += [Case(f'{name} is {kind}', written(system, name, lambda path, kind=kind: replaced(path, kind)),
                           generate.main) for system in present('stackgan')]
    return cases


def inputs(place) -> list[Case]:
    """What is painted from, and where to: each flag with strange values, for each system."""
    def prepared(system, changed):
        def prepare(directory):
            copied(place, directory, system)
            lay_out(directory)
            return painting(directory, system, **changed)
        return prepare

    cases = []
    for system in SYSTEMS:
        rng = random.Random(f'{system} inputs')
        for field in [field for kind in REGISTRY[system].CONDITIONS for field in dataclasses.fields(kind.Inputs)]:
            flag = (*field.metadata['aliases'], field.name)[0]
            for text in texts_for(field, rng, INPUT_VALUES):
                cases.append(Case(f'{system} --{flag} {text[:30]!r}', prepared(system, {flag: text}), generate.main))
        for field in dataclasses.fields(generate.PaintOptions):
            if field.name not in ('samples', 'run', 'animate'):
                for text in rng.sample(OUTS, 6) if field.name == 'out' else texts_for(field, rng, 3):
                    cases.append(Case(f'{system} --{field.name} {text[:30]!r}', prepared(system, {field.name: text}),
                                      generate.main))
        cases += [Case(f'{system} --samples {count}', prepared(system, {'samples': count}), generate.main)
                  for count in ('0', '-1', '2', '1025', '1e9', 'x')]
    for label in ('folder', 'file', 'pipe.png', 'labels'):
        for color in ('', 'labels', 'folder', 'pipe.png', 'zero.png', '#12345', '#1234567', 'no such', 'PINK'):
            cases += [Case(f'--label {label} --color {color}', prepared(system, {
                'label': label, 'color': color, 'out': None}), generate.main) for system in present('spade')]
    return cases


def lay_out(directory):
    """Targets and sources: a file, folders, a pipe, a device, and label maps of one stem."""
    (directory / 'file').write_text('x')
    for name in ('folder', 'folder.png', 'folder.onnx', 'folder.gif', 'folder.mp4', 'labels'):
        (directory / name).mkdir()
    (directory / 'zero.png').symlink_to('/dev/zero')
    for name in ('pipe.png', 'pipe.onnx'):
        replaced(directory / name, 'a pipe')
    for name in ('a.png', 'A.png', 'b c.png', 'b_c.png'):
        (directory / 'labels' / name).write_bytes(encoded('label', 'PNG'))


def other_commands(place) -> list[Case]:
    """evaluate.py and the export with strange values of each flag."""
    def prepared(base, name, text):
        def prepare(directory):
            copied(place, directory, SMALLEST)
            lay_out(directory)
            return flags({'run': str(directory / 'run'), **base, name: text})
        return prepare

    cases = []
    for main, options, base in (
            (evaluate.main, evaluate.EvaluationOptions, {'draws': '2', 'diversity_draws': '2', 'judge': 'false',
                                                         'out_dir': 'o'}),
            (export.main, export.ExportOptions, {'out': 'o.onnx'})):
        rng = random.Random(main.__module__)
        for field in dataclasses.fields(options):
            pool = texts_for(field, rng, COMMAND_VALUES)
            if field.name in PLACES:
                pool = rng.sample(OUTS + (HARMLESS if field.name in ('out', 'out_dir') else TEXT), PLACE_VALUES)
            for text in pool:
                # So many paintings of good data, and a judge that is trained, are no fault, and take their time.
                worked = text.strip().isdecimal() or text == 'true'
                if field.name not in ('draws', 'diversity_draws', 'judge') or not worked:
                    cases.append(Case(f'{main.__module__} --{field.name} {text[:30]!r}', prepared(
                        base, field.name, text), main))
    return cases


def animations(place) -> list[Case]:
    """Sample sheets that are damaged or no pictures, and where the animation goes."""
    def written(directory, content, out='a.gif'):
        run = copied(place, directory, SMALLEST)
        (run / 'samples' / 'iteration_00000002.png').write_bytes(content)
        lay_out(directory)
        return flags({'animate': str(run), 'out': out})

    cases = damaged_files('a sample sheet', encoded('strip', 'PNG'), written, 0, generate.main, repeats=1)
    cases += [Case(f'animation to {out[:30]!r}', lambda directory, out=out: written(
        directory, encoded('strip', 'PNG'), out), generate.main) for out in (*OUTS, *HARMLESS)]
    return cases


def made(write, content):
    return lambda directory: write(directory, content)


TABLES = {'damaged_options': damaged_options, 'damaged_conditions': damaged_conditions,
          'damaged_snapshots': damaged_snapshots, 'inputs': inputs,
          'other_commands': other_commands, 'animations': animations}


@pytest.mark.parametrize('table', TABLES)
def test_runs(table, trained, tmp_path):
    check(TABLES[table](trained), tmp_path, (trained / 'dataset',))


@pytest.mark.parametrize('system', SYSTEMS)
def test_a_whole_run_paints(system, trained, tmp_path):
    copied(trained, tmp_path, system)
    generate.main(painting(tmp_path, system))
    assert (tmp_path / 'out.png').exists()
    assert json.loads((trained / system / 'options.json').read_text())['model'] == system
