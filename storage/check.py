"""Is the story database sound? Every rule that no constraint of the schema can hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select, text

from ingest.cluster.signature import SCHEME, band_keys
from storage import tables
from storage.blobs import unpack_signature
from storage.database import connected, reading
from storage.indexes.horizon import horizon
from storage.indexes.segments import Kind, Segments
from storage.parted import parted
from storage.reading import reading as reading_stories
from storage.tables import core

_VARIANT = core(tables.Variant)
_SHOWN = 5
_CHECKED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows that should not be: `sql` gives the ids of those that are, and may call PARTED."""

    says: str
    sql: str


_PARTED_CALL = re.compile(r"PARTED\((\w+), (\w+)\)")  # storage/parted.py

_RULES = (
    _Rule(
        "stories without exactly one canonical variant",
        "SELECT s.id FROM story s LEFT JOIN variant v ON v.story_id = s.id AND v.is_canonical "
        "WHERE s.merged_into IS NULL GROUP BY s.id HAVING count(v.id) <> 1",
    ),
    _Rule(
        "stories whose size is not their number of variants",
        "SELECT s.id FROM story s LEFT JOIN variant v ON v.story_id = s.id GROUP BY s.id, s.size "
        "HAVING count(v.id) <> s.size",
    ),
    _Rule(
        "stories whose card says something else than they do",
        "SELECT s.id FROM story s LEFT JOIN card c ON c.story_id = s.id WHERE CASE WHEN s.merged_into IS NULL "
        "THEN c.story_id IS NULL OR c.size <> s.size OR c.kind <> s.kind OR c.first_seen_at <> s.first_seen_at "
        "OR c.last_seen_at <> s.last_seen_at OR c.independent NOT BETWEEN 1 AND s.size "
        "ELSE c.story_id IS NOT NULL END",
    ),
    _Rule(
        "stories with marks from another time than their card's",
        "SELECT DISTINCT m.story_id FROM mark m LEFT JOIN card c ON c.story_id = m.story_id "
        "WHERE c.last_seen_at IS NULL OR c.last_seen_at <> m.last_seen_at",
    ),
    _Rule(
        "stories of the wrong kind",
        "SELECT s.id FROM story s JOIN variant v ON v.story_id = s.id GROUP BY s.id, s.kind HAVING s.kind <> "
        "CASE WHEN count(*) = 1 THEN 'single' WHEN count(*) = count(v.copy_of) + 1 THEN 'reprinted' ELSE 'covered' END",
    ),
    _Rule(
        "stories merged into one that was merged itself and has no end",
        "SELECT s.id FROM story s JOIN story t ON t.id = s.merged_into WHERE t.id >= s.id",
    ),
    _Rule(
        "copies of a variant that is no head of their story",
        "SELECT v.id FROM variant v LEFT JOIN variant h ON h.id = v.copy_of "
        "WHERE v.copy_of IS NOT NULL AND (h.id IS NULL OR h.story_id <> v.story_id OR h.copy_of IS NOT NULL)",
    ),
    _Rule(
        "twins that are not of one story and one text",
        "SELECT v.id FROM variant v LEFT JOIN variant t ON t.id = v.twin_of WHERE v.twin_of IS NOT NULL "
        "AND (t.id IS NULL OR t.text_key <> v.text_key OR t.twin_of IS NOT NULL OR (t.story_id <> v.story_id "
        "AND NOT PARTED(v, t)))",
    ),
    _Rule(
        "variants of a story of several without a link that ties them to it",
        "SELECT v.id FROM variant v JOIN story s ON s.id = v.story_id WHERE s.size > 1 AND NOT EXISTS ("
        "SELECT 1 FROM link l JOIN variant o ON o.id = l.variant_b "
        "WHERE l.variant_a = v.id AND l.relation NOT IN ('suggested', 'earlier') AND o.story_id = v.story_id) "
        "AND NOT EXISTS ("
        "SELECT 1 FROM link l JOIN variant o ON o.id = l.variant_a "
        "WHERE l.variant_b = v.id AND l.relation NOT IN ('suggested', 'earlier') AND o.story_id = v.story_id) "
        "AND NOT EXISTS (SELECT 1 FROM party p JOIN judgement j ON j.id = p.judgement_id "
        "WHERE p.variant_id = v.id AND j.kind IN ('same', 'merge', 'split', 'move'))",
    ),
    _Rule(
        "links that join variants of two stories though nobody parted these",
        "SELECT l.variant_a FROM link l JOIN variant v ON v.id = l.variant_a JOIN variant o ON o.id = l.variant_b "
        "WHERE l.relation NOT IN ('suggested', 'earlier') AND o.story_id <> v.story_id "
        "AND NOT PARTED(v, o)",
    ),
    _Rule(
        "judgements of variants that must be together, and are not",
        "SELECT j.id FROM judgement j JOIN party p ON p.judgement_id = j.id JOIN variant v ON v.id = p.variant_id "
        "WHERE j.undone_by IS NULL AND j.kind IN ('same', 'merge', 'move') AND p.side <> 1 "
        "GROUP BY j.id HAVING count(DISTINCT v.story_id) > 1",
    ),
    _Rule(
        "judgements of variants that must be apart, and are not",
        "SELECT DISTINCT j.id FROM judgement j JOIN party p ON p.judgement_id = j.id AND p.side = 0 "
        "JOIN variant v ON v.id = p.variant_id JOIN party q ON q.judgement_id = j.id AND q.side = 1 "
        "JOIN variant o ON o.id = q.variant_id "
        "WHERE j.undone_by IS NULL AND j.kind IN ('not-same', 'split', 'move') AND v.story_id = o.story_id",
    ),
    _Rule(
        "stories that are not where the variant is that they began with",
        "SELECT s.id FROM story s JOIN variant v ON v.id = s.founder_id "
        "WHERE (s.merged_into IS NULL AND v.story_id <> s.id) OR (s.merged_into IS NOT NULL AND v.story_id = s.id)",
    ),
    _Rule(
        "pages that wait without what their source said of them",
        "SELECT url_key FROM address WHERE state = 'waiting' AND (entry IS NULL OR next_try_at IS NULL)",
    ),
    _Rule(
        "runs that met more or fewer documents than they counted",
        "SELECT r.id FROM run r LEFT JOIN tally t ON t.run_id = r.id WHERE r.met IS NOT NULL "
        "GROUP BY r.id, r.met HAVING coalesce(sum(t.count), 0) <> r.met",
    ),
)


