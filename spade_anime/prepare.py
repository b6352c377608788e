"""Make a data set of smaller pictures: python -m spade_anime.prepare --in my/scans --out my/portraits --size 512."""
import dataclasses
import os
from pathlib import Path

from spade_anime.commands import read_options, run_script
from spade_anime.data.options import fit_option, follow_links_option
from spade_anime.fields import option


@dataclasses.dataclass
class PrepareOptions:
    """What is made smaller, and how."""

    source: str = option('', 'data', 'directory of a data set of label maps', aliases=('in',), path=True)
    out: str = option('', 'data', 'new directory to write to', path=True)
    size: int = option(512, 'data', 'width and height of the new pictures; at least the --image_size of the training, '
                       'with pix2pix and its --jitter', low=8, high=4096, unit='px')
    fit: str = fit_option('data')
    follow_links: bool = follow_links_option('data')
    workers: int = option(0, 'data', 'processes that decode; 0: one for each processor', low=0, high=64)


def main(arguments: list | None = None) -> None:
    """Prepare, and say how to train on the result."""
    options = read_options(PrepareOptions, 'spade_anime.prepare',
                           'Make a data set of smaller pictures, which a training reads faster.', arguments,
                           {'source': 'a directory', 'out': 'a directory'})
    # After the command line is read, as it imports all that decodes.
    from spade_anime.conditions.label_color.preparing import prepare
    from spade_anime.files import following_links
    from spade_anime.runs.directory import quoted
    with following_links(options.follow_links):
        count = prepare(Path(options.source), Path(options.out), options.size, options.fit,
                        options.workers or os.cpu_count() or 1)
    print(f'{options.out}: {count} samples of {options.size} px. Train with: python train.py --dataset_dir '
          f'{quoted(Path(options.out))}')


if __name__ == '__main__':
    run_script(main)
