"""A training from what the user gives to the run that it leaves."""
import dataclasses
import warnings
from pathlib import Path
from typing import Any

import chainer

from kernels.runtime.machine import choose
from spade_anime.devices import choose_device
from spade_anime.fields import OptionError, expanded, shown, value_fault
from spade_anime.files import check_outside, following_links
from spade_anime.runs.directory import RunDirectory, quoted
from spade_anime.runs.lock import RunLock
from spade_anime.runs.snapshots import STATE
from spade_anime.systems import SYSTEMS
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.stored import check_data_there, run_options, save_options, settled
from spade_anime.systems.system import System
from spade_anime.training.continuing import newest_finite
from spade_anime.training.initial import inherited
from spade_anime.training.overview import overview
from spade_anime.training.processes.joining import join
from spade_anime.training.processes.one import ALONE, OneProcess
from spade_anime.training.processes.silence import told_once
from spade_anime.training.resuming import decays, resumed
from spade_anime.training.run import Run
from spade_anime.training.state import check_batch
from spade_anime.training.telling.tensorboard import require


def train(system: str = 'spade', **given: Any) -> Path:
    """Train a system, and return its run directory.

    Args:
        system: 'spade', 'pix2pix', 'dcgan', 'attribute' or 'stackgan'.
        given: options, by the names of the flags of train.py; others are those of the preset.

    Raises InputError.
    """
    if system not in SYSTEMS:
        raise OptionError(f'{shown(system)}: no such system; allowed are {", ".join(SYSTEMS)}')
    fields = {field.name: field for field in dataclasses.fields(SYSTEMS[system].Options)}
    for name, value in given.items():
        if name not in fields:
            raise OptionError(f'{name}: no such option of {system}; allowed are {", ".join(fields)}')
        if allowed := value_fault(fields[name], value):
            raise OptionError(f'{name} is {shown(value)}; allowed is {allowed}')
    given = expanded(SYSTEMS[system].Options, given)
    run_training(SYSTEMS[system], {**given, 'model': system})
    return Path(given.get('out_dir', CommonOptions.out_dir))


def run_training(system_class: type[System], given: dict[str, Any]) -> None:
    """Set up, print the configuration, and train unless it is a dry run. ``given``: values by option."""
    with told_once():
        processes = join(*wanted_processes(given))
    with processes.together():
        options, device = settle(system_class, given, processes)
        show(system_class, options, given)
        with following_links(options.follow_links):
            _train(system_class(options), device, processes, given)


def settle(system: type[System], given: dict[str, Any], processes: OneProcess = ALONE) -> tuple:
    """Options and device; says which preset was picked where the user left it open.

    Those of a run that is resumed are its own, but for what is given and may change.
    """
    if given.get('resume'):
        if given.get('init_run'):
            raise OptionError(f'--init_run {given["init_run"]} contradicts --resume: a run begins from other networks, '
                              'or it goes on')
        options = resumed(run_options(given)[1], given)
        system.check(options)
        return options, choose_device(*processes.device('cpu' if options.use_cpu else options.device))
    wanted = 'cpu' if given.get('use_cpu') else given.get('device', 'auto')
    device = choose_device(*processes.device(wanted))
    given = inherited(system, given) | {name: value for name, value in given.items()
                                        if (name, value) != ('preset', 'auto')}
    preset = given.get('preset', 'auto')
    if preset == 'auto':
        full = next(iter(system.PRESETS))
        preset = system.CPU_PRESET if device.name == '@numpy' else full
        if preset != full:
            print(f'No GPU is used: preset {preset}, small networks and images that learn in minutes. '
                  f'For the full model, which takes days on a CPU: --preset {full}.')
    return settled(system, given, preset), device


def show(system: type[System], options: CommonOptions, given: dict[str, Any]) -> None:
    """Print what the user has given other than the preset, or, for a dry run, every option with its value."""
    values = vars(options)
    if options.dry_run:
        print(f'Options of {options.model}, preset {options.preset}:')
    else:
        usual = {} if options.resume else vars(system.Options()) | system.preset(options.preset, given)
        values = {name: values[name] for name in given if name not in ('model', 'preset')
                  and (name not in usual or usual[name] != values[name])}
        source = 'Options of the run' if options.resume else f'Options of {options.model}, preset {options.preset}'
        print(f'{source}{", but for:" if values else "."} (--dry_run prints all)')
    for name, value in values.items():
        print(f'  {name:22} {value if value not in ("", ()) else "-"}')


