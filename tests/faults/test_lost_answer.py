"""A batch whose COMMIT was done, though the connection was lost before its answer came, is stored and counted once."""

from pathlib import Path

from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.settings import read_settings
from flows.telling.report import LoadReport
from ingest.outcome import Outcome
from storage.check import check
from storage.reading import reading
from storage.upgrading import upgrade
from tests.faults.lost_answer import lossy
from tests.flows.newsstand import write_jsonl


def _load(folder: Path, url: str) -> LoadReport:
    environ = {"NEWSFOLD_DATA": f"{folder}/data", "NEWSFOLD_WORKERS": "1", "NEWSFOLD_BATCH_DOCUMENTS": "5"}
    settings = read_settings(environ, database_url=url)
    return run_load([f"{folder}/inbox.jsonl"], source=None, settings=settings, watch=Watcher())


def test_a_commit_whose_answer_is_lost_counts_once(tmp_path: Path, postgres_url: str) -> None:
    """First loaded, and loaded again from a file that is remembered: the tally is what was met."""
    upgrade(postgres_url)
    write_jsonl(tmp_path / "inbox.jsonl", range(12))

    with lossy(postgres_url, about=b"INSERT INTO tally") as way:
        way.lose = 2
        first = _load(tmp_path, way.url)
        way.lose = 1
        again = _load(tmp_path, way.url)

    assert way.lost == 3
    assert first.outcomes == {Outcome.NEW_STORY: 12}
    assert again.outcomes == {Outcome.UNCHANGED: 12}
    with reading(postgres_url) as reader:
        assert reader.rows("SELECT count(*) FROM batch") == [(0,)]
    assert check(postgres_url) == []
