"""The one write transaction: a batch of prepared articles becomes variants of stories."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from sqlalchemy import Connection, Engine, select

from ingest.cluster.embeddings import Embedder
from ingest.cluster.replay import Thresholds
from ingest.cluster.weights import SHIPPED, Model
from ingest.document import Prepared
from ingest.outcome import TRIES, Outcome, Rejection
from ingest.site_lines import Furniture
from storage import tables
from storage.database import reading, writing
from storage.indexes.meanings import Meanings
from storage.indexes.segments import Kind, Segments
from storage.rows import among
from storage.running.addresses import Visit, write_visits
from storage.running.raws import Inputs, write_inputs
from storage.running.runs import Tally, add_tally, stored_before
from storage.stories.rounds import Round, rounds
from storage.stories.site_lines import furniture
from storage.stories.writes import write_rejections
from storage.tables import core
from storage.tuning.thresholds import holding_in
from storage.upkeep.reworking import Reworked, resign, write_names

_VARIANT, _REVISION, _REJECTION = core(tables.Variant), core(tables.Revision), core(tables.Rejection)
_MAY_PASS = tuple(outcome.value for outcome in Outcome if outcome.may_pass)


class Arrived(Protocol):
    """What is known by the key of its input: a document as it arrived, or what became of it."""

    @property
    def raw_key(self) -> int:
        """The key, signed 64-bit."""


class Store:
    """The story database, open for one process; what it holds in memory stands in front of the tables."""

    def __init__(self, engine: Engine, *, model: Model = SHIPPED, embedder: Embedder | None = None) -> None:
        self._engine = engine
        self._model = model
        self._segments = Segments()
        self._meanings = Meanings(embedder) if embedder else None

    def known(self, raws: Sequence[Arrived], *, cleaner: str) -> list[tuple[str, Outcome] | None]:
        """Tell which inputs were met before just as they are.

        Gives for each its source and UNCHANGED, or the outcome with which the same `cleaner` rejected it before;
        None where it is new, or was rejected by what may pass and has not been tried TRIES times.
        """
        keys = [raw.raw_key for raw in raws]
        rejected = select(_REJECTION.c.raw_key, _REJECTION.c.source, _REJECTION.c.outcome)
        stored = select(_VARIANT.c.raw_key, _VARIANT.c.source)  # a key may be of an earlier input: then it differs
        earlier = select(_REVISION.c.raw_key, _VARIANT.c.source).join(_VARIANT, _VARIANT.c.id == _REVISION.c.variant_id)
        found: dict[int, tuple[str, Outcome]] = {}
        with reading(self._engine) as db:
            final = (_REJECTION.c.cleaner == cleaner) & (
                _REJECTION.c.outcome.not_in(_MAY_PASS) | (_REJECTION.c.attempts >= TRIES)
            )
            for key, source, outcome in db.execute(rejected.where(final, among(db, _REJECTION.c.raw_key, keys))):
                found[key] = (source, Outcome(outcome))
            for key, source in db.execute(earlier.where(among(db, _REVISION.c.raw_key, keys))):
                found[key] = (source, Outcome.UNCHANGED)
            self._segments.refresh(db)
            _, holders = self._segments.find(Kind.RAW, np.array(keys, np.int64).view(np.uint64))
            for key, source in db.execute(stored.where(among(db, _VARIANT.c.id, set(holders.tolist())))):
                found[key] = (source, Outcome.UNCHANGED)
        return [found.get(key) for key in keys]

    def furniture(self, sites: Collection[str]) -> Furniture:
        """Give the keys of the lines that are known as the sites' own."""
        return furniture(self._engine, sites)

    def store_batch(
        self,
        run_id: int,
        batch: Sequence[Prepared | Rejection],
        *,
        known: Tally,
        cleaner: str,
        now: datetime,
        name: str | None = None,
        visits: Sequence[Visit] = (),
        inputs: Inputs | None = None,
    ) -> Tally:
        """Store a batch in one transaction, and give its tally, `known` included.

        The run's batch of that `name` is stored once: given again, as after a lost answer, it is told as it was.

        Variants, bands, links, stories, changes, rejections and their `inputs`, the run's tally, and what became of
        the `visits` to pages are written together or not at all. Raises what the database raises.
        """
        rejections = [item for item in batch if isinstance(item, Rejection)]
        tally: Tally = Counter(known)
        tally.update((rejection.source, rejection.outcome) for rejection in rejections)
        try:
            with writing(self._engine) as db:
                if (before := stored_before(db, run_id, name)) is not None:
                    return before
                self._refresh(db)
                write_rejections(db, run_id, rejections, cleaner=cleaner)
                thresholds = holding_in(db)
                for items in rounds([item for item in batch if isinstance(item, Prepared)]):
                    tally += self._round(db, thresholds, run_id, now).store(items)
                write_visits(db, visits, now=now)
                if inputs is not None:
                    write_inputs(db, inputs)
                add_tally(db, run_id, tally, now=now, name=name)
        except BaseException:
            self._forget()  # what was not committed must not be found
            raise
        return tally

    def rework(self, run_id: int, work: Reworked, *, known: Tally, now: datetime, name: str | None = None) -> Tally:
        """Give stored variants the texts and signatures that present rules make of them, in one transaction.

        Gives its tally, `known` included, and that of the batch of this `name` where it was stored before.
        A variant that has another text meanwhile keeps it.
        """
        tally: Tally = Counter(known)
        tally.update((article.source, Outcome.UNCHANGED) for article in work.same())
        try:
            with writing(self._engine) as db:
                if (before := stored_before(db, run_id, name)) is not None:
                    return before
                self._refresh(db)
                write_names(db, work.named)
                resign(db, self._segments, work.resigned)
                thresholds = holding_in(db)
                for items in rounds(work.recleaned):
                    tally += self._round(db, thresholds, run_id, now).reclean(items)
                add_tally(db, run_id, tally, now=now, name=name)
        except BaseException:
            self._forget()
            raise
        return tally

    def _round(self, db: Connection, thresholds: Thresholds, run_id: int, now: datetime) -> Round:
        return Round(db, self._segments, self._model, thresholds, run_id, now, self._meanings)

    def _refresh(self, db: Connection) -> None:
        self._segments.refresh(db)
        if self._meanings:
            self._meanings.refresh(db)

    def _forget(self) -> None:
        self._segments.forget()
        if self._meanings:
            self._meanings.forget()
