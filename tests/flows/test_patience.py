"""Trouble of the database that passes by itself, and trouble that does not."""

import sqlite3

import psycopg
import pytest
from psycopg import errors

from flows.patience import first_line, is_of_database, may_pass, patiently


class _WrappedError(Exception):
    """What SQLAlchemy makes of a driver's error: the statement and its values come with it."""

    def __init__(self, orig: Exception) -> None:
        super().__init__(f"{orig}\n[SQL: INSERT ...]\n[parameters: a whole article]")
        self.orig = orig


def _sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return error


_PASSING = [
    _sqlite_error(sqlite3.SQLITE_BUSY),
    _sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT),
    errors.DeadlockDetected("deadlock"),
    errors.AdminShutdown("terminating connection"),
    errors.ConnectionFailure("server closed the connection"),
    psycopg.OperationalError("connection refused"),
]
_LASTING = [
    _sqlite_error(sqlite3.SQLITE_FULL),
    errors.UniqueViolation("twice"),
    psycopg.ProgrammingError("no such thing"),
    ValueError("no database has a part in it"),
]


@pytest.mark.parametrize("error", _PASSING)
def test_a_busy_or_absent_database_may_come_back(error: Exception) -> None:
    """The driver's error may pass, bare or wrapped."""
    assert may_pass(error)
    assert may_pass(_WrappedError(error))


@pytest.mark.parametrize("error", _LASTING)
def test_other_trouble_stays(error: Exception) -> None:
    """A full disk, a broken rule and a mistake of ours are no better a second later."""
    assert not may_pass(error)
    assert not may_pass(_WrappedError(error))


def test_a_call_is_made_again_while_its_trouble_may_pass() -> None:
    """The third answer is given after two that failed."""
    answers = [_PASSING[0], _PASSING[2], "done"]

    def call() -> object:
        match answers.pop(0):
            case Exception() as error:
                raise error
            case answer:
                return answer

    assert patiently(call, waits_s=(0, 0)) == "done"


@pytest.mark.parametrize(("error", "calls"), [(_PASSING[0], 3), (_LASTING[0], 1)])
def test_patience_ends(error: Exception, calls: int) -> None:
    """Trouble that stays is raised: at once, or after the last wait."""
    made = []

    def call() -> None:
        made.append(1)
        raise error

    with pytest.raises(type(error)):
        patiently(call, waits_s=(0, 0))

    assert len(made) == calls


def test_the_line_about_an_error_has_no_article_in_it() -> None:
    """Neither the statement nor its values are in the one line."""
    error = _WrappedError(_LASTING[0])

    assert is_of_database(error)
    assert first_line(error) == "database is locked: make room on the disk of the database"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.DiskFull("could not extend file"), "could not extend file: make room on the disk of the database"),
        (_sqlite_error(sqlite3.SQLITE_IOERR), "database is locked: is the disk of the database full, or failing?"),
        (_sqlite_error(sqlite3.SQLITE_BUSY), "database is locked"),
        (errors.DeadlockDetected("deadlock"), "deadlock"),
    ],
)
def test_the_line_about_a_full_disk_says_what_to_do(error: Exception, line: str) -> None:
    """What the database cannot mend by itself comes with what a person does."""
    assert first_line(_WrappedError(error)) == line
