"""What a run logs as JSON: one line an event, with its number and the source, and no secret."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from flows.logs import about, event, log_lines
from flows.settings import SettingProblem, read_settings
from tests.flows.newsroom_sources import outlets, refresh, settings_for, source, write_sources
from tests.newsroom import Newsroom

_LOG = logging.getLogger("ingest.anything")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:  # Any: JSON
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_refresh_logs_its_events(room: Newsroom, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its beginning, each source that was asked, each batch and its end are lines with the run's number."""
    good, bad = outlets(room, ["gazette", "echo"], pages=2)
    bad.break_down(404)
    write_sources(tmp_path, source(good), source(bad))

    refresh(settings_for(tmp_path, NEWSFOLD_LOG_FORMAT="json"))

    lines = _lines(capsys)
    events = [line["event"] for line in lines]
    polled = {line["source"]: line["outcome"] for line in lines if line["event"] == "polled"}
    assert {(line["run"], line["flow"]) for line in lines} == {(1, "refresh")}
    assert (events[0], events[-1]) == ("run-began", "run-ended")
    assert polled == {"gazette": "listed", "echo": "http_error"}
    assert lines[-1]["outcomes"] == {"new_story": 2}
    assert sum(line["outcomes"]["new_story"] for line in lines if line["event"] == "batch-stored") == 2


def test_10_08_a_line_names_the_source_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """MUST_HANDLE 10.8: what is logged while a source is asked is one line about it, without logins and tokens."""
    with log_lines("json", run=7, flow="refresh"), about("gazette"):
        _LOG.info("asked %s\ntwice", "https://ines:hush@gazette.example/feed?token=abc")
        try:
            raise OSError("postgresql://ines:hush@db/news")
        except OSError:
            _LOG.exception("failed", extra=event("poll-failed", detail="api_key=abc", tries=2))
    _LOG.info("after the run")

    first, second = _lines(capsys)
    assert (first["source"], first["message"]) == ("gazette", "asked https://***@gazette.example/feed?token=***\ntwice")
    assert (second["event"], second["detail"], second["tries"], second["level"]) == (
        "poll-failed",
        "api_key=***",
        2,
        "error",
    )
    assert "OSError: postgresql://***@db/news" in second["error"]


def test_a_run_leaves_loggers_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    """Handlers, levels and propagation are what they were before the run; as text, nothing is written by us."""
    loggers = [logging.getLogger(), logging.getLogger("flows")]
    before = [(logger.level, logger.propagate, list(logger.handlers)) for logger in loggers]

    for form in ("json", "text"):
        with log_lines(form, run=1, flow="load"):
            pass

    assert [(logger.level, logger.propagate, list(logger.handlers)) for logger in loggers] == before
    assert capsys.readouterr().err == ""


def test_an_unknown_form_is_refused() -> None:
    """The setting names what it may be."""
    with pytest.raises(SettingProblem, match="give text or json, not 'yaml'"):
        read_settings({"NEWSFOLD_LOG_FORMAT": "yaml"})
