"""What a run did, told to people and programs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.report import DONE, IN_PART, LoadReport, as_markdown, as_text
from ingest.outcome import Outcome


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
    """The table and the page name each outcome with its count."""
    report = _report({outcome: 4321})

    assert f"{outcome}" in as_text(report)
    assert "4,321" in as_text(report)
    assert f"| {outcome} | 4,321 |" in as_markdown(report)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_runbook_says_what_to_do(outcome: Outcome) -> None:
    """deploy/README.md has a row for each outcome, and says rightly whether it counts."""
    runbook = (Path(__file__).parents[2] / "deploy" / "README.md").read_text(encoding="utf-8")

    [row] = [line for line in runbook.splitlines() if line.startswith(f"| `{outcome}` |")]

    assert (row.split("|")[3].strip() == "yes") == outcome.is_failure
