"""What the server was started with, and starting it."""

import secrets
import signal
import socket
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import FrameType

import uvicorn

from query.serve.deadlines import Punctual
from storage.readers import Readers
from storage.reading import Reader

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_STOP_S = 10  # to finish what is being answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What every answer may need to know of the server."""

    readers: Readers
    is_open: bool  # reads need no token: no other machine can ask
    names: frozenset[str] | None = LOOPBACK  # that it answers to; None: any, since every read needs a token
    page_url: str | None = None  # where it is reached, where that was said; else as it was asked
    sources: str | None = None  # path of the list of sources, where it was given
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # signs sessions, which end with the server
    ended: dict[str, int] = field(default_factory=dict)  # sessions that were logged out, and when they had ended anyway

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.readers.url

    def reading(self) -> AbstractContextManager[Reader]:
        """Open the database to read one state of it; raises DatabaseProblem."""
        return self.readers.reading()


def is_loopback(host: str) -> bool:
    """Tell whether nothing but this machine reaches `host`.

    >>> [is_loopback(host) for host in ("localhost", "127.8.0.1", "::1", "0.0.0.0", "news.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def names_of(host: str, name: str | None) -> frozenset[str] | None:
    """Give the names under which a server at `host` answers; None: any, since every read needs a token.

    >>> sorted(names_of("127.0.0.1", None) or []), names_of("0.0.0.0", None)
    (['127.0.0.1', '::1', 'localhost'], None)
    >>> sorted((names_of("0.0.0.0", "News.example") or frozenset()) - LOOPBACK)
    ['0.0.0.0', 'news.example']
    """
    if name is None and not is_loopback(host):
        return None
    return LOOPBACK | {host.lower(), (name or host).lower()}


def bind(host: str, port: int) -> socket.socket:
    """Give a socket that listens there; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)


def run(app: object, listening: socket.socket, *, is_proxied: bool) -> None:
    """Serve until the process is told to end; answers that are under way are finished.

    A proxy on this machine says by X-Forwarded-Proto whether it was asked over HTTPS.
    """
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application, whose type is uvicorn's own
        log_level="warning",
        access_log=False,  # who asked what is nobody's business; /metrics counts
        server_header=False,
        proxy_headers=is_proxied,
        timeout_graceful_shutdown=_STOP_S,
        http=Punctual,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
        limit_concurrency=200,
        ws="none",
        lifespan="off",
    )
    # uvicorn ends by raising the signal again; that it came is no failure.
    before = {number: signal.signal(number, _quietly) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _quietly(_number: int, _frame: FrameType | None) -> None:
    pass
