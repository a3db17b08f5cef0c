"""A load that is killed leaves nothing half-written, and the next one ends where an unhurt one does."""

from pathlib import Path

import pytest

from tests.faults.kill import hurt, load, partition, stored, write_documents


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """Give 300 documents, three of ten near-duplicates."""
    path = tmp_path / "documents.jsonl"
    write_documents(path, 300)
    return path


def test_killed_loads_leave_no_trace(documents: Path, database_url: str, tmp_path: Path) -> None:
    """After kills at random moments, a whole load gives the stories of one that was never hurt."""
    unhurt = f"sqlite:///{tmp_path}/unhurt.db"
    load(documents, unhurt, batch=15)

    found = hurt(documents, database_url, count=300, kills=5, batch=15)

    assert found.killed > 0
    assert found.problems == ()
    assert found.stories == partition(unhurt)
    assert found.report["met"] == stored(database_url) == 300
