"""The smallest trainings of every system, a data set for all of them, and command lines for them."""
import contextlib
import io
from pathlib import Path

import train
from spade_anime.systems import SYSTEMS as REGISTRY

COMMON = {'use_cpu': 'true', 'preset': 'tiny', 'batch_size': '2', 'workers': '0', 'image_size': '32',
          'max_iteration': '1'}
NETWORKS = {
    'spade': {'ngf': '2', 'ndf': '2', 'spade_ch': '8', 'color_blocks': '1', 'fm_coef': '0', 'gp_coef': '0'},
    'pix2pix': {'ngf': '2', 'ndf': '2', 'jitter': '0', 'gp_coef': '0'},
    'dcgan': {'label_key': 'hair', 'image_size': '16', 'gf': '2', 'gfc': '4', 'df': '2', 'dfc': '4', 'z_dim': '2',
              'gp_coef': '0'},
    'attribute': {'image_size': '16', 'gf': '2', 'df': '2', 'z_size': '2', 'gp_coef': '0'},
    'stackgan': {'gf_dim': '4', 'df_dim': '1', 'condition_dim': '2', 'z_dim': '2', 'gp_coef': '0'},
}
"""Options that make each system small."""


def present(*systems: str) -> list[str]:
    """Those of the systems whose folder is here."""
    return [system for system in systems if system in REGISTRY]


SYSTEMS = present(*NETWORKS)
SMALLEST = present('attribute', *SYSTEMS)[0]
"""What a case trains or paints with if any system will do."""
INPUTS = {
    'spade': {'label': '{case}/label.png', 'color': '#12ab34'}, 'pix2pix': {'label': '{case}/label.png'},
    'dcgan': {'class': 'pink'}, 'attribute': {'attributes': 'glasses'}, 'stackgan': {'text': '0 1'},
}
"""What each paints from."""


def flags(values: dict) -> list[str]:
    """A command line of options by name; those that are None are left out."""
    return [part for name, value in values.items() if value is not None for part in (f'--{name}', value)]


def training(system: str, dataset: Path, **changed: str) -> list[str]:
    """The command line of the smallest training."""
    return flags({'model': system, 'dataset_dir': str(dataset)} | COMMON | NETWORKS[system] | changed)


def train_all(dataset: Path, place: Path) -> dict[str, Path]:
    """Train every system for one iteration: run directories by system."""
    runs = {system: place / system for system in SYSTEMS}
    for system, run in runs.items():
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            train.main(training(system, dataset, out_dir=str(run)))
    return runs
