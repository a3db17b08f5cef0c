"""A few faults of each kind: nothing is lost, doubled or unsound; `make faults N=200` tries many."""

from pathlib import Path
from random import Random

import pytest

from tests.faults.campaign import Counted, round_of, table
from tests.faults.hits import Hit, crash_server, fill_disk
from tests.faults.kill import load, partition, write_documents

_DOCUMENTS, _FAULTS = 60, 2


@pytest.mark.parametrize(("hit", "database"), [(fill_disk, "sqlite"), (crash_server, "postgresql")])
def test_9_5_9_6_hurt_loads_end_as_unhurt_ones(
    hit: Hit, database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """MUST_HANDLE 9.5, 9.6: on a full disk, or with a server that crashes, what was stored stays and the rest comes."""
    documents, unhurt = tmp_path / "documents.jsonl", f"sqlite:///{tmp_path}/unhurt.db"
    write_documents(documents, _DOCUMENTS)
    load(documents, unhurt, batch=15)
    url = f"sqlite:///{tmp_path}/hurt.db" if database == "sqlite" else request.getfixturevalue("postgres_url")

    found = round_of(hit, documents, url, count=_DOCUMENTS, faults=_FAULTS, chance=Random(1), whole=partition(unhurt))

    assert found.is_well, found
    assert (found.faults, found.hit > 0) == (_FAULTS, True)


def test_the_table_adds_up() -> None:
    """One line for each database and fault, and their sum."""
    sums = {
        ("sqlite", "kill -9"): Counted(faults=20, hit=19, seconds=40.4),
        ("postgresql", "server crash"): Counted(faults=10, hit=10, doubled=1, seconds=20.0),
    }

    lines = table(sums).splitlines()

    assert [line.split()[0] for line in lines] == ["database", "sqlite", "postgresql", "all"]
    assert lines[-1].split() == ["all", "30", "29", "0", "1", "0", "0", "60"]
    assert [counted.is_well for counted in sums.values()] == [True, False]
