"""The bundled example comes out as examples/expected.toml says: the stories, the copy groups, the rejections."""

import tomllib
from pathlib import Path

import pytest

from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.settings import read_settings
from storage.check import check
from storage.reading import Row, reading

_EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a database with the example in it, loaded once."""
    url = f"sqlite:///{tmp_path_factory.mktemp('examples')}/example.db"
    _load(url)
    return url


def test_stories_and_copy_groups_are_the_expected_ones(url: str) -> None:
    """Reprints, cuts, corrections and reports in other words are where they belong, and nothing else is."""
    expected_stories, expected_groups = set(), set()
    for story in _expected()["story"]:
        expected_stories.add(frozenset(member["id"] for member in story["members"]))
        for letter in {member["group"] for member in story["members"]}:
            expected_groups.add(frozenset(m["id"] for m in story["members"] if m["group"] == letter))

    rows = _rows(url, "SELECT url, story_id, coalesce(copy_of, id) FROM variant")

    assert _sets(rows, 1) == expected_stories
    assert _sets(rows, 2) == expected_groups


def test_rejections_are_the_expected_ones(url: str) -> None:
    """Walls, blank texts and a broken line are rejected by name, and nothing else is."""
    expected = {(rejected["id"], rejected["outcome"]) for rejected in _expected()["rejected"]}

    assert set(_rows(url, "SELECT url, outcome FROM rejection")) == expected


def test_loading_again_changes_nothing(url: str) -> None:
    """The same input again is unchanged, or rejected as before, and leaves no row but the run's own."""
    tables = ("story", "variant", "link", "revision", "change", "rejection", "segment")
    before = [_rows(url, f"SELECT count(*) FROM {table}") for table in tables]

    outcomes = _load(url)

    assert outcomes == {"unchanged": 46, "malformed": 1, "no_text": 1, "wall": 2}
    assert [_rows(url, f"SELECT count(*) FROM {table}") for table in tables] == before
    assert check(url) == []


def _load(url: str) -> dict[str, int]:
    settings = read_settings(database_url=url, workers=1)
    report = run_load([str(_EXAMPLES)], source=None, settings=settings, watch=Watcher())
    return {outcome.value: count for outcome, count in report.outcomes.items()}


def _expected() -> dict[str, list[dict[str, list[dict[str, str]]]]]:
    return tomllib.loads((_EXAMPLES / "expected.toml").read_text(encoding="utf-8"))


def _rows(url: str, sql: str) -> list[Row]:
    with reading(url) as reader:
        return reader.rows(sql)


def _sets(rows: list[Row], column: int) -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row[column], set()).add(row[0])
    return {frozenset(members) for members in found.values()}
