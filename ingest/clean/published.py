"""When an article was published and changed: of all that is said about it, what is believed.

The time is the first believable one in the order of DateOrigin.
The day is the one that readers saw: a time in UTC may fall on another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ingest.clean.dates import is_believable
from ingest.document import DateOrigin

Said = tuple[DateOrigin, datetime]

_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)  # the zones that there are
_CLEARLY = timedelta(days=1.5)  # a bare day is read as its midnight
_SOON = timedelta(minutes=30)
_QUARTER, _MINUTE = timedelta(minutes=15), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What is said of an article's times, each list best first, each time in the zone that is said with it."""

    published: Sequence[Said] = ()
    shown: Sequence[datetime] = ()  # days of publication that stand beside the headline
    changed: Sequence[Said] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time, where it was said, and the day that it was where it was said."""

    at: datetime  # UTC
    on: date
    origin: DateOrigin


def first_published(dates: Dates, *, now: datetime) -> When | None:
    """Give when it was published; a change that is all that is known is a guess. None where nothing is known.

    A day shown beside the headline outweighs a time that is more than a day from it, where it is the earlier,
    since data often keeps when a page was brought over or sent again; the later where other data says so too.
    What a container states, which knows the article and not its page, is not outweighed.
    """
    known = [(origin, at) for origin, at in dates.published if is_believable(at, now=now)]
    day = next((at for at in dates.shown if is_believable(at, now=now)), None)
    if day is not None and known and known[0][0] is not DateOrigin.STATED and _outweighs(day, known):
        known.insert(0, (DateOrigin.LINE, day))
    if not known:
        return first_believable([(DateOrigin.GUESS, at) for _, at in dates.changed], now=now)
    origin, at = known[0]
    changes = {change for _, change in dates.changed if not is_bare(change)} - {at}
    others = [said for said in known[1:] if said[1] not in changes]  # a change tells nothing of the zone
    return When(at=at.astimezone(UTC), on=_day_of(at, others), origin=origin)


def changed_after(published: When | None, changed: Iterable[Said], *, now: datetime) -> When | None:
    """Give the last change that is later than what was published; None where it never was changed, or nobody says."""
    when = first_believable(changed, now=now)
    return when if when is not None and published is not None and when.at > published.at else None


def first_believable(said: Iterable[Said], *, now: datetime) -> When | None:
    """Give the first time that news could have, with its own day; None without one."""
    for origin, at in said:
        if is_believable(at, now=now):
            return When(at=at.astimezone(UTC), on=at.date(), origin=origin)
    return None


def is_bare(at: datetime) -> bool:
    """Whether `at` is a day without an hour."""
    return not (at.hour or at.minute or at.second or at.utcoffset())


def _outweighs(day: datetime, known: Sequence[Said]) -> bool:
    apart = known[0][1] - day
    again = (at for origin, at in known if origin is not DateOrigin.LINE and abs(at - day) < _CLEARLY)
    return apart > _CLEARLY or (apart < -_CLEARLY and next(again, None) is not None)


def _day_of(at: datetime, others: Sequence[Said]) -> date:
    """Give the day of `at` in its own zone, or, where that is UTC, the day that another source has for it.

    A bare day, read as midnight UTC, and a zone other than UTC are the outlet's own word.
    """
    if at.utcoffset() or is_bare(at):
        return at.date()
    ranked = ((rank, _TRUST.index(origin), other) for origin, other in others if (rank := _locality(other, at)))
    return min(ranked, default=(0, 0, at))[2].date()


def _locality(other: datetime, at: datetime) -> int:
    """Give how `other` tells in the outlet's own zone when it was `at`, a time in UTC: 1 best, 0 not at all."""
    apart = abs(other - at)
    if other.utcoffset():
        return 1 if apart < _SOON else 0
    if is_bare(other):
        return 2 if (at + _WEST).date() <= other.date() <= (at + _EAST).date() else 0
    # A clock that is said to be UTC, and is a zone's width away: its zone was left out.
    return 3 if _SOON < apart <= _EAST and (apart + _MINUTE) % _QUARTER < 2 * _MINUTE else 0


# What readers see of a day comes first.
_TRUST = (
    *(DateOrigin.LINE, DateOrigin.TIME, DateOrigin.MICRODATA, DateOrigin.META, DateOrigin.JSON_LD, DateOrigin.URL),
    *(DateOrigin.STATED, DateOrigin.GUESS),
)
