"""Rows out of values: what a batch writes beside stories and indexes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from ingest.cluster.decide import EventEvidence, Link, TextEvidence
from ingest.cluster.explain import contributions
from ingest.cluster.profile import words_between, words_of
from ingest.cluster.signature import SCHEME
from ingest.cluster.weights import MODEL
from ingest.document import Article
from ingest.outcome import Rejection
from storage import tables
from storage.blobs import pack_profile, pack_removed
from storage.fresh import Fresh
from storage.keys import identity_key, rejection_key
from storage.rows import among, insert_rows, storable
from storage.stories.picture import Picture
from storage.tables import core

_VARIANT, _REVISION, _LINK = core(tables.Variant), core(tables.Revision), core(tables.Link)
_REJECTION, _UNSEARCHED = core(tables.Rejection), core(tables.Unsearched)
_DETAIL_CHARS = 1000


class Reason(StrEnum):
    """What put a new text in the place of an earlier one."""

    OUTLET = "outlet"  # it says something else now
    CLEANING = "cleaning"  # more is known of what is not the article


def write_variants(db: Connection, fresh: Sequence[Fresh], picture: Picture, *, now: datetime) -> None:
    """Insert the new variants, in the places that `picture` gives them."""
    rows = []
    for item in fresh:
        article, member = item.prepared.article, picture.members[item.variant_id]
        rows.append(
            (
                item.variant_id,
                member.story_id,
                member.relation,
                member.copy_of,
                item.twin_of,
                member.is_canonical,
                False,
                member.contender.is_cut,
                article.source,
                article.url,
                identity_key(article.source, article.url),
                article.raw_key,
                item.prepared.text_key,
                article.title,
                article.byline,
                article.credit,
                article.language,
                article.published_at,
                article.published_from.value if article.published_from else None,
                now,
                article.fetched_at,
                SCHEME,
                item.prepared.signature.shingles,
                article.cleaner,
                item.prepared.signature.values.astype("<u4").tobytes(),
                pack_profile(item.kept),
                article.text,
                pack_removed(article.removed),
                article.text_from.value,
                _media(article.media),
                *_about(article).values(),
                article.is_teaser,
                None,  # withdrawn_at
            )
        )
    insert_rows(db, tables.Variant, rows)
    insert_rows(db, tables.Unsearched, [(item.variant_id,) for item in fresh])


def _about(article: Article) -> dict[str, object]:
    """Give what the page says about itself, by column and in their order."""
    return {
        "published_on": article.published_on.isoformat() if article.published_on else None,
        "modified_at": article.modified_at,
        "modified_from": article.modified_from.value if article.modified_from else None,
        "section": article.section,
        "publisher": article.publisher,
        "image": storable(article.image) if article.image else None,
    }


def _media(urls: Sequence[str]) -> str | None:
    return orjson.dumps([storable(url) for url in urls]).decode() if urls else None


def write_revisions(db: Connection, fresh: Sequence[tuple[Fresh, Reason]]) -> None:
    """Keep the earlier texts of revised variants, with what replaced them, and give the variants their new ones."""
    columns = ("id", "title", "text", "text_key", "raw_key", "fetched_at", "is_teaser")
    last = select(_REVISION.c.number).order_by(_REVISION.c.number.desc()).limit(1)
    for item, reason in fresh:
        article, prepared = item.prepared.article, item.prepared
        old = db.execute(select(*(_VARIANT.c[name] for name in columns)).where(_VARIANT.c.id == item.variant_id)).one()
        number = (db.scalar(last.where(_REVISION.c.variant_id == item.variant_id)) or 0) + 1
        before = (old.id, number, old.title, old.text, old.text_key, old.raw_key, old.fetched_at, old.is_teaser)
        insert_rows(db, tables.Revision, [(*before, reason.value)])
        values = {
            "twin_of": item.twin_of,
            "raw_key": article.raw_key,
            "text_key": prepared.text_key,
            "title": article.title,
            "byline": article.byline,
            "credit": article.credit,
            "language": article.language,
            "published_at": article.published_at,
            "published_from": article.published_from.value if article.published_from else None,
            "fetched_at": article.fetched_at,
            "scheme": SCHEME,
            "shingles": prepared.signature.shingles,
            "cleaner": article.cleaner,
            "signature": prepared.signature.values.astype("<u4").tobytes(),
            "profile": pack_profile(item.kept),
            "text": article.text,
            "removed": pack_removed(article.removed),
            "text_from": article.text_from.value,
            "media": _media(article.media),
            **_about(article),
            "is_teaser": article.is_teaser,
        }
        db.execute(update(_VARIANT).where(_VARIANT.c.id == item.variant_id).values(values))
        if db.scalar(select(_UNSEARCHED.c.variant_id).where(_UNSEARCHED.c.variant_id == item.variant_id)) is None:
            insert_rows(db, tables.Unsearched, [(item.variant_id,)])


def write_links(db: Connection, run_id: int, links: Sequence[tuple[Fresh, Link]], *, revised: set[int]) -> None:
    """Write why variants are together, or nearly; a revised variant's links are replaced."""
    words = _shared_words(links)
    rows = {}
    for item, link in links:
        pair = (max(item.variant_id, link.variant_id), min(item.variant_id, link.variant_id))
        # Not asdict(), which copies every number of every passage.
        evidence = {field.name: getattr(link.evidence, field.name) for field in fields(link.evidence)}
        if isinstance(link.evidence, EventEvidence):
            known = words[item.variant_id]
            evidence["features"] = dict(link.evidence.features)
            gave = contributions(link.evidence.features)
            evidence["gave"] = {name: round(value, 4) for name, value in gave.items()}
            evidence["terms"] = [known[term] for term in link.evidence.terms if term in known]
        elif item.variant_id < link.variant_id:  # a revised variant may be the older one: passages lie as the pair does
            evidence["passages"] = [(*passage[2:], *passage[:2]) for passage in link.evidence.passages]
        scheme = SCHEME if isinstance(link.evidence, TextEvidence) else MODEL
        rows[pair] = (*pair, link.relation.value, link.score, orjson.dumps(evidence).decode(), scheme, run_id)
        if item.variant_id in revised:
            db.execute(delete(_LINK).where((_LINK.c.variant_a == pair[0]) & (_LINK.c.variant_b == pair[1])))
    insert_rows(db, tables.Link, list(rows.values()))


