"""One article through every room, without Prefect: the walk of the house, as code."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from ingest.clean import CLEANER, clean
from ingest.cluster.analysis import analyse
from ingest.document import RawDocument
from ingest.load import load
from storage.database import connect
from storage.queries import get_story
from storage.reading import reading
from storage.running.runs import finish_run, start_run
from storage.store import Store
from storage.upgrading import upgrade

_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_PAGE = """Harbour bridge to close for nine weeks

Harbour bridge to close for nine weeks

The swing bridge across Marlow harbour will close on 14 June for repairs that are to take nine weeks, the port said.

Engineers found cracks in two of the four bearings, and the port has set 3.2 million crowns aside for new ones.

Back to Top
"""


def test_one_article_through_every_room(database_url: str, tmp_path: Path) -> None:
    """A page dump on disk becomes a story that can be asked for, and its run adds up."""
    (tmp_path / "bridge.txt").write_text(_PAGE)
    upgrade(database_url)
    engine = connect(database_url)

    run = start_run(engine, flow="walk", what="bridge.txt", now=_NOW)
    raws = [item for item in load([tmp_path], source="echo", now=_NOW) if isinstance(item, RawDocument)]
    prepared = analyse([clean(raw, now=_NOW) for raw in raws if raw.url == "bridge.txt"])
    stored = Store(engine).store_batch(run, prepared, known=Counter(), cleaner=CLEANER, now=_NOW)
    tally = finish_run(engine, run, met=1, now=_NOW)
    engine.dispose()
    with reading(database_url) as reader:
        story = get_story(reader, 1)

    assert stored == tally == Counter({("echo", "new_story"): 1})
    assert story is not None
    [variant] = story.variants
    assert variant.title == "Harbour bridge to close for nine weeks"
    assert [paragraph[:10] for paragraph in variant.text.split("\n")] == ["The swing ", "Engineers "]
    assert [(removed.rule, removed.line) for removed in story.removed][-1] == ("back-to-top", "Back to Top")
