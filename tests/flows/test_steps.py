"""The steps of a load, walked in this process."""

from pathlib import Path

import pytest

from flows.loading.batches import Batch, Skipped
from flows.loading.steps import OpenLoad, run_load
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from flows.telling.report import LoadReport
from ingest.load import PathProblem, size_of
from ingest.outcome import Outcome
from tests.flows.newsstand import runs_of, write_jsonl
from tests.ready import make_ready


class Counting(Watcher):
    """Adds up what it is told."""

    def __init__(self) -> None:
        self.bytes = 0
        self.documents = 0

    def read(self, bytes_: int) -> None:
        """Add up."""
        self.bytes += bytes_

    def stored(self, documents: int) -> None:
        """Add up."""
        self.documents += documents


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give small batches and a database in a temporary folder."""
    environ = {"NEWSFOLD_DATA": str(tmp_path / "data"), "NEWSFOLD_WORKERS": "1", "NEWSFOLD_BATCH_DOCUMENTS": "20"}
    return read_settings(environ, database_url=make_ready(f"sqlite:///{tmp_path}/stories.db"))


def _load(settings: Settings, *paths: Path, watch: Watcher | None = None) -> LoadReport:
    return run_load([str(path) for path in paths], source=None, settings=settings, watch=watch or Watcher())


def test_a_second_load_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    """Each document is a story at first, and unchanged when it is met again; the run rows say the same."""
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(50))

    first, second = _load(settings, inbox), _load(settings, inbox)

    assert (first.met, first.outcomes, first.stories) == (50, {Outcome.NEW_STORY: 50}, 50)
    assert (second.met, second.outcomes, second.stories) == (50, {Outcome.UNCHANGED: 50}, 50)
    assert [(run.id, run.met, run.outcomes) for run in runs_of(settings.database_url)] == [
        (2, 50, {"unchanged": 50}),
        (1, 50, {"new_story": 50}),
    ]


def test_a_file_taken_in_whole_is_not_read_again(settings: Settings, tmp_path: Path) -> None:
    """Its documents are counted all the same, the rejected ones as what they were."""
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(45))
    with inbox.open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    _load(settings, inbox)

    with OpenLoad(settings, [str(inbox)], watch=Watcher()) as load:
        passed = list(load.batches(source=None))
        [skipped] = [item for item in passed if isinstance(item, Skipped)]
        tally = load.take_again(skipped)
        report = load.finish()

    assert len(passed) == 1
    assert tally.total() == 46
    assert report.outcomes == {Outcome.UNCHANGED: 45, Outcome.MALFORMED: 1}


def test_a_file_that_grew_is_read_again(settings: Settings, tmp_path: Path) -> None:
    """What was added is stored, what was there is unchanged."""
    _load(settings, write_jsonl(tmp_path / "inbox.jsonl", range(45)))

    report = _load(settings, write_jsonl(tmp_path / "inbox.jsonl", range(48)))

    assert report.outcomes == {Outcome.NEW_STORY: 3, Outcome.UNCHANGED: 45}


def test_one_bad_document_ends_no_run(settings: Settings, tmp_path: Path) -> None:
    """What cannot be read is counted beside what can, and someone should look."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_jsonl(inbox / "good.jsonl", range(3))
    (inbox / "bad.jsonl").write_text('{"text": \n', encoding="utf-8")
    (inbox / "page.html").write_bytes(b"\x00" * 200)

    report = _load(settings, inbox)

    assert report.outcomes[Outcome.NEW_STORY] == 3
    assert sum(report.outcomes.values()) == report.met == 5
    assert report.exit_code == 3


def test_whoever_watches_is_told_all(settings: Settings, tmp_path: Path) -> None:
    """The bytes told are those of the files, the documents those met; also when the file was taken before."""
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(50))
    first, second = Counting(), Counting()

    _load(settings, inbox, watch=first)
    _load(settings, inbox, watch=second)

    assert (first.documents, second.documents) == (50, 50)
    assert first.bytes == second.bytes == size_of([inbox])


def test_nothing_to_load_is_a_run_too(settings: Settings, tmp_path: Path) -> None:
    """An empty folder gives a run that met nothing."""
    (tmp_path / "inbox").mkdir()

    assert _load(settings, tmp_path / "inbox").to_dict()["outcomes"] == {}


def test_a_run_that_ends_early_says_why(settings: Settings, tmp_path: Path) -> None:
    """A path that is not there ends the run with its reason."""
    with pytest.raises(PathProblem):
        _load(settings, tmp_path / "nowhere")

    [run] = runs_of(settings.database_url)
    assert run.state == "failed"
    assert "nowhere: no such file" in (run.error or "")


def test_nothing_is_stored_in_a_run_that_has_ended(settings: Settings, tmp_path: Path) -> None:
    """A batch that comes too late, from a thread that was not told, is refused."""
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(5))
    with OpenLoad(settings, [str(inbox)], watch=Watcher()) as load:
        [batch] = [item for item in load.batches(source=None) if isinstance(item, Batch)]
        ready = load.prepare(batch)

    with pytest.raises(RuntimeError, match="has ended"):
        load.store(ready)
