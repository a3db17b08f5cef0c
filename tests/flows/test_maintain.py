"""Maintain: a site's furniture goes from earlier articles, and thresholds are applied to all that is stored."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.loading.steps import run_load
from flows.maintaining.report import Adjusted, MaintainReport, maintain_as_text
from flows.maintaining.steps import OpenMaintain, run_maintain
from flows.open_run import now_utc
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from flows.stop import Stopped
from flows.telling.report import LoadReport
from ingest.outcome import Outcome
from newsfold import app
from storage.check import check
from storage.queries import get_story
from storage.reading import reading
from storage.watching.journal import list_runs
from tests.flows.newsstand import article
from tests.ready import make_ready

_PAGES = 200
_PROMPT = "The harbour letter of this paper tells you every Friday what the tide has brought in."
_AUTHORS = [f"{name} has written about the coast for this paper since the old pier burned." for name in ("Ana", "Ben")]
_FORM = "Corrections are made by the desk, which answers every letter within a week."
_WIRE = "The storm was the third in a month, and the worst since the lighthouse was built."


def _settings(folder: Path, *, batch: int) -> Settings:
    environ = {"NEWSFOLD_DATA": f"{folder}/data", "NEWSFOLD_WORKERS": "1", "NEWSFOLD_BATCH_DOCUMENTS": f"{batch}"}
    return read_settings(environ, database_url=make_ready(f"sqlite:///{folder}/stories.db"))


def _site(folder: Path, pages: range = range(_PAGES), *, host: str = "gazette.example") -> Path:
    """Write a site: every page has a prompt inside and a form below, every author a note, and some a wire's words."""
    with (folder / f"{host}-{pages.start}.jsonl").open("w", encoding="utf-8") as file:
        for number in pages:
            lines = article(number).split("\n")
            wire = [_WIRE] if number < 5 else []
            text = "\n".join([*lines[:2], _PROMPT, *lines[2:], *wire, _AUTHORS[number % 2], _FORM])
            file.write(json.dumps({"url": f"https://{host}/{number}", "title": f"No {number}", "text": text}) + "\n")
        return Path(file.name)


def _load(settings: Settings, *paths: Path) -> LoadReport:
    return run_load([str(path) for path in paths], source=None, settings=settings, watch=Watcher())


def _maintain(settings: Settings) -> LoadReport:
    return run_maintain(settings=settings, watch=Watcher())


def _begin(settings: Settings) -> None:
    """Maintain one batch, and be stopped."""
    with OpenMaintain(settings, watch=Watcher()) as run:
        run.store(run.prepare(next(run.batches())))
        raise Stopped(15)


def _texts(settings: Settings) -> dict[str, str]:
    with reading(settings.database_url) as reader:
        return dict(reader.rows("SELECT url, text FROM variant"))


def _wanted(host: str = "gazette.example") -> dict[str, str]:
    return {
        f"https://{host}/{number}": article(number) + (f"\n{_WIRE}" if number < 5 else "") for number in range(_PAGES)
    }


@pytest.mark.parametrize("batch", [1_000, 30])
def test_the_furniture_of_a_site_goes_and_its_articles_stay(tmp_path: Path, batch: int) -> None:
    """Of 200 pages nothing is left but the articles, whole, whether they came at once or little by little."""
    settings = _settings(tmp_path, batch=batch)
    _load(settings, _site(tmp_path))
    before = _texts(settings)

    report = _maintain(settings)
    again = _maintain(settings)

    cleaned = [url for url, text in before.items() if text == _wanted()[url]]
    assert len(cleaned) == (0 if batch == 1_000 else _PAGES - 30)
    assert _texts(settings) == _wanted()
    assert report.outcomes[Outcome.RECLEANED] == _PAGES - len(cleaned)
    assert (report.met, report.exit_code, again.met) == (_PAGES, 0, 0)
    assert check(settings.database_url) == []


def test_what_was_taken_is_shown_and_is_no_revision(tmp_path: Path) -> None:
    """The story says by which rule its lines went, and does not call it a correction."""
    settings = _settings(tmp_path, batch=1_000)
    _load(settings, _site(tmp_path, range(20)))
    _maintain(settings)

    with reading(settings.database_url) as reader:
        story = get_story(reader, 1)

    assert story is not None
    assert {(line.line, line.rule) for line in story.removed} >= {(_PROMPT, "site-line"), (_FORM, "site-line")}
    assert (story.variants[0].revisions, [change.kind for change in story.changes]) == (0, ["created", "recleaned"])


