"""Hurt work again and again, on both databases, let one run to its end each time, and count what was lost or doubled.

python -m tests.faults.campaign [--faults 200] [--each 10] [--documents 300] [--seed 1]

A round is a new database, `--each` faults of one kind that befall a load, a refresh or a maintenance, and one of them
that nobody hurts; the texts and stories (of a refresh: the copies) must then be those of work that was never hurt, and
all its runs together must have done each document once.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from itertools import count, cycle
from pathlib import Path
from random import Random

from storage.check import check
from tests.faults.hits import Hit, crash_server, fill_disk, fill_server, kill
from tests.faults.stores import Ended, ended
from tests.faults.work import Work, load_of, maintain_of, refresh_of
from tests.newsroom import Newsroom
from tests.postgres import serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What came of faults; everything but the first two and the last should be 0."""

    faults: int = 0
    hit: int = 0  # what was at work
    lost: int = 0  # documents
    doubled: int = 0
    other: int = 0  # rounds with other stories, or copies, than unhurt work's
    unsound: int = 0  # problems that `newsfold db check` found
    seconds: float = 0.0

    def __add__(self, more: "Counted") -> "Counted":
        return Counted(**{one.name: getattr(self, one.name) + getattr(more, one.name) for one in fields(self)})

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, doubled or left otherwise than it should be."""
        return not (self.lost or self.doubled or self.other or self.unsound)


def round_of(hit: Hit, work: Work, url: str, *, faults: int, chance: Random, whole: Ended) -> Counted:
    """Let `faults` of one kind befall the work on a new database, then work to the end; give what came of it.

    Each hits a moment after a growing part of the documents is done, so that together they meet all of it.
    """
    began = time.monotonic()
    work.before(url)
    beyond = (whole.counted * number // faults for number in range(faults))
    alive = sum(hit(work, url, beyond=done, chance=chance) for done in beyond)
    report = work.finish(url)
    found = ended(url, counted=work.counted, by=work.groups)
    differing = sum(found.texts.get(address) != text for address, text in whole.texts.items())
    met = int(str(report["met"])) if work.meets_all else whole.counted
    return Counted(
        faults=faults,
        hit=alive,
        lost=differing + max(0, whole.counted - found.counted) + abs(whole.counted - met),
        doubled=found.variants - len(found.texts) + max(0, found.counted - whole.counted),
        other=int(found.stories != whole.stories),
        unsound=len(check(url)),
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the rounds of one kind are about."""

    database: str
    hit: Hit
    fault: str
    work: Work


def kinds(load: Work, refresh: Work, maintain: Work) -> tuple[Kind, ...]:
    """Give every kind of round: kills of all work on both databases, and what can befall a load besides."""
    kills = (
        Kind(database=database, hit=kill, fault=f"kill -9, {work.name}", work=work)
        for work in (load, refresh, maintain)
        for database in ("sqlite", "postgresql")
    )
    full = Kind(database="sqlite", hit=fill_disk, fault="disk full, load", work=load)
    full_server = Kind(database="postgresql", hit=fill_server, fault="disk full, load", work=load)
    crash = Kind(database="postgresql", hit=crash_server, fault="server crash, load", work=load)
    return (*kills, full, full_server, crash)


def main() -> int:
    """Run it, print a table, and fail where anything was lost, doubled or unsound."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--faults", type=int, default=200)
    asked.add_argument("--each", type=int, default=10, help="faults in a round")
    asked.add_argument("--documents", type=int, default=300)
    asked.add_argument("--seed", type=int, default=1)
    args = asked.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsfold-faults-")))
        room, new_postgres = stack.enter_context(Newsroom()), stack.enter_context(serving())
        files = (f"sqlite:///{folder}/{number}.db" for number in count())
        new = {"sqlite": lambda: next(files), "postgresql": new_postgres}
        works = (
            load_of(folder / "documents.jsonl", args.documents),
            refresh_of(folder, room, args.documents),
            maintain_of(folder, args.documents),
        )
        sums = _hurt(kinds(*works), new, faults=args.faults, each=args.each, chance=Random(args.seed))
    print(table(sums))
    return 0 if all(counted.is_well for counted in sums.values()) else 1


def _hurt(
    kinds: Sequence[Kind], new: Mapping[str, Callable[[], str]], *, faults: int, each: int, chance: Random
) -> dict[tuple[str, str], Counted]:
    """Go round the kinds until there were so many faults; give what came of them by database and kind."""
    sums: dict[tuple[str, str], Counted] = {}
    unhurt = {kind.work.name: whole_of(kind.work, new["sqlite"]()) for kind in kinds}
    left = faults
    for kind in cycle(kinds):
        times = min(each, left)
        url = new[kind.database]()
        found = round_of(kind.hit, kind.work, url, faults=times, chance=chance, whole=unhurt[kind.work.name])
        key = kind.database, kind.fault
        sums[key] = sums.get(key, Counted()) + found
        left -= times
        print(f"{left:>4} faults to come; {kind.database}, {kind.fault}: {found}", file=sys.stderr, flush=True)
        if not left:
            break
    return sums


def whole_of(work: Work, url: str) -> Ended:
    """Give what a new database has after work that nobody hurt."""
    work.before(url)
    work.finish(url)
    return ended(url, counted=work.counted, by=work.groups)


def table(sums: dict[tuple[str, str], Counted]) -> str:
    """Give the sums as a table, with their own sum below."""
    names = [one.name for one in fields(Counted)]
    lines = [f"{'database':<12}{'fault':<20}" + "".join(f"{name:>9}" for name in names)]
    total = sum(sums.values(), Counted())
    for (database, kind), counted in [*sums.items(), (("all", ""), total)]:
        values = "".join(f"{getattr(counted, name):>9,.0f}" for name in names)
        lines.append(f"{database:<12}{kind:<20}{values}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
