"""What is the same in every run: its row is closed once and says why, and what fails half-way is not done twice."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from flows.open_run import OpenRun, end_abandoned, now_utc, why
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from flows.stop import Stopped
from ingest.outcome import Outcome, Rejection
from storage.database import connected, writing
from storage.running.runs import Tally
from tests.flows.newsstand import runs_of
from tests.ready import make_ready


class Rejecting(OpenRun):
    """A run of batches that hold one rejection each."""

    def store(self, number: int) -> Tally:
        """Store the batch of that number."""
        document = Rejection(
            source="gazette",
            url=f"https://gazette.example/{number}",
            outcome=Outcome.WALL,
            detail="a cookie wall",
            at=now_utc(),
            raw_key=number,
        )
        with self._alone():
            tally = self._store_batch(number, [document], known=Counter())
            self._met = number
            return tally

    def finish(self) -> Tally:
        """End the run."""
        return self._finish_row()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give a database in a temporary folder."""
    environ = {"NEWSFOLD_DATA": str(tmp_path / "data"), "NEWSFOLD_WORKERS": "1"}
    return read_settings(environ, database_url=make_ready(f"sqlite:///{tmp_path}/stories.db"))


def _run(settings: Settings, *, prefect_id: str | None = None) -> Rejecting:
    return Rejecting(settings, flow="load", what="inbox", watch=Watcher(), prefect_id=prefect_id, clock=now_utc)


def test_a_batch_is_stored_once(settings: Settings) -> None:
    """Stored again, because what comes after it failed, it is not counted again, and gives the same tally."""
    with _run(settings) as run:
        first, again, second = run.store(1), run.store(1), run.store(2)
        whole = run.finish()

    assert first == again == second == Counter({("gazette", Outcome.WALL): 1})
    assert whole == Counter({("gazette", Outcome.WALL): 2})


def test_nothing_is_written_once_a_run_has_ended(settings: Settings) -> None:
    """A batch that comes too late, from a thread that was not told, is refused; so is a second end."""
    with _run(settings) as run:
        run.store(1)
        run.finish()

    with pytest.raises(RuntimeError, match="run 1 has ended"):
        run.store(2)
    with pytest.raises(RuntimeError, match="run 1 has ended"):
        run.finish()


def test_a_run_that_breaks_off_says_why(settings: Settings) -> None:
    """Its row has the reason and what was met; a problem after its end is no longer its own."""
    with pytest.raises(ValueError, match="in two lines"):
        _break_off(_run(settings), ValueError("a fault\nin two lines"))
    with pytest.raises(ValueError, match="too late"):
        _break_off(_run(settings), ValueError("too late"), after_its_end=True)

    assert [(row.met, row.error) for row in runs_of(settings.database_url)] == [(1, None), (1, "ValueError: a fault")]


def test_what_ended_a_run_is_not_hidden(settings: Settings) -> None:
    """Where its row cannot be written any more, a run still ends with what went wrong first."""
    run = _run(settings)
    with connected(settings.database_url) as engine, writing(engine) as db:
        db.execute(text("ALTER TABLE run RENAME TO away"))

    with pytest.raises(ValueError, match="the first fault"), run:
        raise ValueError("the first fault")


def _break_off(run: Rejecting, error: Exception, *, after_its_end: bool = False) -> None:
    with run:
        run.store(1)
        if after_its_end:
            run.finish()
        raise error


def test_waiting_ends_with_the_run(settings: Settings) -> None:
    """Who waits for the database to come back does not hold up a run that has ended."""
    with _run(settings) as run:
        run.finish()

    run.pause(3_600)


def test_a_run_left_open_by_prefect_is_closed_once(settings: Settings) -> None:
    """The run of a flow run that died gets its reason, and keeps the first one."""
    _run(settings, prefect_id="a-flow-run")
    _run(settings, prefect_id="another")

    end_abandoned(settings.database_url, prefect_id="a-flow-run", error="Crashed: it was killed")
    end_abandoned(settings.database_url, prefect_id="a-flow-run", error="Cancelled: too late")

    assert [(run.prefect_id, run.error) for run in runs_of(settings.database_url)] == [
        ("another", None),
        ("a-flow-run", "Crashed: it was killed"),
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Stopped(15), "stopped by signal"),
        (KeyboardInterrupt(), "stopped by signal"),
        (ValueError("a line\nand another"), "ValueError: a line"),
        (ValueError(), "ValueError: ValueError"),
    ],
)
def test_a_reason_is_one_line(error: BaseException, words: str) -> None:
    """Signals are named as such; of other errors, the first line is kept."""
    assert why(error) == words
