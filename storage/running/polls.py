"""What polling the sources came to: where we stand with each, and the pages it listed, waiting to be fetched."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

import xxhash
from sqlalchemy import Connection, Engine, RowMapping, bindparam, delete, select, update

from ingest.document import Entry, signed64
from ingest.fetch.guard import host_of
from ingest.fetch.habits import Listed, PollResult, PollState, after
from ingest.fetch.response import Validators
from storage import tables
from storage.blobs import pack_entry
from storage.database import reading, writing
from storage.keys import identity_key
from storage.rows import among, insert_rows, storable
from storage.tables import core

_POLL, _ADDRESS = core(tables.Poll), core(tables.Address)
_ASKED_AGAIN_AFTER = timedelta(hours=1)  # however often a source says that a page changed
_DETAIL_CHARS = 1000
_KNOWN = ("url_key", "source", "state", "entry_key", "found_at", "next_try_at", "attempts", "fetched_at")
_PLAIN = [field.name for field in fields(PollState) if field.name != "validators"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What asking one source came to."""

    source: str
    state: PollState  # before
    result: PollResult  # how many pages are new, save_polls() finds out
    every_s: float
    entries: tuple[Entry, ...] = ()
    from_feed: bool = False  # the entries carry the articles themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was made of it."""

    state: PollState  # now
    waiting: int  # pages that wait since now: new ones, and those that the source says have changed


@dataclass(frozen=True, slots=True)
class _Page:
    """A listed page, as a row needs it."""

    source: str
    entry: Entry
    entry_key: int
    from_feed: bool


def states(engine: Engine, sources: Collection[str]) -> dict[str, PollState]:
    """Give where we stand with each of the `sources` that was polled before."""
    with reading(engine) as db:
        rows = db.execute(select(_POLL).where(among(db, _POLL.c.source, sources))).mappings().all()
    return {row["source"]: _state(row) for row in rows}


def save_polls(engine: Engine, polls: Sequence[Polled], *, now: datetime) -> dict[str, Saved]:
    """Write what polls came to, and the pages they listed, in one transaction; give what was made of each source's.

    A page belongs to the source that listed it first. Where it was fetched before and this source gives it another
    title or time, it waits again, until an hour after the last fetch.
    """
    keyed = {poll.source: _keyed(poll) for poll in polls}
    with reading(engine) as db:
        seen = _known(db, {key for listed in keyed.values() for key in listed})
    pages = _of_owners(keyed, seen)
    # What takes long is done before the one writer is kept waiting.
    packed = {key: pack_entry(page.entry) for key, page in pages.items() if _differs(seen.get(key), page)}
    with writing(engine) as db:
        known = _known(db, packed)
        new = packed.keys() - known.keys()
        changed = {key: row for key, row in known.items() if _differs(row, pages[key])}
        insert_rows(db, tables.Address, [_row(key, pages[key], packed[key], now) for key in packed if key in new])
        _write_changed(db, [_change(row, pages[key], packed[key], now) for key, row in changed.items()])
        saved = {poll.source: _after(poll, _news(poll, keyed[poll.source], seen | known), now) for poll in polls}
        db.execute(delete(_POLL).where(among(db, _POLL.c.source, saved)))
        insert_rows(db, tables.Poll, [_poll_row(source, state) for source, state in saved.items()])
    waiting = Counter(pages[key].source for key in (*new, *changed) if key in new or changed[key]["state"] != "waiting")
    return {source: Saved(state=state, waiting=waiting[source]) for source, state in saved.items()}


def _keyed(poll: Polled) -> dict[int, _Page]:
    """Give the pages of a list by the key of their address; of two with one address, the first."""
    pages: dict[int, _Page] = {}
    for entry in poll.entries:
        page = _Page(poll.source, entry, _entry_key(entry), poll.from_feed)
        pages.setdefault(identity_key(poll.source, entry.url), page)
    return pages


