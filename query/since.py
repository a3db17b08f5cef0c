"""What people mean by "since"."""

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_since(text: str, now: datetime) -> datetime:
    """Give the UTC time that `text` names: 24h, 7d, an ISO date, or an ISO time (UTC unless it says otherwise).

    Raises ValueError with one line.

    >>> parse_since("36h", datetime(2026, 5, 20, 12, tzinfo=UTC)).isoformat()
    '2026-05-19T00:00:00+00:00'
    """
    try:
        if ago := _AGO.fullmatch(text.strip()):
            return now.astimezone(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time: write 24h, 7d, 2026-05-20 or 2026-05-20T14:00Z") from None
