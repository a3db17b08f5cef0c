"""From disk: paths -> documents, one at a time, whatever their number and size.

    roots(paths) | walk | shelves: of the files of one folder, is all as it was?  then FileEnd(skipped), else each file:
      open_regular  regular files only                 else NOT_REGULAR, PERMISSION, VANISHED
      kind_of       by content, then by name           else BINARY; no news met in a folder is left out
      page          .html, .txt: one document
      warc          many: file_key, in `taken`?        then FileEnd(skipped), else documents, FileEnd
      jsonl         the same for each thousand lines, so that a file that has grown is known up to its end

What a file is called, and so what a document without a URL is called, is told in ingest/load/names.py.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import xxhash

from ingest.document import RawDocument, signed64
from ingest.load import jsonl, warc
from ingest.load.members import RECORD_MARK
from ingest.load.metered import Meter, MeteredFile
from ingest.load.names import PathProblem, Root, roots
from ingest.load.reading import Limits, Place, Reading
from ingest.load.shelves import Shelf, shelves
from ingest.load.sniff import HEAD_BYTES, Kind, binary_format, claim_of, is_news, kind_of, known_format
from ingest.load.streams import Packing, as_utf8, blocks, not_beyond, packing_of, unpacked, whole
from ingest.load.walk import Obstacle, open_regular, outcome_of, size_on_disk, walk
from ingest.outcome import Outcome, Refused, Rejection

__all__ = ["FileEnd", "Item", "Limits", "PathProblem", "load", "load_stream", "size_of"]

_LIMITS = Limits()
_HASHED_AT_ONCE = 1 << 20
_STREAM_BYTES = 1 << 30
_MOST_RATIO = 200  # of a packed JSONL file: news packs to a fifth or so, one line again and again to a thousandth
_FREE_BYTES = 16 << 20  # that any of them may unpack to
_MEDIA_TYPES = {Kind.HTML: "text/html", Kind.TEXT: "text/plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEnd:
    """A WARC file, a section of a JSONL file, or a shelf of files, has been gone through to its end, unchanged."""

    path: str  # the file's identity, which those of its documents without a URL begin with; of a shelf, the folder's
    file_key: int  # signed 64-bit xxh3 of content (of a shelf: sizes and times), source and path: the same documents
    skipped: bool  # `taken` knew the key, and none of its documents was given out
    bytes_read: int  # of a file as on disk, of a section as unpacked


Item = RawDocument | Rejection | FileEnd


def load(
    paths: Iterable[Path],
    *,
    source: str | None,
    now: datetime,
    taken: Container[int] = frozenset(),
    limits: Limits = _LIMITS,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Item]:
    """Give every document below the paths, and a rejection for each that cannot be given, in the order of the paths.

    What holds many documents is followed by its FileEnd, unless it was cut short or changed meanwhile: then a rejection
    for the file says so, and it should be read again. `progress` is called with the bytes gone through since its last
    call, as on disk; their sum is `size_of(paths)`, unless files change.

    Raise `PathProblem` at once, before anything is read, for a path that does not exist.
    """
    return _items(roots(paths), source=source, now=now, taken=taken, limits=limits, progress=progress)


def load_stream(stream: BinaryIO, *, name: str, now: datetime, limits: Limits = _LIMITS) -> Iterator[Item]:
    """Give every document in `stream`, and a rejection for each that cannot be given, as if it were a file `name`.

    It is copied to a temporary file: what it holds is told by its first bytes, which are read twice.
    """
    reading = Reading(place=Place(path=name, url=name, folder=name, is_named=True), source=None, now=now, limits=limits)
    with TemporaryFile(buffering=0) as file:
        size = 0
        while size <= _STREAM_BYTES and (piece := stream.read(_HASHED_AT_ONCE)):
            size += file.write(piece)
        file.seek(0)
        try:
            if size > _STREAM_BYTES:
                raise Refused(Outcome.TOO_LARGE, name, f"more than {_STREAM_BYTES:,} bytes; save it to a file")
            yield from _read(reading, MeteredFile(file, Meter(size, None)), frozenset())
        except Refused as refusal:
            yield reading.rejection(refusal.outcome, refusal.detail, url=refusal.url)


def size_of(paths: Iterable[Path]) -> int:
    """Give the bytes on disk that `load` goes through; raise `PathProblem` as it does."""
    return sum(size_on_disk(step) for step in walk(roots(paths)) if isinstance(step, Place))


def _items(
    named: tuple[Root, ...],
    *,
    source: str | None,
    now: datetime,
    taken: Container[int],
    limits: Limits,
    progress: Callable[[int], None] | None,
) -> Iterator[Item]:
    def items_in(place: Place) -> Iterator[Item]:
        return _of_file(Reading(place=place, source=source, now=now, limits=limits), taken, progress)

    for step in shelves(walk(named), source=source, now=now):
        match step:
            case Obstacle():
                reading = Reading(place=step.place, source=source, now=now, limits=limits)
                yield reading.rejection(step.outcome, step.detail)
            case Place():
                yield from items_in(step)
            case Shelf(key=int(key)) if key in taken:
                yield FileEnd(path=step.url, file_key=key, skipped=True, bytes_read=step.size)
                Meter(step.size, progress).finish()
            case Shelf():
                yield from _of_shelf(step, items_in)


def _of_shelf(shelf: Shelf, items_in: Callable[[Place], Iterator[Item]]) -> Iterator[Item]:
    key = shelf.key
    for place in shelf.places:
        for item in items_in(place):
            if isinstance(item, FileEnd):
                key = None  # the file holds more than its name says, and is known by itself
            yield item
    if key is not None:
        yield FileEnd(path=shelf.url, file_key=key, skipped=False, bytes_read=shelf.size)


def _of_file(reading: Reading, taken: Container[int], progress: Callable[[int], None] | None) -> Iterator[Item]:
    meter = Meter(size_on_disk(reading.place), progress)
    try:
        with open_regular(reading.place) as file:
            yield from _read(reading, MeteredFile(file, meter), taken)
    except OSError as error:
        yield reading.rejection(outcome_of(error), error.strerror or type(error).__name__)
    except Refused as refusal:
        yield reading.rejection(refusal.outcome, refusal.detail, url=refusal.url)
    meter.finish()


def _read(reading: Reading, file: MeteredFile, taken: Container[int]) -> Iterator[Item]:
    place, before = reading.place, file.state()
    packing, kind = _look(reading, file)
    match kind:
        case None:
            return
        case Kind.TEXT | Kind.HTML:
            page = _page(reading, file, packing, _MEDIA_TYPES[kind])
            _check_unchanged(place, file, before)
            yield page
        case Kind.WARC:
            key = _file_key(file, reading)
            is_known = key in taken
            if not is_known:
                yield from warc.documents(reading, file, packing)
                _check_unchanged(place, file, before)
            yield FileEnd(path=place.url, file_key=key, skipped=is_known, bytes_read=before[0])
        case _:
            yield from _sections(reading, file, packing, taken)


def _sections(
    reading: Reading, file: MeteredFile, packing: Packing, taken: Container[int]
) -> Iterator[RawDocument | Rejection | FileEnd]:
    place, before = reading.place, file.state()
    pieces = unpacked(blocks(file), packing, place.url)
    if packing is not Packing.NONE:
        pieces = not_beyond(pieces, max(_FREE_BYTES, _MOST_RATIO * before[0]), place.url)
    pieces = as_utf8(pieces)
    for section in jsonl.sections(pieces, reading.limits.line_bytes):
        key = _key_of(xxhash.xxh3_64(section.digest()), reading)
        is_known = section.is_whole and key in taken
        if not is_known:
            yield from jsonl.documents(reading, section)
            if not section.is_whole:
                continue  # and the next step says what is wrong
            _check_unchanged(place, file, before)
        size = before[0] if section.first == 1 and section.is_last else section.size
        yield FileEnd(path=place.url, file_key=key, skipped=is_known, bytes_read=size)


def _look(reading: Reading, file: MeteredFile) -> tuple[Packing, Kind | None]:
    """Tell how a file is packed and what it holds, None for no news; raise `Refused` for what cannot be read."""
    place, limit = reading.place, reading.limits.body_bytes
    packed = file.head(HEAD_BYTES)
    packing = packing_of(packed)
    head = b"".join(as_utf8([_head(packed, packing)]))
    name = place.path.rpartition("/")[2]
    claim = claim_of(name)
    kind = kind_of(head, claim)
    if claim is None and not place.is_named and not is_news(head, kind):
        return packing, None
    is_one = kind in _MEDIA_TYPES or (kind is Kind.BINARY and not known_format(head))  # a hole looks like the latter
    if is_one and packing is Packing.NONE and (size := file.state()[0]) > limit:
        raise Refused(Outcome.TOO_LARGE, place.url, f"{size:,} bytes are more than {limit:,}")
    if kind is Kind.BINARY:
        raise Refused(Outcome.BINARY, place.url, f"{binary_format(head) or 'zero bytes'}; give its text or HTML")
    if kind is Kind.JSON:
        raise Refused(Outcome.MALFORMED, place.url, "JSON, but not one document a line; write it as jq -c does")
    if kind is Kind.WARC and packing is Packing.NONE and name.lower().endswith(".gz") and RECORD_MARK not in head:
        packing = Packing.GZIP  # its very first bytes are damaged; those behind may be sound
    return packing, kind


def _head(packed: bytes, packing: Packing) -> bytes:
    found = b""
    try:
        for piece in unpacked([packed], packing, ""):
            found += piece
            if len(found) >= HEAD_BYTES:
                break
    except Refused:  # as a rule for no more than that the head was cut out of the file
        pass
    return found[:HEAD_BYTES]


def _page(reading: Reading, file: MeteredFile, packing: Packing, media_type: str) -> RawDocument:
    url, limit = reading.place.url, reading.limits.body_bytes
    return RawDocument(
        source=reading.source,
        folder=reading.place.folder,
        url=url,
        fetched_at=reading.now,
        body=whole(unpacked(blocks(file), packing, url), limit, url),
        media_type=media_type,
    )


def _file_key(file: MeteredFile, reading: Reading) -> int:
    digest = xxhash.xxh3_64()
    buffer = bytearray(_HASHED_AT_ONCE)
    while size := file.readinto(buffer):
        digest.update(memoryview(buffer)[:size])
    file.seek(0)
    return _key_of(digest, reading)


def _key_of(digest: xxhash.xxh3_64, reading: Reading) -> int:
    """Give the key of a content that was hashed, from this place and on behalf of this source."""
    digest.update(f"\0{reading.source}\0{reading.place.url}".encode("utf-8", "replace"))
    return signed64(digest.intdigest())


def _check_unchanged(place: Place, file: MeteredFile, before: tuple[int, int]) -> None:
    if file.state() != before:
        raise Refused(Outcome.VANISHED, place.url, "it changed while it was read; load it again")
