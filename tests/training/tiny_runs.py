"""Tiny runs of every system, and what they leave."""
import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from from_systems import skip_without

import train
from spade_anime.systems import SYSTEMS as REGISTRY
from spade_anime.training import session

EXAMPLE = Path(__file__).parents[2] / 'dataset' / 'example'
COMMON = ['--use_cpu', '--preset', 'tiny', '--batch_size', '2', '--workers', '0', '--log_interval', '2',
          '--sample_interval', '50', '--snapshot_interval', '3', '--lr_poly_train_period', '1', '--gp_interval', '3']
SPADE = ['--model', 'spade', '--ngf', '2', '--ndf', '4', '--spade_ch', '8', '--image_size', '32']
DCGAN = ['--model', 'dcgan', '--label_key', 'hair', '--image_size', '16', '--gf', '2', '--gfc', '8', '--df', '2',
         '--dfc', '8']
STACKGAN = ['--model', 'stackgan', '--gf_dim', '4', '--df_dim', '2']
NETWORKS = {
    'spade': SPADE,
    'spade, two sets': [*SPADE, '--use_rough', '--reuse_fake', 'false', '--fm_coef', '0'],
    'pix2pix': ['--model', 'pix2pix', '--ngf', '2', '--ndf', '2', '--augment', 'color,translation,cutout',
                '--bn_batches', '2'],
    'dcgan': DCGAN,
    'dcgan, painted again': [*DCGAN, '--reconstruction_coef', '10', '--feature_coef', '10', '--encoder_ch', '2',
                             '--deviation', '--full_size_ch', '2', '--batch_norm', 'false', '--upsampling', 'resize'],
    'attribute': ['--model', 'attribute', '--image_size', '16', '--gf', '2', '--df', '2'],
    'stackgan I': [*STACKGAN, '--condition_dim', '8', '--z_dim', '4', '--image_size', '16'],
    'stackgan II': [*STACKGAN, '--stage', '2', '--image_size', '32', '--residual_blocks', '1'],
}
"""Flags that make the networks of each system small."""
SYSTEMS = {name: given for name, given in NETWORKS.items() if given[given.index('--model') + 1] in REGISTRY}
"""Those whose system is here."""


@contextlib.contextmanager
def without_estimate() -> Iterator[None]:
    """How long a training will take is not asked, which would take as long as a few iterations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, 'overview', lambda run: '')
        yield


def copy_samples(directory: Path, count: int) -> Path:
    """Portraits of the example, with their metadata."""
    directory.mkdir()
    for path in sorted(EXAMPLE.glob('*.png'))[:count]:
        shutil.copy(path, directory)
    rows = [line for line in (EXAMPLE / 'metadata.jsonl').read_text().splitlines()
            if (directory / json.loads(line)['file_name']).exists()]
    (directory / 'metadata.jsonl').write_text('\n'.join(rows))
    return directory


def flags(system: str, data: Path, tmp_path: Path) -> list:
    """Command line of a system, but for its length; of Stage II after its Stage I has run. Skips without the system."""
    networks, more = NETWORKS[system], []
    skip_without(networks[networks.index('--model') + 1])
    if system == 'spade, two sets':
        more = ['--rough_dataset_dir', str(data)]
    if system == 'stackgan II':
        stage1 = tmp_path / 'stage1'
        train.main([*flags('stackgan I', data, tmp_path), '--max_iteration', '2', '--out_dir', str(stage1)])
        more = ['--stage1_run', str(stage1)]
    return [*COMMON, *networks, '--dataset_dir', str(data), *more]


def assert_same_weights(first: Path, second: Path, iteration: int) -> None:
    """The networks of two runs are equal to the last bit at an iteration."""
    for name in ('gen', 'dis', 'gen_average'):
        one, two = (run / 'snapshots' / f'{name}_{iteration:08}.npz' for run in (first, second))
        with numpy.load(one) as arrays, numpy.load(two) as others:
            assert sorted(arrays.files) == sorted(others.files)
            for key in arrays.files:
                assert arrays[key].tobytes() == others[key].tobytes(), f'{name} {key}'


def log_of(run: Path) -> list:
    """The log, without how fast it went."""
    entries = [json.loads(line) for line in (run / 'log.jsonl').read_text().splitlines()]
    return [{key: value for key, value in entry.items() if key != 'iterations_per_second'} for entry in entries]
