"""The gate before every answer: whom the server answers to, how much it reads, and what browsers must not do."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from anyio import CancelScope

from query.serve.serving import Serving
from storage.reading import DatabaseProblem

Message: TypeAlias = MutableMapping[str, Any]  # Any: ASGI's own
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024  # of a request's body
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
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
            await _refuse(send_out, 413, "Content Too Large", f"a request may have {MOST_BYTES:,} bytes")
        else:
            await self._answer(scope, receive, send_out)

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
    length = headers.get(b"content-length", b"0")
    # A body of unknown length is nothing that a form or a program of ours sends.
    return b"transfer-encoding" in headers or not length.isdigit() or int(length[:12]) > MOST_BYTES


async def _refuse(send: Send, status: int, title: str, detail: str) -> None:
    body = f'{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}"}}'.encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
