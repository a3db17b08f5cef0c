"""A few faults of each kind: nothing is lost, doubled or unsound; `make faults N=200` tries many."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.campaign import Counted, round_of, table, whole_of
from tests.faults.hits import Hit, crash_server, fill_disk, fill_server, kill
from tests.faults.work import Work, load_of, maintain_of, refresh_of
from tests.newsroom import Newsroom

_DOCUMENTS, _FAULTS = 60, 2


@pytest.fixture
def load(tmp_path: Path) -> Work:
    """Give the load of a few documents."""
    return load_of(tmp_path / "documents.jsonl", _DOCUMENTS)


@pytest.fixture
def room() -> Iterator[Newsroom]:
    """Give an open newsroom."""
    with Newsroom() as room:
        yield room


def _round(hit: Hit, work: Work, url: str, folder: Path, *, faults: int = _FAULTS) -> Counted:
    whole = whole_of(work, f"sqlite:///{folder}/unhurt.db")
    return round_of(hit, work, url, faults=faults, chance=Random(1), whole=whole)


@pytest.mark.parametrize(
    ("hit", "database"), [(fill_disk, "sqlite"), (fill_server, "postgresql"), (crash_server, "postgresql")]
)
def test_9_5_9_6_hurt_loads_end_as_unhurt_ones(
    hit: Hit, database: str, load: Work, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """MUST_HANDLE 9.5, 9.6: on a full disk, or with a server that crashes, what was stored stays and the rest comes."""
    url = f"sqlite:///{tmp_path}/hurt.db" if database == "sqlite" else request.getfixturevalue("postgres_url")

    found = _round(hit, load, url, tmp_path)

    assert found.is_well, found
    assert (found.faults, found.hit > 0) == (_FAULTS, True)


def test_killed_loads_leave_no_trace(tmp_path: Path, database_url: str) -> None:
    """After kills at random moments, a whole load gives the stories of one that was never hurt."""
    found = _round(kill, load_of(tmp_path / "documents.jsonl", 150), database_url, tmp_path, faults=3)

    assert found.is_well, found
    assert found.hit > 0


def test_killed_refreshes_leave_no_trace(room: Newsroom, tmp_path: Path, postgres_url: str) -> None:
    """Once what a killed run held is free, a refresh has every page, once, and the stories of an unhurt one."""
    found = _round(kill, refresh_of(tmp_path, room, _DOCUMENTS), postgres_url, tmp_path)

    assert found.is_well, found
    assert found.hit > 0


def test_killed_maintenance_leaves_no_trace(tmp_path: Path) -> None:
    """The next one takes up the rest: every text is as after an unhurt one, and was replaced once."""
    found = _round(kill, maintain_of(tmp_path, _DOCUMENTS), f"sqlite:///{tmp_path}/hurt.db", tmp_path)

    assert found.is_well, found
    assert found.hit > 0


def test_the_table_adds_up() -> None:
    """One line for each database and fault, and their sum."""
    sums = {
        ("sqlite", "kill -9, load"): Counted(faults=20, hit=19, seconds=40.4),
        ("postgresql", "server crash, load"): Counted(faults=10, hit=10, doubled=1, seconds=20.0),
    }

    lines = table(sums).splitlines()

    assert [line.split()[0] for line in lines] == ["database", "sqlite", "postgresql", "all"]
    assert lines[-1].split() == ["all", "30", "29", "0", "1", "0", "0", "60"]
    assert [counted.is_well for counted in sums.values()] == [True, False]