def test_what_reprints_share_stays(tmp_path: Path) -> None:
    """Five sites that run the same articles have no lines of their own in them."""
    settings = _settings(tmp_path, batch=1_000)
    sites = [_site(tmp_path, range(12), host=f"{name}.example") for name in ("gazette", "post", "echo", "star", "sun")]
    _load(settings, *sites)
    before = _texts(settings)

    report = _maintain(settings)

    assert report.met == 0
    assert _texts(settings) == before


def test_a_site_that_is_new_does_without(tmp_path: Path) -> None:
    """Little is known of a site with few pages, and nothing is taken."""
    settings = _settings(tmp_path, batch=1_000)
    _load(settings, _site(tmp_path, range(7)))

    assert _maintain(settings).met == 0
    assert all(_PROMPT in text for text in _texts(settings).values())


def test_a_run_that_breaks_off_is_gone_on_with(tmp_path: Path) -> None:
    """What a stopped run has done stays, and the next one does the rest; the run row says why it ended."""
    settings = _settings(tmp_path, batch=1_000)
    _load(settings, _site(tmp_path))
    settings = _settings(tmp_path, batch=40)

    with pytest.raises(Stopped):
        _begin(settings)
    report = _maintain(settings)

    assert report.outcomes == {Outcome.RECLEANED: _PAGES - 40, Outcome.UNCHANGED: 40}
    assert _texts(settings) == _wanted()
    with reading(settings.database_url) as reader:
        runs = list_runs(reader, now=now_utc(), limit=2)
    assert [(run.flow, run.error is None) for run in runs] == [("maintain", True), ("maintain", False)]


def test_a_page_of_nothing_but_furniture_is_no_article(tmp_path: Path) -> None:
    """What a site has on many pages is no article by itself; what was stored before that was known keeps its id."""
    settings = _settings(tmp_path, batch=30)
    shell = tmp_path / "shell.jsonl"
    shell.write_text(json.dumps({"url": "https://gazette.example/shell", "title": "S", "text": f"{_PROMPT}\n{_FORM}"}))
    _load(settings, _site(tmp_path, range(30)))

    report = _load(settings, shell)

    assert report.outcomes == {Outcome.BOILERPLATE: 1}


def test_thresholds_are_applied_and_told(tmp_path: Path) -> None:
    """Report and run row say what other thresholds did; applied again, they do nothing."""
    settings = _settings(tmp_path, batch=1_000)
    lines = [*article(1).split("\n"), *article(2).split("\n")]
    cut = [*lines[:8], *article(3).split("\n")[:2]]
    texts = {"gazette": "\n".join(lines), "post": "\n".join(cut)}
    inbox = tmp_path / "two.jsonl"
    said = [{"url": f"https://{name}.example/1", "title": name, "text": text} for name, text in texts.items()]
    inbox.write_text("\n".join(map(json.dumps, said)))
    _load(settings, inbox)

    report, again = (
        run_maintain(settings=settings, watch=Watcher(), thresholds={"copy": 0.95, "coverage": 1.0}) for _ in range(2)
    )

    assert (report.exit_code, report.met, report.stories, report.adjusted) == (
        *(0, 0, 2),
        Adjusted(
            copy=0.95,
            coverage=1.0,
            before={"copy": 0.55, "coverage": 0.5},
            links=1,
            merged=0,
            split=1,
            canonical=1,
        ),
    )
    assert again.adjusted is not None
    assert (again.adjusted.links, again.adjusted.split, again.adjusted.before["copy"]) == (0, 0, 0.95)
    assert "1 were split" in maintain_as_text(report)
    assert MaintainReport.from_dict(report.to_dict()).adjusted == report.adjusted
    with reading(settings.database_url) as reader:
        [run, *_] = list_runs(reader, now=now_utc(), limit=1)
    assert run.what.endswith(", copy threshold 0.95, coverage threshold 1")


@pytest.mark.parametrize("text", ["", "copy = 0.5", "coverage = 'half'", "merge = 0.9", "copy = ", "coverage = true"])
def test_a_file_of_no_thresholds_is_one_clear_line(tmp_path: Path, text: str) -> None:
    """A mistake in the file ends with 2 before anything is touched, and the file is named."""
    file = tmp_path / "thresholds.toml"
    file.write_text(text)

    said = CliRunner().invoke(app, ["maintain", "--no-prefect", "--settings", str(file), "--db", "sqlite:///no.db"])

    assert (said.exit_code, said.stdout, said.stderr.count("\n")) == (2, "", 1)
    assert said.stderr.startswith(f"newsfold: {file}: ")


def test_no_file_of_thresholds_is_asked_for_by_its_option() -> None:
    """An empty name is no file, which is told by the name of the option."""
    said = CliRunner().invoke(app, ["maintain", "--no-prefect", "--settings", "", "--db", "sqlite:///no.db"])

    assert (said.exit_code, said.stderr.startswith("newsfold: --settings: name a file")) == (2, True)
