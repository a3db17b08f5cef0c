"""WARC records out of the bytes of a file, one at a time, going on at the next one where one is damaged.

WARC 1.1, https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/ (sections 4 and 5).
fastwarc and warcio stop at the first damage, or miss it: a length that runs past the end swallows the records behind
it without a word, and a file cut short ends as if it were whole. So the frame is read here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.load.members import RECORD_MARK, Lost, Piece, Start

_HEADER_END = re.compile(rb"\r?\n\r?\n|\n(?=WARC/1\.[0-9]\r?\n)")  # a blank line; or another header, and none
_NEWLINES = re.compile(rb"[\r\n]*")
_MANY_NEWLINES = 1 << 10  # two end a record
_RECORD_LINE = re.compile(rb"WARC/1\.[0-9]\r?\n[A-Za-z-]{1,100}:")
_RECORD_LINE_BYTES = 128  # as many as the longest match has
_LENGTH = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record that is whole."""

    at: str  # where it begins, in bytes: "1024", or "1024+512", 512 unpacked bytes into the gzip member there
    fields: dict[str, str]  # names in lower case; the first of several
    block: bytes | None  # None: larger than the limit, and not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A stretch that gives no record."""

    at: str
    fields: dict[str, str]  # of the record it hit, as far as they were read
    detail: str
    is_cut: bool  # the file ends here, inside a record


def records(pieces: Iterator[Piece], *, header_bytes: int, block_bytes: int) -> Iterator[Record | Damage]:
    """Give every record that is whole, and one Damage for each stretch between them.

    A block of more than `block_bytes` is gone through and not kept.
    """
    tape = _Tape(pieces)
    while tape.next_start():
        is_told = False
        while not tape.is_done():
            if tape.has(len(RECORD_MARK)) and tape.data.startswith(RECORD_MARK):
                item = _record(tape, header_bytes, block_bytes)
            else:
                item = _damage(tape, tape.at, {}, "no WARC record begins here", is_short=False)
            is_told = isinstance(item, Damage)
            yield item
        if tape.lost and not is_told:
            yield Damage(at=tape.at, fields={}, detail=tape.lost.detail, is_cut=tape.lost.is_cut)


def header_fields(header: bytes | bytearray) -> dict[str, str]:
    """Give the fields of a WARC or HTTP header behind its first line: names in lower case, the first of several."""
    fields: dict[str, str] = {}
    name = ""
    for line in header.decode("utf-8", "replace").split("\n")[1:]:
        if line[:1] in (" ", "\t") and name:
            fields[name] += " " + line.strip()
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower() if colon else ""
        if name:
            fields.setdefault(name, value.strip())
    return fields


