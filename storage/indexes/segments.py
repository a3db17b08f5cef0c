"""The indexes that candidates are found in: sorted runs of (key, value) pairs, kept as rows, merged like an LSM tree.

Keys are hashes: in one big B-tree each would land on another page, and the cost of a document would grow with the
store. A batch adds one short run instead; eight runs of about one size become one (docs/decisions.md, 4).
Arrays of the runs are cached in front of the table: a process reads each run once.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select

from ingest.cluster.tokens import ordered
from storage.rows import insert_rows
from storage.tables import Segment, core

FAN_IN = 8
_TABLE = core(Segment)
_MOST = 1 << 22  # pairs; a longer run is not merged again, so that no row grows beyond 50 MB
_FADES_FROM = 1 << 20  # pairs of lines: in a longer run, those that no site has twice are forgotten
_SIEVED = 1 << 16  # pairs; searching a longer run is a row of cache misses, so it is asked first whether it can hit

Keys = NDArray[np.uint64]
Values = NDArray[np.uint32]


class Kind(StrEnum):
    """What a run maps to what."""

    BAND = "band"  # band key -> variant
    ANCHOR = "anchor"  # anchor -> variant
    TWIN = "twin"  # text key -> the first variant with this text
    TERM = "term"  # term -> variant
    FREQUENCY = "frequency"  # term -> in how many variants
    RAW = "raw"  # raw key -> a variant that has, or had, it
    LINE = "line"  # line -> a site that has it in some story


@dataclass(frozen=True, slots=True)
class _Run:
    id: int
    kind: Kind
    level: int
    keys: Keys  # each once
    starts: NDArray[np.intp]  # where the values of each key begin, and where the last ones end
    values: Values
    sieve: "_Sieve | None"  # of a long run whose keys are seldom asked for twice

    @property
    def pairs(self) -> int:
        """How many pairs it holds."""
        return len(self.values)

    @property
    def all_keys(self) -> Keys:
        """The key of each value."""
        return np.repeat(self.keys, np.diff(self.starts))


class _Sieve:
    """Tells of most keys that they are not in a run: one bit for each of eight times as many places as keys."""

    def __init__(self, keys: Keys) -> None:
        bits = len(keys).bit_length() + 3
        self._shift = np.uint64(64 - bits)
        places = keys >> self._shift  # ascending, as the keys are
        at = (places >> np.uint64(3)).astype(np.intp)
        heads = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), at[1:] != at[:-1])))
        self._bits = np.zeros(1 << (bits - 3), np.uint8)
        self._bits[at[heads]] = np.bitwise_or.reduceat(_BIT[(places & np.uint64(7)).astype(np.intp)], heads)

    def may_hold(self, keys: Keys) -> NDArray[np.intp]:
        """Give the places of those `keys` that the run may hold."""
        places = keys >> self._shift
        byte = self._bits[(places >> np.uint64(3)).astype(np.intp)]
        return np.flatnonzero(byte & _BIT[(places & np.uint64(7)).astype(np.intp)])


_BIT = (1 << np.arange(8)).astype(np.uint8)


@dataclass(slots=True)
class Segments:
    """All runs of the database, as they were at the last `refresh`."""

    _runs: dict[int, _Run] = field(default_factory=dict)
    _next: int = 1

    def refresh(self, db: Connection, *, only: Kind | None = None) -> None:
        """Take in the runs, of one kind if need be, that were made or merged since; call first in each transaction."""
        known = select(_TABLE.c.id)
        present = set(db.scalars(known if only is None else known.where(_TABLE.c.kind == only.value)))
        for gone in self._runs.keys() - present:
            del self._runs[gone]
        wanted = select(_TABLE.c.kind, _TABLE.c.level, _TABLE.c["keys"], _TABLE.c["values"])
        for missing in sorted(present - self._runs.keys()):
            kind, level, keys, values = db.execute(wanted.where(_TABLE.c.id == missing)).one()
            self._runs[missing] = _run(
                missing, Kind(kind), level, np.frombuffer(keys, "<u8"), np.frombuffer(values, "<u4")
            )
        self._next = max(present, default=0) + 1

    def find(self, kind: Kind, keys: Keys, *, newest: int | None = None) -> tuple[NDArray[np.intp], Values]:
        """Give (place in `keys`, value) of every pair stored under one of `keys`.

        With `newest`, at most that many values of each key, those added last.
        """
        places, values = [np.zeros(0, np.intp)], [np.zeros(0, np.uint32)]
        order, wanted = ordered(keys)
        left = np.full(len(keys), newest if newest is not None else _MOST)
        for run in sorted(self._of(kind), key=lambda run: (run.level, -run.id)):  # the shorter, the newer
            hit, at = _hits(run, wanted, left)
            after = run.starts[at + 1]
            first = np.maximum(run.starts[at], after - left[hit])
            sizes = after - first
            left[hit] -= sizes
            ends = np.cumsum(sizes)
            inside = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes) + np.repeat(first, sizes)
            places.append(np.repeat(order[hit], sizes))
            values.append(run.values[inside])
        return np.concatenate(places), np.concatenate(values)

    def count(self, keys: Keys) -> NDArray[np.int64]:
        """Give how many variants hold each of the terms `keys`."""
        places, values = self.find(Kind.FREQUENCY, keys)
        return np.bincount(places, weights=values, minlength=len(keys)).astype(np.int64)

    def add(self, db: Connection, kind: Kind, keys: Keys, values: Values) -> None:
        """Store the pairs as a new run, and merge runs where there are FAN_IN of about one size."""
        if not len(keys):
            return
        order, keys = ordered(keys)
        self._insert(db, kind, keys, values[order])
        while due := self._due(kind):
            merged_keys, merged_values = _merge(kind, due)
            db.execute(delete(_TABLE).where(_TABLE.c.id.in_([run.id for run in due])))
            for run in due:
                del self._runs[run.id]
            if len(merged_keys):
                self._insert(db, kind, merged_keys, merged_values)

    def problems(self) -> list[str]:
        """Give what is wrong with the runs, a line each: unsorted keys, or halves of different lengths."""
        return [
            f"{run.kind.value} segment {run.id} is damaged"
            for run in self._runs.values()
            if run.starts[-1] != run.pairs or bool((run.keys[1:] < run.keys[:-1]).any())
        ]

    def forget(self) -> None:
        """Drop the cache: the transaction that changed it did not commit."""
        self._runs.clear()

    def _of(self, kind: Kind) -> list[_Run]:
        return [run for run in self._runs.values() if run.kind is kind]

    def _due(self, kind: Kind) -> list[_Run]:
        levels: dict[int, list[_Run]] = {}
        for run in self._of(kind):
            if run.pairs < _MOST:
                levels.setdefault(run.level, []).append(run)
        return next((sorted(runs, key=lambda run: run.id) for runs in levels.values() if len(runs) >= FAN_IN), [])

    def _insert(self, db: Connection, kind: Kind, keys: Keys, values: Values) -> None:
        run = _run(self._next, kind, len(keys).bit_length() // 3, keys, values)  # a level spans sizes of 1 to 8
        self._next += 1
        self._runs[run.id] = run
        row = (run.id, kind.value, run.level, len(keys), keys.astype("<u8").tobytes(), values.astype("<u4").tobytes())
        insert_rows(db, Segment, [row])


def _run(run_id: int, kind: Kind, level: int, keys: Keys, values: Values) -> _Run:
    heads = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), keys[1:] != keys[:-1])))
    distinct = keys[heads] if len(heads) < len(keys) else keys
    is_missed = kind not in (Kind.TERM, Kind.FREQUENCY)  # terms are met again and again
    sieve = _Sieve(distinct) if is_missed and len(distinct) >= _SIEVED else None
    return _Run(run_id, kind, level, distinct, np.append(heads, len(keys)), values, sieve)


def _hits(run: _Run, wanted: Keys, left: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give which of the ascending keys `wanted` the run holds, and at which place; those of none `left` are none."""
    asked = run.sieve.may_hold(wanted) if run.sieve else np.arange(len(wanted))
    keys = wanted[asked]
    at = np.searchsorted(run.keys, keys)
    held = np.flatnonzero((run.keys[np.minimum(at, len(run.keys) - 1)] == keys) & (left[asked] > 0))
    return asked[held], at[held]


def _merge(kind: Kind, runs: list[_Run]) -> tuple[Keys, Values]:
    """Merge `runs`, oldest first; the values of a key stay in the order in which they came."""
    keys = np.concatenate([run.all_keys for run in runs])
    values = np.concatenate([run.values for run in runs])
    order, keys = ordered(keys)
    values = values[order]
    if kind is Kind.LINE and len(keys) >= _FADES_FROM:
        lasting = _lasting(keys, values)
        return keys[lasting], values[lasting]
    if kind is not Kind.FREQUENCY:
        return keys, values
    heads = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), keys[1:] != keys[:-1])))
    return keys[heads], np.add.reduceat(values, heads)


def _lasting(keys: Keys, values: Values) -> NDArray[np.bool_]:
    """Tell which pairs are of a key that has some value twice; `keys` ascend."""
    numbers = np.cumsum(np.concatenate((np.zeros(1, np.uint64), keys[1:] != keys[:-1]), dtype=np.uint64))
    pairs, counts = np.unique((numbers << np.uint64(32)) | values, return_counts=True)
    return np.isin(numbers, pairs[counts > 1] >> np.uint64(32))
