"""What a comparison found, for a terminal and for a program."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from flows.looking.comparing import Compared
from ingest.cluster.comparison import EventFinding, Finding, TextFinding
from ingest.cluster.decide import Relation
from ingest.safe import visible
from storage.asking.comparing import Comparison, Side

_SHOWN = 4  # passages
_QUOTED_CHARS = 240
_SAYS = {
    Relation.COPY: "copy: the same text",
    Relation.EXCERPT: "excerpt: nearly all of one stands in the other",
    Relation.COVERAGE: "coverage: the same event in other words",
    Relation.SUGGESTED: "suggested: perhaps the same event, a person is asked",
    Relation.EARLIER: "earlier: one affair, told so far apart that each is a story of its own",
}


def as_text(found: Compared) -> str:
    """Give the comparison as lines to read; the first one is the verdict."""
    comparison = found.comparison
    parts = [
        [verdict(comparison.finding)],
        [*_side("A", comparison.one), *_side("B", comparison.other), *_stored(comparison)],
        [*_texts(comparison.finding.text)],
        [*_events(comparison), _rarity(found)],
    ]
    return "\n\n".join("\n".join(map(visible, part)) for part in parts)


def as_json(found: Compared) -> str:
    """Give the comparison as one JSON document."""
    document = {"verdict": verdict(found.comparison.finding)} | asdict(found.comparison)
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain)


def verdict(finding: Finding) -> str:
    """Give in one line what two articles are to one another, and why."""
    text, event = finding.text, finding.event
    if finding.never:
        return f"apart: {finding.never}"
    if finding.relation in (Relation.COPY, Relation.EXCERPT):
        return f"{_SAYS[finding.relation]}, {text.aligned[0]:.0%} of the shorter runs beside the other"
    if finding.relation is not None:
        return f"{_SAYS[finding.relation]}, score {event.score:.2f} (joins from {event.join:.2f})"
    missed = next(hurdle for hurdle in text.hurdles if not hurdle.is_met)
    why = missed.note if missed.is_most else f"{missed.value:.2f} {missed.what} ({missed.bound:.2f} makes a copy)"
    return f"apart: {why}; one event with score {event.score:.2f} (suggested from {event.suggest:.2f})"


def _side(name: str, side: Side) -> Iterator[str]:
    stored = f"variant {side.variant_id} of story {side.story_id}" if side.variant_id else "not stored"
    at = f"{side.published_at:%Y-%m-%d %H:%M} UTC" if side.published_at else "no date"
    yield f"{name}  {side.title or '(no title)'}"
    yield f"   {stored}, {side.source}, {at}, {side.language or 'unknown language'}, {side.url}"


def _stored(comparison: Comparison) -> Iterator[str]:
    one, other, link = comparison.one, comparison.other, comparison.link
    if one.story_id is None or other.story_id is None:
        return
    together = "in one story" if one.story_id == other.story_id else "in different stories"
    yield f"stored {together}, " + (
        f"tied as {link.relation} with score {link.score:.2f} ({link.scheme})" if link else "not tied to one another"
    )


def _texts(text: TextFinding) -> Iterator[str]:
    shorter, longer = text.aligned
    yield (
        f"as texts: {text.relation.value if text.relation else 'no copies'}; {text.tokens[0]:,} and {text.tokens[1]:,} "
        f"tokens, {shorter:.2f} of the shorter and {longer:.2f} of the longer side by side, Jaccard {text.jaccard:.2f}"
    )
    rows = [
        (
            "yes" if hurdle.is_met else "NO",
            hurdle.what,
            _figure(hurdle.value),
            f"{'at most' if hurdle.is_most else 'at least'} {_figure(hurdle.bound)}",
            f"missed by {_figure(hurdle.missed_by)}" if not hurdle.is_met else "",
            hurdle.note,
        )
        for hurdle in text.hurdles
    ]
    yield from _table(rows)
    yield f"  what differs beside shared words: {text.numbers} numbers, {text.names} names, {text.words} other words"
    for each in text.replaced[:_SHOWN]:
        yield f"    {' '.join(each.one)}  against  {' '.join(each.other)}"
    yield f"  shared passages: {len(text.passages)}"
    for quote in text.passages[:_SHOWN]:
        yield f'    A "{_cut(quote.one)}"  ({quote.tokens} tokens)'
        if quote.other != quote.one:
            yield f'    B "{_cut(quote.other)}"'


def _events(comparison: Comparison) -> Iterator[str]:
    event = comparison.finding.event
    yield (
        f"as reports of one event: score {event.score:.2f}, "
        f"joins from {event.join:.2f}, suggested from {event.suggest:.2f}"
    )
    rows = [("feature", "value", "gave")]
    rows += [
        (name.replace("_", " "), f"{event.features[name]:.2f}" if name in event.features else "", f"{gave + 0.0:+.2f}")
        for name, gave in sorted(event.gave.items(), key=lambda item: -abs(item[1]))
    ]
    yield from _table([*rows, ("sum", "", f"{event.log_odds:+.2f}")])
    yield from _missing(comparison, event)
    for name, words in (
        ("shared rare terms", event.terms),
        ("names among them", event.names),
        ("numbers among them", event.numbers),
        ("only in A", event.only_one),
        ("only in B", event.only_other),
    ):
        yield f"  {name}: {', '.join(words) or 'none'}"
    yield f"  {event.hours:.0f} h apart" if event.hours is not None else "  time between: not known"


def _missing(comparison: Comparison, event: EventFinding) -> Iterator[str]:
    if event.is_foreign:
        yield "  in different languages: the score is held down, so that at most a person is asked"
    elif event.join_missed_by:
        yield f"  missing to join: {event.join_missed_by:.2f} in the sum"
    if event.suggest_missed_by:
        yield f"  missing to be suggested: {event.suggest_missed_by:.2f} in the sum"
    if (story := comparison.story) is not None:
        short = f"{event.join - story.mean:.2f} too little to join" if story.mean < event.join else "enough to join"
        yield f"  A and story {story.story_id} as a whole: mean {story.mean:.2f} over {story.members} texts, {short}"


def _rarity(found: Compared) -> str:
    if found.background:
        return f"  rarity of words: the shipped background ({found.background})"
    return f"  rarity of words: from the {found.comparison.variants:,} variants of the database"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value > 1 else f"{value:.2f}"


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTED_CHARS else f"{text[: _QUOTED_CHARS - 1].rstrip()}…"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"no JSON for {type(value).__name__}")
