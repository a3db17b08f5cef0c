"""Rows go in and come out as they are, on both databases, however many there are."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ingest.document import Profile
from storage import tables
from storage.blobs import pack_profile, unpack_profile, unpack_signature
from storage.database import reading, writing
from storage.rows import among, insert_rows, not_among, sqlite_time, update_rows
from storage.tables import core
from tests.storage.articles import NOON, Newsdesk

_TIMES = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001  the zone is drawn beside it
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)


def test_values_come_out_as_they_went_in(desk: Newsdesk) -> None:
    """The largest and smallest keys, any text, times with a fraction or long ago, and nothing at all."""
    long_ago = datetime(1990, 1, 1, 0, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    rows = [
        (1, "load", "tab\there \\N \\. 'quoted' \U0001f600\n", NOON, long_ago, None, "", None, None, None),
        (2, "", "\u202e中文", NOON, NOON, NOON, None, 0, "x" * 5000, b"\0\\\xff"),
    ]
    rejections = [(-(2**63), 2**63 - 1, 1, "s", "u", "wall", "d", 2**40, "c", 2**31 - 1, NOON, NOON)]
    with writing(desk.engine) as db:
        db.execute(core(tables.Run).delete())
        insert_rows(db, tables.Run, rows)
        insert_rows(db, tables.Rejection, rejections)
        insert_rows(db, tables.Rejection, [])

    assert desk.rows(tables.Run) == rows
    assert desk.rows(tables.Rejection) == rejections


def test_rows_are_changed_by_their_ids(desk: Newsdesk) -> None:
    """Each row gets its own values in the columns named, times among them, and keeps the others."""
    later = NOON.astimezone(timezone(timedelta(hours=-9))) + timedelta(microseconds=1)
    rows = [(number, "load", "", NOON, NOON, None, None, None, None, None) for number in (2, 3, 4)]
    with writing(desk.engine) as db:
        db.execute(core(tables.Run).delete())
        insert_rows(db, tables.Run, rows)
        update_rows(db, tables.Run, ("what", "finished_at"), [(2, "two", later), (4, "four", None)])
        update_rows(db, tables.Run, ("what",), [])

    assert [(row[0], row[2], row[5], row[3]) for row in desk.rows(tables.Run)] == [
        (2, "two", later, NOON),
        (3, "", None, NOON),
        (4, "four", None, NOON),
    ]


def test_a_time_without_a_zone_is_refused(desk: Newsdesk) -> None:
    """A naive time is a mistake of the caller's, and is not guessed at."""
    naive = NOON.replace(tzinfo=None)
    with writing(desk.engine) as db, pytest.raises((ValueError, TypeError), match=r"zone|naive"):
        insert_rows(db, tables.Run, [(9, "load", "", naive, naive, None, None, None, None, None)])


def test_any_number_of_values_can_be_asked_for(desk: Newsdesk) -> None:
    """A condition takes more values than a statement takes parameters, and none."""
    table = core(tables.Run)
    with reading(desk.engine) as db:
        asked = select(table.c.id)
        assert db.scalars(asked.where(among(db, table.c.id, range(100_000)))).all() == [1]
        assert db.scalars(asked.where(among(db, table.c.id, {-(2**63), 2**63 - 1, 1}))).all() == [1]
        assert db.scalars(asked.where(among(db, table.c.id, []))).all() == []
        assert db.scalars(asked.where(not_among(db, table.c.id, range(2, 100_000)))).all() == [1]
        assert db.scalars(asked.where(not_among(db, table.c.id, {1}))).all() == []
        assert db.scalars(asked.where(not_among(db, table.c.flow, ["none", "such"]))).all() == [1]


@given(st.lists(_TIMES, min_size=2, max_size=2))
def test_times_in_sqlite_sort_as_times(times: list[datetime]) -> None:
    """A time is written in UTC and without its zone, such that text sorts as time and reads back the same."""
    one, other = map(sqlite_time, times)

    assert (one < other) == (times[0] < times[1])
    assert datetime.fromisoformat(one).replace(tzinfo=UTC) == times[0]


@given(st.lists(st.tuples(st.integers(0, 2**48 - 1), st.floats(1, 12, width=16), st.integers(0, 15)), max_size=70))
def test_profiles_come_out_as_they_went_in(terms: list[tuple[int, float, int]]) -> None:
    """A packed profile is the same again, its weights to the precision of half a float."""
    profile = Profile(
        terms=np.array([term for term, _, _ in terms], np.uint64),
        weights=np.array([weight for _, weight, _ in terms], np.float32),
        kinds=np.array([kind for _, _, kind in terms], np.uint8),
    )

    again = unpack_profile(pack_profile(profile))

    assert again.terms.tolist() == profile.terms.tolist()
    assert again.weights.tolist() == profile.weights.tolist()
    assert again.kinds.tolist() == profile.kinds.tolist()


def test_signatures_are_little_endian() -> None:
    """A stored signature reads the same on any machine."""
    assert unpack_signature(bytes.fromhex("01000000 000000ff")).tolist() == [1, 0xFF000000]
