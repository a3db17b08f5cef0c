"""Bytes in bounded pieces: unpacking, UTF-8 out of UTF-16, and lines, none of which can fill the memory.

A piece is about `BLOCK` bytes, but for zstd, where it may reach 32 MiB.
"""

import codecs
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Protocol

import zstandard
from fastwarc.stream_io import BrotliReader

from ingest.outcome import Outcome, Refused

BLOCK = 1 << 16
GZIP_MAGIC = b"\x1f\x8b\x08"  # deflate, the only method there is
# A zstd block of 128 KiB can be as short as 4 bytes (RFC 8878, 3.1.1.2), and the decompressor has no output limit: so
# much input gives at most 32 MiB. Feeding 1 KiB at a time costs no more than reading the stream in large pieces.
_ZSTD_STEP = 1 << 10
_EMPTY_LINES = re.compile(rb"(?:\r?\n)++")
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",  # after UTF-32, whose little-endian mark begins with this one
    codecs.BOM_UTF16_BE: "utf-16",
}


class Readable(Protocol):
    """What bytes are read from; fewer than asked for means nothing, none means the end."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes."""


class Packing(StrEnum):
    """How a file is packed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


def packing_of(head: bytes) -> Packing:
    """Give how the bytes that begin with `head` are packed, by their magic number."""
    if head.startswith(GZIP_MAGIC):
        return Packing.GZIP
    is_skippable = head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50
    return Packing.ZSTD if is_skippable or head.startswith(b"\x28\xb5\x2f\xfd") else Packing.NONE


def blocks(file: Readable) -> Iterator[bytes]:
    """Give what is left of `file`."""
    while block := file.read(BLOCK):
        yield block


def unpacked(pieces: Iterable[bytes], packing: Packing, url: str) -> Iterator[bytes]:
    """Give what was packed; raise `Refused` where it is damaged or cut, after all that came before.

    Bytes behind the last member that are none themselves are ignored, as gzip does.
    """
    match packing:
        case Packing.NONE:
            return iter(pieces)
        case Packing.GZIP:
            return gunzip(pieces, url)
        case Packing.ZSTD:
            return unzstd(pieces, url)


def gunzip(pieces: Iterable[bytes], url: str, *, wbits: int = 31) -> Iterator[bytes]:
    """Give what gzip members hold, as `unpacked` does; other `wbits` (see `zlib.decompressobj`) for a bare stream."""
    member = zlib.decompressobj(wbits)
    try:
        for piece in pieces:
            rest = _next_member(piece) if member.eof else piece
            while rest:
                if member.eof:
                    member = zlib.decompressobj(wbits)
                yield member.decompress(rest, BLOCK)
                rest = _next_member(member.unused_data) if member.eof else member.unconsumed_tail
        while not member.eof and (found := member.decompress(b"", BLOCK)):
            yield found
    except zlib.error as error:
        raise Refused(Outcome.DAMAGED, url, f"packed data is damaged: {error}") from None
    if not member.eof:
        raise Refused(Outcome.DAMAGED, url, "packed data is cut short; get the file again")


def _next_member(rest: bytes) -> bytes:
    """Give what is behind the padding if a gzip member begins there, else nothing."""
    rest = rest.lstrip(b"\0")
    return rest if GZIP_MAGIC.startswith(rest[:3]) else b""


def unzstd(pieces: Iterable[bytes], url: str) -> Iterator[bytes]:
    """Give what zstd frames hold, as `unpacked` does."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    kept = b""  # a few bytes behind a frame: too few to tell whether another one begins
    try:
        for piece in pieces:
            data, kept, at = kept + piece, b"", 0
            while at < len(data):
                if frame.eof:
                    if len(data) - at < 4:
                        kept = data[at:]
                        break
                    if packing_of(data[at : at + 4]) is not Packing.ZSTD:
                        return
                    frame = zstandard.ZstdDecompressor().decompressobj()
                yield frame.decompress(data[at : at + _ZSTD_STEP])
                at = min(at + _ZSTD_STEP, len(data)) - len(frame.unused_data)
    except zstandard.ZstdError as error:
        raise Refused(Outcome.DAMAGED, url, f"packed data is damaged: {error}") from None
    if not frame.eof:
        raise Refused(Outcome.DAMAGED, url, "packed data is cut short; get the file again")


def inflated(body: bytes, url: str) -> Iterator[bytes]:
    """Give what the HTTP coding "deflate" holds: zlib (RFC 9110, 8.4.1.2), or the bare stream some servers send."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return gunzip([body], url, wbits=15 if is_zlib else -15)


def unbrotli(body: bytes, url: str) -> Iterator[bytes]:
    """Give what a brotli stream holds, as `unpacked` does."""
    reader = BrotliReader(io.BytesIO(body))
    try:
        while piece := reader.read(BLOCK):
            yield piece
    except OSError as error:
        raise Refused(Outcome.DAMAGED, url, f"packed data is damaged: {error}") from None


def whole(pieces: Iterable[bytes], limit: int, url: str) -> bytes:
    """Join the pieces; raise `Refused` as soon as they are more than `limit` bytes."""
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise Refused(Outcome.TOO_LARGE, url, f"more than {limit:,} bytes; raise the limit, or split it")
        kept.append(piece)
    return b"".join(kept)


def as_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Drop a byte order mark; decode UTF-16 and UTF-32 that have one, what is broken in them becoming U+FFFD."""
    pieces = iter(pieces)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= 4:
            break
    encoding = next((name for bom, name in _BOMS.items() if head.startswith(bom)), None)
    if encoding is None:
        yield head.removeprefix(codecs.BOM_UTF8)
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    yield decoder.decode(head).encode()
    for piece in pieces:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


def not_beyond(pieces: Iterable[bytes], most: int, url: str) -> Iterator[bytes]:
    """Give the pieces; raise `Refused` before the one with which they are more than `most` bytes."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise Refused(Outcome.TOO_LARGE, url, f"unpacks to more than {most:,} bytes; load what is in it unpacked")
        yield piece


def lines(pieces: Iterable[bytes], limit: int) -> Iterator[tuple[int, bytes | None]]:
    r"""Give the lines that are not blank, each with its number, and without its "\n".

    None for one longer than `limit`, which is gone through and not kept.
    """
    begun: list[bytes] = []  # the line so far
    size, number = 0, 1
    for piece in pieces:
        at = 0
        # Not split(): a line at a time stays in the processor's cache, and is three times as fast.
        while (end := piece.find(b"\n", at)) >= 0:
            size += end - at
            if size > limit:
                yield number, None
            elif (line := b"".join([*begun, piece[at:end]]) if begun else piece[at:end]) and not line.isspace():
                yield number, line
            begun, size, at = [], 0, end + 1
            number += 1
            # A small file can unpack to a thousand million empty lines.
            if (empty := _EMPTY_LINES.match(piece, at)) is not None:
                number += piece.count(b"\n", at, empty.end())
                at = empty.end()
        size += len(piece) - at
        if size > limit:
            begun = []
        elif at < len(piece):
            begun.append(piece[at:])
    if size > limit:
        yield number, None
    elif (line := b"".join(begun)) and not line.isspace():
        yield number, line
