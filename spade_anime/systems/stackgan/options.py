"""Options and presets of StackGAN."""
import dataclasses
import json
import shlex
from pathlib import Path
from typing import Any

from spade_anime.conditions.text.options import TextInputs
from spade_anime.fields import OptionError, option
from spade_anime.systems.options import Declared, changed
from spade_anime.systems.vector_options import VectorOptions


@dataclasses.dataclass(frozen=True)
class StackGANOptions(VectorOptions):
    """Defaults are the published numbers of Stage I, for data sets of one kind of thing (birds, portraits)."""

    model: str = changed('model', 'stackgan')
    stage: int = option(1, 'run', 'stage to train: 1 paints small images, 2 large ones over those', choices=(1, 2))
    stage1_run: str = option('', 'run', 'run directory of the Stage I that Stage II paints over; its networks\' '
                             'options are taken from there', path=True)

    image_size: int = changed('image_size', 64, help='width and height of the images of this stage; others are '
                              'resized')
    embeddings_dir: str = option('', 'data', 'folder of char-CNN-RNN-embeddings.pickle, filenames.pickle and '
                                 'class_info.pickle; none: found in the data set, else captions are taken from its '
                                 'metadata', path=True)

    gf_dim: int = option(128, 'networks', 'channels of this stage\'s generator, in units of which its layers are given',
                         low=4, high=2048)
    output_skips: bool = option(False, 'networks', 'the layers of all sizes add their colours to the image; Stage '
                                'II does as its Stage I')
    df_dim: int = option(64, 'networks', 'channels of the discriminator, likewise', low=1, high=2048)
    condition_dim: int = option(128, 'networks', 'numbers of the condition c that is drawn around an embedding',
                                low=1, high=2048)
    z_dim: int = option(100, 'networks', 'numbers of the noise z', low=1, high=8192)
    stage1_size: int = option(64, 'networks', 'image size of Stage I, for Stage II', low=8, high=1024, unit='px')
    stage1_gf_dim: int = option(128, 'networks', 'gf_dim of Stage I, for Stage II', low=4, high=2048)
    residual_blocks: int = option(4, 'networks', 'residual blocks of Stage II; the authors took 2 for COCO', low=0,
                                  high=64)

    kl_coef: float = option(2.0, 'losses', 'weight of the divergence of the condition from a standard normal one',
                            low=0)

    batch_size: int = changed('batch_size', 64)
    max_epoch: int = changed('max_epoch', 600)
    lr_halve_epochs: int = changed('lr_halve_epochs', 50)


PRESETS: dict[str, dict[str, Any]] = {
    'reference': {},
    'coco': {'gf_dim': 192, 'df_dim': 96},
    'tiny': {
        'gf_dim': 24, 'df_dim': 24, 'condition_dim': 32, 'z_dim': 32, 'output_skips': True, 'batch_norm': False,
        'deviation': True, 'encoder_ch': 24, 'reconstruction_coef': 120.0, 'feature_coef': 80.0, 'features_from': 600,
        'fade_from': 1100, 'latent_coef': 1.0, 'kl_coef': 0.1, 'gp_coef': 0.15, 'gp_interval': 4, 'batch_size': 12,
        'max_epoch': 0, 'max_iteration': 2400, 'lr_halve_epochs': 0, 'g_lr': 1e-3, 'd_lr': 5e-4, 'd_beta1': 0.0,
        'lr_poly_train_period': 0.5, 'average_decay': 0.998, 'sample_interval': 200, 'snapshot_interval': 600,
    },
}

STAGE2: dict[str, dict[str, Any]] = {
    'reference': {'image_size': 256, 'batch_size': 40, 'lr_halve_epochs': 100},
    'coco': {'image_size': 256, 'batch_size': 40, 'lr_halve_epochs': 100, 'residual_blocks': 2},
    'tiny': {'image_size': 128, 'gf_dim': 16, 'df_dim': 8, 'residual_blocks': 2, 'batch_norm': True, 'deviation': False,
             'reconstruction_coef': 0.0, 'feature_coef': 0.0, 'features_from': 0, 'fade_from': 0, 'gp_coef': 0.5,
             'batch_size': 8, 'max_iteration': 1400, 'g_lr': 2e-4, 'd_lr': 3e-4, 'd_beta1': 0.5,
             'lr_poly_train_period': 0.4},
}
"""What each preset changes for Stage II."""

FROM_STAGE1 = {'stage1_size': 'image_size', 'stage1_gf_dim': 'gf_dim', 'condition_dim': 'condition_dim',
               'z_dim': 'z_dim', 'output_skips': 'output_skips', 'seed': 'seed'}
"""Option of Stage II -> option of Stage I that it has to be. The seed splits the data: who was held out stays so."""


def preset(name: str, given: dict) -> dict:
    """Values of a preset for what the user has given; for Stage II also those that its Stage I prescribes."""
    values = PRESETS[name]
    if given.get('stage') == 2:
        values = values | STAGE2[name]
        if given.get('stage1_run'):
            values |= stage1_values(given['stage1_run'])
    return values


def stage1_values(run: str) -> dict:
    """Values of ``FROM_STAGE1`` in a run directory. Raises OptionError where it is no run of Stage I."""
    path = Path(run) / 'options.json'
    try:
        found = json.loads(path.read_text())
        if not isinstance(found, dict) or (found.get('model'), found.get('stage')) != ('stackgan', 1):
            raise OptionError(f'--stage1_run {run}: no run of --model stackgan --stage 1')
        found = {'output_skips': False} | found  # runs from before there were any
        values = {name: found[source] for name, source in FROM_STAGE1.items()}
    except FileNotFoundError:
        raise OptionError(f'--stage1_run {run}: no run there; train one with: python train.py --model stackgan '
                          f'--stage 1 --out_dir {shlex.quote(str(run))}') from None
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise OptionError(f'--stage1_run {run}: {path.name} cannot be read ({type(error).__name__}: {error})') from None
    if not all(isinstance(value, int) for value in values.values()):
        raise OptionError(f'--stage1_run {run}: {path.name} has sizes that are no whole numbers')
    return values


DECLARED = Declared(StackGANOptions, PRESETS, (TextInputs,))
