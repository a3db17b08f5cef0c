"""What was rejected is kept as it came, and tried again once what rejected it is mended."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.loading.steps import run_load
from flows.maintaining.replay_steps import count_replayable, run_replay
from flows.maintaining.steps import run_maintain
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from flows.telling.report import LoadReport
from ingest.outcome import TRIES, Outcome
from storage.check import check
from storage.reading import reading
from storage.running.raws import Chosen, Counted, drop_rejections
from tests.flows.newsstand import article

_CASES = Path(__file__).parents[1] / "cases" / "clean"
_HASTE_S = 0.0001  # no page is cleaned so soon


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Give a store, once on each kind of database, and a folder of four pages and a wall."""
    environ = {"NEWSFOLD_DATA": f"{tmp_path}/data", "NEWSFOLD_WORKERS": "1", "NEWSFOLD_BATCH_DOCUMENTS": "3"}
    inbox = tmp_path / "gazette"
    inbox.mkdir()
    for number in range(4):
        paragraphs = "".join(f"<p>{line}</p>" for line in article(number).split("\n"))
        page = f"<html><head><title>No {number}</title></head><body><article>{paragraphs}</article></body></html>"
        (inbox / f"{number}.html").write_text(page)
    (inbox / "wall.html").write_bytes((_CASES / "cookie-wall" / "page.html").read_bytes())
    return read_settings(environ, database_url=database_url)


def _load(settings: Settings, folder: Path, *, in_haste: bool = False) -> LoadReport:
    settings = replace(settings, page_timeout_s=_HASTE_S) if in_haste else settings
    return run_load([str(folder)], source=None, settings=settings, watch=Watcher())


def _rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with reading(settings.database_url) as reader:
        return [tuple(row) for row in reader.rows(sql)]


def test_what_was_rejected_is_tried_again(settings: Settings, tmp_path: Path) -> None:
    """Without its file, each page becomes the story that it should have been; the wall stays one."""
    hurt = _load(settings, tmp_path / "gazette", in_haste=True)
    for page in (tmp_path / "gazette").iterdir():
        page.unlink()
    wanted = count_replayable(Chosen(outcome=Outcome.TIMEOUT, source="gazette", run=hurt.run), settings=settings)

    report = run_replay(Chosen(run=hurt.run), settings=settings, watch=Watcher())
    again = run_replay(Chosen(), settings=settings, watch=Watcher())

    assert hurt.outcomes == {Outcome.TIMEOUT: 5}
    assert wanted == Counted(rejections=5, kept=5)
    assert report.outcomes == {Outcome.NEW_STORY: 4, Outcome.WALL: 1}
    assert again.outcomes == {Outcome.WALL: 1}
    titles = [str(title) for (title,) in _rows(settings, "SELECT title FROM variant ORDER BY url")]
    assert titles == [f"No {number}" for number in range(4)]
    assert _rows(settings, "SELECT outcome, attempts FROM rejection") == [("wall", 3)]
    assert _rows(settings, "SELECT count(*) FROM raw") == [(1,)]
    assert check(settings.database_url) == []


def test_the_choice_is_kept_to(settings: Settings, tmp_path: Path) -> None:
    """Nothing is tried that was rejected as something else, by another run, or from another source."""
    run = _load(settings, tmp_path / "gazette", in_haste=True).run
    others = [Chosen(outcome=Outcome.WALL), Chosen(source="echo"), Chosen(run=run + 1)]

    reports = [run_replay(chosen, settings=settings, watch=Watcher()) for chosen in others]

    assert [report.met for report in reports] == [0, 0, 0]
    assert [count_replayable(chosen, settings=settings).rejections for chosen in others] == [0, 0, 0]


def test_our_own_faults_are_tried_again_by_maintain(settings: Settings, tmp_path: Path) -> None:
    """So often and no more: then the outcome stands, until somebody asks."""
    _load(settings, tmp_path / "gazette", in_haste=True)
    hasty = replace(settings, page_timeout_s=_HASTE_S)

    tries = list(_tries(hasty))
    run_maintain(settings=settings, watch=Watcher())
    asked = run_replay(Chosen(outcome=Outcome.TIMEOUT), settings=settings, watch=Watcher())

    assert tries == [[(2,)] * 5, [(TRIES,)] * 5, [(TRIES,)] * 5]
    assert asked.outcomes == {Outcome.NEW_STORY: 4, Outcome.WALL: 1}


