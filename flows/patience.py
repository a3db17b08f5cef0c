"""Trouble of the database that passes by itself: a busy file, a server that restarts, a deadlock."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # a minute: what a PostgreSQL server takes to restart

_BUSY = frozenset({5, 6})  # SQLITE_BUSY, SQLITE_LOCKED: https://www.sqlite.org/rescode.html
_MAKE_ROOM = "make room on the disk of the database"
_SQLITE_REMEDIES = {13: _MAKE_ROOM, 10: "is the disk of the database full, or failing?"}  # SQLITE_FULL, SQLITE_IOERR
# https://www.postgresql.org/docs/15/errcodes-appendix.html: serialization, deadlock, lock timeout, shutdown, restart.
_PASSING_STATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"})


def may_pass(error: BaseException) -> bool:
    """Tell whether the same call may succeed a little later."""
    cause = _driver_error(error)
    if hasattr(cause, "sqlite_errorcode"):
        return cause.sqlite_errorcode & 0xFF in _BUSY
    if not hasattr(cause, "sqlstate"):
        return False
    if cause.sqlstate is None:  # the server could not be reached, if that was tried
        return type(cause).__name__ == "OperationalError"
    return cause.sqlstate in _PASSING_STATES or cause.sqlstate.startswith("08")


def is_of_database(error: BaseException) -> bool:
    """Tell whether the database, or its disk, is what went wrong."""
    cause = _driver_error(error)
    return hasattr(cause, "sqlite_errorcode") or hasattr(cause, "sqlstate")


def _driver_error(error: BaseException) -> Any:  # Any: of a driver that only storage/ knows
    """Give what the driver said: SQLAlchemy wraps it, and keeps it as `orig`."""
    return getattr(error, "orig", None) or error


def patiently(
    call: Callable[[], Answer], *, waits_s: Sequence[float] = WAITS_S, sleep: Callable[[float], object] = time.sleep
) -> Answer:
    """Give the answer of `call`, made again after each of `waits_s` while what it raises may pass."""
    for wait_s in waits_s:
        try:
            return call()
        except Exception as error:
            if not may_pass(error):
                raise
            log.warning("the database is away (%s): again in %g s", first_line(error), wait_s)
            sleep(wait_s)
    return call()


def first_line(error: BaseException) -> str:
    """Give what an error says, without the SQL and the texts that SQLAlchemy adds to it, and what to do about it."""
    cause = _driver_error(error)
    said = (str(cause).strip() or type(error).__name__).splitlines()[0][:500]
    remedy = _remedy(cause)
    return f"{said}: {remedy}" if remedy else said


def _remedy(cause: Any) -> str | None:  # Any: of a driver that only storage/ knows
    if hasattr(cause, "sqlite_errorcode"):
        return _SQLITE_REMEDIES.get(cause.sqlite_errorcode & 0xFF)
    if getattr(cause, "sqlstate", None) == "53100":  # disk full
        return _MAKE_ROOM
    hint: str | None = getattr(getattr(cause, "diag", None), "message_hint", None)  # the server's own advice
    return hint.splitlines()[0].rstrip(".") if hint else None
