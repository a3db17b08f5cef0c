"""Hurt loads again and again, on both databases, let one run to its end each time, and count what was lost or doubled.

python -m tests.faults.campaign [--faults 200] [--each 10] [--documents 300] [--seed 1]

A round is a new database, `--each` faults of one kind, and a whole load; its stories must be those of a load that
nobody hurt, and all its runs together must have stored each document once.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import cycle
from pathlib import Path
from random import Random

from storage.check import check
from storage.reading import reading
from tests.faults.hits import Hit, crash_server, fill_disk, kill
from tests.faults.kill import Stories, load, partition, write_documents
from tests.postgres import serving

BATCH = 15
_STORED = "SELECT sum(count) FROM tally WHERE outcome IN ('new_story', 'variant')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What came of faults; everything but the first two and the last should be 0."""

    faults: int = 0
    hit: int = 0  # a load at work
    lost: int = 0  # documents
    doubled: int = 0
    other: int = 0  # rounds with other stories than an unhurt load's
    unsound: int = 0  # problems that `newsfold db check` found
    seconds: float = 0.0

    def __add__(self, more: "Counted") -> "Counted":
        return Counted(**{one.name: getattr(self, one.name) + getattr(more, one.name) for one in fields(self)})

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, doubled or left otherwise than it should be."""
        return not (self.lost or self.doubled or self.other or self.unsound)


def round_of(
    hit: Hit, documents: Path, url: str, *, count: int, faults: int, chance: Random, whole: Stories
) -> Counted:
    """Let `faults` of one kind befall loads of the `count` documents, then load to the end; give what came of it.

    Each hits a load a moment after a growing part of the documents is stored, so that together they meet all of it.
    """
    began = time.monotonic()
    alive = sum(
        hit(documents, url, batch=BATCH, beyond=count * number // faults, chance=chance) for number in range(faults)
    )
    report = load(documents, url, batch=BATCH)
    with reading(url) as reader:
        stored = int(reader.rows(_STORED)[0][0] or 0)
        urls = [row[0] for row in reader.rows("SELECT url FROM variant")]
    expected = {one for story in whole for one in story}
    return Counted(
        faults=faults,
        hit=alive,
        lost=len(expected.difference(urls)) + max(0, count - stored) + abs(count - int(str(report["met"]))),
        doubled=len(urls) - len(set(urls)) + max(0, stored - count),
        other=int(partition(url) != whole),
        unsound=len(check(url)),
        seconds=time.monotonic() - began,
    )


def rounds(new_sqlite: Callable[[], str], new_postgres: Callable[[], str]) -> Iterator[tuple[str, str, Hit, str]]:
    """Give what each round is about, without end: database, kind of fault, the fault, and a new database's URL."""
    kinds: tuple[tuple[str, str, Hit, Callable[[], str]], ...] = (
        ("sqlite", "kill -9", kill, new_sqlite),
        ("postgresql", "kill -9", kill, new_postgres),
        ("sqlite", "disk full", fill_disk, new_sqlite),
        ("postgresql", "server crash", crash_server, new_postgres),
    )
    for database, kind, hit, new in cycle(kinds):
        yield database, kind, hit, new()


def main() -> int:
    """Run it, print a table, and fail where anything was lost, doubled or unsound."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--faults", type=int, default=200)
    asked.add_argument("--each", type=int, default=10, help="faults in a round")
    asked.add_argument("--documents", type=int, default=300)
    asked.add_argument("--seed", type=int, default=1)
    args = asked.parse_args()
    chance, sums = Random(args.seed), dict[tuple[str, str], Counted]()
    with tempfile.TemporaryDirectory(prefix="newsfold-faults-") as folder, serving() as new_postgres:
        documents = Path(folder, "documents.jsonl")
        write_documents(documents, args.documents)
        files = (f"sqlite:///{folder}/{number}.db" for number in range(args.faults + 1))
        unhurt = next(files)
        load(documents, unhurt, batch=BATCH)
        whole, left = partition(unhurt), args.faults
        for database, kind, hit, url in rounds(lambda: next(files), new_postgres):
            faults = min(args.each, left)
            found = round_of(hit, documents, url, count=args.documents, faults=faults, chance=chance, whole=whole)
            sums[database, kind] = sums.get((database, kind), Counted()) + found
            left -= faults
            print(f"{left:>4} faults to come", end="\r", file=sys.stderr, flush=True)
            if not left:
                break
    print(table(sums))
    return 0 if all(counted.is_well for counted in sums.values()) else 1


def table(sums: dict[tuple[str, str], Counted]) -> str:
    """Give the sums as a table, with their own sum below."""
    names = [one.name for one in fields(Counted)]
    lines = [f"{'database':<12}{'fault':<14}" + "".join(f"{name:>9}" for name in names)]
    total = sum(sums.values(), Counted())
    for (database, kind), counted in [*sums.items(), (("all", ""), total)]:
        values = "".join(f"{getattr(counted, name):>9,.0f}" for name in names)
        lines.append(f"{database:<12}{kind:<14}{values}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
