"""The gate before every answer: whom the server answers to, how much it reads, and what browsers must not do."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from anyio import CancelScope
from starlette.exceptions import HTTPException

from query.serve.serving import Serving
from storage.reading import DatabaseProblem

Message: TypeAlias = MutableMapping[str, Any]  # Any: ASGI's own
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024  # of a request's body
_TOO_LARGE = f"a request may have {MOST_BYTES:,} bytes"
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "private, no-cache",
}


class Gate:
    """Lets in what names this server and is no flood, and sends every answer out with its headers."""

    def __init__(self, app: App, serving: Serving) -> None:
        self._app, self._serving = app, serving

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_out(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                more = ((name.encode(), value.encode()) for name, value in _HEADERS.items())
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in present)]
            await send(message)

        headers = dict(scope["headers"])
        names = self._serving.names
        if names is not None and host_of(headers.get(b"host", b"")) not in names:
            # A page of another site whose name was made to point here (DNS rebinding) would read everything.
            await _refuse(
                send_out, 421, "Misdirected Request", "this server has another name: see newsfold serve --name"
            )
        elif _is_too_large(headers):
            await _refuse(send_out, 413, "Content Too Large", _TOO_LARGE)
        elif scope["method"] == "POST" and _is_of_another_site(headers):
            # A form that logs a reader in as somebody else needs no secret of ours.
            await _refuse(send_out, 403, "Forbidden", "a page of another site sent this: use this server's own")
        else:
            await self._answer(scope, _bounded(receive), send_out)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:  # Starlette's, where a file that had begun cannot go on
            if not isinstance(error.__cause__, DatabaseProblem):
                raise
            _log.error("%s breaks off: %s", scope["path"], error.__cause__)  # and its reader sees it end too early


class Heads:
    """Answers HEAD as GET is answered, without the body, which is not made any further."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        with CancelScope() as over:

            async def send_head(message: Message) -> None:
                if message["type"] != "http.response.body":
                    await send(message)
                    return
                await send({"type": "http.response.body", "body": b""})
                over.cancel()

            await self._app({**scope, "method": "GET"}, receive, send_head)


def host_of(header: bytes) -> str:
    """Give the name in a Host header, without its port.

    >>> [host_of(header) for header in (b"localhost:8460", b"[::1]:8460", b"News.example")]
    ['localhost', '::1', 'news.example']
    """
    text = header.decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


def _is_too_large(headers: dict[bytes, bytes]) -> bool:
    length = headers.get(b"content-length", b"0").lstrip(b"0") or b"0"
    return not length.isdigit() or len(length) > 12 or int(length) > MOST_BYTES


def _bounded(receive: Receive) -> Receive:
    """Give what receives a body of MOST_BYTES at most, whatever it said of itself: in chunks it says nothing."""
    came = 0

    async def receive_some() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > MOST_BYTES:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return receive_some


def _is_of_another_site(headers: dict[bytes, bytes]) -> bool:
    """Tell whether a page of another site sent this; browsers say so, and programs say nothing.

    Who knows no Sec-Fetch-Site sends an Origin, which is null where a page keeps its address to itself, as ours do.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none")
    origin = headers.get(b"origin", b"null")
    return origin != b"null" and host_of(origin.partition(b"://")[2]) != host_of(headers.get(b"host", b""))


async def _refuse(send: Send, status: int, title: str, detail: str) -> None:
    body = f'{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}"}}'.encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