def _shared_words(links: Sequence[tuple[Fresh, Link]]) -> dict[int, dict[int, str]]:
    """Give the words behind the shared terms, by variant."""
    wanted: dict[int, set[int]] = {}
    items: dict[int, Fresh] = {}
    for item, link in links:
        if isinstance(link.evidence, EventEvidence):
            wanted.setdefault(item.variant_id, set()).update(link.evidence.terms)
            items[item.variant_id] = item
    terms = [sorted(each) for each in wanted.values()]
    titles = words_of([item.prepared.article.title for item in items.values()], terms)
    texts = [item.prepared.reading for item in items.values()]  # of which the tokens are known
    found = (words_between(text.tokens, text.first, text.after, each) for text, each in zip(texts, terms, strict=True))
    return {variant_id: text | title for variant_id, text, title in zip(items, found, titles, strict=True)}


def write_rejections(db: Connection, run_id: int, rejections: Sequence[Rejection], *, cleaner: str) -> None:
    """Write one row for each document that did not make it, however often it is met."""
    times = Counter(rejection_key(item.source, item.url) for item in rejections)
    keyed = {rejection_key(item.source, item.url): item for item in rejections}
    seen = select(_REJECTION.c.url_key)
    present = set(db.scalars(seen.where(among(db, _REJECTION.c.url_key, keyed)))) if keyed else set()
    rows, again = [], []
    for key, item in keyed.items():
        detail = storable(item.detail[:_DETAIL_CHARS])
        if key in present:
            again.append(
                {
                    "key": key,
                    "new_raw_key": item.raw_key,
                    "new_run": run_id,
                    "new_outcome": item.outcome.value,
                    "new_detail": detail,
                    "new_bytes": item.body_bytes,
                    "new_cleaner": cleaner,
                    "new_last": item.at,
                    "times": times[key],
                }
            )
        else:
            said = (storable(item.source), storable(item.url), item.outcome.value, detail)
            place = (key, item.raw_key, run_id, *said)
            rows.append((*place, item.body_bytes, cleaner, times[key], item.at, item.at))
    insert_rows(db, tables.Rejection, rows)
    if again:
        values = {
            "raw_key": bindparam("new_raw_key"),
            "run_id": bindparam("new_run"),
            "outcome": bindparam("new_outcome"),
            "detail": bindparam("new_detail"),
            "body_bytes": bindparam("new_bytes"),
            "cleaner": bindparam("new_cleaner"),
            "last_at": bindparam("new_last"),
            "attempts": _REJECTION.c.attempts + bindparam("times"),
        }
        db.execute(update(_REJECTION).where(_REJECTION.c.url_key == bindparam("key")).values(values), again)
