"""Times as containers state them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.load.dates import utc

MOMENT = datetime(2024, 5, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-20T08:00:00Z",
        "2024-05-20T10:00:00+02:00",
        "2024-05-20 08:00",
        " 2024-05-20T08:00:00.000Z ",
        "20240520T080000Z",
        "Mon, 20 May 2024 10:00:00 +0200",
        "Mon, 20 May 2024 08:00:00 GMT",
        "20 May 2024 08:00:00 -0000",
        1716192000,
        1716192000.0,
        "1716192000",
    ],
)
def test_a_time_is_read_in_each_spelling(value: object) -> None:
    """ISO 8601, RFC 2822 and seconds since 1970 mean the same moment; no zone means UTC."""
    assert utc(value) == MOMENT
    assert utc(value) is not None


def test_a_day_is_its_first_moment() -> None:
    """A date without a time is midnight UTC."""
    assert utc("2024-05-20") == datetime(2024, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, [], {}, ["2024-05-20"]),
        *("", "soon", "2025-02-30", "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0661"),
        *("9999-12-31T23:59-10:00", "9999-01-01", "0001-01-01T00:00+14:00"),
        *(1e308, float("nan"), 10**30, -(10**30), "9" * 500_000),
    ],
)
def test_what_is_no_time_is_nobody_s_word(value: object) -> None:
    """Nonsense, impossible days, and years that not every zone can show are None."""
    assert utc(value) is None


@given(st.text() | st.floats() | st.integers() | st.none() | st.booleans())
def test_no_value_raises(value: object) -> None:
    """Whatever stands in the field, the answer is an aware UTC time or None."""
    time = utc(value)

    assert time is None or (time.utcoffset() == timedelta(0) and time.year < 9999)


@given(st.integers(-62_135_000_000, 253_300_000_000), st.integers(-839, 839))
def test_what_isoformat_writes_is_read(seconds: int, minutes: int) -> None:
    """A time written by Python, in any zone, comes back as the same moment, in UTC."""
    time = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))

    assert utc(time.isoformat()) == time
