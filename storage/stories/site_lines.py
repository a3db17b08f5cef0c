"""What recurs over the pages of a site: counted as articles are stored, read when the next ones are prepared.

A line is counted once for each story that the site has it in, so that a correction, a live blog, a twin for phones or
a second copy teaches nothing. A line that another site bears too is nobody's own, however often it comes.

Lines that were met once or twice are pairs (line, site) in the segments, where the old ones fade; from the third
story on a line has a row.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, delete, func, select, text, update

from ingest.cluster.tokens import numbered
from ingest.site_lines import line_keys, own_lines, site_of
from storage import tables
from storage.database import reading, writing
from storage.fresh import Fresh
from storage.indexes.segments import Kind, Segments
from storage.rows import among, not_among, storable
from storage.stories.picture import Picture
from storage.tables import core

OWN_PAGES = 8  # stories of a site that have a line before it is the site's own
_NOTED_PAGES = 3  # from which a line has a row
MOST_ROWS = 1_000  # of a site
_SAMPLE_CHARS = 200
_NEWEST = 32  # of the pairs under one line
_SITE_LINE = core(tables.SiteLine)
_IS_OWN = (_SITE_LINE.c.pages >= OWN_PAGES) & _SITE_LINE.c.is_shared.is_(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The lines of a story that a site has just run for the first time."""

    site: str
    lines: Sequence[str]


def furniture(engine: Engine, sites: Collection[str]) -> dict[str, frozenset[int]]:
    """Give the keys of the lines that are known as the sites' own, by site; a site without any is left out."""
    with reading(engine) as db:
        return _own_lines(db, sites)


def unapplied(engine: Engine) -> dict[str, frozenset[int]]:
    """Give the sites that have lines which their earlier articles may still bear, each with all of its own lines."""
    new = select(_SITE_LINE.c.host).where(_IS_OWN, _SITE_LINE.c.is_applied.is_(False)).distinct()
    with reading(engine) as db:
        return _own_lines(db, list(db.scalars(new)))


def mark_applied(engine: Engine, lines: dict[str, frozenset[int]]) -> None:
    """Note that no stored article bears these lines any more."""
    with writing(engine) as db:
        for site, keys in sorted(lines.items()):
            here = _SITE_LINE.c.host == site
            db.execute(
                update(_SITE_LINE).where(here, among(db, _SITE_LINE.c.line_hash, sorted(keys))).values(is_applied=True)
            )


def lessons(new: Sequence[Fresh], picture: Picture) -> list[Lesson]:
    """Give what a batch's new articles teach: each the first of its story on its site, and long enough to match."""
    asked = [(item, site) for item in new if item.is_matchable and (site := site_of(item.prepared.article.url))]
    first: dict[tuple[int, str], int] = {}
    for story_id in {picture.story_of(item.variant_id) for item, _ in asked}:
        for contender in picture.members_of(story_id):
            first.setdefault((story_id, site_of(contender.url)), contender.variant_id)
    return [
        Lesson(site=site, lines=own_lines(item.prepared.article))
        for item, site in asked
        if first[picture.story_of(item.variant_id), site] == item.variant_id
    ]


def learn(db: Connection, segments: Segments, lessons: Sequence[Lesson]) -> None:
    """Count the lines of a batch, inside its transaction."""
    met = _met(lessons)
    if not len(met.keys):
        return
    known = _known(db, met.keys)
    pages = _counted_on(met, known)
    fresh = met.without(pages.keys()) if pages else met
    noted, shared = _recurring(segments, fresh)
    times = np.minimum(fresh.counts, _NOTED_PAGES)
    marks = np.array([_mark(site) for site in fresh.names], np.uint32)[fresh.sites]
    segments.add(db, Kind.LINE, np.repeat(fresh.keys.view(np.uint64), times), np.repeat(marks, times))
    _write(db, pages | noted, _samples(lessons, noted), shared)
    for site in sorted({site for site, _ in noted}):
        _prune(db, site)


@dataclass(frozen=True, slots=True)
class _Met:
    """The lines of a batch: keys[i] is borne by counts[i] stories of the site names[sites[i]]; each pair once."""

    names: list[str]
    sites: NDArray[np.intp]
    keys: NDArray[np.int64]
    counts: NDArray[np.int64]

    def places(self, chosen: NDArray[np.intp]) -> list[tuple[str, int]]:
        """Give site and line of the pairs at `chosen`."""
        sites = self.sites[chosen].tolist()
        return [(self.names[site], key) for site, key in zip(sites, self.keys[chosen].tolist(), strict=True)]

    def without(self, places: Collection[tuple[str, int]]) -> "_Met":
        """Give all but these pairs."""
        everything = self.places(np.arange(len(self.keys)))
        left = np.array([place not in places for place in everything], np.bool_)
        return _Met(self.names, self.sites[left], self.keys[left], self.counts[left])


def _met(lessons: Sequence[Lesson]) -> _Met:
    numbers = {site: number for number, site in enumerate(dict.fromkeys(lesson.site for lesson in lessons))}
    keys = np.array(line_keys([line for lesson in lessons for line in lesson.lines]), np.int64)
    owners = np.repeat(np.arange(len(lessons)), [len(lesson.lines) for lesson in lessons])
    owners, keys, _ = _distinct(owners[keys != 0], keys[keys != 0])  # a line may stand twice in a story
    sites = np.array([numbers[lesson.site] for lesson in lessons], np.intp)[owners]
    return _Met(list(numbers), *_distinct(sites, keys))