class _Tape:
    """Unpacked bytes between two breaks, of which `data` is what is at hand."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self._pieces = pieces
        self._break: Start | Lost | None = None  # what ends the stretch, once met
        self._start = 0
        self.is_ended = False  # no more pieces
        self.position = 0  # of `data` in the stretch
        self.data = bytearray()

    @property
    def lost(self) -> Lost | None:
        """What is lost at the end of the stretch, once met."""
        return self._break if isinstance(self._break, Lost) else None

    @property
    def at(self) -> str:
        """The place of `data` in the file."""
        return f"{self._start}+{self.position}" if self._start and self.position else str(self._start or self.position)

    def next_start(self) -> bool:
        """Go to the next stretch; tell whether there is one."""
        while not isinstance(self._break, Start):
            if self.is_ended:
                return False
            self._break = None
            self.data.clear()
            self._fill()
        self._start, self.position, self._break = self._break.offset, 0, None
        self.data.clear()
        return True

    def has(self, size: int) -> bool:
        """Tell whether so many bytes are left, which are then at hand."""
        while len(self.data) < size:
            if not self._fill():
                return False
        return True

    def drop(self, size: int) -> None:
        """Go on by so many of the bytes at hand."""
        self.position += min(size, len(self.data))
        del self.data[:size]

    def is_done(self) -> bool:
        """Go to the next byte that is no line break; tell whether there is none."""
        while True:
            self.drop(_end(_NEWLINES, self.data, 0))
            if self.data:
                return False
            if not self._fill():
                return True

    def header_end(self, limit: int) -> int | None:
        """Give the size of the header that begins here, its blank line included; None when it is longer, or cut."""
        while True:
            found = _HEADER_END.search(self.data)
            if found:
                return found.end() if found.end() <= limit and found[0] != b"\n" else None
            if len(self.data) > limit or not self._fill():
                return None

    def is_record_end(self, size: int) -> bool:
        """Tell whether a record of so many bytes is whole: all there, and ended as records are, or by the next one."""
        if not self.has(size):
            return False
        while (end := _end(_NEWLINES, self.data, size)) == len(self.data):
            if end - size > _MANY_NEWLINES:
                return False
            if not self._fill():
                return self.lost is None
        self.has(end + len(RECORD_MARK))
        is_next = RECORD_MARK.startswith(self.data[end : end + len(RECORD_MARK)])
        return is_next or self.data.startswith(b"\r\n\r\n", size)

    def find_record(self) -> bool:
        """Go to the next line that begins a record, behind a line break yet to pass; tell whether there is one."""
        while True:
            at = self.data.find(b"\n" + RECORD_MARK)  # quicker than a pattern, by far
            if at >= 0:
                self.drop(at + 1)
                self.has(_RECORD_LINE_BYTES)
                if _RECORD_LINE.match(self.data):
                    return True
            else:
                self.drop(max(0, len(self.data) - len(RECORD_MARK)))
                if not self._fill():
                    self.drop(len(self.data))
                    return False

    def _fill(self) -> bool:
        if self._break is not None or self.is_ended:
            return False
        piece = next(self._pieces, None)
        if piece is None:
            self.is_ended = True
        elif isinstance(piece, bytes):
            self.data += piece
            return True
        else:
            self._break = piece
        return False


def _end(pattern: re.Pattern[bytes], data: bytearray, start: int) -> int:
    found = pattern.match(data, start)
    return found.end() if found else start


def _record(tape: _Tape, header_bytes: int, block_bytes: int) -> Record | Damage:
    at = tape.at
    end = tape.header_end(header_bytes)
    if end is None:
        return _damage(tape, at, {}, f"no end of its header within {header_bytes:,} bytes", is_short=True)
    fields = header_fields(tape.data[:end])
    length = fields.get("content-length", "missing")
    if not _LENGTH.fullmatch(length):
        tape.drop(end - 1)
        return _damage(tape, at, fields, f"Content-Length {length[:40]!r}", is_short=False)
    size = int(length)
    if size > block_bytes:
        tape.drop(end - 1)
        return _large(tape, at, fields, size)
    if tape.is_record_end(end + size):
        with memoryview(tape.data) as view:
            block = bytes(view[end : end + size])
        tape.drop(end + size)
        return Record(at=at, fields=fields, block=block)
    is_short = len(tape.data) < end + size
    tape.drop(end - 1)
    return _damage(tape, at, fields, f"no record ends where Content-Length {size} says", is_short=is_short)


def _large(tape: _Tape, at: str, fields: dict[str, str], size: int) -> Record | Damage:
    """Go through a block that is not kept, looking for the next record, since its length may be a lie."""
    before = tape.position + 1
    detail = f"no record ends where Content-Length {size} says"
    damage = _damage(tape, at, fields, detail, is_short=True)
    gone = tape.position - before
    is_whole = size <= gone <= size + _MANY_NEWLINES and not tape.lost
    return Record(at=at, fields=fields, block=None) if is_whole else damage


def _damage(tape: _Tape, at: str, fields: dict[str, str], detail: str, *, is_short: bool) -> Damage:
    """Go to the next record, and give what is lost before it; the line break before this place is still at hand."""
    is_found = tape.find_record()
    if tape.lost and not is_found:
        return Damage(at=at, fields=fields, detail=tape.lost.detail, is_cut=tape.lost.is_cut)
    return Damage(at=at, fields=fields, detail=detail, is_cut=is_short and not is_found and tape.is_ended)
