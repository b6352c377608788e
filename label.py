"""Make label maps of drawings: python label.py --images drawings --out my/portraits --examples my/labelled."""
import dataclasses
import sys

from spade_anime.commands import read_options, run_script
from spade_anime.data.options import fit_option, follow_links_option
from spade_anime.fields import option


@dataclasses.dataclass
class LabelOptions:
    """What is labelled, by what, and where the labels go."""

    images: str = option('', 'drawings', 'directory of drawings, at any depth', path=True)
    fit: str = fit_option('drawings')
    follow_links: bool = follow_links_option('drawings')
    examples: str = option('', 'labeller', 'data set of labelled drawings, 5 to 50 of them, that it learns from first',
                           path=True)
    seconds: float = option(90.0, 'labeller', 'how long it learns from them', low=1, high=86_400)
    labeller: str = option('', 'labeller', 'file of a labeller that learnt before; none: the one that comes with the '
                           'project', path=True)
    out: str = option('', 'output', 'directory of the data set; labels made by hand in it stay', path=True)
    size: int = option(256, 'output', 'width and height of the pictures in it', low=16, high=4096, unit='px')
    colors: bool = option(False, 'output', 'write the colours of all regions as well, as measured in the drawings')
    dry_run: bool = option(False, 'output', 'read everything, print what would be done, and write nothing')


def main(arguments: list | None = None) -> None:
    """Label, say where to look first, and list the drawings that could not be read."""
    options = read_options(LabelOptions, 'label.py', 'Make label maps of a folder of drawings.', arguments,
                           {'images': 'a directory', 'out': 'a directory'})
    faults = _tried(options) if options.dry_run else _labelled(options)
    if faults:
        print('\n'.join(f'label.py: error: {fault}' for fault in faults), file=sys.stderr)
        sys.exit(1)


def _labelled(options: LabelOptions) -> list[str]:
    # After the command line is read, as it imports all that labels.
    from spade_anime.labelling.folder import label
    from spade_anime.labelling.labeller import PRETRAINED
    o = options
    outcome = label(o.images, o.out, o.examples or None, labeller=o.labeller or PRETRAINED, seconds=o.seconds,
                    size=o.size, fit=o.fit, colors=o.colors, follow_links=o.follow_links)
    print(f'{o.out}: {len(outcome.labelled)} drawings labelled. Look at review.png there: the least certain are first.')
    return outcome.faults


def _tried(options: LabelOptions) -> list[str]:
    from spade_anime.files import following_links
    from spade_anime.labelling.folder import plan
    from spade_anime.labelling.labeller import PRETRAINED
    o = options
    with following_links(o.follow_links):
        todo = plan(o.images, o.out, o.examples or None, labeller=o.labeller or PRETRAINED, fit=o.fit)
        print(todo.text())
        return todo.found.faults + todo.found.unreadable(o.fit)


if __name__ == '__main__':
    run_script(main)
