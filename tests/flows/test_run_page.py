"""What runs came to, as a page: everything is told, and nothing in it is obeyed."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flows.cli import app
from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.settings import read_settings
from flows.telling.run_page import page, plain, table_rows
from flows.telling.summary import Summary, summary_of_run
from flows.watch import changed
from storage.database import connect
from storage.running.runs import finish_run, start_run
from storage.upgrading import upgrade
from storage.views import RejectionView, RunView, SourceInRun, StorySummary
from storage.watching.accounts import Account
from storage.watching.alarms import Alarm

_NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
_HOSTILE = "<script>x</script> [go](http://evil.example) | **a** `b` ![c](d) www.e.example"


def _run(**more: object) -> RunView:
    said = {"id": 88, "flow": "refresh", "what": "3 sources", "started_at": _NOON, "state": "partly", "error": None}
    said |= {
        "seen_at": _NOON,
        "finished_at": _NOON + timedelta(seconds=61),
        "met": 7,
        "outcomes": {"new_story": 4},
        "prefect_id": None,
    }
    return RunView(**(said | more))  # type: ignore[arg-type]


def _story(title: str = "Dam holds") -> StorySummary:
    return StorySummary(
        id=42,
        title=title,
        kind="covered",
        size=3,
        independent=2,
        sources=["gazette", "echo"],
        first_seen_at=_NOON,
        last_seen_at=_NOON,
        language="en",
        url="https://gazette.example/1",
        is_corrected=False,
        is_suggested=False,
        is_reviewed=False,
        is_withdrawn=False,
    )


def _rejected(source: str = "echo", detail: str = "a cookie wall") -> RejectionView:
    return RejectionView(
        source=source,
        url="https://ines:hush@echo.example/a?token=abc",
        outcome="wall",
        detail=detail,
        attempts=1,
        run_id=88,
        first_at=_NOON,
        last_at=_NOON,
    )


def _asked(source: str, outcome: str | None = "listed", **more: float | None) -> SourceInRun:
    said = {"silent_s": None, "seconds": 2.5, "pages": 4, "slowest_s": 1.5} | more
    return SourceInRun(source=source, outcome=outcome, detail=f"of {source}", **said)  # type: ignore[arg-type]


def _account(*, name: str = "gazette", title: str = "Dam holds", detail: str = "a cookie wall") -> Account:
    return Account(
        runs=(_run(what=name),),
        tally={name: {"new_story": 4, "wall": 2}, "echo": {"wall": 1}},
        sources=(_asked(name), _asked("echo", "http_error"), _asked("post", "unchanged", silent_s=200_000.0)),
        new_stories=4,
        new=(_story(title),),
        biggest=(_story(title),),
        rejected=(_rejected(name, detail),),
    )


def _cells(text: str, first: str) -> list[str]:
    [row] = [line for line in text.splitlines() if line.startswith(f"| {first}")]
    return [cell.strip() for cell in row.strip("|").split(" | ")]


def test_a_page_tells_since_when_a_run_is_silent() -> None:
    """Of a run that ought to go on, the last sign of life is told; of one that ended, nothing of the kind."""
    silent = page(_account(), title="newsfold load, run 88", run=_run(state="silent", finished_at=None))
    ended = page(_account(), title="newsfold load, run 88", run=_run())

    assert "3 sources: silent, no sign of life since 2026-05-20 12:00 UTC." in silent
    assert "sign of life" not in ended


def test_a_page_tells_what_a_run_came_to() -> None:
    """Tally, sources, stories and rejections are there, with the command and the link that show more."""
    text = page(_account(), title="newsfold refresh, run 88", run=_run(), page_url="https://news.example")

    assert text.startswith("# newsfold refresh, run 88\n\n2026-05-20 12:00 UTC, 3 sources: done in part in 61.0 s.")
    assert "7 documents met, 4 of them stored; 4 new stories" in text
    assert _cells(text, "new_story") == ["new_story", "4", "stored"]
    assert _cells(text.partition("## By source")[2].partition("## S")[0], "gazette") == [
        "gazette",
        "6",
        "4",
        "new_story 4, wall 2",
    ]
    assert _cells(text.partition("## Slowest")[2].partition("## F")[0], "echo") == ["echo", "2.5", "4", "1.5"]
    assert _cells(text.partition("## Failing")[2].partition("## S")[0], "echo") == ["echo", "http_error", "of echo"]
    assert _cells(text.partition("## Silent")[2].partition("## N")[0], "post") == ["post", "2.3 d"]
    assert "[42](https://news.example/stories/42)" in text
    assert "and 3 more" in text
    assert "`newsfold rejections --outcome wall --run 88`" in text
    assert "(https://news.example/rejections?outcome=wall&run=88)" in text


def test_nothing_in_a_page_is_obeyed() -> None:
    """Titles, names and details with Markdown and HTML in them are shown as they are, each in its own cell."""
    text = page(_account(name=_HOSTILE, title=_HOSTILE, detail=_HOSTILE), title="t", run=_run(what=_HOSTILE))

    assert "<" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not re.search(r"(?<!\\)!\[|(?<!\\)\*\*|http://|www\.e", text)
    for line in text.splitlines():
        if line.startswith("| &lt;script"):  # of a table of three, four or five columns
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 5, 6)


def test_no_secret_is_in_a_page() -> None:
    """A login or a token in an address, and a password in an error, do not stand in the page or the JSON."""
    failed = _run(state="failed", error="OperationalError: postgresql://ines:hush@db/news?sslpassword=abc refused")

    text = page(_account(detail="api_key=abc"), title="t", run=failed)

    assert "hush" not in text
    assert "abc" not in text
    assert "It ended early: OperationalError: postgresql\\://\\*\\*\\*@db/news" in text


@given(st.text())
def test_any_text_is_one_cell(said: str) -> None:
    """Whatever a text holds, it stays in its line and its cell, and opens no element."""
    shown = plain(said)

    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(\\\\)*\|", shown)
    assert not {"<", ">"} & set(shown)


def test_the_table_has_each_source_and_outcome() -> None:
    """A row for each outcome of each source, with its count."""
    assert table_rows(_account()) == [
        {"source": "gazette", "outcome": "new_story", "documents": 4},
        {"source": "gazette", "outcome": "wall", "documents": 2},
        {"source": "echo", "outcome": "wall", "documents": 1},
    ]


def _alarm(subject: str) -> Alarm:
    return Alarm(kind="source-silent", subject=subject, said="quiet", remedy="look", began_at=None)


def test_an_alarm_is_told_when_it_begins_and_once_a_day() -> None:
    """One that stands is not told again before a day is over; one that is over is forgotten, and begins anew."""
    begun, ended, told = changed({}, (_alarm("a"), _alarm("b")), now=_NOON)
    soon = changed(told, (_alarm("a"),), now=_NOON + timedelta(hours=5))
    tomorrow = changed(told, (_alarm("a"), _alarm("b")), now=_NOON + timedelta(hours=24))

    assert ([one.subject for one in begun], ended) == (["a", "b"], [])
    assert (soon[0], soon[1], list(soon[2])) == ([], ["source-silent:b"], ["source-silent:a"])
    assert [one.subject for one in tomorrow[0]] == ["a", "b"]


def test_a_source_that_failed_is_to_be_seen() -> None:
    """A run whose documents all went well, and one of whose sources could not be had, is one to look at."""
    well = replace(_account(), runs=(_run(state="done"),), sources=(_asked("gazette"),))
    said = {"alarms": (), "is_of_run": True, "markdown": ""}

    assert not Summary(account=well, **said).is_to_be_seen  # type: ignore[arg-type]
    assert Summary(account=replace(well, sources=(_asked("echo", "gone"),)), **said).is_to_be_seen  # type: ignore[arg-type]


def test_people_read_the_same_on_the_command_line(tmp_path: Path) -> None:
    """`newsfold report RUN` prints the page that Prefect shows, and ends with 3 where someone should look."""
    url = f"sqlite:///{tmp_path}/stories.db"
    (tmp_path / "bad.jsonl").write_text("{broken\n")
    settings = read_settings({"NEWSFOLD_DATA": str(tmp_path), "NEWSFOLD_WORKERS": "1"}, database_url=url)
    run_load([str(tmp_path / "bad.jsonl")], source=None, settings=settings, watch=Watcher())
    found = summary_of_run(settings, 1, now=datetime.now(UTC))
    assert found is not None

    said = CliRunner().invoke(app, ["report", "1", "--db", url])
    as_json = CliRunner().invoke(app, ["report", "1", "--db", url, "--json"])
    unknown = CliRunner().invoke(app, ["report", "9", "--db", url])

    assert (said.stdout, said.exit_code) == (f"{found.markdown}\n", 3)
    assert json.loads(as_json.stdout)["outcomes"] == {"malformed": 1}
    assert (unknown.exit_code, unknown.stderr) == (1, "newsfold: no run 9: newsfold runs lists them\n")


def test_a_report_of_a_day_is_quiet_while_all_is_well(tmp_path: Path) -> None:
    """With --quiet nothing is said until something is against habit."""
    url = f"sqlite:///{tmp_path}/stories.db"
    upgrade(url)
    engine = connect(url)
    finish_run(
        engine, start_run(engine, flow="refresh", what="all", now=datetime.now(UTC)), met=0, now=datetime.now(UTC)
    )

    well = CliRunner().invoke(app, ["report", "--quiet", "--db", url])
    again = start_run(engine, flow="refresh", what="all", now=datetime.now(UTC))
    finish_run(engine, again, met=0, now=datetime.now(UTC), error="OSError: no space")
    engine.dispose()
    ill = CliRunner().invoke(app, ["report", "--quiet", "--since", "2d", "--db", url])
    wrong = CliRunner().invoke(app, ["report", "--since", "soon", "--db", url])

    assert (well.stdout, well.exit_code) == ("", 0)
    assert (
        "## Someone should look\n\n- the last refresh, run 2, failed: OSError: no space" in ill.stdout,
        ill.exit_code,
    ) == (
        True,
        3,
    )
    assert wrong.exit_code == 2
