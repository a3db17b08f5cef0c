"""For how long a lease holds: by the clock of the database, which all who take leases share, and ten minutes at most.

A host whose clock is wrong takes nobody's. One that is longer than any is given was made before the database's own
clock was set back, and holds nobody up.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_

LONGEST_LEASE = timedelta(minutes=10)


def lease_end(now: datetime, *, seconds: float) -> datetime:
    """Give until when a lease that is taken now holds."""
    return now + min(timedelta(seconds=seconds), LONGEST_LEASE)


def lease_holds(until: datetime | None, now: datetime) -> bool:
    """Tell whether a lease holds; None: there is none."""
    return until is not None and now < until <= now + LONGEST_LEASE


def no_lease_holds(until: ColumnElement[datetime], now: datetime) -> ColumnElement[bool]:
    """Give the condition that the lease of a row does not hold."""
    return or_(until.is_(None), until <= now, until > now + LONGEST_LEASE)
