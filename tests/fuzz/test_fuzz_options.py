"""Command lines of train.py: every flag of every system with values that it does not expect, alone and together."""
import dataclasses
import os
import random
import subprocess
import sys

import pytest
from samples_made import write_dataset
from tiny import SYSTEMS, flags, present, training
from values import texts_for
from watch import ROOT, Case, check

import train
from spade_anime.systems import SYSTEMS as REGISTRY

VALUES_A_FLAG = 3
COMBINATIONS, TOGETHER = 60, 5
LEFT_OUT = {'model', 'dry_run', 'workers', 'resume'}
"""Flags that say what is tried, whose good values start processes, or go on with a run that is not there."""
MALFORMED = (
    ['--nope'], ['--ngf'], ['--ngf='], ['--ngf', '--ndf'], ['xx'], ['--'], ['-h=3'], ['--ng', '2'], ['--model'],
    ['--Model', 'spade'], ['--model', 'nope'], ['--model', ''], ['--model', 'spade', '--model', 'dcgan'], ['@file'],
    ['--seed', '1', '--seed', 'x'], ['--\x1b[2J'], ['--a\nb'], ['\ud800\ud800'], ['--\U0001f984'], ['xx'] * 10_000,
    ['--use_cpu', '--device', 'cuda'], ['--preset', 'reference', '--preset', 'nope'], ['--stage', '3'],
    ['--x' * 9999], ['--dry_run', '--dry_run'])


@pytest.fixture(scope='module')
def dataset(tmp_path_factory):
    """A data set that every system reads."""
    return write_dataset(tmp_path_factory.mktemp('dataset'))


def fields_of(system: str) -> list:
    """Options of a system that are tried."""
    return [field for field in dataclasses.fields(REGISTRY[system].Options) if field.name not in LEFT_OUT]


def single(system: str, dataset, count: int = VALUES_A_FLAG) -> list[Case]:
    """Each flag of a system with some values."""
    rng, cases = random.Random(system), []
    for field in fields_of(system):
        cases += [dry_run(system, dataset, {field.name: text}) for text in texts_for(field, rng, count)]
    return cases


def together(system: str, dataset, count: int = COMBINATIONS) -> list[Case]:
    """Several flags of a system at once."""
    rng, cases, fields = random.Random(f'{system} together'), [], fields_of(system)
    for _ in range(count):
        chosen = rng.sample(fields, rng.randint(2, TOGETHER))
        cases.append(dry_run(system, dataset, {field.name: texts_for(field, rng, 2)[0] for field in chosen}))
    return cases


def dry_run(system, dataset, changed) -> Case:
    """A dry run of the smallest training with some options changed."""
    name = ' '.join(f'--{name} {value[:30]!r}' for name, value in changed.items())
    return Case(f'{system} {name}', lambda _: training(system, dataset, **{'dry_run': 'true'} | changed), train.main)


def malformed(dataset) -> list[Case]:
    """Command lines that are none."""
    def prepared(system, extra):
        return lambda _: [*training(system, dataset, dry_run='true'), *extra]
    return [Case(f'{" ".join(extra)[:40]!r} after {system}', prepared(system, extra), train.main)
            for extra in MALFORMED for system in present('spade', 'dcgan')]


def contradictions(dataset) -> list[Case]:
    """Options that cannot go together: each is told."""
    told = [('spade', {'use_rough': 'true'}), ('spade', {'rough_dataset_dir': 'x'}), ('spade', {'image_size': '40'}),
            ('spade', {'img_shape': '3,64,64'}), ('spade', {'reuse_fake': 'true', 'n_dpg': '2'}),
            ('spade', {'ngf': '3'}), ('spade', {'division_ch': '3'}), ('spade', {'spade_ch': '12'}), ('spade',
            {'start_size': '32'}),
            ('pix2pix', {'label_key': 'hair'}), ('pix2pix', {'image_size': '48'}), ('dcgan', {'image_size': '18'}),
            ('dcgan', {'class_names': 'pink'}), ('dcgan', {'class_names': 'pink,blue,pink'}),
            ('dcgan', {'label_key': 'none'}),
            ('attribute', {'attribute_names': 'hat'}), ('attribute', {'attribute_table': 'none.csv'}),
            ('stackgan', {'stage': '2'}), ('stackgan', {'stage1_run': 'x'}), ('stackgan', {'gf_dim': '6'}),
            ('stackgan', {'embeddings_dir': 'x'}), ('stackgan', {'stage': '2', 'stage1_run': str(dataset)}),
            *((system, {'use_cpu': 'true', 'device': 'cuda'}) for system in SYSTEMS),
            *((system, {'gen_snapshot': str(dataset / '0.png')}) for system in SYSTEMS),
            *((system, {'precision': 'fp16'}) for system in SYSTEMS)]
    return [dry_run(system, dataset, changed)._replace(told='') for system, changed in told if system in SYSTEMS]


@pytest.mark.parametrize('system', SYSTEMS)
def test_single_options(system, dataset, tmp_path):
    check(single(system, dataset), tmp_path, (dataset,))


@pytest.mark.parametrize('system', SYSTEMS)
def test_options_together(system, dataset, tmp_path):
    check(together(system, dataset), tmp_path, (dataset,))


def test_malformed_command_lines(dataset, tmp_path):
    check(malformed(dataset), tmp_path, (dataset,))


def test_contradictions(dataset, tmp_path):
    check(contradictions(dataset), tmp_path, (dataset,))


@pytest.mark.parametrize('system', SYSTEMS)
def test_the_smallest_training_works(system, dataset, capsys):
    train.main(training(system, dataset, dry_run='true'))
    assert 'parameters' in capsys.readouterr().out
    assert flags({'a': '1', 'b': None}) == ['--a', '1']


@pytest.mark.parametrize('arguments', [
    [b'train.py', b'--dataset_dir', b'\xff\xfe'], [b'generate.py', b'--label', '髪\U0001f484.png'.encode()],
    [b'evaluate.py', b'--run', b'\x1b[2J']])
def test_bytes_that_are_no_text_on_a_real_command_line(arguments, tmp_path):
    environment = os.environ | {'LC_ALL': 'C', 'PYTHONUTF8': '0', 'PYTHONIOENCODING': 'ascii'}
    script, *rest = arguments
    ended = subprocess.run([sys.executable, ROOT / script.decode(), *rest], capture_output=True, cwd=tmp_path,
                           env=environment, timeout=120)
    assert ended.returncode == 2 and b'error: ' in ended.stderr and ended.stderr.count(b'\n') == 1, ended.stderr
    assert b'\x1b' not in ended.stdout + ended.stderr
