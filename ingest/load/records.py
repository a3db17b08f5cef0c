"""WARC records out of the bytes of a file, one at a time, going on at the next one where one is damaged.

WARC 1.1, https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/ (sections 4 and 5).
fastwarc and warcio stop at the first damage, or miss it: a length that runs past the end swallows the records behind
it without a word, and a file cut short ends as if it were whole. So the frame is read here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.load.members import RECORD_MARK, Lost, Piece, Start

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_NEWLINES = re.compile(rb"[\r\n]*")
_RECORD_LINE = re.compile(rb"(?:\A|\n)(?=WARC/1\.[0-9]\r?\n[A-Za-z-]{1,100}:)")
_RECORD_LINE_BYTES = 128  # as many as tell a record's beginning, and the line break before it
_LENGTH = re.compile(r"[0-9]{1,18}")
_MANY_NEWLINES = 1 << 10  # two end a record


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
            if tape.is_at_record():
                item = _record(tape, header_bytes, block_bytes)
            else:
                item = tape.damage({}, "no WARC record begins here")
                tape.find_record()
            is_told = isinstance(item, Damage)
            yield item
        if tape.lost and not is_told:
            yield tape.damage({}, tape.lost.detail)


class _Tape:
    """Unpacked bytes between two breaks, of which `data` is what is at hand."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self._pieces = pieces
        self._break: Start | Lost | None = None  # what ends the stretch, once met
        self._start = 0
        self._position = 0  # of `data` behind the start
        self.data = bytearray()

    @property
    def lost(self) -> Lost | None:
        """What was lost at the end of the stretch, once it is met."""
        return self._break if isinstance(self._break, Lost) else None

    @property
    def position(self) -> int:
        return self._position

    def next_start(self) -> bool:
        """Go to the next stretch; tell whether there is one."""
        while not isinstance(self._break, Start):
            self._break = None
            while self.fill():
                self.data.clear()
            if self._break is None:
                return False
        self._start, self._position, self._break = self._break.offset, 0, None
        self.data.clear()
        return True
'''
'''
