"""The bytes of a WARC file with the breaks in them: where a record may start afresh, and where bytes are lost.

A WARC file that is packed as it should be has one gzip member a record (WARC 1.1, annex D): each is a new start, so
that a record that lies about its length, or is damaged, costs only itself. Members that do not begin with a record
(blocks of a fixed size) go on with the one before.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.load.streams import BLOCK, GZIP_MAGIC, Packing, Readable, blocks, unzstd
from ingest.outcome import Refused

RECORD_MARK = b"WARC/1."

# RFC 1952, 2.3: deflate, known flags, any time, the usual marks of speed, a system or none.
_MEMBER_HEADER = re.compile(GZIP_MAGIC + rb"[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
_PROOF_BYTES = 4 << 10  # enough of a member to see how it begins
# Damaged data can be read on over the members behind it before it is noticed. It does not get far; and not to look
# back further keeps a file that was made to be slow from being read again and again.
_LOOK_BACK = 1 << 20


@dataclass(frozen=True, slots=True)
class Start:
    """What follows begins afresh, at this byte of the file."""

    offset: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes are missing here, and what follows begins with a Start."""

    detail: str
    is_cut: bool  # the file ends here


Piece = bytes | Start | Lost


class Seekable(Readable, Protocol):
    """What bytes are read from, at any place."""

    def seek(self, offset: int, /) -> int:
        """Go to a place, and give it."""


def pieces(file: Seekable, packing: Packing) -> Iterator[Piece]:
    """Give the unpacked bytes of a file, from its beginning, and the breaks in them."""
    if packing is Packing.GZIP:
        yield from _members(_Window(file))
        return
    yield Start(0)
    try:
        yield from blocks(file) if packing is Packing.NONE else unzstd(blocks(file), "")
    except Refused as refusal:
        yield Lost(refusal.detail, is_cut=True)


class _Window:
    """Packed bytes not yet used."""

    def __init__(self, file: Seekable) -> None:
        self._file = file
        self.data = b""
        self.offset = 0  # of `data` in the file

    def more(self) -> bool:
        """Read more behind `data`; tell whether there was any."""
        block = self._file.read(BLOCK)
        self.data += block
        return bool(block)

    def keep(self, rest: bytes) -> None:
        """Let go of all of `data` but its end, `rest`."""
        self.offset += len(self.data) - len(rest)
        self.data = rest

    def move(self, offset: int) -> None:
        """Go to another place in the file."""
        self._file.seek(offset)
        self.data, self.offset = b"", offset


def _members(window: _Window) -> Iterator[Piece]:
    while _skip_padding(window):
        offset = window.offset
        try:
            yield from _member(window, offset)
        except (zlib.error, EOFError) as error:
            is_found = _find_member(window, max(offset + 1, window.offset - _LOOK_BACK))
            is_cut = isinstance(error, EOFError) and not is_found
            detail = "cut short; get the file again" if is_cut else f"packed data is damaged: {error or 'no end'}"
            yield Lost(detail, is_cut=is_cut)


def _skip_padding(window: _Window) -> bool:
    """Go to the next byte that is not zero; tell whether there is one."""
    while True:
        window.keep(window.data.lstrip(b"\0"))
        if window.data or not window.more():
            return bool(window.data)


def _member(window: _Window, offset: int) -> Iterator[Piece]:
    """Give what one member holds, behind a Start where it begins with a record, or begins the file."""
    unpacked = _inflated(window)
    head = b""
    try:
        for found in unpacked:
            head += found
            if len(head) >= len(RECORD_MARK):
                break
    except (zlib.error, EOFError):
        yield Start(offset)
        raise
    if offset == 0 or head.startswith(RECORD_MARK):
        yield Start(offset)
    yield head
    yield from unpacked


def _inflated(window: _Window) -> Iterator[bytes]:
    inflater = zlib.decompressobj(31)
    while not inflater.eof:
        if not window.data and not window.more():
            raise EOFError
        yield inflater.decompress(window.data, BLOCK)
        window.keep(inflater.unused_data if inflater.eof else inflater.unconsumed_tail)


def _find_member(window: _Window, offset: int) -> bool:
    """Go to the next member that begins with a record, from `offset` on; tell whether there is one."""
    window.move(offset)
    is_more = window.more()
    while window.data:
        for found in _MEMBER_HEADER.finditer(window.data):
            if is_more and len(window.data) - found.start() < _PROOF_BYTES:
                break  # it is looked at again with more behind it
            if _begins_record(window.data[found.start() : found.start() + _PROOF_BYTES]):
                window.keep(window.data[found.start() :])
                return True
        window.keep(window.data[-_PROOF_BYTES + 1 :] if is_more else b"")
        is_more = window.more()
    return False


def _begins_record(packed: bytes) -> bool:
    try:
        return zlib.decompressobj(31).decompress(packed, len(RECORD_MARK)) == RECORD_MARK
    except zlib.error:
        return False
