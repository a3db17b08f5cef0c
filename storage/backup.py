"""The story database copied while runs go on, and put back: one file, of one state.

SQLite is copied by its own backup interface, PostgreSQL by its pg_dump and pg_restore, which must be at hand.
"""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.reading import SCHEMA_VERSION, DatabaseProblem, connect, reading, shown, sqlite_path, target

_NO_OWNERS = ("--no-owner", "--no-privileges")  # it may be put back by another user, on another server
_LINES = 3  # of what a tool says


def backup(url: str, file: Path) -> int:
    """Copy the database at `url` into a new `file`, as it is at one moment; give its bytes.

    Raises DatabaseProblem: the database cannot be read, the file is there already or cannot be written.
    """
    with reading(url):
        pass  # it is a story database, of this release
    if file.exists():
        raise DatabaseProblem(f"{file} is there already: name a new file")
    with _whole(file) as part:
        if url.startswith("sqlite"):
            _copy_sqlite(url, part)
        else:
            _run(url, "pg_dump", "--format=custom", *_NO_OWNERS, f"--file={part}")
    return file.stat().st_size


def restore(file: Path, url: str) -> None:
    """Put a backup into the database at `url`, which must be empty or not there yet; bring its schema up.

    Raises DatabaseProblem: the file is no backup, or of a newer release, or there are stories at `url`.
    """
    from storage.upgrading import upgrade  # which a backup can do without

    if not file.is_file():
        raise DatabaseProblem(f"no backup at {file}")
    if url.startswith("sqlite"):
        path = sqlite_path(url)
        _refuse_newer(file)
        if path.exists():
            raise DatabaseProblem(f"{path} is there already: move it away, or name another with --db")
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        with _whole(path) as part:
            _copy_sqlite(f"sqlite:///{file}", part)
    else:
        _refuse_full(url)
        _run(url, "pg_restore", "--single-transaction", "--exit-on-error", *_NO_OWNERS, str(file))
    upgrade(url)


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """Give a file to write to, which becomes `file` once it is written and on the disk, or is gone.

    It is of its user alone: what a database holds, secrets of webhooks among it, is nobody else's.
    """
    if not file.absolute().parent.is_dir():
        raise DatabaseProblem(f"{file} cannot be written: no such folder")
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600, exist_ok=False)
        try:
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise DatabaseProblem(f"{file} cannot be written: {error.strerror}") from error


def _copy_sqlite(url: str, part: Path) -> None:
    with connect(url) as source:
        assert isinstance(source, sqlite3.Connection)  # as its URL says
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            [(said,)] = copy.execute("PRAGMA quick_check(1)").fetchall()
    if said != "ok":
        raise DatabaseProblem(f"{shown(url)} is damaged: {said}; newsfold db check tells more")


def _refuse_newer(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            [(version,)] = copy.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError):
        raise DatabaseProblem(f"{file} is no backup of a story database") from None
    if version > SCHEMA_VERSION:
        raise DatabaseProblem(f"{file} is newer than this program (schema {version}): upgrade newsfold")


def _refuse_full(url: str) -> None:
    with connect(url) as server:
        there = server.execute("SELECT to_regclass('alembic_version')").fetchall()
    if there != [(None,)]:
        raise DatabaseProblem(f"{shown(url)} is not empty: make a new database, and name it with --db")


def _run(url: str, tool: str, *arguments: str) -> None:
    """Run one of PostgreSQL's tools; the password is in its environment, since everybody sees arguments."""
    from psycopg.conninfo import make_conninfo

    known = target(url)
    password = known.pop("password", None)
    environ = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [tool, f"--dbname={make_conninfo(**known)}", "--no-password", *arguments]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        remedy = "install PostgreSQL's client tools, of the server's release or a later one"
        raise DatabaseProblem(f"{tool} is not on PATH: {remedy}") from None
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[:_LINES])
        raise DatabaseProblem(f"{shown(url)}: {tool} failed: {said}")
