"""Serves the page until it is interrupted."""
import atexit
import ipaddress
import socket
import threading
import webbrowser
from pathlib import Path

from spade_anime.fields import OptionError
from spade_anime.page.options import PageOptions

SOON = 1.0
"""Seconds after which the browser is opened."""


def serve(options: PageOptions) -> None:
    """Serve the page. Raises OptionError where the port or a directory cannot be used."""
    listening = _listen(options.host, options.port)
    host = f'[{options.host}]' if ':' in options.host else options.host
    address = f'http://{host}:{options.port}/'
    print(f'Starting the page at {address} (Ctrl-C ends it) ...', flush=True)
    # Chainer and all that paints take seconds to import: a port that is taken is told before.
    import uvicorn

    from spade_anime.generator_options import OUT_DIR
    from spade_anime.page.app import make_app
    from spade_anime.page.collection import Collection
    from spade_anime.page.desk import Desk
    from spade_anime.page.generators import Generators
    from spade_anime.page.studio import Studio, folder_of_runs
    from spade_anime.page.trainings import Training
    run = Path(options.run) if options.run else None
    collection = Collection(Path(options.data)) if options.data else None
    generators = Generators(folder_of_runs(options.run, OUT_DIR), run, options.device)
    studio = Studio(generators, [str(collection.dataset)] if collection else [])
    desk, training = Desk(collection, studio), Training(collection, generators.folder)
    atexit.register(training.end)
    # The first one is loaded now: what is wrong with it is told here.
    studio.generator({'name': generators.names()[0]})
    if not options.no_browser:
        timer = threading.Timer(SOON, webbrowser.open, [address])
        timer.daemon = True
        timer.start()
    if not _is_loopback(options.host):
        print(f'--host {options.host}: other machines can use the page.')
    app = make_app(studio, desk, training, options.host)
    server = uvicorn.Server(uvicorn.Config(app, log_level='warning', server_header=False))
    print('Ready.', flush=True)
    server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    # asyncio sends small answers at once (TCP_NODELAY) where the protocol is named; without it each waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, UnicodeError) as error:
        listening.close()
        raise OptionError(f'--port {port}, --host {host}: cannot be served at ({error}); allowed is another '
                          '--port, such as 7861') from None
    return listening


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == 'localhost'
