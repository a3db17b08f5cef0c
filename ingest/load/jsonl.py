"""JSON lines: one document a line.

`text` (or `body`, `content`) or `html`, and any of `url`, `id`, `title`, `source`, `published_at` (or `date`),
`language` (or `lang`), `byline` (or `author`, `authors`). Where the text is blank, the title stands for it. Other keys
are ignored, and so are optional ones of a wrong type, and a source of more than 200 characters. A line that is no such
document is rejected with its number, and the next one is read; where many lines of a thousand are, one rejection
stands for the rest of them.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard  # Any: what JSON holds is anybody's

import orjson
import xxhash

from ingest.document import RawDocument, Stated
from ingest.load.dates import utc
from ingest.load.names import identity, printable, source_named
from ingest.load.reading import Reading
from ingest.load.streams import lines
from ingest.outcome import Outcome, Refused, Rejection

_TEXT_KEYS = ("text", "body", "content")
_SECTION_LINES = 1_000  # as many as a batch has, as a rule
_SECTION_BYTES = 16 << 20  # or the lines until there are so many
_TOLD = 100  # rejections of one outcome in a section
_LONGEST_ID = 500  # characters; a longer one names nothing
_HTTP = re.compile(r"https?://[^/\s]", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some lines of a file that follow one another."""

    first: int  # the number of its first line
    lines: Sequence[tuple[int, bytes | None]]  # those not blank, by number; None: longer than the limit, and not kept
    is_whole: bool  # and not broken off by damage
    is_last: bool

    @property
    def size(self) -> int:
        """How many bytes are kept of it."""
        return sum(len(line or b"") for _, line in self.lines)

    def digest(self) -> bytes:
        """Give a hash of its lines and their numbers."""
        digest = xxhash.xxh3_128(f"{self.first}\0".encode())
        due = self.first
        for number, line in self.lines:
            if number != due:  # blank ones stand before it
                digest.update(f"{number}\0".encode())
            due = number + 1
            digest.update(b"\0" if line is None else line)
            digest.update(b"\n")
        return digest.digest()


def sections(pieces: Iterable[bytes], line_bytes: int) -> Iterator[Section]:
    """Cut a file into sections, each of which is known again by itself; `pieces` are UTF-8.

    Raises what the pieces raise, after the lines that were whole before.
    """
    first, held, size = 1, list[tuple[int, bytes | None]](), 0
    try:
        for number, line in lines(pieces, line_bytes):
            if len(held) >= _SECTION_LINES or size >= _SECTION_BYTES:
                yield Section(first=first, lines=held, is_whole=True, is_last=False)
                first, held, size = number, [], 0
            held.append((number, line))
            size += len(line or b"")
    except Refused:
        yield Section(first=first, lines=held, is_whole=False, is_last=True)
        raise
    yield Section(first=first, lines=held, is_whole=True, is_last=True)


def documents(reading: Reading, section: Section) -> Iterator[RawDocument | Rejection]:
    """Give one document for each line, or one rejection.

    Where more than `_TOLD` lines of the section have one outcome, the last rejection of it stands for the others: two
    bytes a line should not become four hundred in the database.
    """
    told: Counter[Outcome] = Counter()
    untold: dict[Outcome, list[Rejection]] = {}
    for number, line in section.lines:
        try:
            yield _document(reading, number, line)
        except Refused as refusal:
            url, size = f"{reading.place.url}#L{number}", len(line or b"")
            one = reading.rejection(refusal.outcome, f"line {number}: {refusal.detail}", url=url, body_bytes=size)
            told[one.outcome] += 1
            if told[one.outcome] <= _TOLD:
                yield one
            else:
                untold.setdefault(one.outcome, []).append(one)
    for first, *others in untold.values():
        more = f", and {len(others):,} more up to {others[-1].url.rpartition('#')[2]}" if others else ""
        yield replace(first, detail=f"{first.detail}{more}")