def _distinct(
    owners: NDArray[np.intp], keys: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]]:
    """Give each pair once, and how often it stood there."""
    order = np.lexsort((keys, owners))
    owners, keys = owners[order], keys[order]
    differs = (owners[1:] != owners[:-1]) | (keys[1:] != keys[:-1])
    heads = np.flatnonzero(np.concatenate((np.ones(min(len(keys), 1), np.bool_), differs)))
    return owners[heads], keys[heads], np.diff(heads, append=len(keys)).astype(np.int64)


def _known(db: Connection, keys: NDArray[np.int64]) -> dict[tuple[str, int], int]:
    """Give how many stories bear each of these lines, on every site that has a row for it."""
    rows = select(_SITE_LINE.c.host, _SITE_LINE.c.line_hash, _SITE_LINE.c.pages)
    asked = rows.where(among(db, _SITE_LINE.c.line_hash, np.unique(keys).tolist()))
    return {(site, key): pages for site, key, pages in db.execute(asked)}


def _counted_on(met: _Met, known: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """Give the new counts of those lines that have a row."""
    if not known:
        return {}
    places = met.places(np.arange(len(met.keys)))
    counted = zip(places, met.counts.tolist(), strict=True)
    return {place: known[place] + count for place, count in counted if place in known}


def _recurring(segments: Segments, fresh: _Met) -> tuple[dict[tuple[str, int], int], set[int]]:
    """Give the lines that get a row, with their counts, and the keys that several sites bear."""
    lines, inverse = numbered(fresh.keys.view(np.uint64))
    keys = lines.view(np.int64)
    places, holders = segments.find(Kind.LINE, lines, newest=_NEWEST)
    stored: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for key, holder in zip(keys[places].tolist(), holders.tolist(), strict=True):
        stored[key][holder] += 1
    may_recur = np.bincount(inverse, weights=fresh.counts, minlength=len(keys)) > 1
    may_recur[places] = True
    chosen = np.flatnonzero(may_recur[inverse])
    nobody: Counter[int] = Counter()
    bearers: defaultdict[int, set[int]] = defaultdict(set)
    noted: dict[tuple[str, int], int] = {}
    for (site, key), count in zip(fresh.places(chosen), fresh.counts[chosen].tolist(), strict=True):
        mark, before = _mark(site), stored.get(key, nobody)
        bearers[key] |= {mark, *before}
        if count + before[mark] >= _NOTED_PAGES:
            noted[site, key] = count + before[mark]
    return noted, {key for key, sites in bearers.items() if len(sites) > 1}


def _samples(lessons: Sequence[Lesson], wanted: dict[tuple[str, int], int]) -> dict[int, str]:
    keys = {key for _, key in wanted}
    if not keys:
        return {}
    lines = [line for lesson in lessons for line in lesson.lines]
    return {key: line for key, line in zip(line_keys(lines), lines, strict=True) if key in keys}


def _write(db: Connection, pages: dict[tuple[str, int], int], samples: dict[int, str], shared: Collection[int]) -> None:
    upsert = text(
        "INSERT INTO site_line (host, line_hash, pages, is_shared, is_applied, sample) "
        "VALUES (:host, :line_hash, :pages, :is_shared, :is_applied, :sample) "
        "ON CONFLICT (host, line_hash) DO UPDATE SET pages = excluded.pages"
    )
    rows = [
        {
            "host": storable(site),
            "line_hash": key,
            "pages": count,
            "is_shared": key in shared,
            "is_applied": False,
            "sample": storable(samples.get(key, "")[:_SAMPLE_CHARS]),
        }
        for (site, key), count in sorted(pages.items())
    ]
    if rows:
        db.execute(upsert, rows)
    if shared:
        bears = among(db, _SITE_LINE.c.line_hash, sorted(shared))
        db.execute(update(_SITE_LINE).where(bears, _SITE_LINE.c.is_shared.is_(False)).values(is_shared=True))


def _own_lines(db: Connection, sites: Collection[str]) -> dict[str, frozenset[int]]:
    rows = select(_SITE_LINE.c.host, _SITE_LINE.c.line_hash).where(_IS_OWN)
    found: defaultdict[str, set[int]] = defaultdict(set)
    for site, key in db.execute(rows.where(among(db, _SITE_LINE.c.host, sites))):
        found[site].add(key)
    return {site: frozenset(keys) for site, keys in found.items()}


def _prune(db: Connection, site: str) -> None:
    """Drop the rarest rows of a site that has very many."""
    here = _SITE_LINE.c.host == site
    if (db.scalar(select(func.count()).where(here)) or 0) > MOST_ROWS:
        best = select(_SITE_LINE.c.line_hash).where(here).order_by(_SITE_LINE.c.pages.desc(), _SITE_LINE.c.line_hash)
        kept = list(db.scalars(best.limit(MOST_ROWS)))
        db.execute(delete(_SITE_LINE).where(here, not_among(db, _SITE_LINE.c.line_hash, kept)))


def _mark(site: str) -> int:
    """Give the 32 bits that stand for a site beside a line."""
    return xxhash.xxh3_64_intdigest(site.encode("utf-8", "replace")) & 0xFFFFFFFF
