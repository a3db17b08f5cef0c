"""A load with helpers in processes of their own, and what a database has afterwards, to compare it with another."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flows.folders import passing_folder
from flows.loading.shelf import Shelf
from flows.loading.spread import Helped, laid_down
from flows.loading.steps import OpenLoad, drive
from flows.open_run import bring_up
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from flows.telling.report import LoadReport
from storage.reading import reading
from tests.bench.texts import texts

_ROOT = Path(__file__).parents[2]
_LINE = "Sign up for the morning letter of {source} and never miss what moves the coast."
_TABLES = {
    "story": "id, kind, size, merged_into, canonical_why",
    "variant": "id, story_id, relation, copy_of, twin_of, is_canonical, url, title, text, text_key, shingles",
    "link": "variant_a, variant_b, relation, score, evidence",
    "site_line": "host, line_hash, pages, is_shared",
    "change": "id, story_id, kind, detail",
    "rejection": "url_key, source, url, outcome, detail, attempts",
    "tally": "source, outcome, count",
}


def write_news(path: Path, count: int) -> None:
    """Write made documents of few sites, three of ten near copies, with what makes the order of batches matter.

    Each site has a line of its own, which is learned on the way; some documents come twice, and some are no articles.
    """
    with path.open("w", encoding="utf-8") as lines:
        for made in texts(count):
            source = f"news{made.number % 5}.example"
            said = {
                "url": f"https://{source}/a/{made.number if made.number % 50 else 7}",
                "title": made.title,
                "text": "x" if made.number % 35 == 3 else f"{made.text}\n{_LINE.format(source=source)}",
                "source": source,
                "language": "en",
                "published_at": made.published_at.isoformat(),
            }
            line = json.dumps(said) + "\n"
            lines.write(line * (2 if made.number % 40 == 0 else 1))


def settings_of(folder: Path, url: str, *, batch: int) -> Settings:
    """Give the settings of a load with small batches."""
    environ = {"NEWSFOLD_DATA": str(folder), "NEWSFOLD_WORKERS": "1", "NEWSFOLD_BATCH_DOCUMENTS": str(batch)}
    return read_settings(environ, database_url=url)


@contextmanager
def helpers(folder: Path, url: str, *, count: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Run helpers beside the block; none is left afterwards."""
    env = os.environ | {"NEWSFOLD_DATABASE_URL": url, "NEWSFOLD_WORKERS": "1", "NEWSFOLD_DATA": str(folder.parent)}
    command = [sys.executable, "-m", "flows.loading.helping", str(folder)]
    running = [subprocess.Popen(command, env=env, cwd=_ROOT) for _ in range(count)]
    try:
        yield running
    finally:
        for helper in running:
            helper.send_signal(signal.SIGKILL)
            helper.wait()


def load_spread(documents: Path, settings: Settings, *, count: int, busy_s: float = 3.0) -> tuple[LoadReport, int]:
    """Load with so many helpers; give the report, and how many batches the load signed itself."""
    bring_up(settings)
    with OpenLoad(settings, [str(documents)], watch=Watcher()) as load, passing_folder(settings.data, "run") as folder:
        shelf = Shelf(folder, helper="load")
        helped = Helped(load, shelf, coming_s=60.0 if count else 0.0, busy_s=busy_s)
        with helpers(folder, settings.database_url, count=count) as running:
            drive(
                laid_down(load.batches(source=None), shelf, ahead=2 * count + 1),
                prepare=helped.prepare,
                store=helped.store,
                take_again=load.take_again,
            )
            for helper in running:
                helper.wait(30)
        return load.finish(), helped.signed_here


def kept(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Give what a database has, but for times."""
    with reading(url) as reader:
        return {
            table: sorted((_plain(row) for row in reader.rows(f"SELECT {columns} FROM {table}")), key=repr)
            for table, columns in _TABLES.items()
        }


def _plain(row: Sequence[object]) -> tuple[object, ...]:
    return tuple(int(value) if isinstance(value, bool) else value for value in row)  # as SQLite has it
