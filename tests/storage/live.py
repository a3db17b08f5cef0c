"""Polls, pages and visits for the tests, on a desk's database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select, update
from sqlmodel import SQLModel

from ingest.document import Entry
from ingest.fetch.habits import Listed, PollResult, PollState, standing
from ingest.fetch.response import Validators
from ingest.outcome import Outcome
from storage.database import writing
from storage.running.addresses import Visit, Waiting, waiting, write_visits
from storage.running.polls import Polled, Saved, save_polls
from storage.tables import Host, core
from tests.storage.articles import NOON

EVERY_S = 1800.0
SOURCES = ("a", "b", "c", "quick", "calm")  # all that these tests poll


def later(minutes: float) -> datetime:
    """Give the time so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def go_by(engine: Engine, minutes: float, *, of: type[SQLModel] = Host) -> None:
    """Let so many minutes go by for leases: by the clock of the database, each ends so much sooner."""
    table = core(of)
    [key] = table.primary_key.columns
    with writing(engine) as db:
        for row in db.execute(select(key, table.c.leased_until).where(table.c.leased_until.is_not(None))).all():
            ends = row.leased_until - timedelta(minutes=minutes)
            db.execute(update(table).where(key == row[0]).values(leased_until=ends))


def entry(place: str, **more: Any) -> Entry:  # Any: whichever field is to differ
    """Give the entry for the page at `place`, such as "gazette/7"."""
    host, _, page = place.partition("/")
    return Entry(**{"url": f"https://www.{host}.example/{page}", "title": f"Title of {place}"} | more)


def poll(source: str, *places: str | Entry, **more: Any) -> Polled:  # Any: whichever field is to differ
    """Give a poll that listed the pages at `places`."""
    entries = tuple(entry(place) if isinstance(place, str) else place for place in places)
    result: PollResult = Listed(listed=len(entries), body_key=hash(entries))
    state = standing(PollState(), f"https://{source}.example/feed")
    values: dict[str, Any] = {
        "source": source,
        "state": state,
        "result": result,
        "every_s": EVERY_S,
        "entries": entries,
    }
    return Polled(**values | more)


def save(engine: Engine, *polls: Polled, minutes: float = 0) -> dict[str, Saved]:
    """Write polls so many minutes after noon."""
    return save_polls(engine, polls, now=later(minutes))


def waits(engine: Engine, *hosts: str, minutes: float = 0, most: int = 99) -> list[Waiting]:
    """Give the pages that are due at the hosts, so many of each."""
    return waiting(engine, {f"www.{host}.example": most for host in hosts}, now=later(minutes), sources=SOURCES)


def settle(
    engine: Engine,
    pages: Sequence[Waiting],
    outcome: Outcome = Outcome.NEW_STORY,
    *,
    minutes: float = 0,
    try_again: float | None = None,
    validators: Validators | None = None,
) -> None:
    """Write what became of the pages, to be tried again at `try_again` minutes after noon, if at all."""
    next_try_at = None if try_again is None else later(try_again)
    visits = [
        Visit(url_key=page.url_key, outcome=outcome, validators=validators or Validators(), next_try_at=next_try_at)
        for page in pages
    ]
    with writing(engine) as db:
        write_visits(db, visits, now=later(minutes))
