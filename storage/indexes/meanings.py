"""What stored articles mean: one row a variant, and the newest of them in memory, to find the same event abroad.

Words of two languages share next to nothing, so no index of terms finds their reports of one event. The newest
variants' meanings are compared with a batch's in one product of matrices: so many always cost the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select

from ingest.cluster.coverage import is_foreign
from ingest.cluster.embeddings import Embedder
from ingest.cluster.vectors import Meaning
from storage import tables
from storage.fresh import Fresh
from storage.rows import among, insert_rows
from storage.tables import core

_MEANING, _VARIANT = core(tables.Meaning), core(tables.Variant)
_NEWEST = 20_000  # a few days of a large store
_MOST = 3  # of one article's candidates in other languages


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest variants, those stored last at the end."""

    ids: NDArray[np.int64]
    languages: tuple[str | None, ...]
    vectors: NDArray[np.float32]  # a row each


@dataclass(slots=True)
class Meanings:
    """What a model says of articles; what it holds in memory stands in front of the table."""

    embedder: Embedder
    _known: _Known | None = None
    _last: int = 0  # row that was read

    def refresh(self, db: Connection) -> None:
        """Take in the rows that were written since; call first in each transaction."""
        columns = select(_MEANING.c.id, _MEANING.c.variant_id, _VARIANT.c.language, _MEANING.c.vector)
        newer = columns.join(_VARIANT, _VARIANT.c.id == _MEANING.c.variant_id).where(
            (_MEANING.c.id > self._last) & (_MEANING.c.model == self.embedder.name)
        )
        rows = db.execute(newer.order_by(_MEANING.c.id.desc()).limit(_NEWEST)).all()[::-1]
        if not rows:
            return
        found = _Known(
            np.array([row.variant_id for row in rows], np.int64),
            tuple(row.language for row in rows),
            np.stack([np.frombuffer(row.vector, "<f2") for row in rows]).astype(np.float32),
        )
        self._known = _joined(self._known, found)
        self._last = rows[-1].id

    def forget(self) -> None:
        """Drop what is in memory: the transaction that changed it did not commit."""
        self._known, self._last = None, 0

    def of(self, fresh: Sequence[Fresh]) -> dict[int, Meaning]:
        """Give the meaning of each article that is compared with others, by its variant."""
        spoken = [item for item in fresh if item.is_spoken]
        found = self.embedder.meanings([item.prepared.article for item in spoken])
        return {item.variant_id: meaning for item, meaning in zip(spoken, found, strict=True) if meaning is not None}

    def abroad(self, fresh: Sequence[Fresh], meanings: Mapping[int, Meaning], *, least: float) -> dict[int, list[int]]:
        """Give for each article the variants before it in other languages whose meanings are nearest its own.

        A few each, of a cosine of `least` or more, the nearest first.
        """
        mine = [item for item in fresh if item.variant_id in meanings]
        if not mine:
            return {}
        languages = [item.prepared.article.language for item in mine]
        ids = np.array([item.variant_id for item in mine], np.int64)
        rows = np.stack([meanings[item.variant_id].vector for item in mine]).astype(np.float32)
        known = _joined(self._known, _Known(ids, tuple(languages), rows))
        likeness = rows @ known.vectors.T
        likeness[known.ids[None, :] >= ids[:, None]] = -1
        found: dict[int, list[int]] = {}
        for place in np.flatnonzero((likeness >= least).any(axis=1)).tolist():
            near = np.flatnonzero(likeness[place] >= least)
            near = near[[is_foreign(languages[place], known.languages[other]) for other in near.tolist()]]
            nearest = near[np.argsort(-likeness[place][near], kind="stable")[:_MOST]]
            found[int(ids[place])] = known.ids[nearest].tolist()
        return found

    def write(self, db: Connection, meanings: Mapping[int, Meaning]) -> None:
        """Write what variants mean by now, in the place of what they meant."""
        first = (db.scalar(select(func.max(_MEANING.c.id))) or 0) + 1
        rows = [
            (first + place, variant_id, meaning.model, meaning.vector.astype("<f2").tobytes())
            for place, (variant_id, meaning) in enumerate(meanings.items())
        ]
        insert_rows(db, tables.Meaning, rows)
        db.execute(delete(_MEANING).where(among(db, _MEANING.c.variant_id, list(meanings)), _MEANING.c.id < first))


def meanings_of(db: Connection, variant_ids: Collection[int]) -> dict[int, Meaning]:
    """Give what stored variants mean, as far as a model was asked."""
    if not variant_ids:
        return {}
    rows = db.execute(
        select(_MEANING.c.variant_id, _MEANING.c.model, _MEANING.c.vector).where(
            among(db, _MEANING.c.variant_id, sorted(variant_ids))
        )
    )
    return {row.variant_id: Meaning(row.model, np.frombuffer(row.vector, "<f2")) for row in rows}


def _joined(older: _Known | None, newer: _Known) -> _Known:
    """Put both one after the other, but for the older texts of variants that have a newer one; the newest stay."""
    if older is None:
        return newer
    left = np.flatnonzero(~np.isin(older.ids, newer.ids))[-_NEWEST:]
    return _Known(
        np.concatenate((older.ids[left], newer.ids)),
        (*(older.languages[place] for place in left.tolist()), *newer.languages),
        np.concatenate((older.vectors[left], newer.vectors)),
    )
