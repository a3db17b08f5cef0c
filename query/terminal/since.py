"""What people mean by "since", and how they say how long ago."""

import re
from datetime import UTC, datetime, timedelta

AGO = r"([0-9]{1,5})([mhdw])"
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPANS = (("d", 86_400), ("h", 3_600), ("min", 60))


def parse_since(text: str, now: datetime) -> datetime:
    """Give the UTC time that `text` names: 24h, 7d, an ISO date, or an ISO time (UTC unless it says otherwise).

    Raises ValueError with one line.

    >>> parse_since("36h", datetime(2026, 5, 20, 12, tzinfo=UTC)).isoformat()
    '2026-05-19T00:00:00+00:00'
    """
    try:
        if ago := re.fullmatch(AGO, text.strip()):
            return now.astimezone(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time: write 24h, 7d, 2026-05-20 or 2026-05-20T14:00Z") from None


def span(seconds: float) -> str:
    """Give a time as people say it, in the greatest unit of which it has two at least.

    >>> [span(seconds) for seconds in (-5, 59, 720, 9_000, 400_000)]
    ['0 s', '59 s', '12 min', '2.5 h', '4.6 d']
    """
    unit, size = next((found for found in _SPANS if seconds >= 2 * found[1]), ("s", 1))
    count = max(seconds, 0.0) / size
    return f"{count:.1f} {unit}" if unit in ("d", "h") and count < 10 else f"{count:.0f} {unit}"
