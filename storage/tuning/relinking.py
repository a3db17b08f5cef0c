"""Links that other thresholds decide otherwise: what they were stays in their evidence, so that it can be again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from ingest.cluster.coverage import PairScore
from ingest.cluster.decide import Relation
from ingest.cluster.explain import contributions
from ingest.cluster.profile import words_of
from ingest.cluster.replay import Kept, Thresholds
from ingest.cluster.weights import MODEL
from storage import tables
from storage.rows import among
from storage.tables import core
from storage.tuning.rescoring import Scorer

_LINK, _VARIANT = core(tables.Link), core(tables.Variant)
_TEXTS = (Relation.COPY, Relation.EXCERPT)

Evidence = dict[str, Any]  # Any: JSON, as storage/stories/writes.py writes it, and what is added here
_Ends = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A link, and whether it ties from now on; `is_text`: by a shared text."""

    link: Kept
    ties: bool
    is_text: bool

    @property
    def was_text(self) -> bool:
        """Whether it tied by a shared text."""
        return self.link.relation in _TEXTS


def tying(links: Iterable[Kept], clusters: Iterable[frozenset[int]], then: Thresholds, now: Thresholds) -> set[_Ends]:
    """Give the links that tie under other thresholds; suggestions where their variants are together then."""
    place = {variant: number for number, cluster in enumerate(clusters) for variant in cluster}
    return {
        (link.one, link.other)
        for link in links
        if link.joins(then, now)
        and (link.fell or not link.is_apart or place.get(link.one, -1) == place.get(link.other, -2))
    }


def decide_anew(links: Iterable[Kept], ties: Collection[_Ends], then: Thresholds, now: Thresholds) -> list[Pair]:
    """Give the links that are something else under these thresholds."""
    found = []
    for link in links:
        does_tie = (link.one, link.other) in ties
        is_text = does_tie and link.is_copy_under(then, now)
        if does_tie == link.is_apart or is_text != (link.relation in _TEXTS):
            found.append(Pair(link=link, ties=does_tie, is_text=is_text))
    return found


def write_anew(db: Connection, pairs: Sequence[Pair], score: Scorer) -> None:
    """Write what these links are from now on."""
    ends = {(pair.link.one, pair.link.other): pair for pair in pairs}
    scored = [key for key, pair in ends.items() if pair.was_text and pair.ties and not pair.is_text]
    events = dict(zip(scored, score(scored), strict=True))
    words = _words(db, events)
    chosen = among(db, _LINK.c.variant_a, {one for one, _ in ends})
    for row in db.execute(select(_LINK).where(chosen)).all():
        key = (row.variant_a, row.variant_b)
        if key not in ends:
            continue
        told = {"score": row.score, "scheme": row.scheme, "evidence": orjson.loads(row.evidence)}
        made = _made(ends[key], row.relation, told, events.get(key), words.get(key, []))
        made["evidence"] = orjson.dumps(made["evidence"]).decode()
        here = (_LINK.c.variant_a == key[0]) & (_LINK.c.variant_b == key[1])
        db.execute(update(_LINK).where(here).values(made))


def _made(pair: Pair, relation: str, told: Evidence, event: PairScore | None, words: Sequence[str]) -> Evidence:
    """Give relation, score, scheme and evidence of a link from now on."""
    evidence: Evidence = told["evidence"]
    if event is not None:  # a copy that is coverage
        text = {**told, "relation": relation}
        score = round(event.score, 4)
        return {
            "relation": Relation.COVERAGE.value,
            "score": score,
            "scheme": MODEL,
            "evidence": _event_evidence(event, words) | {"text": text},
        }
    if "text" in evidence and (pair.is_text or not pair.ties):  # coverage that was a copy
        text = evidence["text"]
        relation, told = text["relation"], {"score": text["score"], "scheme": text["scheme"]}
        evidence = text["evidence"]
        if pair.is_text:
            return {**told, "relation": relation, "evidence": evidence}
    if not pair.ties and relation != Relation.COVERAGE:  # a copy that is nothing any more
        return {**told, "relation": Relation.SUGGESTED.value, "evidence": evidence | {"was": relation}}
    was = evidence.pop("was", None)
    if pair.is_text:
        return {**told, "relation": was or Relation.COPY.value, "evidence": evidence}
    if pair.ties and was is None:
        return {**told, "relation": Relation.COVERAGE.value, "evidence": evidence | {"was": relation}}
    if was is None:
        return {**told, "relation": Relation.SUGGESTED.value, "evidence": evidence | {"was": relation}}
    return {**told, "relation": was, "evidence": evidence}


def _event_evidence(event: PairScore, words: Sequence[str]) -> Evidence:
    gave = {name: round(value, 4) for name, value in contributions(event.named).items()}
    return {
        "features": dict(event.named),
        "gave": gave,
        "terms": list(words),
        "hours": event.hours,
        "members": 1,
        "mean": round(event.score, 4),
    }


def _words(db: Connection, events: dict[_Ends, PairScore]) -> dict[_Ends, list[str]]:
    """Give the words behind the shared terms, as the younger variant of each pair has them."""
    columns = select(_VARIANT.c.id, _VARIANT.c.title, _VARIANT.c.text)
    found: dict[_Ends, list[str]] = {}
    for (one, other), event in events.items():
        row = db.execute(columns.where(_VARIANT.c.id == one)).one()
        [known] = words_of([f"{row.title}\n{row.text}"], [sorted(event.terms)])
        found[one, other] = [known[term] for term in event.terms if term in known]
    return found
