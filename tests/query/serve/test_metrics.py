"""What rules and dashboard ask Prometheus for is what the server tells, and it is true."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from ingest.fetch.habits import Failed, PollState
from ingest.outcome import Outcome
from query.serve.store_figures import StoreCollector
from storage.database import connect
from storage.hooks.kept import EVENTS
from storage.hooks.writes import add_hook
from storage.reading import reading
from storage.running.runs import finish_run
from tests.query.serve.newsstand import Served
from tests.storage.articles import NOON, article, newsdesk, prose, rejection
from tests.storage.live import later, poll, save

_DEPLOY = Path(__file__).parents[3] / "deploy"
_GROUPS: list[dict[str, Any]] = yaml.safe_load((_DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
_RULES = [rule for group in _GROUPS for rule in group["rules"]]
_DASHBOARD: dict[str, Any] = json.loads((_DEPLOY / "dashboard.json").read_text(encoding="utf-8"))  # Any: JSON
_ASKED = [
    *(rule["expr"] for rule in _RULES),
    *(target["expr"] for panel in _DASHBOARD["panels"] for target in panel["targets"]),
]
_DOWN = Failed(outcome=Outcome.UNREACHABLE, detail="no answer")


def _samples(text: str) -> dict[tuple[str, str], float]:
    """Give what stands in an answer, by name and by the one label that matters here."""
    return {
        (
            sample.name,
            next((sample.labels[one] for one in ("source", "outcome", "flow", "hook") if one in sample.labels), ""),
        ): (sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_figure_asked_for_is_told(own_stands: Served) -> None:
    """Each metric in the rules and the dashboard is in a real answer, or is made by a rule."""
    with newsdesk(own_stands.url) as desk:
        save(desk.engine, poll("gazette", "gazette/1"), minutes=1)
        add_hook(desk.engine, "https://desk.example/", events=EVENTS, allow_private=False, now=NOON)
        desk.load(article("gazette/51", prose(51)))
        finish_run(desk.engine, desk.run_id, met=1, now=later(2))

    own_stands.ask("/healthz")
    told = {name for name, _ in _samples(own_stands.ask("/metrics").text)}

    asked = {name for expr in _ASKED for name in re.findall(r"\bnewsfold[_:][\w:]+", expr)}
    assert len(asked) > 10
    assert asked - {rule.get("record") for rule in _RULES} - told == set()


def test_rules_and_dashboard_name_outcomes_and_flows_that_exist() -> None:
    """A rule with a mistyped label would be silent for ever."""
    outcomes = {
        name for expr in _ASKED for said in re.findall(r'outcome[!=~]+"([^"]+)"', expr) for name in said.split("|")
    }
    flows = {name for expr in _ASKED for name in re.findall(r'flow="(\w+)"', expr)}

    assert outcomes <= {outcome.value for outcome in Outcome}
    assert flows == {"refresh", "maintain"}
    assert {outcome.value for outcome in Outcome if outcome.is_stored} <= outcomes


def test_every_alert_says_what_to_do() -> None:
    """Each alert has a summary, a remedy and how urgent it is."""
    alerts = [rule for rule in _RULES if "alert" in rule]

    assert all(alert["annotations"].keys() == {"summary", "remedy"} for alert in alerts)
    assert {alert["labels"]["severity"] for alert in alerts} == {"page", "ticket"}
    assert len({alert["alert"] for alert in alerts}) == len(alerts)


def test_panels_do_not_cover_one_another() -> None:
    """Each panel of the dashboard has its own place and number."""
    panels = _DASHBOARD["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_the_figures_are_those_of_the_store(own_stands: Served) -> None:
    """Sources, queue, size and the last good end of a flow are told as they stand."""
    silent = PollState(newest_at=later(-60 * 24 * 90), publishes_every_s=3600.0)
    with newsdesk(own_stands.url) as desk:
        save(desk.engine, poll("calm", "calm/1", "calm/2"), poll("down", state=PollState(newest_at=NOON), result=_DOWN))
        save(desk.engine, poll("quick", state=silent))
        finish_run(desk.engine, desk.run_id, met=0, now=later(7))
        with reading(own_stands.url) as reader:
            [(flow,)] = reader.rows("SELECT flow FROM run WHERE id = :id", id=desk.run_id)

    found = _samples(own_stands.ask("/metrics").text)

    assert found["newsfold_pages_waiting", ""] == 2
    assert found["newsfold_database_bytes", ""] > 100_000
    assert found["newsfold_run_completed_timestamp_seconds", flow] == later(7).timestamp()
    assert found["newsfold_source_newest_timestamp_seconds", "calm"] == NOON.timestamp()
    assert (found["newsfold_source_failing", "down"], found["newsfold_source_failing", "calm"]) == (1, 0)
    assert (found["newsfold_source_silent", "quick"], found["newsfold_source_silent", "down"]) == (1, 0)
    assert ("newsfold_source_succeeded_timestamp_seconds", "down") not in found


def test_how_far_behind_a_webhook_is(own_stand: Served) -> None:
    """Changes since the last that it was told, and whether its address fails."""
    with newsdesk(own_stand.url) as desk:
        hook, _ = add_hook(desk.engine, "https://desk.example/", events=EVENTS, allow_private=False, now=NOON)
        desk.load(article("gazette/77", prose(77)))

    found = _samples(own_stand.ask("/metrics").text)

    assert (found["newsfold_hook_behind", f"{hook}"], found["newsfold_hook_failing", f"{hook}"]) == (1, 0)


def test_documents_are_counted_from_the_start_of_the_server(own_stand: Served) -> None:
    """What was met before the first look is not counted, and each document after it once, also of a run at work."""
    collector = StoreCollector(kept_s=0)

    def look() -> dict[str, float]:
        with reading(own_stand.url) as reader:
            collector.look(reader, now=datetime.now(UTC))
        [documents] = [family for family in collector.collect() if family.name == "newsfold_documents"]
        return {sample.labels["outcome"]: sample.value for sample in documents.samples}

    first = look()
    with newsdesk(own_stand.url) as desk:
        desk.load(article("gazette/61", prose(61)), rejection("gazette/62"))
        second = look()
        desk.load(article("gazette/63", prose(63)), now=NOON + timedelta(hours=1))
        third = look()

    assert set(first.values()) == {0}
    assert first.keys() == {outcome.value for outcome in Outcome}
    assert (second["new_story"], sum(second.values())) == (1, 2)
    assert (third["new_story"], sum(third.values())) == (2, 3)


def test_the_store_is_not_asked_again_at_once(own_stand: Served) -> None:
    """Within a few seconds, another answer tells the same."""
    with reading(own_stand.url) as reader:
        collector = StoreCollector()
        collector.look(reader, now=NOON)
        engine = connect(own_stand.url)
        save(engine, poll("late", "late/1"))
        engine.dispose()
    with reading(own_stand.url) as reader:
        collector.look(reader, now=NOON)

    assert [family.samples[0].value for family in collector.collect() if family.name == "newsfold_pages_waiting"] == [0]