def check(url: str) -> list[str]:
    """Give what is wrong with the story database at `url`, a line each; nothing when it is sound.

    Raises DatabaseProblem when it is not there, not newsfold's, or of another release.
    """
    with reading_stories(url):
        pass  # it is a story database, of this release
    with connected(url) as engine, reading(engine) as db:
        return [*_file_problems(db), *_rule_problems(db), *_index_problems(db)]


def _file_problems(db: Connection) -> Iterator[str]:
    if db.dialect.name == "sqlite":
        for (line,) in db.execute(text("PRAGMA integrity_check")):
            if line != "ok":
                yield f"the file is damaged: {line}; go back to a copy of it"
        for table, row, _, _ in db.execute(text("PRAGMA foreign_key_check")):
            yield f"{table} {row} refers to a row that is not there"


def _rule_problems(db: Connection) -> Iterator[str]:
    for rule in _RULES:
        found = [row[0] for row in db.execute(text(_PARTED_CALL.sub(lambda call: parted(*call.groups()), rule.sql)))]
        if found:
            shown = ", ".join(map(str, found[:_SHOWN])) + (", ..." if len(found) > _SHOWN else "")
            yield f"{len(found)} {rule.says}: {shown}"


def _index_problems(db: Connection) -> Iterator[str]:
    """Tell which variants would not be found by their own signature, their text, or the input they came from."""
    segments = Segments()
    segments.refresh(db)
    yield from segments.problems()
    yield from _lost(_unremembered(db, segments), "are not known by the input they came from")
    yield from _lost(_unfound(db, segments), "the indexes do not find")


def _lost(variant_ids: list[int], says: str) -> Iterator[str]:
    if variant_ids:
        yield f"{len(variant_ids)} variants that {says}: {', '.join(map(str, variant_ids[:_SHOWN]))}"


def _unremembered(db: Connection, segments: Segments) -> list[int]:
    columns = select(_VARIANT.c.id, _VARIANT.c.raw_key).order_by(_VARIANT.c.id)
    last, lost = 0, []
    while rows := db.execute(columns.where(_VARIANT.c.id > last).limit(_CHECKED_AT_ONCE)).all():
        last = rows[-1].id
        places, values = segments.find(Kind.RAW, np.array([row.raw_key for row in rows], np.int64).view(np.uint64))
        found = set(zip(places.tolist(), values.tolist(), strict=True))
        lost += [row.id for place, row in enumerate(rows) if (place, row.id) not in found]
    return lost


def _unfound(db: Connection, segments: Segments) -> list[int]:
    """Give the variants that the indexes do not find, those aside that were let go of as old."""
    names = ("id", "signature", "text_key", "shingles")
    columns = select(*(_VARIANT.c[name] for name in names)).order_by(_VARIANT.c.id)
    speaking = (_VARIANT.c.text_key != 0) & _VARIANT.c.twin_of.is_(None) & (_VARIANT.c.scheme == SCHEME)
    last, lost = horizon(db), []
    while rows := db.execute(columns.where(speaking, _VARIANT.c.id > last).limit(_CHECKED_AT_ONCE)).all():
        last = rows[-1].id
        keys = band_keys(np.stack([unpack_signature(row.signature) for row in rows]))
        places, values = segments.find(Kind.BAND, keys.reshape(-1))
        found = set(zip((places // keys.shape[1]).tolist(), values.tolist(), strict=True))
        twin_places, twins = segments.find(
            Kind.TWIN, np.array([row.text_key for row in rows], np.int64).view(np.uint64)
        )
        named = set(zip(twin_places.tolist(), twins.tolist(), strict=True))
        found |= {(place, row.id) for place, row in enumerate(rows) if not row.shingles}  # found by its key alone
        lost += [row.id for place, row in enumerate(rows) if not {(place, row.id)} <= found & named]
    return lost
