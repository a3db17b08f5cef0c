"""A run that goes on says so, whatever it waits for; one that has ended, or was killed, does not."""

import threading
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from flows.loading.steps import run_load
from flows.open_run import now_utc
from flows.progress import Watcher
from flows.settings import read_settings
from flows.sign_of_life import signs_of_life
from storage.database import writing
from storage.running.runs import finish_run, start_run
from tests.flows.newsstand import runs_of, write_jsonl
from tests.flows.service import within
from tests.ready import make_ready

_EVERY_S = 0.02


def test_a_run_that_stores_nothing_goes_on(engine: Engine, database_url: str) -> None:
    """Its row is seen again and again, and not once it has ended."""
    began = now_utc() - timedelta(hours=1)
    run, ending = start_run(engine, flow="load", what="inbox", now=began), threading.Event()
    life = signs_of_life(engine, run, ending=ending, clock=now_utc, every_s=_EVERY_S)

    life.start()
    is_seen = within(10, lambda: runs_of(database_url)[0].state == "running")
    finish_run(engine, run, met=0, now=began)
    threading.Event().wait(5 * _EVERY_S)
    ending.set()
    life.join(10)

    assert is_seen
    assert not life.is_alive()
    assert runs_of(database_url)[0].seen_at == began


def test_a_run_outlives_a_database_that_is_away(engine: Engine, database_url: str) -> None:
    """What cannot be said now is said later."""
    run, ending = start_run(engine, flow="load", what="inbox", now=now_utc() - timedelta(hours=1)), threading.Event()
    life = signs_of_life(engine, run, ending=ending, clock=now_utc, every_s=_EVERY_S)
    with writing(engine) as db:
        db.execute(text("ALTER TABLE run RENAME TO away"))

    life.start()
    threading.Event().wait(5 * _EVERY_S)
    with writing(engine) as db:
        db.execute(text("ALTER TABLE away RENAME TO run"))
    is_seen = within(10, lambda: runs_of(database_url)[0].state == "running")
    ending.set()
    life.join(10)

    assert is_seen


def test_a_run_leaves_no_thread(tmp_path: Path) -> None:
    """Once a load has ended, nothing of it writes to the database."""
    url = make_ready(f"sqlite:///{tmp_path}/stories.db")
    settings = read_settings({"NEWSFOLD_DATA": f"{tmp_path}/data", "NEWSFOLD_WORKERS": "1"}, database_url=url)
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(3))
    seen: list[str] = []

    class Looking(Watcher):
        """Sees the threads there are while a batch is told of."""

        def stored(self, count: int) -> None:  # noqa: ARG002  a watcher's
            """Take down their names."""
            seen.extend(thread.name for thread in threading.enumerate())

    run_load([str(inbox)], source=None, settings=settings, watch=Looking())

    assert "signs of life of run 1" in seen
    assert "signs of life of run 1" not in {thread.name for thread in threading.enumerate()}
