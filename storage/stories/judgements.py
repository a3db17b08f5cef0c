"""What people said: judgements as they are kept, and the variants that these are about."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from ingest.cluster.judgements import PARTING, PLACING, Judgement, Kind
from storage import tables
from storage.rows import among, insert_rows, storable
from storage.tables import core

_JUDGEMENT, _PARTY = core(tables.Judgement), core(tables.Party)
_STANDS = _JUDGEMENT.c.undone_by.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who says something, when, and why."""

    actor: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A judgement with what became of it."""

    judgement: Judgement
    story_id: int | None  # the first that it names
    undoes: int | None
    undone_by: int | None


def standing_sides(db: Connection, variant_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Give those of these variants that people parted from others, each with its Sides."""
    columns = select(_PARTY.c.variant_id, _PARTY.c.judgement_id, _PARTY.c.side)
    parted = columns.join(_JUDGEMENT, _JUDGEMENT.c.id == _PARTY.c.judgement_id).where(
        _STANDS, _JUDGEMENT.c.kind.in_(PARTING), _PARTY.c.side < 2
    )
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for variant_id, judgement_id, side in db.execute(parted.where(among(db, _PARTY.c.variant_id, variant_ids))):
        found[variant_id][judgement_id] = 1 << side
    return dict(found)


def placing(db: Connection, variant_ids: Collection[int]) -> list[Judgement]:
    """Give what stands of what was said about the places of any of these variants, the oldest first."""
    return _standing(db, variant_ids, PLACING)


def about(db: Connection, variant_ids: Collection[int], kinds: Collection[Kind], *, whole: bool) -> list[Judgement]:
    """Give what stands of what was said of any of these variants, or of `whole` stories, the oldest first."""
    named = _JUDGEMENT.c.story_id.is_not(None) if whole else _JUDGEMENT.c.story_id.is_(None)
    allowed = set(db.scalars(select(_JUDGEMENT.c.id).where(_STANDS, _JUDGEMENT.c.kind.in_(kinds), named)))
    return [found for found in _standing(db, variant_ids, kinds) if found.id in allowed]


def find_judgement(db: Connection, judgement_id: int) -> Kept | None:
    """Give a judgement; None where there is none."""
    row = db.execute(select(_JUDGEMENT).where(_JUDGEMENT.c.id == judgement_id)).one_or_none()
    if row is None:
        return None
    [judgement] = _judgements(db, [judgement_id])
    return Kept(judgement=judgement, story_id=row.story_id, undoes=row.undoes, undone_by=row.undone_by)


def last_standing(db: Connection, actor: str) -> int | None:
    """Give the last judgement of `actor` that was not undone, and is no undoing itself."""
    mine = (_JUDGEMENT.c.actor == actor) & (_JUDGEMENT.c.kind != Kind.UNDO) & _STANDS
    last: int | None = db.scalar(select(func.max(_JUDGEMENT.c.id)).where(mine))
    return last


def said_before(db: Connection, said: str, parties: Collection[int]) -> int | None:
    """Give the judgement that stands and says the same of the same variants."""
    same = _JUDGEMENT.c.said == said
    ids = db.scalars(
        select(_PARTY.c.judgement_id)
        .join(_JUDGEMENT, _JUDGEMENT.c.id == _PARTY.c.judgement_id)
        .where(_STANDS, same, among(db, _PARTY.c.variant_id, parties))
    )
    return max(ids, default=None)


def next_judgement(db: Connection) -> int:
    """Give the number of the judgement to come."""
    return (db.scalar(select(func.max(_JUDGEMENT.c.id))) or 0) + 1


def write_judgement(
    db: Connection, judgement: Judgement, *, note: str, story_id: int | None = None, undoes: int | None = None
) -> None:
    """Keep a judgement and its parties."""
    said = (judgement.kind.value, judgement.said, story_id, judgement.actor, storable(note), judgement.at)
    insert_rows(db, tables.Judgement, [(judgement.id, *said, undoes, None)])
    sided = [(variant_id, side) for side, variants in enumerate(judgement.sides) for variant_id in variants]
    insert_rows(db, tables.Party, [(variant_id, judgement.id, side) for variant_id, side in sided])


def mark_undone(db: Connection, judgement_id: int, *, by: int | None) -> None:
    """Note by which judgement another one was undone; None: it holds again."""
    db.execute(update(_JUDGEMENT).where(_JUDGEMENT.c.id == judgement_id).values(undone_by=by))


def _standing(db: Connection, variant_ids: Collection[int], kinds: Collection[Kind]) -> list[Judgement]:
    of_kind = select(_PARTY.c.judgement_id).join(_JUDGEMENT, _JUDGEMENT.c.id == _PARTY.c.judgement_id)
    chosen = of_kind.where(_STANDS, _JUDGEMENT.c.kind.in_(kinds), among(db, _PARTY.c.variant_id, variant_ids))
    return _judgements(db, set(db.scalars(chosen)))


def _judgements(db: Connection, ids: Iterable[int]) -> list[Judgement]:
    wanted = list(ids)
    if not wanted:
        return []
    sides: defaultdict[int, tuple[list[int], list[int], list[int]]] = defaultdict(lambda: ([], [], []))
    parties = select(_PARTY).where(among(db, _PARTY.c.judgement_id, wanted)).order_by(_PARTY.c.variant_id)
    for row in db.execute(parties):
        sides[row.judgement_id][row.side].append(row.variant_id)
    rows = db.execute(select(_JUDGEMENT).where(among(db, _JUDGEMENT.c.id, wanted)).order_by(_JUDGEMENT.c.id))
    return [
        Judgement(
            id=row.id,
            kind=Kind(row.kind),
            said=row.said,
            actor=row.actor,
            at=row.at,
            sides=(tuple(sides[row.id][0]), tuple(sides[row.id][1]), tuple(sides[row.id][2])),
        )
        for row in rows
    ]
