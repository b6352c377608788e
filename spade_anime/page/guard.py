"""Which requests are answered: those that a page of this server sends, of a size that fits."""
import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spade_anime.page.faults import Refused, RequestError, TooLarge

MOST_BYTES = 2 ** 25
"""Of a body: 32 MB, a drawing as a camera takes it."""

HEADERS = {
    'content-security-policy': "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
                               "form-action 'self'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin', 'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff', 'cache-control': 'no-store'}
"""Of every answer: the page loads nothing from elsewhere, and no other page shows it or reads from it."""


class Guard:
    """Answers with 4xx what is not meant for this server, was sent by another site, or is too large.

    A name that an attacker resolves to this machine (DNS rebinding) is not the one that the server has; a form or a
    script of another site (CSRF) names its own origin.

    Args:
        app: what answers the others.
        host: address that the server was told to serve at.
    """

    def __init__(self, app: ASGIApp, host: str):
        self.app, self.host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] != 'http':
            await self.app(scope, receive, send)
            return
        headers = {name.decode('latin-1').lower(): value.decode('latin-1') for name, value in scope['headers']}
        try:
            self._check(headers)
            body = await _body(receive)
        except RequestError as error:
            await _answer(error)(scope, receive, _with_headers(send))
            return
        await self.app(scope, _replayed(body, receive), _with_headers(send))

    def _check(self, headers: dict[str, str]) -> None:
        host = headers.get('host', '')
        if not _known(_parts(f'//{host}').hostname or '', self.host):
            raise Refused('Host: the request is meant for another server; open the address that paint.py printed')
        if 'origin' in headers and _parts(headers['origin']).netloc != host:
            raise Refused('Origin: the request comes from another page; allowed is the page of this server alone')
        if headers.get('sec-fetch-site', 'none') not in ('same-origin', 'none'):
            raise Refused('Sec-Fetch-Site: the request comes from another site; allowed is the page of this server')
        length = headers.get('content-length', '0')
        if not length.isascii() or not length.isdigit() or int(length[:20]) > MOST_BYTES:
            raise TooLarge(f'the body: allowed are up to {MOST_BYTES:,} bytes')


def _parts(address: str) -> SplitResult:
    """The parts of an address; all are '' where it is none."""
    try:
        parts = urlsplit(address)
        parts.hostname, parts.port  # noqa: B018  (they are read when they are asked for)
    except ValueError:
        return SplitResult('', '', '', '', '')
    return parts


def _known(name: str, host: str) -> bool:
    """Whether a request to ``name`` may be meant for a server at ``host``; an address is not looked up by anyone."""
    if name in ('localhost', host.lower()):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not _loopback(host)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == 'localhost'


async def _body(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get('body', b''))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise TooLarge(f'the body: allowed are up to {MOST_BYTES:,} bytes')
        more = message.get('more_body', False)
    return b''.join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages: Iterable[Message] = iter([{'type': 'http.request', 'body': body, 'more_body': False}])

    async def again() -> Message:
        for message in messages:
            return message
        return await receive()
    return again


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message['type'] == 'http.response.start':
            message['headers'] = [*message.get('headers', []), *(
                (name.encode(), value.encode()) for name, value in HEADERS.items())]
        await send(message)
    return sent


def _answer(error: RequestError) -> JSONResponse:
    return JSONResponse({'error': str(error)}, error.status)