def _of_owners(keyed: Mapping[str, Mapping[int, _Page]], seen: Mapping[int, RowMapping]) -> dict[int, _Page]:
    """Give each page as the source lists it that it belongs to, else as the first one does."""
    pages: dict[int, _Page] = {}
    for source, listed in keyed.items():
        for key, page in listed.items():
            if key not in pages or (key in seen and seen[key]["source"] == source):
                pages[key] = page
    return pages


def _entry_key(entry: Entry) -> int:
    """Give the key of what changes when the page does."""
    said = f"{entry.title or ''}\0{entry.updated_at or entry.published_at or ''}"
    return signed64(xxhash.xxh3_64_intdigest(said.encode("utf-8", "replace")))


def _known(db: Connection, keys: Iterable[int]) -> dict[int, RowMapping]:
    columns = select(*(_ADDRESS.c[name] for name in _KNOWN)).where(among(db, _ADDRESS.c.url_key, keys))
    return {row["url_key"]: row for row in db.execute(columns).mappings()}


def _differs(row: RowMapping | None, page: _Page) -> bool:
    """Tell whether a page is new, or its own source says that it changed: another's words are always others."""
    return row is None or (row["source"] == page.source and row["entry_key"] != page.entry_key)


def _row(key: int, page: _Page, packed: bytes, now: datetime) -> tuple[Any, ...]:  # Any: a row's values
    url = storable(page.entry.url)
    place = (key, url, host_of(url), page.source, "waiting", page.entry_key, page.from_feed)
    return (*place, now, now, 0, None, None, None, None, packed)


def _change(row: RowMapping, page: _Page, packed: bytes, now: datetime) -> dict[str, Any]:  # Any: a row's values
    values = {"key": row["url_key"], "new_key": page.entry_key, "feed": page.from_feed, "packed": packed}
    if row["state"] == "waiting":
        return values | {"found": row["found_at"], "due": row["next_try_at"], "tries": row["attempts"]}
    fetched_at = row["fetched_at"]
    due = now if fetched_at is None else max(now, fetched_at + _ASKED_AGAIN_AFTER)
    return values | {"found": now, "due": due, "tries": 0}


def _write_changed(db: Connection, changes: Sequence[dict[str, Any]]) -> None:  # Any: rows' values
    values = {
        "state": "waiting",
        "entry_key": bindparam("new_key"),
        "from_feed": bindparam("feed"),
        "entry": bindparam("packed"),
        "found_at": bindparam("found"),
        "next_try_at": bindparam("due"),
        "attempts": bindparam("tries"),
    }
    if changes:
        db.execute(update(_ADDRESS).where(_ADDRESS.c.url_key == bindparam("key")).values(values), changes)


def _news(poll: Polled, listed: Mapping[int, _Page], known: Mapping[int, RowMapping]) -> int:
    """Count the pages that the source lists for the first time, as far as can be told.

    One that another source had first is news here if that one had it after the last news of this one.
    """
    last = poll.state.newest_at
    before = [row for key in listed if (row := known.get(key))]
    others = [row for row in before if row["source"] != poll.source and last is not None and row["found_at"] > last]
    return len(listed) - len(before) + len(others)


def _after(poll: Polled, news: int, now: datetime) -> PollState:
    result = replace(poll.result, new=news) if isinstance(poll.result, Listed) else poll.result
    return after(poll.state, result, key=poll.source, every_s=poll.every_s, now=now)


def _state(row: RowMapping) -> PollState:
    validators = Validators(etag=row["etag"], last_modified=row["last_modified"])
    return PollState(**{name: row[name] for name in _PLAIN}, validators=validators)


def _poll_row(source: str, state: PollState) -> tuple[Any, ...]:  # Any: a row's values
    values = {name: getattr(state, name) for name in _PLAIN} | {
        "source": source,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "detail": state.detail[:_DETAIL_CHARS],
    }
    ordered = [values[column.name] for column in _POLL.columns]
    return tuple(storable(value) if isinstance(value, str) else value for value in ordered)
