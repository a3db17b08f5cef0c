"""Times as containers state them -> aware UTC, or None."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 64  # characters; no date is longer, and a parser should not meet half a megabyte of digits
_EPOCH = re.compile(r"-?[0-9]{9,11}(?:\.[0-9]{1,9})?")  # 8 digits are a day: 20240131


def utc(value: object) -> datetime | None:
    """Give the time that a JSON value states: ISO 8601, RFC 2822, or seconds since 1970; no zone means UTC.

    None for anything else, and for a year outside 1 to 9998, which not every zone can show.

    >>> utc("2024-05-20T10:00+02:00"), utc("Mon, 20 May 2024 08:00:00 GMT") == utc(1716192000), utc("yesterday")
    (datetime.datetime(2024, 5, 20, 8, 0, tzinfo=datetime.timezone.utc), True, None)
    """
    if value is None:
        return None
    if isinstance(value, str):
        time = _spelled(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        time = _counted(value)
    else:
        return None
    return time if time is not None and time.year < 9999 else None


def _spelled(value: str) -> datetime | None:
    try:
        return _in_utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        value = value.strip()
    if not value or len(value) > _LONGEST:
        return None
    if _EPOCH.fullmatch(value):
        return _counted(float(value))
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return _in_utc(parse(value))
        except (ValueError, OverflowError, TypeError, IndexError):  # the last two: email.utils on odd input
            continue
    return None


def _counted(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _in_utc(time: datetime) -> datetime:
    if time.tzinfo is UTC:
        return time
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
