"""Answers that no honest server gives: drips, bodies without end, bombs.

Each gives what `Outlet.script()` takes: called when the request was read, it writes what it likes; then the
connection is closed.
"""

import asyncio
import zlib
from functools import lru_cache
from typing import Literal

from tests.newsroom_server import Lie, head_of

Coding = Literal["gzip", "deflate", "raw deflate"]
_HTML = ("Content-Type", "text/html; charset=utf-8")
_PIECE = b"<p>All work and no play.</p>\n" * 2_000


def endless(*, chunked: bool) -> Lie:
    """Send a page that does not end, as fast as it is read."""
    coding = [("Transfer-Encoding", "chunked")] if chunked else [("Connection", "close")]
    piece = b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE) if chunked else _PIECE

    async def lie(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head_of(200, _HTML, *coding))
        while True:
            writer.write(piece)
            await writer.drain()

    return lie


def hollow() -> Lie:
    """Send a gzip body that does not end and unpacks to nothing: stored blocks of no bytes (RFC 1951, 3.2.4)."""
    piece = b"\0\0\0\xff\xff" * 10_000

    async def lie(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head_of(200, _HTML, ("Content-Encoding", "gzip")))
        writer.write(b"\x1f\x8b\x08" + bytes(7))
        while True:
            writer.write(piece)
            await writer.drain()

    return lie


def drip(start: bytes, piece: bytes, *, every_s: float) -> Lie:
    """Send `start` at once, then a small piece again and again."""

    async def lie(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            await writer.drain()
            await asyncio.sleep(every_s)
            writer.write(piece)

    return lie


def silence(start: bytes = b"") -> Lie:
    """Send `start`, then nothing, and leave the connection open until the client goes."""

    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await reader.read()

    return lie


def bomb(coding: Coding, megabytes: int, *, label: str | None = None) -> Lie:
    """Send that many megabytes of spaces, packed a thousand times smaller; `label` is the coding it claims."""
    body = packed_spaces(coding, megabytes)
    claimed = coding.removeprefix("raw ") if label is None else label
    head = head_of(200, _HTML, ("Content-Encoding", claimed), ("Content-Length", str(len(body))))

    async def lie(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + body)
        await writer.drain()

    return lie


@lru_cache
def packed_spaces(coding: Coding, megabytes: int) -> bytes:
    """Give a stream that unpacks to spaces: after a full flush a block can be repeated as it stands."""
    packer = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "deflate": 15, "raw deflate": -15}[coding])
    spaces = b" " * (1 << 20)
    first = packer.compress(spaces) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(spaces) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (megabytes - 1) + packer.flush()
