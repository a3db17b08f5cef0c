"""How the sources do: the list of sources beside what asking them came to. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields

from ingest.sources import Feed, Site, Sitemap, Source, UrlList
from storage.views import SourceHealth

_BAD = ("retired", "failing", "silent")  # worst first
STANDINGS = (*_BAD, "well", "new")
_HEALTH = tuple(field.name for field in fields(SourceHealth))
_COUNTED = {"well": "well", "failing": "failing", "silent": "silent", "retired": "retired", "new": "never asked"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine(SourceHealth):
    """One source as `newsfold sources list` tells of it; of one that was never asked, health is all None or 0."""

    standing: str  # retired (not asked any more), failing, silent (far beyond its habit), well, new (never asked)
    is_listed: bool  # whether the list of sources has it; what follows is None where it has not
    name: str | None
    kind: str | None  # feed, sitemap, site, urls
    address: str | None  # on the web, or the path of a file; None where the list of sources has the addresses itself
    every_s: float | None  # how often to ask at most


def source_lines(sources: Iterable[Source], health: Iterable[SourceHealth]) -> list[SourceLine]:
    """Give a line for each source of the list, and behind them those that the database alone knows; each by key."""
    listed = {source.key: source for source in sources}
    known = {found.source: found for found in health}
    keys = [*sorted(listed), *sorted(known.keys() - listed.keys())]
    return [_line(listed.get(key), known.get(key) or _never_asked(key)) for key in keys]


def worst_first(lines: Iterable[SourceLine]) -> list[SourceLine]:
    """Give the listed sources that someone should look at: the retired, then the failing, then the silent ones.

    Of each sort those come first that have been so for longest.
    """
    return sorted((line for line in lines if line.is_listed and line.standing in _BAD), key=_place)


def summary(lines: Iterable[SourceLine]) -> str:
    """Give how many sources the list has, and how many of them do how.

    >>> summary([])
    'no sources'
    """
    counts = Counter(line.standing for line in lines if line.is_listed)
    total = counts.total()
    parts = [f"{counts[standing]:,} {words}" for standing, words in _COUNTED.items() if counts[standing]]
    return f"{total:,} source{'s' if total > 1 else ''}: {', '.join(parts)}" if total else "no sources"


def _line(source: Source | None, health: SourceHealth) -> SourceLine:
    kind, address = _kind(source) if source else (None, None)
    return SourceLine(
        **{name: getattr(health, name) for name in _HEALTH},
        standing=_standing(health),
        is_listed=source is not None,
        name=source.name if source else None,
        kind=kind,
        address=address,
        every_s=source.every_s if source else None,
    )


def _kind(source: Source) -> tuple[str, str | None]:
    match source.kind:
        case Feed(url=url):
            return "feed", url
        case Sitemap(url=url):
            return "sitemap", url
        case Site(url=url):
            return "site", url
        case UrlList(path=path):
            return "urls", str(path) if path else None


def _standing(health: SourceHealth) -> str:
    if health.polled_at is None:
        return "new"
    if health.retired_at is not None:
        return "retired"
    if health.failing_since is not None:
        return "failing"
    return "well" if health.silent_s is None else "silent"


def _place(line: SourceLine) -> tuple[int, float, str]:
    since = line.retired_at or line.failing_since
    began = since.timestamp() if since else -(line.silent_s or 0.0)
    return _BAD.index(line.standing), began, line.source


def _never_asked(key: str) -> SourceHealth:
    return SourceHealth(
        source=key,
        asked_url=None,
        polled_at=None,
        succeeded_at=None,
        next_due_at=None,
        outcome="",
        detail="",
        failures=0.0,
        failing_since=None,
        retired_at=None,
        publishes_every_s=None,
        newest_at=None,
        silent_s=None,
        waiting=0,
        stored=0,
        rejected=0,
    )
