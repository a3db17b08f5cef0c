"""Golden cases of feeds, sitemaps and lists: cases/feeds/<case>/ holds what arrives, and listing.toml what it gives."""

import tomllib
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.document import Entry
from ingest.fetch.listing import Listing, read_listing
from ingest.outcome import Refused

NOW = datetime(2026, 8, 1, tzinfo=UTC)
_CASES = sorted((Path(__file__).parents[2] / "cases" / "feeds").iterdir())
_ARRIVES = {"feed.xml", "feed.json", "sitemap.xml", "list.txt"}


def read_case(case: Path) -> Listing | Refused:
    """Give what a case's file is read as."""
    file = next(path for path in case.iterdir() if path.name in _ARRIVES)
    media_type = "text/plain" if file.suffix == ".txt" else "application/octet-stream"
    url = f"https://gazette.example/{file.name}"
    try:
        return read_listing(file.read_bytes(), url=url, media_type=media_type, charset=None, now=NOW)
    except Refused as refused:
        return refused


def as_read(got: Listing | Refused) -> dict[str, object]:
    """Give a listing as TOML would: what nobody said is not there."""
    if isinstance(got, Refused):
        return {"outcome": got.outcome.value, "detail": got.detail}
    said: dict[str, object] = {
        "kind": got.kind,
        "notes": list(got.notes),
        "children": list(got.children),
        "rejections": [[bad.url, bad.detail] for bad in got.rejections],
        "entries": [_as_read(entry) for entry in got.entries],
    }
    return {name: value for name, value in said.items() if value}


def _as_read(entry: Entry) -> dict[str, object]:
    said = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return {name: list(value) if name == "media" else value for name, value in said.items() if value}


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_listing_gives_its_entries(case: Path) -> None:
    """What arrives gives its entries, and tells what it left out and why."""
    expected = tomllib.loads((case / "listing.toml").read_text("utf-8"))

    actual = as_read(read_case(case))

    assert expected == actual


def test_there_are_cases() -> None:
    """Cases are found on disk: none found means that none is checked."""
    assert len(_CASES) >= 20
