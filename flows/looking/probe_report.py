"""What a probe found, for a terminal and for a program, with the lines for sources.toml."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from flows.looking.probe import Probe, Robots
from ingest import source_fields
from ingest.document import Entry
from ingest.fetch.guard import host_of
from ingest.safe import visible
from ingest.urls import canonical_url

_NEWEST, _SHOWN = 5, 10  # pages, and lines of anything else
_NO_KEY = re.compile(r"[^a-z0-9._-]+")


def as_text(probe: Probe, *, allow_private: bool) -> str:
    """Give the probe as lines to read."""
    parts = [
        list(_heading(probe)),
        ["newest", *_pages(_newest(probe.entries))],
        _some("left out", [f"{line.outcome}: {line.detail}  {line.url}".rstrip() for line in probe.rejections]),
        _some("notes", probe.notes),
        _some(
            "asked",
            [f"{visit.status}  {visit.url}  {_size(visit.media_type, visit.body_bytes)}" for visit in probe.visits],
        ),
        block(probe, allow_private=allow_private).splitlines(),
    ]
    return "\n\n".join("\n".join(map(visible, part)) for part in parts if part)


def as_json(probe: Probe, *, allow_private: bool) -> str:
    """Give the probe as one JSON document."""
    document = {
        "asked": probe.asked,
        "address": probe.address,
        "kind": probe.kind,
        "is_discovered": probe.is_discovered,
        "moved_to": probe.moved_to,
        "etag": probe.validators.etag,
        "last_modified": probe.validators.last_modified,
        "pages": len(probe.entries),
        "pages_with_text": _with_text(probe.entries),
        "pages_forbidden": len(probe.forbidden),
        "newest": [_record(entry) for entry in _newest(probe.entries)],
        "rejections": [
            {"url": line.url, "outcome": line.outcome.value, "detail": line.detail} for line in probe.rejections
        ],
        "notes": probe.notes,
        "robots": [{"origin": one.origin, "state": one.state, "delay_s": one.delay_s} for one in probe.robots],
        "visits": [
            {
                "url": visit.url,
                "status": visit.status,
                "media_type": visit.media_type,
                "body_bytes": visit.body_bytes,
            }
            for visit in probe.visits
        ],
        "source": block(probe, allow_private=allow_private),
    }
    return json.dumps(document, indent=2)


def block(probe: Probe, *, allow_private: bool) -> str:
    """Give the lines for sources.toml that make the address a source."""
    host = host_of(probe.address).removeprefix("www.")
    # What a server calls itself may hold anything; a spelling in ASCII shows it.
    address = probe.address if visible(probe.address) == probe.address else canonical_url(probe.address)
    said: dict[str, object] = {"key": _NO_KEY.sub("-", host).strip("-._")[:64], "name": host, probe.key: address}
    if (language := _language(probe.entries)) is not None:
        said["language"] = language
    if allow_private:
        said["allow_private"] = True
    # What JSON escapes, TOML escapes in the same way.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said.items()]
    if _with_text(probe.entries) == len(probe.entries):
        lines.append("# full_text_in_feed = true  # then the pages are not fetched")
    return "\n".join(["[[source]]", *lines, ""])


def _heading(probe: Probe) -> Iterator[str]:
    yield probe.asked
    if probe.is_discovered:
        yield f"a page, which leads to {probe.address}"
    if probe.moved_to:
        yield f"moved for good to {probe.moved_to}"
    with_text = _with_text(probe.entries)
    yield f"{probe.kind}: {len(probe.entries):,} pages, {f'{with_text:,}' if with_text else 'none'} with their text"
    given = {"ETag": probe.validators.etag, "Last-Modified": probe.validators.last_modified}
    names = " and ".join(name for name, value in given.items() if value)
    yield f"gives {names}: asked again, it need not send all" if names else "gives no ETag and no Last-Modified"
    yield from map(_robots, probe.robots)
    if probe.forbidden:
        yield f"may not be asked for: {len(probe.forbidden):,} of the pages, such as {probe.forbidden[0]}"


def _robots(robots: Robots) -> str:
    match robots.state:
        case "found":
            pace = f", one request every {robots.delay_s:g} s" if robots.delay_s else ""
            return f"{robots.origin}/robots.txt lets us ask{pace}"
        case "none":
            return f"{robots.origin} has no robots.txt"
        case _:
            return f"{robots.origin}/robots.txt cannot be had"


def _pages(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        at = entry.published_at or entry.updated_at
        yield f"  {at:%Y-%m-%d %H:%M} UTC  {entry.title or '(no title)'}" if at else f"  {entry.title or '(no title)'}"
        yield f"    {entry.url}"


def _newest(entries: Sequence[Entry]) -> list[Entry]:
    """Give the pages that are newest by what the listing says, else the first that it lists."""
    longest_ago = datetime.min.replace(tzinfo=UTC)
    newest_first = sorted(
        entries, key=lambda entry: entry.published_at or entry.updated_at or longest_ago, reverse=True
    )
    return newest_first[:_NEWEST]


def _record(entry: Entry) -> dict[str, object]:
    return {
        "url": entry.url,
        "title": entry.title,
        "published_at": _stamp(entry.published_at),
        "updated_at": _stamp(entry.updated_at),
        "byline": entry.byline,
        "credit": entry.credit,
        "language": entry.language,
        "media": entry.media,
        "has_text": entry.content is not None,
    }


def _some(head: str, lines: Sequence[str]) -> list[str]:
    rest = [f"  and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
    return [head, *(f"  {line}" for line in lines[:_SHOWN]), *rest] if lines else []


def _language(entries: Sequence[Entry]) -> str | None:
    """Give the language of all pages, where they have one that sources.toml takes."""
    languages = {entry.language for entry in entries}
    if len(languages) != 1:
        return None
    try:
        return source_fields.language(languages.pop())
    except ValueError:
        return None


def _with_text(entries: Iterable[Entry]) -> int:
    return sum(entry.content is not None for entry in entries)


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _size(media_type: str, body_bytes: int) -> str:
    return ", ".join(filter(None, [media_type, f"{body_bytes:,} bytes" if body_bytes else ""]))
