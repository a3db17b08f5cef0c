"""A store of an earlier release is brought to the present one while loads go on."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import text

from flows.loading.steps import run_load
from flows.maintaining.report import plan_as_text
from flows.maintaining.steps import OpenMaintain, plan, run_maintain
from flows.open_run import now_utc
from flows.progress import Watcher
from flows.settings import Settings
from ingest.clean import CLEANER
from ingest.clean.again import is_clean
from ingest.cluster.analysis import analyse
from ingest.cluster.signature import SCHEME
from ingest.document import Article, DateOrigin
from ingest.outcome import Outcome
from storage.check import check
from storage.database import connected, writing
from storage.reading import reading
from storage.running.leases import WORKING_OVER, lease_sources
from storage.running.runs import start_run
from storage.store import Store
from tests.bench.texts import Made, texts
from tests.faults.stores import partition
from tests.flows.spreading import settings_of

_OLD, _ALL = 60, 90  # documents of the earlier release, and all
_COPIES = "coalesce(copy_of, id)"  # groups that no order of arrival changes
_LEFT = "Back to top"
_EARLIER = "newsfold 0, trafilatura 1"


def _article(made: Made) -> Article:
    """Give the article as an earlier release cleaned it, which left something in every fourth."""
    return Article(
        source=made.source,
        url=made.url,
        title=made.title,
        text=f"{made.text}\n{_LEFT}" if made.number % 4 == 0 else made.text,
        byline=None,
        credit=None,
        published_at=made.published_at,
        published_from=DateOrigin.STATED,
        fetched_at=made.published_at,
        language="en",
        cleaner=_EARLIER,
        raw_key=made.number + 1,
        section="Coast",
    )


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Give the settings of a store that an earlier release filled, signed and left."""
    with connected(database_url) as engine:
        run = start_run(engine, flow="load", what="an earlier release", now=now_utc())
        batch = analyse([_article(made) for made in texts(_OLD)])
        Store(engine).store_batch(run, batch, known=Counter(), cleaner=_EARLIER, now=now_utc())
        with writing(engine) as db:
            db.execute(text("UPDATE variant SET scheme = 'older', signature = :noise"), {"noise": bytes(512)})
            db.execute(text("DELETE FROM segment WHERE kind = 'band'"))
    return settings_of(tmp_path, database_url, batch=20)


def _load(settings: Settings, folder: Path, documents: Iterable[Made]) -> None:
    """Load documents as they come now."""
    path = folder / "documents.jsonl"
    path.write_text("\n".join(json.dumps(_line(made)) for made in documents), encoding="utf-8")
    run_load([str(path)], source=None, settings=settings, watch=Watcher())


def _line(made: Made) -> dict[str, str]:
    said = {"url": made.url, "title": made.title, "text": made.text, "source": made.source, "language": "en"}
    return said | {"published_at": made.published_at.isoformat()}


def _rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with reading(settings.database_url) as reader:
        return [tuple(row) for row in reader.rows(sql)]


def _places(settings: Settings) -> dict[object, object]:
    return {row[0]: row[1] for row in _rows(settings, f"SELECT url, story_id FROM variant WHERE id <= {_OLD}")}


class Progress(Watcher):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.expected = 0
        self.done: list[int] = []

    def expect(self, count: int) -> None:
        """Remember."""
        self.expected = count

    def stored(self, documents: int) -> None:
        """Remember."""
        self.done.append(documents)


def test_an_earlier_releases_store_is_worked_over_while_loads_go_on(settings: Settings, tmp_path: Path) -> None:
    """Each variant once, where it stands; what comes meanwhile joins it; the copies are those of one release."""
    before, planned = _places(settings), plan(settings=settings)
    documents = list(texts(_ALL))
    left = {made.url for made in documents[:_OLD] if made.number % 4 == 0}
    watch = Progress()

    with OpenMaintain(settings, watch=watch) as run:
        for batch in run.batches():
            run.store(run.prepare(batch))
            if batch.number == 1:
                _load(settings, tmp_path, documents[_OLD:])
        report = run.finish(None)
    again = run_maintain(settings=settings, watch=Watcher())

    assert (planned.old, planned.variants) == (_OLD, _OLD)
    assert f"for {_OLD} that an earlier release cleaned or signed" in plan_as_text(planned)
    assert (watch.expected, watch.done) == (_OLD, [20, 20, 20])
    assert report.outcomes == {Outcome.RECLEANED: len(left), Outcome.UNCHANGED: _OLD - len(left)}
    assert (report.resigned, again.met, again.resigned) == (_OLD - len(left), 0, 0)
    assert _places(settings) == before
    kept = _rows(settings, "SELECT url, text, scheme, cleaner, section FROM variant ORDER BY id")
    assert [row[:3] for row in kept] == [(made.url, made.text, SCHEME) for made in documents]
    assert all(is_clean(str(row[3])) for row in kept)
    assert {row[3:] for row in kept[:_OLD]} == {(f"{_EARLIER} + {CLEANER}", "Coast")}
    revised = _rows(settings, "SELECT url FROM variant WHERE id IN (SELECT variant_id FROM revision)")
    assert {row[0] for row in revised} == left
    assert check(settings.database_url) == []
    fresh = settings_of(tmp_path / "fresh", f"sqlite:///{tmp_path}/fresh.db", batch=20)
    _load(fresh, tmp_path, documents)
    assert partition(settings.database_url, by=_COPIES) == partition(fresh.database_url, by=_COPIES)


def test_one_maintenance_at_a_time_works_over_the_variants(settings: Settings) -> None:
    """Another one leaves them alone while the first holds the lease, and takes up what is left after it."""
    with connected(settings.database_url) as engine:
        lease_sources(engine, [WORKING_OVER], owner="run 7", seconds=60.0)
        held = run_maintain(settings=settings, watch=Watcher())
        with writing(engine) as db:
            db.execute(text("DELETE FROM lease"))
    free = run_maintain(settings=settings, watch=Watcher())

    assert (held.met, free.met) == (0, _OLD)
    assert _rows(settings, "SELECT count(*) FROM lease") == [(0,)]
