"""make bench-cluster: what each step of clustering costs, how that grows, and what peers need for the same texts.

    python -m tests.bench.cluster [--sizes 10000,100000] [--rounds N] [--texts FILE]

Figures are processor time, the start of each program left out. Steps are told apart by asking, every millisecond of
processor time, what runs (tests/bench/steps.py). The texts of the growing store are made (tests/bench/texts.py). Ours
and the peers take turns over the 20,000 texts of ../shared (or NEWSFOLD_DATASETS), else of the same generator.
text-dedup keeps no database and compares no texts; "datasketch" is MinHash.bulk, MinHashLSH and SQLModel rows a
thousand at a time. Each lives in an environment of its own, made at the first time (tests/bench/peers.py).
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from flows.loading.steps import OpenLoad, drive
from flows.progress import Watcher
from flows.settings import Settings, read_settings
from ingest.clean import CLEANER, clean
from ingest.cluster.analysis import analyse
from ingest.document import RawDocument, Stated
from storage.asking.search import catch_up
from storage.database import connect
from storage.running.runs import start_run
from storage.store import Store
from storage.upgrading import upgrade
from tests.bench.peers import ROOT, figures_of, python_of
from tests.bench.steps import COPIES, COVERAGE, SEARCH, Steps
from tests.bench.texts import Made, texts

_BATCH, _MEASURED = 1_000, 5  # documents a batch, and batches that are measured at each size
_TEXTS = 20_000
_NOW = datetime(2026, 12, 1, tzinfo=UTC)
_GOALS = {"text-dedup": 15.0, "datasketch": 12.0}  # times our processor time for load, sign, cluster copies and store
_AGAIN = 0.01  # of the first load, that a second one may cost
_PAGES = 2_000  # texts that are loaded as files, too
_REST_S = 2.5  # until they are old enough to be known again unopened
_STEPS = (*COPIES, *COVERAGE, SEARCH)


def main() -> int:
    """Measure growth, then the peers; 1 when a promise is not kept."""
    if sys.argv[1:2] == ["--ours"]:
        return _load(*map(Path, sys.argv[2:]))
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sizes", default="10000,100000", help="variants stored, ascending; 0: leave out")
    asked.add_argument("--rounds", type=int, default=1, help="of each peer (1); 0: leave them out")
    asked.add_argument("--texts", type=Path, help="JSON lines, packed with gzip or not")
    given = asked.parse_args()
    sizes = sorted(size for size in map(int, given.sizes.split(",")) if size)
    if sizes:
        _growth(sizes)
    with tempfile.TemporaryDirectory(prefix="newsfold-bench-") as folder:
        broken = _compare(_plain(given.texts, Path(folder)), given.rounds) if given.rounds else []
    for line in broken:
        print(f"NOT KEPT: {line}")
    return 1 if broken else 0


def _growth(sizes: Sequence[int]) -> None:
    """Fill a store, and print what a document costs when it holds so many."""
    print(f"{'stored':>9}  microseconds a document: " + " ".join(f"{step:>10}" for step in (*_STEPS, "all")))
    batches = _batches(texts(sizes[-1] + len(sizes) * _MEASURED * _BATCH))
    with _opened() as store:
        count = 0
        for size in sizes:
            for _ in range(max(size - count, 0) // _BATCH):
                _take(store, next(batches))
                count += _BATCH
            catch_up(store.url)
            steps = Steps()
            for _ in range(_MEASURED):
                batch = next(batches)
                with steps.counting():
                    _take(store, batch)
                count += _BATCH
            with steps.counting():
                catch_up(store.url)
            _show(f"{size:>9,}", steps.seconds, _MEASURED * _BATCH)


def _show(name: str, seconds: Mapping[str, float], documents: int) -> None:
    costs = [seconds.get(step, 0.0) / documents * 1e6 for step in _STEPS]
    print(f"{name:>9}{'':27}" + " ".join(f"{cost:10.0f}" for cost in (*costs, sum(costs))), flush=True)


class _Filling:
    """A store that takes batches."""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        upgrade(self.url)
        self.engine = connect(self.url)
        self.store = Store(self.engine)
        self.run = start_run(self.engine, flow="bench", what="made texts", now=_NOW)


@contextmanager
def _opened() -> Iterator[_Filling]:
    with tempfile.TemporaryDirectory(prefix="newsfold-bench-") as folder:
        filling = _Filling(Path(folder, "stories.db"))
        yield filling
        filling.engine.dispose()


def _batches(made: Iterator[Made]) -> Iterator[list[RawDocument]]:
    while batch := [_document(one) for one in islice(made, _BATCH)]:
        yield batch


def _take(filling: _Filling, raws: Sequence[RawDocument]) -> None:
    filling.store.known(raws, cleaner=CLEANER)
    prepared = analyse([clean(raw, now=_NOW) for raw in raws])
    tally = filling.store.store_batch(filling.run, prepared, known=Counter(), cleaner=CLEANER, now=_NOW)
    assert tally.total() == _BATCH


def _document(made: Made) -> RawDocument:
    stated = Stated(title=made.title, published_at=made.published_at, language="en", origin="jsonl")
    return RawDocument(
        source=made.source,
        folder="bench",
        url=made.url,
        fetched_at=_NOW,
        body=made.text.encode(),
        media_type="text/plain",
        charset="utf-8",
        stated=stated,
    )


def _plain(given: Path | None, folder: Path) -> Path:
    """Give the texts to compare on as JSON lines that are not packed: not every peer unpacks."""
    path = folder / "texts.jsonl"
    found = given or Path(os.environ.get("NEWSFOLD_DATASETS", ROOT / "../shared"), "bench/perf/texts20k.jsonl.gz")
    if found.is_file():
        packed = found.read_bytes()
        path.write_bytes(gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed)
        print(f"\npeers on {found.name}")
        return path
    print(f"\nNO {found}: PEERS ON {_TEXTS:,} TEXTS OF OUR OWN GENERATOR INSTEAD")
    with path.open("w", encoding="utf-8") as file:
        for made in texts(_TEXTS):
            said = {"url": made.url, "source": made.source, "title": made.title, "text": made.text}
            file.write(json.dumps(said | {"date": made.published_at.isoformat()}) + "\n")
    return path


def _compare(path: Path, rounds: int) -> list[str]:
    """Let ours and the peers take turns; give what was not kept."""
    scripts = {
        "text-dedup": (python_of(".venv-peers-textdedup", "requirements.peers-textdedup.txt"), "textdedup_peer.py"),
        "datasketch": (python_of(".venv-peers-datasketch", "requirements.peers-datasketch.txt"), "datasketch_peer.py"),
    }
    print(f"{'':>10}  microseconds a document: " + " ".join(f"{step:>10}" for step in (*_STEPS, "all")))
    ratios: dict[str, list[float]] = {name: [] for name in scripts}
    again: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        ours = _run([Path(sys.executable), "-m", "tests.bench.cluster", "--ours"], path)
        _show("newsfold", ours["steps"], ours["documents"])
        copies, coverage = (sum(ours["steps"].get(step, 0.0) for step in steps) for steps in (COPIES, COVERAGE))
        print(
            f"  load, sign, cluster copies and store: {copies:.1f} s; "
            f"the coverage tier beside it: {coverage:.1f} s; search: {ours['steps'].get(SEARCH, 0.0):.1f} s"
        )
        for name, share in ours["again"].items():
            again[name].append(share)
        for name, (python, script) in scripts.items():
            theirs = _run([python, ROOT / "tests" / "bench" / script], path)
            each = theirs["cpu_s"] / theirs["documents"] * 1e6
            print(f"{name:>10}  {each:.0f} microseconds a document, {theirs['cpu_s']:.1f} s", flush=True)
            ratios[name].append(theirs["cpu_s"] / copies)
    return list(_judged(*({name: statistics.median(of) for name, of in found.items()} for found in (ratios, again))))


def _judged(ratios: dict[str, float], again: dict[str, float]) -> Iterator[str]:
    for name, ratio in ratios.items():
        print(f"{name} / newsfold: {ratio:.2f} (goal {_GOALS[name]:g})")
        if ratio < _GOALS[name]:
            yield f"{name} costs {ratio:.2f} times ours, not {_GOALS[name]:g}"
    for name, share in again.items():
        print(f"{name} again / the first load: {share:.5f} (goal {_AGAIN:g})")
        if share > _AGAIN:
            yield f"unchanged input, {name}, costs {share:.4f} of the first load, more than {_AGAIN:g}"


def _run(command: Sequence[Path | str], texts: Path) -> Any:  # Any: what a client prints
    with tempfile.TemporaryDirectory(prefix="newsfold-bench-") as folder:
        return figures_of([*command, texts, folder], timeout_s=3_600)


def _load(path: Path, folder: Path) -> int:
    """Be newsfold: load the texts through the shipped steps, again, with a line more, as files; print the figures."""
    settings = read_settings(database_url=f"sqlite:///{folder}/stories.db")
    upgrade(settings.database_url)
    analyse([clean(_document(made), now=_NOW) for made in texts(1)])  # loads what the first document would
    path = Path(shutil.copy(path, folder))
    steps = Steps()
    first, met = _timed(settings, path, steps)
    again = {"the same file": _timed(settings, path)[0] / first}
    with path.open("ab") as file:
        file.write(b'\n{"url": "https://more.example/", "text": "One line more than there were before, and no other."}')
    again["one more line"] = _timed(settings, path)[0] / first
    pages = _pages(path, folder / "pages")
    time.sleep(_REST_S)
    others = replace(settings, database_url=f"sqlite:///{folder}/pages.db")
    upgrade(others.database_url)
    whole = _timed(others, pages)[0]
    again[f"{_PAGES:,} files"] = _timed(others, pages)[0] / whole
    print(json.dumps({"documents": met, "steps": steps.seconds, "again": again}))
    return 0


def _timed(settings: Settings, path: Path, steps: Steps | None = None) -> tuple[float, int]:
    """Load a file or folder through the shipped steps; give its seconds, and how many documents."""
    began = time.process_time()
    with OpenLoad(settings, [str(path)], watch=Watcher()) as load, steps.counting() if steps else nullcontext():
        drive(load.batches(source=None), prepare=load.prepare, store=load.store, take_again=load.take_again)
        met = load.finish().met
    return time.process_time() - began, met


def _pages(path: Path, folder: Path) -> Path:
    """Write the first texts as a file each."""
    folder.mkdir()
    with path.open("rb") as lines:
        for number, line in enumerate(islice(filter(bytes.strip, lines), _PAGES)):
            said = json.loads(line)
            (folder / f"{number}.txt").write_text(f"{said['title']}\n\n{said['text']}", encoding="utf-8")
    return folder


if __name__ == "__main__":
    sys.exit(main())
