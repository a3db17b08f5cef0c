"""Small story databases, row by row."""

import json
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, SQLModel

from ingest.document import Removed
from storage import tables
from storage.blobs import pack_removed
from storage.database import connect, writing
from storage.stories.cards import refresh_cards
from storage.tables import core
from tests.ready import make_ready

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)

FURNACE = """Orrin Steel will close its last furnace at Brackenhythe in October, the company said on Wednesday.
The works council, which was told an hour before, called the decision "a betrayal in instalments".
The plant has lost money since 2019; 640 jobs go."""
REPRINT = f"{FURNACE}\nReporting by our business desk."
COUNCIL = "Brackenhythe's mayor asked for a year's delay after the steelmaker's announcement. No minister came."
WHALES = "Três baleias encalhadas perto de Quenby voltaram ao mar, disse a guarda costeira na terça-feira."
TOWER = "東京タワーで火災が発生した。けが人はいない。"


def add(url: str, *rows: SQLModel) -> None:
    """Insert `rows`, in their order where one needs another."""
    engine = connect(url)
    with Session(engine) as session:
        for _, alike in groupby(rows, type):
            session.add_all(alike)
            session.flush()
        session.commit()
    _make_cards(engine)
    engine.dispose()


def replace(url: str, *rows: SQLModel) -> None:
    """Put `rows` in the place of those of the same key."""
    engine = connect(url)
    with Session(engine) as session:
        for row in rows:
            session.merge(row)
        session.commit()
    _make_cards(engine)
    engine.dispose()


def _make_cards(engine: Engine) -> None:
    with writing(engine) as db:
        refresh_cards(db, db.scalars(select(core(tables.Story).c.id)))


def fill(url: str) -> None:
    """Make a database of four stories: 1 is covered, 2 and 5 are single; 4 went into 3, and 3 into 1."""
    make_ready(url)
    add(
        url,
        run(1, finished_at=NOON, met=7),
        story(1, kind="covered", size=3, canonical_why=why(11, ("complete before cut", 12), ("the longest", 13))),
        story(2, last_seen_at=NOON - timedelta(hours=30)),
        story(3, size=0, merged_into=1),
        story(4, size=0, merged_into=3),
        story(5, last_seen_at=NOON - timedelta(days=9)),
        variant(11, 1, title="Orrin Steel to close last furnace", text=FURNACE, source="northwire", credit="Northwire"),
        variant(12, 1, title="Last furnace to go", text=REPRINT, source="harbour-post", relation="copy", copy_of=11),
        variant(13, 1, title="Mayor pleads for delay", text=COUNCIL, source="lowland-ledger", relation="coverage"),
        variant(21, 2, title="Baleias salvas em Quenby", text=WHALES, source="vesper-tribune", language="pt-BR"),
        variant(51, 5, title="東京タワーで火災", text=TOWER, source="minato-shimbun", language="ja", published_at=None),
        link(12, 11, "copy", 0.97, {"jaccard": 0.97, "containment": 1.0, "shared_shingles": 41, "passages": []}),
        link(13, 11, "coverage", 0.74, {"features": {"cosine": 0.41}, "terms": ["furnace", "mayor"], "hours": 4.0}),
        link(21, 11, "suggested", 0.45, {"features": {"cosine": 0.2}, "terms": [], "hours": 30.0}),
        tables.Change(
            id=1,
            story_id=1,
            kind="created",
            actor="newsfold",
            run_id=1,
            detail="by variant 11",
            at=NOON - timedelta(hours=2),
        ),
        *(tables.Tally(run_id=1, source="northwire", outcome=outcome, count=count) for outcome, count in _OUTCOMES),
        rejection(1, "wall", source="northwire"),
        rejection(2, "damaged", source="harbour-post", detail="line 3 is no JSON: \x1b[31mred\x1b[0m"),
        *(tables.Unsearched(variant_id=number) for number in (11, 12, 13, 21, 51)),
    )


_OUTCOMES = (("new_story", 3), ("variant", 2), ("wall", 1), ("damaged", 1))


def story(number: int, **more: Any) -> tables.Story:
    """Give a single story, with what is different in `more`."""
    values: Any = {
        "first_seen_at": NOON - timedelta(hours=2),
        "last_seen_at": NOON,
        "kind": "single",
        "size": 1,
        "merged_into": None,
    }
    return tables.Story(**{"id": number, "canonical_why": why(number * 10 + 1)} | values | more)


def variant(number: int, story_id: int, *, removed: tuple[Removed, ...] = (), **more: Any) -> tables.Variant:
    """Give a story's variant, canonical unless `more` names another relation."""
    relation = more.setdefault("relation", "canonical")
    source = more.setdefault("source", "northwire")
    keys: Any = {"url": f"https://{source}.example/{number}", "url_key": number, "raw_key": number, "text_key": number}
    times = {"published_at": NOON - timedelta(hours=3), "first_seen_at": NOON - timedelta(hours=2), "fetched_at": NOON}
    said = {
        "title": f"Title {number}",
        "text": f"Text of variant {number}.",
        "language": "en",
        "byline": None,
        "credit": None,
    }
    made = {
        "scheme": "s",
        "signature": b"",
        "shingles": 9,
        "profile": b"",
        "cleaner": "test 1",
        "published_from": "meta",
    }
    groups = {
        "copy_of": None,
        "twin_of": None,
        "is_canonical": relation == "canonical",
        "removed": pack_removed(removed),
    }
    return tables.Variant(**{"id": number, "story_id": story_id} | keys | times | said | made | groups | more)


def link(a: int, b: int, relation: str, score: float, evidence: dict[str, object]) -> tables.Link:
    """Give a link with its evidence."""
    return tables.Link(
        variant_a=a, variant_b=b, relation=relation, score=score, evidence=json.dumps(evidence), scheme="s", run_id=1
    )


def run(number: int, **more: Any) -> tables.Run:
    """Give a run that began at noon and gave its last sign a minute later."""
    values: Any = {"flow": "load", "what": "load inbox", "started_at": NOON, "seen_at": NOON + timedelta(minutes=1)}
    return tables.Run(
        **{"id": number, "finished_at": None, "error": None, "met": None, "prefect_id": None} | values | more
    )


def rejection(number: int, outcome: str, **more: Any) -> tables.Rejection:
    """Give a rejected document."""
    values: Any = {
        "run_id": 1,
        "source": "northwire",
        "url": f"https://northwire.example/r{number}",
        "detail": "no article",
    }
    rest = {"raw_key": number, "body_bytes": 9, "cleaner": "test 1", "attempts": 1, "first_at": NOON, "last_at": NOON}
    return tables.Rejection(**{"url_key": number, "outcome": outcome} | values | rest | more)


def why(speaker: int, *losers: tuple[str, int]) -> str:
    """Give the reason for a story's canonical variant as it is stored."""
    rule = losers[0][0] if losers else "the only variant"
    return json.dumps({"rule": rule, "variant": speaker, "losers": [[loser, lost_by] for lost_by, loser in losers]})
