"""Short reports in twelve languages, met by a store that knows none of their words: cases/coverage says which belong.

The events, places and people are made up; reports of one are by different hands, on the day and on days after.
"""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.settings import read_settings
from storage.reading import reading

_CASES = Path(__file__).parents[1] / "cases" / "coverage" / "many-languages.jsonl"
_LEAST_TOLD = 20  # of 27 pairs: later reports may share too little with the first, and are suggested


@pytest.mark.parametrize("at_once", [1_000, 6])
def test_short_reports_meet_in_any_language(tmp_path: Path, at_once: int) -> None:
    """Most reports of one event are one story, those of two events never, in one load as in many."""
    lines = _CASES.read_text(encoding="utf-8").splitlines()
    events = {row["url"]: row["event"] for row in map(json.loads, lines)}

    stories = dict(_loaded(tmp_path, [lines[at : at + at_once] for at in range(0, len(lines), at_once)]))

    pairs = list(combinations(events, 2))
    same = {pair for pair in pairs if events[pair[0]] == events[pair[1]]}
    together = {pair for pair in pairs if stories[pair[0]] == stories[pair[1]]}
    assert together - same == set()
    assert len(together) >= _LEAST_TOLD
    assert len(same) == 27


def _loaded(folder: Path, parts: list[list[str]]) -> Iterator[tuple[str, int]]:
    url = f"sqlite:///{folder}/stories.db"
    settings = read_settings({"NEWSFOLD_DATA": str(folder / "data"), "NEWSFOLD_WORKERS": "1"}, database_url=url)
    for number, part in enumerate(parts):
        path = folder / f"{number}.jsonl"
        path.write_text("\n".join(part), encoding="utf-8")
        run_load([str(path)], source=None, settings=settings, watch=Watcher())
    with reading(url) as reader:
        yield from reader.rows("SELECT url, story_id FROM variant")