def _document(reading: Reading, number: int, line: bytes | None) -> RawDocument:
    if line is None:
        raise _refused(f"longer than {reading.limits.line_bytes:,} bytes", Outcome.TOO_LARGE)
    fields = _fields(line)
    given = fields.get
    text, media_type = given("text"), "text/plain"
    title = _first(fields, "title")
    if not _is_filled(text):
        text, media_type = _other_text(fields)
    if not text and title is not None:
        text = title  # a flash: the headline is all that was said
    body = text.encode()
    if len(body) > reading.limits.body_bytes:
        raise _refused(f"more than {reading.limits.body_bytes:,} bytes of text", Outcome.TOO_LARGE)
    return RawDocument(
        source=source_named(given("source")) or reading.source,
        folder=reading.place.folder,
        url=_url(given("url")) or _local_url(reading.place.url, number, given("id")),
        fetched_at=reading.now,
        body=body,
        media_type=media_type,
        charset="utf-8",
        stated=Stated(
            title=title,
            byline=_first(fields, "byline", "author", "authors"),
            published_at=utc(given("published_at")) or utc(given("date")),
            language=_first(fields, "language", "lang"),
            origin="jsonl",
        ),
    )


def _refused(detail: str, outcome: Outcome = Outcome.MALFORMED) -> Refused:
    return Refused(outcome, "this line", detail)  # documents() knows its number


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        fields = _patiently(line)
    if not isinstance(fields, dict):
        found = "null" if fields is None else type(fields).__name__
        raise _refused(f"{found} where an object is wanted; give one document a line")
    return fields


def _patiently(line: bytes) -> object:
    """Parse what orjson refuses and others write: lone surrogates, NaN, large numbers, a few bytes not UTF-8."""
    text = line.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except RecursionError:
        raise _refused("nested too deep to be a document") from None
    except json.JSONDecodeError as error:
        raise _refused(f"not JSON: {error.msg} at character {error.pos + 1}; is it cut short?") from None
    except ValueError:  # Python's limit on digits
        raise _refused("not JSON: a number with too many digits") from None
    if text.count("\ufffd") > 1 + len(line) // 100:
        raise _refused("not UTF-8; write the file in UTF-8", Outcome.UNDECODABLE)
    return {key: _sound(part) for key, part in value.items()} if isinstance(value, dict) else value


def _sound(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    return [_sound(part) for part in value if isinstance(part, str)] if isinstance(value, list) else value


def _other_text(fields: dict[str, Any]) -> tuple[str, str]:
    """Give text and media type of a line whose `text` is missing, blank or no text."""
    given = {key: fields[key] for key in (*_TEXT_KEYS, "html") if fields.get(key) is not None}
    for key, value in given.items():
        if _is_filled(value):
            return value, "text/html" if key == "html" else "text/plain"
    for key, value in given.items():
        if not isinstance(value, str):
            raise _refused(f'"{key}" is {type(value).__name__}, not text')
    if not given:
        raise _refused('neither "text" nor "html"; each line needs one of them')
    return "", "text/plain"  # blank


def _local_url(path: str, number: int, name: object) -> str:
    if _is_filled(name) and len(name) <= _LONGEST_ID:
        return f"{path}#{identity(name)}"
    if isinstance(name, int) and not isinstance(name, bool):
        return f"{path}#{name}"
    return f"{path}#L{number}"


def _url(value: object) -> str | None:
    """Give an http(s) URL; None for what is none, and so names no page."""
    if not isinstance(value, str):
        return None
    value = value.strip()
    if not value.startswith(("https://", "http://")) and not _HTTP.match(value):
        return None
    return printable(value)


def _first(fields: dict[str, Any], *keys: str) -> str | None:
    """Give the first text under these keys, the texts of a list with commas between."""
    for key in keys:
        if key in fields:
            value = fields[key]
            if isinstance(value, list):
                value = ", ".join(part.strip() for part in value if _is_filled(part))
            if _is_filled(value):
                return value
    return None


def _is_filled(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and not value.isspace()
