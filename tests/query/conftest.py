"""The command line, in this process."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from newsfold import app
from tests.storage.stories import fill


class Answer:
    """What a command said, and how it ended."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def lines(self) -> list[str]:
        """Give the lines of data."""
        return self.stdout.splitlines()


Ask = Callable[..., Answer]


def ask_newsfold(*words: str, url: str) -> Answer:
    """Give the answer of `newsfold *words` about the database at `url`."""
    result = CliRunner(env={"NEWSFOLD_DATABASE_URL": url}).invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def refuse_writes(url: str) -> None:
    """Let an SQLite database refuse what people write, as where its disk is full."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
        for table, does in product(("judgement", "token", "hook", "reply"), ("INSERT", "UPDATE", "DELETE")):
            refuses = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            db.execute(f"CREATE TRIGGER no_{does}_{table} BEFORE {does} ON {table} {refuses}")


@pytest.fixture
def ask(stories_url: str) -> Ask:
    """Ask the small story database, which is read only."""
    return lambda *words: ask_newsfold(*words, url=stories_url)


@pytest.fixture
def own_url(tmp_path: Path) -> str:
    """Give the URL of a small story database of this test's own."""
    url = f"sqlite:///{tmp_path}/stories.db"
    fill(url)
    return url
