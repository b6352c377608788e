"""Paths of the server, and what answers them."""
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from spade_anime.errors import InputError, WriteError
from spade_anime.page.desk import Desk
from spade_anime.page.faults import RequestError
from spade_anime.page.guard import Guard
from spade_anime.page.options import LOOPBACK
from spade_anime.page.pictures import Painted
from spade_anime.page.studio import Studio
from spade_anime.page.trainings import Training

STATIC = Path(__file__).parent / 'static'


def make_app(studio: Studio, desk: Desk, training: Training, host: str = LOOPBACK) -> Guard:
    """The page and what it asks for, as an ASGI application. ``host``: address that it is served at."""
    routes = [
        Route('/', lambda request: FileResponse(STATIC / 'index.html')),
        _get('state', lambda query: JSONResponse(
            {**studio.state(), 'data': desk.state(), 'training': training.state()})),
        _get('generator', lambda query: JSONResponse(studio.generator(query))),
        _get('example', lambda query: _bytes(studio.example(query))),
        _post('paint', lambda query, body: _painted(studio.paint(body), _bytes, Painted.pixels)),
        _post('picture', lambda query, body: _painted(studio.paint(body), _png, Painted.png)),
        _post('label', lambda query, body: _png(studio.label_png(body))),
        _post('read_label', lambda query, body: JSONResponse(studio.read_label(query, body))),
        _get('data', lambda query: JSONResponse(desk.state())),
        _get('drawing', lambda query: _png(desk.drawing(query))),
        _get('crop', lambda query: JSONResponse(desk.crop(query))),
        _post('crop', lambda query, body: JSONResponse(desk.choose(body))),
        _get('draft', lambda query: JSONResponse(desk.draft(query))),
        _post('data', lambda query, body: JSONResponse(desk.save(body))),
        _post('label_rest', lambda query, body: JSONResponse(desk.label_rest(body))),
        _post('labelled', lambda query, body: JSONResponse(desk.label(query, body))),
        _post('drawing', lambda query, body: JSONResponse(desk.drop(query, body))),
        _post('sample', lambda query, body: JSONResponse(desk.sample(body))),
        _get('training', lambda query: JSONResponse(training.state())),
        _get('training_picture', lambda query: _png(training.picture(query))),
        _post('training', lambda query, body: JSONResponse(training.order(body))),
        Mount('/static', StaticFiles(directory=STATIC)),
    ]
    return Guard(Starlette(routes=routes), host)


def _get(name: str, answer: Callable) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answered(answer, request.query_params)
    return Route(f'/api/{name}', endpoint)


def _post(name: str, answer: Callable) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answered(answer, request.query_params, await request.body())
    return Route(f'/api/{name}', endpoint, methods=['POST'])


async def _answered(answer: Callable, *given: Any) -> Response:
    """What ``answer`` gives, in a thread: painting lets the other requests pass."""
    try:
        return await run_in_threadpool(answer, *given)
    except InputError as error:
        return JSONResponse({'error': str(error)}, _status(error))


def _status(error: InputError) -> int:
    if isinstance(error, RequestError):
        return error.status
    return 507 if isinstance(error, WriteError) else 422


def _bytes(content: bytes) -> Response:
    return Response(content, media_type='application/octet-stream')


def _png(content: bytes) -> Response:
    return Response(content, media_type='image/png')


def _painted(painted: Painted, answer: Callable[[bytes], Response], content: Callable[[Painted], bytes]) -> Response:
    response = answer(content(painted))
    response.headers['x-painted'] = painted.told
    return response
