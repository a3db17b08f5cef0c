"""A timeline as bars: where each stands, and what it leads to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from storage.asking import Bucket

Lead: TypeAlias = Callable[[datetime, datetime], str]

_WIDTH, _HEIGHT = 1_000, 80
_MOST = 500  # bars: a wider one stands for several steps
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beam:
    """One bar: the variants of one step of time."""

    x: float
    y: float
    width: float
    height: float
    count: int
    begins: str
    says: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A timeline to be drawn."""

    width: int
    height: int
    base: int
    first: str
    last: str
    says: str
    bars: list[Beam]


def draw(buckets: Sequence[Bucket], *, step: str, leads_to: Lead) -> Picture | None:
    """Give the timeline of `buckets`; a bar leads where `leads_to` says for its beginning and end. None of none."""
    if not buckets:
        return None
    first, last = buckets[0].at, buckets[-1].at
    size = _STEPS[step]
    steps = int((last - first) / size) + 1
    wide = -(-steps // _MOST)
    counts: dict[int, int] = {}
    for bucket in buckets:
        place = int((bucket.at - first) / size) // wide
        counts[place] = counts.get(place, 0) + bucket.variants
    places = -(-steps // wide)
    width, most = _WIDTH / max(places, 24), max(counts.values())
    beams = [
        _beam(
            place,
            count,
            width=width,
            most=most,
            begins=first + place * wide * size,
            lasts=wide * size,
            leads_to=leads_to,
        )
        for place, count in sorted(counts.items())
    ]
    total = sum(counts.values())
    says = f"{total:,} variants, at most {most:,} in {'one' if wide == 1 else wide} {step}{'s' if wide > 1 else ''}"
    return Picture(
        width=_WIDTH, height=_HEIGHT, base=_HEIGHT, first=_said(first), last=_said(last), says=says, bars=beams
    )


def _beam(
    place: int, count: int, *, width: float, most: int, begins: datetime, lasts: timedelta, leads_to: Lead
) -> Beam:
    height = max(round(count / most * (_HEIGHT - 4), 1), 2.0)
    return Beam(
        x=round(place * width, 2),
        y=_HEIGHT - height,
        width=round(width * 0.85, 2),
        height=height,
        count=count,
        begins=_said(begins),
        says=f"{_said(begins)}: {count:,}",
        address=leads_to(begins, begins + lasts),
    )


def _said(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
