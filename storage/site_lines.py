"""What recurs over the pages of a site: counted as articles are stored, read when the next ones are prepared.

A line is counted once for each story that the site has it in, so that a correction, a live blog, a twin for phones or
a second copy teaches nothing. A line that another site bears too is nobody's own, however often it comes.

Lines that were met once or twice are pairs (line, site) in the segments, where the old ones fade; from the third
story on a line has a row.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import xxhash
from sqlalchemy import Connection, Engine, delete, func, select, text, update

from ingest.site_lines import line_keys, own_lines, site_of
from storage import tables
from storage.candidates import Fresh
from storage.database import reading, writing
from storage.picture import Picture
from storage.rows import among, not_among, storable
from storage.segments import Kind, Segments
from storage.tables import core

OWN_PAGES = 8  # stories of a site that have a line before it is the site's own
_NOTED_PAGES = 3  # from which a line has a row
_MOST_ROWS = 1_000  # of a site
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
    """Note that no stored article bears these lines any more; drop the rarest rows of sites that have very many."""
    with writing(engine) as db:
        for site, keys in sorted(lines.items()):
            here = _SITE_LINE.c.host == site
            db.execute(
                update(_SITE_LINE).where(here, among(db, _SITE_LINE.c.line_hash, sorted(keys))).values(is_applied=True)
            )
            _prune(db, site)


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
    if not met:
        return
    known = _known(db, {site for site, _ in met})
    for place, count in met.items():
        if place in known:
            known[place] += count
    fresh = {place: count for place, count in met.items() if place not in known}
    marks = {site: _mark(site) for site in {lesson.site for lesson in lessons}}
    noted, shared = _recurring(segments, fresh, marks)
    times = np.array([min(count, _NOTED_PAGES) for count in fresh.values()], np.int64)
    keys = np.array([key for _, key in fresh], np.int64).view(np.uint64)
    segments.add(
        db,
        Kind.LINE,
        np.repeat(keys, times),
        np.repeat(np.array([marks[site] for site, _ in fresh], np.uint32), times),
    )
    samples = _samples(lessons, noted)
    _write(db, {place: known[place] for place in met if place in known} | noted, samples, shared)


def _met(lessons: Sequence[Lesson]) -> Counter[tuple[str, int]]:
    """Count for each (site, line) the stories that bear it."""
    keys = iter(line_keys([line for lesson in lessons for line in lesson.lines]))
    met: Counter[tuple[str, int]] = Counter()
    for lesson in lessons:
        met.update((lesson.site, key) for key in {*islice(keys, len(lesson.lines))} - {0})
    return met


def _known(db: Connection, sites: Iterable[str]) -> dict[tuple[str, int], int]:
    rows = select(_SITE_LINE.c.host, _SITE_LINE.c.line_hash, _SITE_LINE.c.pages)
    return {(site, key): pages for site, key, pages in db.execute(rows.where(among(db, _SITE_LINE.c.host, sites)))}


def _recurring(
    segments: Segments, fresh: dict[tuple[str, int], int], marks: dict[str, int]
) -> tuple[dict[tuple[str, int], int], set[int]]:
    """Give the lines that get a row, with their counts, and the keys that several sites bear."""
    totals: Counter[int] = Counter()
    for (_, key), count in fresh.items():
        totals[key] += count
    keys = np.array(list(totals), np.int64)
    places, holders = segments.find(Kind.LINE, keys.view(np.uint64), newest=_NEWEST)
    stored: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for key, mark in zip(keys[places].tolist(), holders.tolist(), strict=True):
        stored[key][mark] += 1
    sites: defaultdict[int, set[int]] = defaultdict(set)
    noted: dict[tuple[str, int], int] = {}
    for (site, key), count in fresh.items():
        if key not in stored and totals[key] == 1:
            continue
        mark = marks[site]
        sites[key] |= {mark, *stored[key]}
        if count + stored[key][mark] >= _NOTED_PAGES:
            noted[site, key] = count + stored[key][mark]
    return noted, {key for key, bearers in sites.items() if len(bearers) > 1}


def _samples(lessons: Sequence[Lesson], wanted: dict[tuple[str, int], int]) -> dict[int, str]:
    keys = {key for _, key in wanted}
    if not keys:
        return {}
    lines = (line for lesson in lessons for line in lesson.lines)
    return {key: line for line in lines for key in line_keys([line]) if key in keys}


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
    here = _SITE_LINE.c.host == site
    if (db.scalar(select(func.count()).where(here)) or 0) > _MOST_ROWS:
        best = select(_SITE_LINE.c.line_hash).where(here).order_by(_SITE_LINE.c.pages.desc(), _SITE_LINE.c.line_hash)
        kept = list(db.scalars(best.limit(_MOST_ROWS)))
        db.execute(delete(_SITE_LINE).where(here, not_among(db, _SITE_LINE.c.line_hash, kept)))


def _mark(site: str) -> int:
    """Give the 32 bits that stand for a site beside a line."""
    return xxhash.xxh3_64_intdigest(site.encode("utf-8", "replace")) & 0xFFFFFFFF
