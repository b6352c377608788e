"""Starting a new training from the networks of another run."""
import dataclasses
from pathlib import Path
from typing import Any

import chainer

from spade_anime.fields import OptionError
from spade_anime.runs.directory import RunDirectory
from spade_anime.runs.weights import load_network
from spade_anime.systems.stored import init_options
from spade_anime.systems.system import System
from spade_anime.training.continuing import newest_finite


def inherited(system: type[System], given: dict[str, Any]) -> dict[str, Any]:
    """Options by name that a training takes over from the run that it starts from: those of its networks, its preset.

    None without ``init_run``. Raises OptionError where there is no run, or it is one of another system.
    """
    if not given.get('init_run'):
        return {}
    own_system, own = init_options(given['init_run'])
    if own_system is not system:
        raise OptionError(f'--init_run {given["init_run"]}: its networks are those of --model {own.model}, '
                          f'which contradicts --model {given["model"]}')
    names = {field.name for field in dataclasses.fields(own) if field.metadata['group'] == 'networks'}
    values = {name: getattr(own, name) for name in names | system.inherited}
    return values | ({'preset': own.preset} if own.preset in system.PRESETS else {})


def load_initial(system: System, networks: dict[str, chainer.Link]) -> None:
    """Load what a new training starts from into 'gen' and 'dis', if its options name anything."""
    o = system.options
    system.prepare(networks['gen'])
    files: dict[str, Any] = dict(initial_networks(o.init_run)) if o.init_run else {}
    named = {'gen': o.gen_snapshot, 'dis': o.dis_snapshot}
    for name, path in (files | {name: path for name, path in named.items() if path}).items():
        load_network(path, networks[name], system.snapshot_paths[name])


def initial_networks(init_run: str) -> dict[str, Path]:
    """Files of the networks to start from, 'gen' and perhaps 'dis': of a run the newest that are finite.

    Raises OptionError where there is no generator, SnapshotError.
    """
    directory = RunDirectory(Path(init_run))
    start = newest_finite(directory.snapshots)
    places = [directory.snapshots.file(name, start) if start else directory.path / f'{name}.npz'
              for name in ('gen', 'dis')]
    found = {path.name[:3]: path for path in places if path.exists()}
    if 'gen' not in found:
        raise OptionError(f'--init_run {init_run}: no generator there yet; allowed is a run with a snapshot')
    if 'dis' not in found:
        print(f'{init_run} has a generator alone: the discriminator starts fresh.')
    return found
