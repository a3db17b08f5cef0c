"""What later articles find a batch's articles by: bands, anchors, twins, terms and their counts, as sorted runs."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, select, update

from ingest.cluster.anchors import anchors
from ingest.cluster.readings import readings
from ingest.cluster.signature import band_keys
from storage import tables
from storage.fresh import Fresh
from storage.indexes.events import Vectors, term_postings
from storage.indexes.segments import Kind, Segments
from storage.tables import core

_VARIANT = core(tables.Variant)


def index(db: Connection, segments: Segments, fresh: Sequence[Fresh], vectors: Vectors) -> None:
    """Add the batch to the indexes that later articles find it in."""
    heads = [item for item in fresh if item.has_key and item.twin_of is None]
    text_keys = np.array([item.prepared.text_key for item in heads], np.int64).view(np.uint64)
    segments.add(db, Kind.TWIN, text_keys, np.array([item.variant_id for item in heads], np.uint32))
    spoken = [item for item in heads if item.is_matchable]
    if not spoken:
        return
    ids = np.array([item.variant_id for item in spoken], np.uint32)
    keys = band_keys(np.stack([item.prepared.signature.values for item in spoken]))
    segments.add(db, Kind.BAND, keys.reshape(-1), np.repeat(ids, keys.shape[1]))
    marks = [item.prepared.anchors for item in spoken]
    segments.add(db, Kind.ANCHOR, np.concatenate(marks), np.repeat(ids, [len(mark) for mark in marks]))
    segments.add(db, Kind.TERM, *term_postings(vectors, ids.tolist()))
    segments.add(db, Kind.FREQUENCY, vectors.own_terms, vectors.own_counts.astype(np.uint32))


def release_twins(db: Connection, segments: Segments, leaving: set[int]) -> list[int]:
    """Let other variants speak for the twins of those `leaving` their text; give the ones that do from now on."""
    released: list[int] = []
    names = ("id", "text_key", "signature", "shingles", "text")
    columns = select(*(_VARIANT.c[name] for name in names)).order_by(_VARIANT.c.id)
    for variant_id in leaving:
        of_it = _VARIANT.c.twin_of == variant_id
        first = next((row for row in db.execute(columns.where(of_it)) if row.id not in leaving), None)
        if first is None:
            continue
        db.execute(update(_VARIANT).where(of_it).values(twin_of=first.id))
        db.execute(update(_VARIANT).where(_VARIANT.c.id == first.id).values(twin_of=None))
        value = np.array([first.id], np.uint32)
        segments.add(db, Kind.TWIN, np.array([first.text_key], np.int64).view(np.uint64), value)
        if not first.shingles:
            continue
        keys = band_keys(np.frombuffer(first.signature, "<u4")[None, :]).reshape(-1)
        [marks] = anchors(readings([first.text]))
        segments.add(db, Kind.BAND, keys, np.repeat(value, len(keys)))
        segments.add(db, Kind.ANCHOR, marks, np.repeat(value, len(marks)))
        released.append(first.id)
    return released