def _tries(settings: Settings) -> Iterator[list[tuple[object, ...]]]:
    for _ in range(3):
        run_maintain(settings=settings, watch=Watcher())
        yield _rows(settings, "SELECT attempts FROM rejection")


def test_a_mended_fault_is_found_by_maintain(settings: Settings, tmp_path: Path) -> None:
    """What failed and would not any more is stored by the next maintain, by itself."""
    _load(settings, tmp_path / "gazette", in_haste=True)

    run_maintain(settings=settings, watch=Watcher())

    assert _rows(settings, "SELECT count(*) FROM story") == [(4,)]
    assert _rows(settings, "SELECT outcome FROM rejection") == [("wall",)]


@pytest.mark.flow
def test_a_replay_of_the_flow_belongs_to_its_flow_run(
    settings: Settings,
    tmp_path: Path,
    flow_run: None,  # noqa: ARG001  a server
) -> None:
    """Both runs that the flow maintain makes name it: whatever ends it closes the one that is open."""
    from flows.maintain import maintain

    _load(settings, tmp_path / "gazette", in_haste=True)

    maintain(database_url=settings.database_url)

    runs = _rows(settings, "SELECT flow, prefect_id FROM run WHERE prefect_id IS NOT NULL ORDER BY id")
    assert [flow for flow, _ in runs] == ["replay", "maintain"]
    assert len({prefect_id for _, prefect_id in runs}) == 1


def test_an_old_input_replaces_nothing_newer(settings: Settings, tmp_path: Path) -> None:
    """A page that was stored since as it is now is not revised back to what it was when it was rejected."""
    _load(settings, tmp_path / "gazette", in_haste=True)
    page = tmp_path / "gazette" / "1.html"
    page.write_text(page.read_text().replace("</article>", f"<p>{article(9)}</p></article>"))
    now = _load(settings, tmp_path / "gazette")
    stored = _rows(settings, "SELECT url, text FROM variant ORDER BY url")

    report = run_replay(Chosen(), settings=settings, watch=Watcher())

    assert now.outcomes[Outcome.NEW_STORY] == 4
    assert report.outcomes[Outcome.UNCHANGED] == 4
    assert _rows(settings, "SELECT url, text FROM variant ORDER BY url") == stored
    assert _rows(settings, "SELECT outcome FROM rejection") == [("wall",)]


def test_what_is_kept_is_bounded(settings: Settings, tmp_path: Path) -> None:
    """Beyond the bytes of the settings the oldest inputs go, and their rejections stay; with none, nothing is kept."""
    few = replace(settings, raw_bytes=900)

    _load(few, tmp_path / "gazette", in_haste=True)
    sizes = [size for (size,) in _rows(settings, "SELECT packed_bytes FROM raw")]
    dropped = drop_rejections(settings.database_url, Chosen(outcome=Outcome.TIMEOUT))
    _load(replace(settings, raw_bytes=0), tmp_path / "gazette", in_haste=True)

    assert 0 < len(sizes) < 5
    assert sum(map(int, map(str, sizes))) <= 900
    assert dropped == 5
    assert _rows(settings, "SELECT count(*) FROM rejection") == [(5,)]
    assert _rows(settings, "SELECT count(*) FROM raw") == [(0,)]


def test_a_run_that_is_not_there_is_not_tried_again(settings: Settings, tmp_path: Path) -> None:
    """It is said with what lists those that are there, and no run is made of it."""
    _load(settings, tmp_path / "gazette")

    for form in ([], ["--dry-run"]):
        said = CliRunner().invoke(app, ["replay", "--run", "99", "--db", settings.database_url, *form])
        assert (said.exit_code, said.stderr) == (1, "newsfold: no run 99: newsfold runs lists them\n")
    assert _rows(settings, "SELECT id FROM run") == [(1,)]
