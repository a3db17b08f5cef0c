"""A load whose documents are cleaned and signed by helpers gives the stories of one that does all itself."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from flows.folders import passing_folder
from flows.loading.batches import Batch, Skipped
from flows.loading.helping import help_load
from flows.loading.shelf import Shelf
from flows.loading.signing import Signed
from flows.loading.spread import Helped, laid_down
from flows.loading.steps import OpenLoad, drive, run_load
from flows.open_run import bring_up
from flows.progress import Watcher
from tests.flows.spreading import helpers, kept, load_spread, settings_of, write_news

_ROOT = Path(__file__).parents[2]


def _signed(batch: Batch) -> Signed:
    nothing: tuple[()] = ()
    return Signed(
        number=batch.number,
        rejected=nothing,
        fresh=nothing,
        cleaned=nothing,
        prepared=nothing,
        known=Counter(),
        file_key=None,
        end=None,
    )


def test_helpers_change_nothing_about_the_stories(tmp_path: Path, database_url: str) -> None:
    """Two helpers sign everything, and each row but its times is what a load without helpers writes."""
    write_news(tmp_path / "news.jsonl", 2_000 if database_url.startswith("sqlite") else 400)
    alone = f"sqlite:///{tmp_path}/alone.db"
    here = run_load(
        [str(tmp_path / "news.jsonl")],
        source=None,
        settings=settings_of(tmp_path / "here", alone, batch=100),
        watch=Watcher(),
    )

    spread, signed_here = load_spread(
        tmp_path / "news.jsonl", settings_of(tmp_path / "spread", database_url, batch=100), count=2
    )

    assert (spread.met, spread.outcomes, spread.stories) == (here.met, here.outcomes, here.stories)
    assert signed_here == 0
    expected = kept(alone)
    assert expected["site_line"]
    assert expected["rejection"]
    assert kept(database_url) == expected


def test_a_load_without_helpers_ends(tmp_path: Path) -> None:
    """What no helper takes is signed by the load itself."""
    write_news(tmp_path / "news.jsonl", 60)
    settings = settings_of(tmp_path / "data", f"sqlite:///{tmp_path}/stories.db", batch=20)

    report, signed_here = load_spread(tmp_path / "news.jsonl", settings, count=0, busy_s=0.0)

    assert report.met == 62
    assert signed_here >= 3


def test_what_a_killed_helper_held_is_signed_again(tmp_path: Path) -> None:
    """A helper is killed with a batch in its hands: nothing is lost, and nothing is stored twice."""
    write_news(tmp_path / "news.jsonl", 200)
    alone, url = f"sqlite:///{tmp_path}/alone.db", f"sqlite:///{tmp_path}/stories.db"
    run_load(
        [str(tmp_path / "news.jsonl")],
        source=None,
        settings=settings_of(tmp_path / "here", alone, batch=50),
        watch=Watcher(),
    )
    settings = settings_of(tmp_path / "data", url, batch=50)
    bring_up(settings)
    news = [str(tmp_path / "news.jsonl")]

    with OpenLoad(settings, news, watch=Watcher()) as load, passing_folder(settings.data, "run") as folder:
        shelf = Shelf(folder, helper="load")
        batches = laid_down(load.batches(source=None), shelf, ahead=3)
        first = next(batches)
        with helpers(folder, url, count=1) as [helper]:
            while not (taken := list(folder.glob("*.taken-*"))):
                time.sleep(0.001)
            helper.send_signal(signal.SIGSTOP)  # whatever it holds, it will never give
            taken = list(folder.glob("*.taken-*")) or taken
        helped = Helped(load, shelf, coming_s=0.5, busy_s=0.1, dead_s=0.5)
        helped.store(helped.prepare(first))  # type: ignore[arg-type]  # it is no end of a file
        drive(batches, prepare=helped.prepare, store=helped.store, take_again=load.take_again)
        report = load.finish()

    assert taken
    assert report.met == 205
    assert kept(url) == kept(alone)


def test_a_batch_is_taken_once(tmp_path: Path) -> None:
    """Of two helpers one gets a batch; a dead one's is put back, and a late answer for it does no harm."""
    with passing_folder(tmp_path, "run") as folder:
        load, one, other = (Shelf(folder, helper=name) for name in ("load", "one", "other"))
        load.put(Batch(number=1, documents=()))

        taken = [one.take(), other.take()]
        load.free(1, patience_s=0.0)
        time.sleep(0.01)
        load.free(1, patience_s=0.0)
        again = other.take()
        other.sign(1, _signed)
        found = load.signed(1)
        load.forget(1)

        assert taken == [1, None]
        assert again == 1
        assert found == _signed(Batch(number=1, documents=()))
        assert load.signed(1) is None
        assert not load.is_waiting(1)


def test_helpers_end_with_their_load(tmp_path: Path) -> None:
    """A helper ends when no more batches come, and when the load that it helps is gone, however that went."""
    settings = settings_of(tmp_path / "data", f"sqlite:///{tmp_path}/stories.db", batch=20)
    bring_up(settings)
    with passing_folder(tmp_path / "shards", "run") as folder:
        Shelf(folder, helper="load").end()
        over = help_load(folder, settings)
    orphan = tmp_path / "shards" / "orphan"
    orphan.mkdir()

    assert (over, help_load(orphan, settings), help_load(tmp_path / "nowhere", settings)) == (0, 0, 0)


def test_batches_lie_ahead(tmp_path: Path) -> None:
    """So many batches wait for helpers before the first is asked for; files that were skipped keep their places."""
    items: list[Batch | Skipped] = [
        Batch(number=1, documents=()),
        Skipped(number=1, ends=()),
        Batch(number=2, documents=()),
        Batch(number=3, documents=()),
    ]
    with passing_folder(tmp_path, "run") as folder:
        shelf = Shelf(folder, helper="load")

        given = laid_down(items, shelf, ahead=3)
        first = next(given)
        waiting = [number for number in (1, 2, 3) if shelf.is_waiting(number)]
        rest = list(given)

        assert waiting == [1, 2]
        assert [getattr(first, "number", None), *(getattr(one, "number", None) for one in rest)] == [1, 1, 2, 3]
        assert shelf.is_over


@pytest.mark.parametrize("runner", ["shards", "nowhere"])
def test_helpers_without_prefect_are_refused(tmp_path: Path, runner: str) -> None:
    """Whoever asks for helpers that cannot be is told so before anything is loaded."""
    (tmp_path / "a.txt").write_text("A text.")
    done = subprocess.run(
        [sys.executable, "-m", "newsfold", "load", str(tmp_path), "--runner", runner, "--no-prefect"],
        cwd=_ROOT,
        env=os.environ | {"NEWSFOLD_DATABASE_URL": f"sqlite:///{tmp_path}/stories.db"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, "--runner" in done.stderr) == (2, True)
    assert not (tmp_path / "stories.db").exists()
