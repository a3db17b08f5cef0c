"""What stories are found by, kept up to date: cards and marks, and the outlets that they are counted by.

Everything here follows from stories, variants, revisions, links and outlets: whatever changes one of these calls
refresh_cards() in its own transaction, and a card that is lost is made again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, delete, select, text

from ingest.cluster.independent import Witness, voices
from ingest.document import Article, DateOrigin
from storage import tables
from storage.database import reading, writing
from storage.parted import parted
from storage.reading import chunks
from storage.rows import among, insert_rows, sqlite_time
from storage.tables import Card, Mark, Outlet, core

_STORY, _VARIANT = core(tables.Story), core(tables.Variant)
_CARD, _MARK, _OUTLET = core(tables.Card), core(tables.Mark), core(tables.Outlet)
_AT_ONCE = 1_000  # stories
# What a story can be, each with the ids of those that are. Another state is another line here.
_STATES = {
    "corrected": """
        SELECT DISTINCT v.story_id FROM variant v JOIN revision r ON r.variant_id = v.id
        WHERE {chosen} AND r.reason = 'outlet'""",
    "suggested": """
        SELECT v.story_id FROM variant v JOIN link l ON l.variant_a = v.id JOIN variant o ON o.id = l.variant_b
        WHERE {chosen} AND l.relation = 'suggested' AND o.story_id <> v.story_id AND NOT {parted}
        UNION
        SELECT v.story_id FROM variant v JOIN link l ON l.variant_b = v.id JOIN variant o ON o.id = l.variant_a
        WHERE {chosen} AND l.relation = 'suggested' AND o.story_id <> v.story_id AND NOT {parted}""",
    "reviewed": """
        SELECT DISTINCT v.story_id FROM variant v JOIN party p ON p.variant_id = v.id
        JOIN judgement j ON j.id = p.judgement_id
        WHERE {chosen} AND j.undone_by IS NULL AND j.kind <> 'later'""",
    "withdrawn": """
        SELECT DISTINCT v.story_id FROM variant v JOIN story s ON s.id = v.story_id
        WHERE {chosen} AND s.withdrawn_at IS NOT NULL""",
}
_WITHDRAWN = "withdrawn"

_Place = tuple[str, str, datetime, int]  # of a mark: name, value, last_seen_at, story
_Bearer = tuple[str, str | None, str | None]  # of facets: source, publisher, language


class _Member(NamedTuple):  # not a dataclass, which takes five times as long to make: a batch reads thousands
    """What counts of a variant, in the order in which it is asked for."""

    id: int
    story_id: int
    copy_of: int | None
    is_canonical: bool
    source: str
    credit: str | None
    language: str | None
    published_at: datetime | None
    published_from: str | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class _Owner:
    publisher: str | None
    country: str | None


_NOBODY = _Owner(None, None)


def refresh_cards(db: Connection, story_ids: Iterable[int]) -> None:
    """Make the cards and marks of these stories say what their rows say; those merged away lose theirs."""
    for chunk in chunks(sorted(set(story_ids)), _AT_ONCE):
        _refresh(db, chunk)


def write_first_cards(db: Connection, debuts: Mapping[int, Article], *, at: datetime) -> None:
    """Write the cards and marks of new stories that hold one new article each, without reading what was just written.

    Nothing may have been said of them, no suggestion either.
    """
    owners = _owners(db, {article.source for article in debuts.values()})
    cards: list[tuple[Any, ...]] = []  # Any: a row's values
    places: list[_Place] = []
    for story_id, article in debuts.items():
        publisher = owners.get(article.source, _NOBODY).publisher or article.publisher
        facets = _facets([(article.source, publisher, article.language)], owners)
        published_at = article.published_at if article.published_from is not DateOrigin.GUESS else None
        said = orjson.dumps(facets).decode()
        cards.append((story_id, at, at, published_at, "single", 1, 1, False, said))
        places += _places(story_id, at, "single", facets)
    insert_rows(db, Card, cards)
    insert_rows(db, Mark, sorted(places))


def make_missing_cards(db: Connection) -> int:
    """Make the cards of the stories that have none; give how many."""
    missing = select(_STORY.c.id).where(_STORY.c.merged_into.is_(None), _STORY.c.id.not_in(select(_CARD.c.story_id)))
    story_ids = list(db.scalars(missing.order_by(_STORY.c.id)))
    refresh_cards(db, story_ids)
    return len(story_ids)


def stories_of(db: Connection, variant_ids: Iterable[int]) -> set[int]:
    """Give the stories that these variants are in."""
    chosen = set(variant_ids)
    return set(db.scalars(select(_VARIANT.c.story_id).where(among(db, _VARIANT.c.id, chosen)))) if chosen else set()


def save_outlets(engine: Engine, outlets: Mapping[str, tuple[str | None, str | None]]) -> int:
    """Keep publisher and country of each source as the list of sources says them; give how many stories that changed.

    The stories of a source of which something else is said now are counted anew, in the same transaction.
    """
    with reading(engine) as db:
        known = {row.source: (row.publisher, row.country) for row in db.execute(select(_OUTLET))}
    changed = {source: said for source, said in outlets.items() if said != known.get(source, (None, None))}
    if not changed:
        return 0
    with writing(engine) as db:
        db.execute(delete(_OUTLET).where(among(db, _OUTLET.c.source, changed)))
        insert_rows(db, Outlet, [(source, *said) for source, said in changed.items()])
        of_them = select(_VARIANT.c.story_id).distinct().where(among(db, _VARIANT.c.source, changed))
        story_ids = list(db.scalars(of_them))
        refresh_cards(db, story_ids)
    return len(story_ids)


def _refresh(db: Connection, story_ids: list[int]) -> None:
    before = {row.story_id: row for row in db.execute(select(_CARD).where(among(db, _CARD.c.story_id, story_ids)))}
    cards = list(_cards(db, story_ids))
    old = {place for row in before.values() for place in _places_of(row)}
    new = {place for row in cards for place in _places_of(row)}
    changed = [row for row in cards if row[0] not in before or tuple(before[row[0]]) != row]
    gone = before.keys() - {row[0] for row in cards}
    if rewritten := gone | (before.keys() & {row[0] for row in changed}):
        db.execute(delete(_CARD).where(among(db, _CARD.c.story_id, rewritten)))
    insert_rows(db, Card, changed)
    _delete_marks(db, old - new)
    insert_rows(db, Mark, sorted(new - old))


def _cards(db: Connection, story_ids: list[int]) -> Iterator[tuple[Any, ...]]:  # Any: a row's values
    stories = db.execute(
        select(_STORY.c.id, _STORY.c.first_seen_at, _STORY.c.last_seen_at, _STORY.c.kind, _STORY.c.size).where(
            among(db, _STORY.c.id, story_ids), _STORY.c.merged_into.is_(None)
        )
    ).all()
    members: dict[int, list[_Member]] = defaultdict(list)
    here = among(db, _VARIANT.c.story_id, story_ids)
    withdrawn = set(db.scalars(select(_VARIANT.c.id).where(_VARIANT.c.withdrawn_at.is_not(None), here)))
    asked = select(*(_VARIANT.c[name] for name in _Member._fields)).where(here).order_by(_VARIANT.c.id)
    for row in map(_Member._make, db.execute(asked)):
        members[row.story_id].append(row)
    named = select(_VARIANT.c.id, _VARIANT.c.publisher).where(_VARIANT.c.publisher.is_not(None), here)
    publishers: dict[int, str | None] = dict(db.execute(named).tuples().all())
    owners = _owners(db, {row.source for rows in members.values() for row in rows})
    states = _states(db, story_ids)
    for story in stories:
        standing = [row for row in members[story.id] if row.id not in withdrawn] or members[story.id]
        said = [(row, owners.get(row.source, _NOBODY).publisher or publishers.get(row.id)) for row in standing]
        said.sort(key=lambda each: (not each[0].is_canonical, each[0].first_seen_at, each[0].source))
        facets = _facets([(row.source, publisher, row.language) for row, publisher in said], owners)
        if states[story.id]:
            facets["state"] = states[story.id]
        dates = [row.published_at for row, _ in said if row.published_at and _is_believed(row)]
        yield (
            *(story.id, story.first_seen_at, story.last_seen_at, min(dates, default=None), story.kind, story.size),
            len(voices([_witness(row, publisher) for row, publisher in said])) if len(said) > 1 else 1,
            _WITHDRAWN in states[story.id],
            orjson.dumps(facets).decode(),
        )


def _witness(row: _Member, publisher: str | None) -> Witness:
    return Witness(
        variant_id=row.id,
        group=row.copy_of or row.id,
        source=row.source,
        publisher=publisher,
        credit=row.credit,
        at=row.published_at if row.published_at and _is_believed(row) else row.first_seen_at,
    )


def _is_believed(row: _Member) -> bool:
    return row.published_from != DateOrigin.GUESS


def _facets(said: Sequence[_Bearer], owners: Mapping[str, _Owner]) -> dict[str, list[str]]:
    """Give the values of each facet that has some; of a story's variants, the one that speaks for it comes first."""
    languages = [(language or "").replace("_", "-").lower() for _, _, language in said]
    found = {
        "outlet": [source for source, _, _ in said],
        "publisher": [publisher for _, publisher, _ in said if publisher],
        "language": [language for language in languages if language],
        "country": [
            country
            for (source, _, _), language in zip(said, languages, strict=True)
            if (country := owners.get(source, _NOBODY).country or region_of(language))
        ],
    }
    return {name: list(dict.fromkeys(values)) for name, values in found.items() if values}


