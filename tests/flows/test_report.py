"""What a run did, told to people and programs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.telling.report import Asked, LoadReport, RefreshReport, as_text, refresh_as_text
from ingest.outcome import Outcome
from query.terminal.saying import DONE, IN_PART


def _report(outcomes: dict[Outcome, int]) -> LoadReport:
    return LoadReport(run=3, met=sum(outcomes.values()), outcomes=outcomes, stories=12, seconds=1.23456)


def test_json_has_exactly_what_is_promised() -> None:
    """The JSON of a report has five keys, and only outcomes that occurred."""
    report = _report({Outcome.NEW_STORY: 5, Outcome.WALL: 2})

    assert json.loads(report.to_json()) == {
        "run": 3,
        "met": 7,
        "outcomes": {"new_story": 5, "wall": 2},
        "stories": 12,
        "seconds": 1.235,
    }


@given(st.dictionaries(st.sampled_from(Outcome), st.integers(1, 10**9)))
def test_a_report_survives_json(outcomes: dict[Outcome, int]) -> None:
    """What is made of a report's values is the same report, but for the split seconds."""
    report = _report(outcomes)

    assert LoadReport.from_dict(report.to_dict()).to_dict() == report.to_dict()


@pytest.mark.parametrize("outcome", Outcome)
def test_someone_should_look_when_an_outcome_is_a_failure(outcome: Outcome) -> None:
    """The exit code is 3 exactly when an outcome is a failure."""
    assert _report({outcome: 1}).exit_code == (IN_PART if outcome.is_failure else DONE)


@pytest.mark.parametrize("outcome", Outcome)
def test_people_are_told_each_outcome(outcome: Outcome) -> None:
    """The table names each outcome with its count."""
    report = _report({outcome: 4321})

    assert f"{outcome}" in as_text(report)
    assert "4,321" in as_text(report)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_runbook_says_what_to_do(outcome: Outcome) -> None:
    """deploy/README.md has a row for each outcome, and says rightly whether it counts."""
    runbook = (Path(__file__).parents[2] / "deploy" / "README.md").read_text(encoding="utf-8")

    [row] = [line for line in runbook.splitlines() if line.startswith(f"| `{outcome}` |")]

    assert (row.split("|")[3].strip() == "yes") == outcome.is_failure


_ASKED = st.builds(
    Asked,
    source=st.text("abc-", min_size=1),
    outcome=st.sampled_from(["listed", "unchanged", "busy", *(outcome.value for outcome in Outcome)]),
    detail=st.text(),
    waiting=st.integers(0, 10**6),
    silent_s=st.none() | st.floats(0, 10**9),
    notes=st.lists(st.text()).map(tuple),
)


def _refresh(*asked: Asked, by_source: dict[str, dict[Outcome, int]] | None = None, waiting: int = 0) -> RefreshReport:
    outcomes = {
        outcome: count
        for outcome in Outcome
        if (count := sum(counts.get(outcome, 0) for counts in (by_source or {}).values()))
    }
    return RefreshReport(
        run=3,
        met=sum(outcomes.values()),
        outcomes=outcomes,
        stories=12,
        seconds=1.5,
        asked=asked,
        by_source=by_source or {},
        waiting=waiting,
    )


def _asked(source: str, outcome: str, detail: str = "", silent_s: float | None = None) -> Asked:
    return Asked(source=source, outcome=outcome, detail=detail, silent_s=silent_s)


@given(
    st.lists(_ASKED),
    st.dictionaries(st.text(), st.dictionaries(st.sampled_from(Outcome), st.integers(1, 10**9))),
    st.integers(0, 10**9),
)
def test_a_refresh_report_survives_json(
    asked: list[Asked], by_source: dict[str, dict[Outcome, int]], waiting: int
) -> None:
    """What is made of the JSON of a report is the same report."""
    report = _refresh(*asked, by_source=by_source, waiting=waiting)

    assert RefreshReport.from_dict(json.loads(report.to_json())) == report


@given(st.lists(_ASKED))
def test_each_source_asked_is_counted_once(asked: list[Asked]) -> None:
    """The line about sources adds up, whatever they came to."""
    text = refresh_as_text(_refresh(*asked))

    [line] = [line for line in text.split("\n") if line.startswith(f"{len(asked)} source")]
    assert sum(int(part.split()[0]) for part in line.partition(": ")[2].split(", ") if part) == len(asked)


@pytest.mark.parametrize("outcome", ["listed", "unchanged", "busy", *Outcome])
def test_someone_should_look_when_a_source_fails(outcome: str) -> None:
    """A source that listed something, nothing new, or was left to another run, is no failure; any other is."""
    report = _refresh(_asked("gazette", str(outcome)))

    assert report.exit_code == (DONE if outcome in ("listed", "unchanged", "busy") else IN_PART)


def test_people_are_told_which_sources_failed() -> None:
    """The table names the sources that failed and those that fell silent."""
    report = _refresh(
        _asked("echo", "listed"),
        _asked("gazette", "http_error", "HTTP 500 | sorry"),
        _asked("post", "unchanged", silent_s=200_000),
        by_source={"echo": {Outcome.NEW_STORY: 4, Outcome.WALL: 2}},
        waiting=1_234,
    )

    text = refresh_as_text(report)

    assert "3 sources asked: 1 listed, 1 unchanged, 1 failed" in text
    assert "  gazette              http_error   HTTP 500 | sorry" in text
    assert "  post                 silent       nothing new for 2.3 d" in text
    assert "  1,234 pages wait for the next run" in text


def test_many_failures_are_cut_for_people() -> None:
    """The table names ten sources that failed, and says how many more there are."""
    report = _refresh(*(_asked(f"outlet-{number}", "unreachable", "no such host") for number in range(25)))

    text = refresh_as_text(report)

    assert text.count("no such host") == 10
    assert "  and 15 more: newsfold sources list" in text


def test_nothing_due_is_said() -> None:
    """A run without a source to ask says why it did nothing."""
    assert "0 sources asked; none was due" in refresh_as_text(_refresh())
