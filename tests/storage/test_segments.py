"""The indexes hold what a plain table of pairs would, through merges, from any process."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, select

from storage import tables
from storage.database import connect, reading, writing
from storage.indexes.segments import FAN_IN, Kind, Segments
from storage.tables import core
from storage.upgrading import upgrade

_KEYS = st.integers(0, 12) | st.sampled_from([2**63, 2**64 - 1])
_BATCHES = st.lists(st.lists(st.tuples(_KEYS, st.integers(0, 2**32 - 1)), max_size=6), max_size=30)
_ASKED = (*range(14), 2**63, 2**64 - 1)


@pytest.fixture(scope="module")
def quick_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give one migrated SQLite database for all examples of a property; each leaves it empty."""
    url = f"sqlite:///{tmp_path_factory.mktemp('segments')}/stories.db"
    upgrade(url)
    made = connect(url)
    yield made
    made.dispose()


@given(_BATCHES)
def test_indexes_hold_what_was_added(quick_engine: Engine, batches: list[list[tuple[int, int]]]) -> None:
    """Any pairs in any batches are found again, all of them and no others, by the writer and by a new reader."""
    model: defaultdict[int, list[int]] = defaultdict(list)
    with writing(quick_engine) as db:
        writer = _opened(db)
        for batch in batches:
            _add(db, writer, Kind.BAND, batch)
            for key, value in batch:
                model[key].append(value)

        expected = {key: sorted(model[key]) for key in _ASKED}
        assert _found(writer, Kind.BAND) == expected
        assert _found(_opened(db), Kind.BAND) == expected
        assert writer.problems() == []
        db.rollback()


@given(_BATCHES)
def test_counts_add_up(quick_engine: Engine, batches: list[list[tuple[int, int]]]) -> None:
    """A term's count is the sum of all that was added for it, through merges, to the last one."""
    model: defaultdict[int, int] = defaultdict(int)
    with writing(quick_engine) as db:
        writer = _opened(db)
        for batch in batches:
            distinct = {key: value % 1000 for key, value in batch}
            _add(db, writer, Kind.FREQUENCY, list(distinct.items()))
            for key, value in distinct.items():
                model[key] += value

        expected = [model[key] for key in _ASKED]
        assert writer.count(_keys(_ASKED)).tolist() == expected
        assert _opened(db).count(_keys(_ASKED)).tolist() == expected
        db.rollback()


@given(st.integers(1, 40), st.integers(1, 6))
def test_newest_values_are_found(quick_engine: Engine, batches: int, newest: int) -> None:
    """Asked for the newest of each key, an index gives those added last."""
    with writing(quick_engine) as db:
        writer = _opened(db)
        for number in range(batches):
            _add(db, writer, Kind.TERM, [(1, number), (2, number), (9, 1000 + number)])

        places, values = writer.find(Kind.TERM, _keys([9, 3, 1]), newest=newest)
        db.rollback()

    expected = list(range(max(batches - newest, 0), batches))
    assert sorted(values[places == 0].tolist()) == [1000 + number for number in expected]
    assert sorted(values[places == 2].tolist()) == expected
    assert not (places == 1).any()


def test_runs_are_merged(quick_engine: Engine) -> None:
    """Batches of one size leave fewer runs than FAN_IN at each level, and values in the order in which they came."""
    with writing(quick_engine) as db:
        writer = _opened(db)
        for number in range(FAN_IN * FAN_IN + 3):
            _add(db, writer, Kind.TWIN, [(5, number)])

        rows = db.execute(select(*(core(tables.Segment).c[name] for name in ("level", "count")))).all()
        _, values = writer.find(Kind.TWIN, _keys([5]))
        db.rollback()

    assert sorted(row[1] for row in rows) == [1, 1, 1, FAN_IN * FAN_IN]
    assert sorted(values.tolist()) == list(range(FAN_IN * FAN_IN + 3))


def test_counts_are_merged_into_one(quick_engine: Engine) -> None:
    """Merged counts of a term are one pair, so that the index of counts grows with the words and not with the texts."""
    with writing(quick_engine) as db:
        writer = _opened(db)
        for _ in range(FAN_IN):
            _add(db, writer, Kind.FREQUENCY, [(5, 2), (7, 1)])

        counts = db.scalars(select(core(tables.Segment).c["count"])).all()
        db.rollback()

    assert counts == [2]


def test_kinds_are_apart(quick_engine: Engine) -> None:
    """A key added to one index is in no other."""
    with writing(quick_engine) as db:
        writer = _opened(db)
        _add(db, writer, Kind.BAND, [(5, 1)])

        found = {kind: _found(writer, kind)[5] for kind in Kind}
        db.rollback()

    assert found == {kind: [1] if kind is Kind.BAND else [] for kind in Kind}


def test_a_process_sees_what_others_add(engine: Engine) -> None:
    """Two caches over one database see the same, whoever of them adds, and however their runs are merged."""
    one, other = Segments(), Segments()
    expected: list[int] = []
    for number in range(FAN_IN * 3):
        with writing(engine) as db:
            mine = one if number % 3 else other
            mine.refresh(db)
            _add(db, mine, Kind.BAND, [(5, number)])
        expected.append(number)
        with reading(engine) as db:
            for cache in (one, other, Segments()):
                cache.refresh(db)
                assert _found(cache, Kind.BAND)[5] == expected


def test_what_was_not_kept_is_forgotten(engine: Engine) -> None:
    """After a transaction that failed, a cache that forgets and refreshes has what the database has."""
    cache = Segments()
    with writing(engine) as db:
        cache.refresh(db)
        _add(db, cache, Kind.BAND, [(5, 1)])
    with writing(engine) as db:
        cache.refresh(db)
        for number in range(FAN_IN):  # the last one merges the stored run away
            _add(db, cache, Kind.BAND, [(5, 100 + number)])
        db.rollback()

    cache.forget()
    with writing(engine) as db:
        cache.refresh(db)
        _add(db, cache, Kind.BAND, [(5, 2)])

    with reading(engine) as db:
        assert _found(_opened(db), Kind.BAND)[5] == _found(cache, Kind.BAND)[5] == [1, 2]


def test_damage_is_told(engine: Engine) -> None:
    """A run whose keys are out of order is named."""
    with writing(engine) as db:
        _add(db, _opened(db), Kind.BAND, [(1, 1), (2, 2)])
        table = core(tables.Segment)
        db.execute(table.update().values(keys=_keys([2, 1]).tobytes()))

    with reading(engine) as db:
        assert _opened(db).problems() == ["band segment 1 is damaged"]


def _opened(db: Connection) -> Segments:
    segments = Segments()
    segments.refresh(db)
    return segments


def _add(db: Connection, segments: Segments, kind: Kind, pairs: list[tuple[int, int]]) -> None:
    segments.add(db, kind, _keys([key for key, _ in pairs]), np.array([value for _, value in pairs], np.uint32))


def _found(segments: Segments, kind: Kind) -> dict[int, list[int]]:
    places, values = segments.find(kind, _keys(_ASKED))
    found: dict[int, list[int]] = {key: [] for key in _ASKED}
    for place, value in zip(places.tolist(), values.tolist(), strict=True):
        found[_ASKED[place]].append(value)
    return {key: sorted(values) for key, values in found.items()}


def _keys(keys: list[int] | tuple[int, ...]) -> NDArray[np.uint64]:
    return np.array(keys, np.uint64)