def region_of(language: str) -> str | None:
    """Give the country that a language tag names.

    >>> region_of("pt-br"), region_of("zh-hant-tw"), region_of("es-419"), region_of("en")
    ('BR', 'TW', None, None)
    """
    parts = language.split("-")[1:]
    return next((part.upper() for part in parts if len(part) == 2 and part.isalpha()), None)


def _places_of(card: Sequence[Any]) -> Iterator[_Place]:  # Any: a row's values
    story_id, _, last_seen_at, _, kind, *_, facets = card
    return _places(story_id, last_seen_at, kind, orjson.loads(facets))


def _places(story_id: int, last_seen_at: datetime, kind: str, facets: Mapping[str, list[str]]) -> Iterator[_Place]:
    wider = [tag for language in facets.get("language", []) for tag in _wider(language)]
    kinds = [kind] if kind != "single" else []  # most are: an index would tell nothing
    found = {**facets, "language": wider, "kind": kinds}
    for name, values in found.items():
        for value in values:
            yield name, value, last_seen_at, story_id


def _wider(language: str) -> Iterator[str]:
    """Give a tag and all that it is a part of: zh-hant-tw, zh-hant, zh."""
    parts = language.split("-")
    return ("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def _delete_marks(db: Connection, places: Iterable[_Place]) -> None:
    rows = sorted(places)
    if not rows:
        return
    if db.dialect.name == "sqlite":
        values = [(name, value, sqlite_time(at), story_id) for name, value, at, story_id in rows]
        db.exec_driver_sql(
            "DELETE FROM mark WHERE name = ? AND value = ? AND last_seen_at = ? AND story_id = ?", values
        )
        return
    names, found, times, ids = zip(*rows, strict=True)
    db.execute(
        text(
            "DELETE FROM mark m USING unnest(CAST(:names AS TEXT[]), CAST(:found AS TEXT[]),"
            " CAST(:times AS TIMESTAMPTZ[]), CAST(:ids AS BIGINT[])) AS o (name, value, at, id)"
            " WHERE m.name = o.name AND m.value = o.value AND m.last_seen_at = o.at AND m.story_id = o.id"
        ),
        {"names": list(names), "found": list(found), "times": list(times), "ids": list(ids)},
    )


def _states(db: Connection, story_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {story_id: [] for story_id in story_ids}
    sqlite = db.dialect.name == "sqlite"
    chosen = "v.story_id IN (SELECT value FROM json_each(:chosen))" if sqlite else "v.story_id = ANY(:chosen)"
    given = orjson.dumps(story_ids).decode() if sqlite else story_ids
    for state, sql in _STATES.items():
        for (story_id,) in db.execute(text(sql.format(chosen=chosen, parted=parted("v", "o"))), {"chosen": given}):
            found[story_id].append(state)
    return found


def _owners(db: Connection, sources: Iterable[str]) -> dict[str, _Owner]:
    rows = db.execute(select(_OUTLET).where(among(db, _OUTLET.c.source, sources)))
    return {row.source: _Owner(row.publisher, row.country) for row in rows}
