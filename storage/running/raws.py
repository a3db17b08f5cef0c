"""Inputs of rejected documents: kept, bounded by size and age, to be tried again once what rejected them is mended.

They stand in the database, not in a folder: whichever host rejected a document, any other can try it again, and an
input is there exactly where its rejection is.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select

from ingest.document import RawDocument
from ingest.outcome import TRIES, Outcome, Rejection
from storage import tables
from storage.blobs import pack_raw, unpack_raw
from storage.database import connected, reading, writing
from storage.keys import identity_key, rejection_key
from storage.reading import reading as reading_stories
from storage.rows import among, insert_rows
from storage.tables import core

_RAW, _REJECTION, _VARIANT = core(tables.Raw), core(tables.Rejection), core(tables.Variant)
_MOST_PACKED = 4 << 20  # bytes of one input: no article is so large, and a few such must not drive out all others
_GONE_AT_ONCE = 200
_MAY_PASS = tuple(outcome.value for outcome in Outcome if outcome.may_pass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An input, packed."""

    url_key: int  # of its rejection
    at: datetime
    packed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What becomes of inputs in the transaction that stores a batch."""

    kept: Sequence[Kept] = ()
    most_bytes: int  # of all that are kept: beyond it the oldest go
    settled: Collection[int] = field(default=())  # keys of rejections that are no more, with their inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which rejections: those of which all that is said here is true."""

    outcome: Outcome | None = None
    source: str | None = None
    run: int | None = None  # that met them last
    is_our_fault: bool = False  # and tried fewer than TRIES times

    def __str__(self) -> str:
        said = [str(self.outcome.value)] if self.outcome else []
        said += [f"source {self.source}"] if self.source else []
        said += [f"run {self.run}"] if self.run else []
        said += ["what may pass by itself"] if self.is_our_fault else []
        return ", ".join(said) or "all that was rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """An input to be tried again."""

    url_key: int
    raw: RawDocument
    is_overtaken: bool  # a later version of the document is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many rejections there are of a choice, and of how many of them the input is kept."""

    rejections: int
    kept: int


def keep(raws: Sequence[RawDocument], results: Sequence[object], *, most_bytes: int) -> list[Kept]:
    """Pack the inputs of those `results` that are rejections; none where nothing is to be kept."""
    rejected = {item.raw_key: item for item in results if isinstance(item, Rejection) and item.raw_key}
    if not rejected or not most_bytes:
        return []
    found = [(rejected[key], raw) for raw in raws if (key := raw.raw_key) in rejected]
    packed = [(item, pack_raw(raw)) for item, raw in found]
    return [
        Kept(url_key=rejection_key(item.source, item.url), at=item.at, packed=blob)
        for item, blob in packed
        if len(blob) <= min(_MOST_PACKED, most_bytes)
    ]


def write_inputs(db: Connection, inputs: Inputs) -> None:
    """Write inputs, inside the transaction that writes their rejections; of each document the last stays."""
    kept = {one.url_key: one for one in inputs.kept}
    _forget(db, inputs.settled)
    if not kept:
        return
    db.execute(delete(_RAW).where(among(db, _RAW.c.url_key, kept)))
    insert_rows(db, tables.Raw, [(one.url_key, one.at, len(one.packed), one.packed) for one in kept.values()])
    over = int(db.scalar(select(func.sum(_RAW.c.packed_bytes))) or 0) - inputs.most_bytes  # PostgreSQL's is a Decimal
    oldest = select(_RAW.c.url_key, _RAW.c.packed_bytes).order_by(_RAW.c.at, _RAW.c.url_key).limit(_GONE_AT_ONCE)
    while over > 0:
        gone = []
        for key, size in db.execute(oldest):
            if over <= 0:
                break
            gone.append(key)
            over -= size
        db.execute(delete(_RAW).where(among(db, _RAW.c.url_key, gone)))


def to_try_again(engine: Engine, chosen: Chosen, *, at_once: int) -> Iterator[list[Again]]:
    """Give the inputs of the rejections chosen that are kept, so many at once; each once, whatever becomes of it."""
    columns = select(_RAW.c.url_key, _RAW.c.packed, _REJECTION.c.source).join(
        _REJECTION, _REJECTION.c.url_key == _RAW.c.url_key
    )
    columns = columns.where(*_conditions(chosen)).order_by(_RAW.c.url_key).limit(at_once)
    after: int | None = None
    while True:
        with reading(engine) as db:
            rest = columns if after is None else columns.where(_RAW.c.url_key > after)
            rows = db.execute(rest).all()
            found = [(row.url_key, unpack_raw(row.packed), row.source) for row in rows]
            keys = {identity_key(source, raw.url) for _, raw, source in found}
            texts = select(_VARIANT.c.url_key, _VARIANT.c.fetched_at)
            stored = dict(db.execute(texts.where(among(db, _VARIANT.c.url_key, keys))).tuples().all())
        if not rows:
            return
        yield [
            Again(url_key=key, raw=raw, is_overtaken=_is_later(stored.get(identity_key(source, raw.url)), raw))
            for key, raw, source in found
        ]
        after = rows[-1].url_key


def count_chosen(engine: Engine, chosen: Chosen) -> Counted:
    """Count the rejections chosen, and those whose inputs are kept."""
    columns = select(func.count(_REJECTION.c.url_key), func.count(_RAW.c.url_key))
    joined = columns.select_from(_REJECTION.outerjoin(_RAW, _RAW.c.url_key == _REJECTION.c.url_key))
    with reading(engine) as db:
        rejections, kept = db.execute(joined.where(*_conditions(chosen))).one()
    return Counted(rejections=rejections, kept=kept)


def drop_rejections(url: str, chosen: Chosen) -> int:
    """Forget the rejections chosen, and their inputs; give how many. Met again, such a document is a new one.

    Raises DatabaseProblem where there is no story database of this release at `url`.
    """
    with reading_stories(url):
        pass  # it is a story database, of this release
    with connected(url) as engine:
        return _dropped(engine, chosen)


def _dropped(engine: Engine, chosen: Chosen) -> int:
    keys = select(_REJECTION.c.url_key).where(*_conditions(chosen)).limit(_GONE_AT_ONCE)
    dropped = 0
    while True:
        with writing(engine) as db:
            gone = list(db.scalars(keys))
            _forget(db, gone)
        dropped += len(gone)
        if not gone:
            return dropped


def _forget(db: Connection, keys: Collection[int]) -> None:
    if keys:
        db.execute(delete(_RAW).where(among(db, _RAW.c.url_key, keys)))
        db.execute(delete(_REJECTION).where(among(db, _REJECTION.c.url_key, keys)))


def _conditions(chosen: Chosen) -> list[ColumnElement[bool]]:
    said: list[ColumnElement[bool]] = []
    if chosen.outcome is not None:
        said.append(_REJECTION.c.outcome == chosen.outcome.value)
    if chosen.source is not None:
        said.append(_REJECTION.c.source == chosen.source)
    if chosen.run is not None:
        said.append(_REJECTION.c.run_id == chosen.run)
    if chosen.is_our_fault:
        said.append(_REJECTION.c.outcome.in_(_MAY_PASS) & (_REJECTION.c.attempts < TRIES))
    return said


def _is_later(stored_at: datetime | None, raw: RawDocument) -> bool:
    return stored_at is not None and stored_at > raw.fetched_at
