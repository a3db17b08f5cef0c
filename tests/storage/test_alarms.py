"""What is against habit, on either database."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from ingest.fetch.habits import Failed, PollState
from ingest.outcome import Outcome
from storage.database import writing
from storage.reading import reading
from storage.running.runs import add_tally, finish_run, start_run
from storage.watching.alarms import Alarm, alarms
from tests.storage.articles import NOON, newsdesk
from tests.storage.live import later, poll, save

_DAY = timedelta(days=1)
_DOWN = Failed(outcome=Outcome.UNREACHABLE, detail="no answer")
_GONE = Failed(outcome=Outcome.GONE, detail="status 410", status=410, is_final=True)


def _alarms(url: str, *, hours: float = 0) -> dict[str, Alarm]:
    now = NOON + timedelta(hours=hours)
    with reading(url) as reader:
        return {found.key: found for found in alarms(reader, now=now, quiet=timedelta(hours=6))}


def _ran(engine: Engine, source: str, *, days: float, stored: int, refused: int) -> None:
    at = NOON - days * _DAY
    run = start_run(engine, flow="refresh", what="sources", now=at)
    with writing(engine) as db:
        add_tally(db, run, Counter({(source, Outcome.VARIANT): stored, (source, Outcome.WALL): refused}), now=at)
    finish_run(engine, run, met=stored + refused, now=at)


def test_a_sound_store_alarms_nobody(database_url: str) -> None:
    """Nothing stored, or a run that goes on, is no alarm."""
    with newsdesk(database_url):
        found = _alarms(database_url)

    assert found == {}


@pytest.mark.parametrize(("hours", "error"), [(0, "OSError: no space"), (1, None)])
def test_the_last_run_of_a_flow_counts(database_url: str, hours: float, error: str | None) -> None:
    """A failed run, or one that gives no sign of life, alarms until the next of its flow has ended well."""
    with newsdesk(database_url) as desk:
        run = start_run(desk.engine, flow="refresh", what="all", now=NOON)
        if error is not None:
            finish_run(desk.engine, run, met=0, now=NOON, error=error)
        before = _alarms(database_url, hours=hours)
        finish_run(desk.engine, start_run(desk.engine, flow="refresh", what="all", now=NOON), met=0, now=later(1))
        after = _alarms(database_url)

    assert before["run-failed:refresh"].began_at == NOON
    assert "run-failed:refresh" not in after


def test_sources_alarm_against_their_habit(database_url: str) -> None:
    """A quick source alarms after two days, one that fails after six hours, one that is gone at once."""
    quick = PollState(newest_at=later(-60), publishes_every_s=600.0)
    with newsdesk(database_url) as desk:
        finish_run(desk.engine, desk.run_id, met=0, now=NOON)
        save(
            desk.engine,
            poll("quick", state=quick),
            poll("down", result=_DOWN),
            poll("gone", result=_GONE),
        )
        soon, later_on, at_last = (set(_alarms(database_url, hours=hours)) for hours in (1, 7, 70))

    assert soon == {"source-failing:gone"}
    assert later_on == {"source-failing:gone", "source-failing:down", "nothing-new"}
    assert "source-silent:quick" in at_last


@pytest.mark.parametrize(
    ("before", "now", "alarmed"),
    [
        ((900, 100), (700, 300), {"rejections", "rejections:gazette"}),
        ((600, 400), (500, 500), set()),  # it was ever so
        ((999, 1), (850, 150), set()),  # few all the same
        ((40, 1), (10, 10), {"rejections:gazette"}),  # of one source, fewer documents say something
        ((0, 0), (100, 900), set()),  # no habit is known
    ],
)
def test_rejections_alarm_against_their_habit(
    database_url: str, engine: Engine, before: tuple[int, int], now: tuple[int, int], alarmed: set[str]
) -> None:
    """More than a fifth of the last day's documents, and twice the share of those before, is unusual."""
    for number, (stored, refused) in enumerate((before, now)):
        _ran(engine, "gazette", days=3 - 2.9 * number, stored=stored, refused=refused)

    found = _alarms(database_url)

    assert set(found) == alarmed