def wanted_processes(given: dict) -> tuple[str, bool]:
    """Communicator, and whether batch normalisation is across the processes: as given, or as a resumed run has it."""
    known = (vars(run_options(given)[1]) if given.get('resume') else {}) | given
    communicator = known.get('communicator', 'none')
    return communicator, (given if communicator == 'none' else known).get('sync_batch_norm', False)


def _train(system: System, device: chainer.backend.Device, processes: OneProcess, given: dict[str, Any]) -> None:
    """Train by the processes that train together; the first of them writes. ``given``: values by option."""
    options = system.options
    check_precision(options, device)
    if options.tensorboard:
        require()
    if options.resume:
        check_data_there(options)
    else:
        check_outside(options.out_dir, '--out_dir',
                      *(value for name, value in vars(options).items() if name.endswith('dataset_dir')))
    choose(kernels='reference' if options.kernels == 'reference' else None, precision=options.precision)
    print('\n'.join(system.notes()))
    directory = RunDirectory(Path(options.out_dir))
    with RunLock(directory.path) as lock:
        if options.resume and processes.first and not options.dry_run:
            lock.take()
        start = processes.of_first(newest_finite(directory.snapshots) if options.resume else 0)
        if start and (processes.size > 1 or 'batch_size' not in given):
            check_batch(directory.snapshots.file(STATE, start), options.batch_size * processes.size, processes.size)
        run = Run(system, device, directory, start, processes)
        try:
            _train_run(run, lock)
        finally:
            run.close()


def _train_run(run: Run, lock: RunLock) -> None:
    """Train a run that is set up, unless it is a dry run or finished."""
    options, directory = run.options, run.directory
    print(overview(run), flush=True)
    if options.dry_run:
        return
    if finished(run):
        rates = ', at its last learning rates' if decays(options) else ''
        print(f'The run in {directory.path} is finished: iteration {run.iterations} is done; to go on: a larger '
              f'--max_iteration{rates}, or --init_run {quoted(directory.path)} with another --out_dir for a new '
              'schedule')
        return
    if run.processes.first:
        lock.take()
        prepare(run)
        save_options(dataclasses.replace(options, lr_iterations=run.decay if decays(options) else 0),
                     directory.options)
    print(run.train())


def check_precision(options: CommonOptions, device: chainer.backend.Device) -> None:
    """Raise OptionError where the device, or what the processes exchange, takes no half precision."""
    if options.precision == 'fp16' and device.name == '@numpy':
        raise OptionError('--precision fp16 needs a GPU: a CPU has no arithmetic for it; allowed there: fp32, tf32')
    if options.precision == 'fp16' and options.sync_batch_norm and options.communicator != 'none':
        raise OptionError('--sync_batch_norm contradicts --precision fp16: its statistics need single precision; '
                          'allowed are fp32, tf32')


def finished(run: Run) -> bool:
    """Whether nothing of a run that is resumed is left to do. Raises OptionError if it is to end before it is now."""
    if run.start > run.iterations:
        raise OptionError(f'--max_iteration {run.iterations} contradicts --resume: iteration {run.start} is done; at '
                          f'least {run.start} is allowed')
    return run.start == run.iterations and run.directory.finished


def prepare(run: Run) -> None:
    """Make the run directory ready, and say what becomes of what is there."""
    directory = run.directory
    if run.start:
        directory.reopen(run.start)
        print(f'Going on after iteration {run.start}')
    else:
        if run.options.resume:
            print(f'The run in {directory.path} has no whole snapshot yet: from the beginning')
        if moved := directory.create():
            print(f'{directory.path} held an earlier run: it is now in {moved}')
    if warning := directory.space_warning(run.snapshot_bytes()):
        warnings.warn(warning, stacklevel=2)
