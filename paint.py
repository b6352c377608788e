"""A page to paint in, in the browser: python paint.py."""
from spade_anime.commands import OneLineParser, add_fields, run_script
from spade_anime.page.options import PageOptions


def main(arguments: list | None = None) -> None:
    """Serve the page that the flags ask for."""
    parser = OneLineParser('paint.py', allow_abbrev=False,
                           description='A page to paint in: draw a label map, and the picture beside it follows.')
    add_fields(parser, PageOptions)
    options = PageOptions(**vars(parser.parse_args(arguments)))
    # Imported when the flags are right, so that --help is quick.
    from spade_anime.page.serving import serve
    serve(options)


if __name__ == '__main__':
    run_script(main)
