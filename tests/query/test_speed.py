"""Reading commands answer at once: what they import, and what that costs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage import tables
from tests.storage.stories import NOON, add, fill

HEAVY = {
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "prefect",
    "trafilatura",
    "numpy",
    "pydantic",
    "fastapi",
    "httpx",
    "httpcore",
    "storage.tables.stories",
}
READING = [
    ["stories", "--variants", "--limit", "5"],
    ["stories", "--since", "24h", "--csv"],
    ["story", "1"],
    ["search", "furnace"],
    ["runs", "--json"],
    ["rejections"],
    ["stories", "--text", "furnace", "--facets"],
    ["export"],
    ["export", "--format", "atom"],
    ["sources", "list"],
    ["review"],
    ["judgements"],
    ["hooks", "list"],
]
PROGRAM = """
import sys, newsfold
try:
    newsfold.main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


def _imported(*words: str, url: str) -> set[str]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env={**os.environ, "NEWSFOLD_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stderr.split())


# A good part of Python's own library: what that takes tells how fast the machine is while these tests run. On a quiet
# machine it is .16 s, as `newsfold --help` is.
LIBRARY = "import asyncio, email.message, http.client, sqlite3, unittest.mock, xml.dom.minidom"


def _processor_s(*words: str, url: str, program: str = "import newsfold; newsfold.main()") -> float:
    """Give the processor time of the best of three calls: what else runs on the machine counts for little."""
    command = [sys.executable, "-c", program, *words]
    env = {**os.environ, "NEWSFOLD_DATABASE_URL": url}
    times = []
    for _ in range(3):
        before = os.times()
        subprocess.run(command, env=env, capture_output=True, check=True)
        after = os.times()
        times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(times)


@pytest.mark.parametrize("words", READING)
def test_reading_imports_nothing_heavy(own_url: str, words: list[str]) -> None:
    """No reading command imports an ORM, Prefect, an extractor or NumPy, nor PostgreSQL's driver for SQLite."""
    assert not _imported(*words, url=own_url) & (HEAVY | {"psycopg"})


def test_reading_postgresql_imports_its_driver_alone(postgres_url: str) -> None:
    """On PostgreSQL psycopg comes with the first command, and nothing else does."""
    fill(postgres_url)

    imported = _imported("search", "furnace", url=postgres_url)

    assert "psycopg" in imported
    assert not imported & HEAVY


@pytest.mark.parametrize("words", [["--help"], ["stories", "--help"], ["sources", "--help"]])
def test_help_imports_next_to_nothing(words: list[str]) -> None:
    """Help needs neither a database nor tables."""
    assert not _imported(*words, url="") & (HEAVY | {"psycopg", "sqlite3", "orjson", "rich", "storage.reading"})


@pytest.mark.parametrize("words", [["stories", "--variants"], ["search", "furnace"]])
def test_an_answer_takes_less_than_half_a_second(own_url: str, words: list[str]) -> None:
    """A reading command is done in half a second; on a slow machine, in three times what Python's own library takes."""
    assert _processor_s(*words, url=own_url) < max(0.5, 3 * _processor_s(url="", program=LIBRARY))


def test_many_sources_take_less_than_half_a_second(own_url: str, tmp_path: Path) -> None:
    """How 1,500 sources do is told in half a second; on a slow machine, in three times what a single one takes."""
    keys = [f"outlet-{number}" for number in range(1_500)]
    many, one = tmp_path / "many.toml", tmp_path / "one.toml"
    blocks = [f'[[source]]\nkey = "{key}"\nfeed = "https://{key}.example/feed"\n' for key in keys]
    many.write_text("".join(blocks))
    one.write_text(blocks[0])
    add(own_url, _poll(keys[0]))
    for_one_s = _processor_s("sources", "list", "--sources", str(one), url=own_url)
    add(own_url, *(_poll(key) for key in keys[1:]))

    for_many_s = _processor_s("sources", "list", "--sources", str(many), url=own_url)

    assert for_many_s < max(0.5, 3 * for_one_s)


def _poll(source: str) -> tables.Poll:
    said: Any = {"failures": 0.0, "refusals": 0, "outcome": "listed", "detail": "12 listed, 3 new"}
    return tables.Poll(source=source, polled_at=NOON, succeeded_at=NOON, newest_at=NOON, **said)


def test_help_takes_less_than_a_quarter_of_a_second() -> None:
    """Help is there in a quarter of a second; on a slow machine, in half as much again as Python's library."""
    assert _processor_s("--help", url="") < max(0.25, 1.5 * _processor_s(url="", program=LIBRARY))
