"""The pretend newsroom's web server: HTTP/1.1 over raw streams, since it must be able to lie.

It writes down who asked for what and when.
"""

import asyncio
import http
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache

Lie = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One honest answer."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Visit:
    """One request as the server saw it."""

    connection: int  # the same number, the same connection
    method: str
    path: str  # with its query
    headers: dict[str, str]  # names in lower case
    began: float  # monotonic seconds: its head was read
    ended: float | None = None  # its last byte was about to be written; None while it is not
    status: int | None = None  # None for a lie


@dataclass(slots=True, kw_only=True, eq=False)
class Log:
    """Every request to one outlet, oldest first, and how many connections there were."""

    visits: list[Visit] = field(default_factory=list)
    connections: int = 0


class Hang:
    """Instead of an answer: silence until the client goes."""


class Close:
    """Instead of an answer: the connection closed."""


Answer = Reply | Lie | Hang | Close
Desk = Callable[[Visit], tuple[Answer, float]]  # the answer, and the seconds it takes


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, desk: Desk, log: Log) -> None:
    """Answer the requests of one connection until one side closes it."""
    log.connections += 1
    number = log.connections
    try:
        while await _one(reader, writer, desk=desk, log=log, connection=number):
            pass
        writer.close()
        await writer.wait_closed()
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # the client went
    finally:
        writer.transport.abort()  # nothing is left where the newsroom closes while a client reads


async def _one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, desk: Desk, log: Log, connection: int
) -> bool:
    """Answer one request; tell whether the connection stays open."""
    visit = _read(await reader.readuntil(b"\r\n\r\n"), connection)
    log.visits.append(visit)
    try:
        answer, latency_s = desk(visit)
        if latency_s:
            await asyncio.sleep(latency_s)
        match answer:
            case Reply():
                stays = visit.headers.get("connection", "").lower() != "close"
                visit.status, sent = _encode(answer, visit, stays=stays)
                visit.ended = time.monotonic()  # before the client can know: it may only look longer from there
                writer.write(sent)
                await writer.drain()
                return stays
            case Hang():
                await reader.read()
            case Close():
                pass
            case lie:
                await lie(reader, writer)
        return False
    finally:
        if visit.ended is None:
            visit.ended = time.monotonic()


def _read(head: bytes, connection: int) -> Visit:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Visit(connection=connection, method=method, path=path, headers=headers, began=time.monotonic())


def _encode(reply: Reply, visit: Visit, *, stays: bool) -> tuple[int, bytes]:
    """Give the status and the bytes of an answer: 304 where the client knows it, gzip where it may."""
    headers = list(reply.headers)
    if reply.etag:
        headers.append(("ETag", reply.etag))
    if reply.last_modified:
        headers.append(("Last-Modified", reply.last_modified))
    status, body = (304, b"") if reply.status == 200 and _is_known(reply, visit) else (reply.status, reply.body)
    is_stated = any(name == "Content-Length" for name, _ in headers)  # a lie, or it would not be
    if body and not is_stated and "gzip" in visit.headers.get("accept-encoding", ""):
        body = gzipped(body)
        headers.append(("Content-Encoding", "gzip"))
    if status not in {204, 304} and not is_stated:
        headers.append(("Content-Length", str(len(body))))
    if not stays:
        headers.append(("Connection", "close"))
    head = head_of(status, *headers)
    return status, head if visit.method == "HEAD" else head + body


def _is_known(reply: Reply, visit: Visit) -> bool:
    """Tell whether the condition of a request holds; If-None-Match goes first (RFC 9110, 13.2.2)."""
    if reply.etag and (named := visit.headers.get("if-none-match")):
        return reply.etag in (tag.strip() for tag in named.split(","))
    return reply.last_modified is not None and reply.last_modified == visit.headers.get("if-modified-since")


def head_of(status: int, *headers: tuple[str, str]) -> bytes:
    """Give a status line and headers, the empty line included."""
    try:
        reason = http.HTTPStatus(status).phrase
    except ValueError:
        reason = "Unheard Of"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@lru_cache(maxsize=50_000)
def gzipped(body: bytes) -> bytes:
    """Give a body in gzip, the same bytes each time."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


class Door:
    """Where one outlet's connections come in."""

    def __init__(self, *, desk: Desk, log: Log) -> None:
        self._desk = desk
        self._log = log
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def is_open(self) -> bool:
        """Whether anyone can connect."""
        return self._server is not None

    async def open(self, host: str, port: int) -> int:
        """Listen; give the port, chosen by the system where it is 0."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=_HEAD_BYTES, backlog=512)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, and cut every connection."""
        if self._server is None:
            return
        self._server.close()
        await asyncio.sleep(0.01)  # who was being let in is in now
        tasks = list(self._open)
        for task, writer in self._open.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()  # since Python 3.12, for the last connection
        self._server = None

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own, made at once: one that is cancelled before it begins would leave its connection open.
        task = asyncio.get_running_loop().create_task(serve(reader, writer, desk=self._desk, log=self._log))
        self._open[task] = writer
        task.add_done_callback(self._open.pop)
