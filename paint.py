"""A page to paint in, in the browser: python paint.py."""
from spade_anime.commands import read_options, run_script
from spade_anime.page.options import PageOptions


def main(arguments: list | None = None) -> None:
    """Serve the page that the flags ask for."""
    options = read_options(PageOptions, 'paint.py',
                           'A page to paint in: draw a label map, and the picture beside it follows.', arguments)
    # Imported when the flags are right, so that --help is quick.
    from spade_anime.page.serving import serve
    serve(options)


if __name__ == '__main__':
    run_script(main)
