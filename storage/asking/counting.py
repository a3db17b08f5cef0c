"""How many stories a question means, what they have in common, and when they were published."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

import orjson

from storage.asking.finding import ask
from storage.asking.question import COUNTED, Bucket, Count, FacetValue, Question, Step
from storage.cursors import QuestionProblem
from storage.reading import Reader, Row, chunks, utc
from storage.uncollected import uncollected

_AGES = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_INDEPENDENT = (2, 3, 5, 10, 20)  # at least
_CARD = ("c.facets", "c.kind", "c.independent")
_LISTED = ("outlet", "publisher", "country", "state")  # on the card as they are counted
_STEPS = ("hour", "day")


def count_stories(reader: Reader, question: Question) -> Count:
    """Give how many stories are meant: up to COUNTED of them, and of a text those of its newest matches."""
    asked = ask(reader, question, order="changed")
    found = asked.count(reader, limit=COUNTED + 1)
    return Count(value=min(found, COUNTED), is_exact=asked.is_whole and found <= COUNTED)


@uncollected()
def count_facets(
    reader: Reader, question: Question, *, most: int = 10, now: datetime | None = None
) -> dict[str, list[FacetValue]]:
    """Give for each facet the values that most of the stories have, and how many of these do.

    The facets are outlet, publisher, language, country, kind, state, independent (at least so many), and with `now`
    also seen: first seen in the last 24h, 7d, 30d. What is looked at are the COUNTED stories that changed last.
    """
    asked = ask(reader, question, order="changed")
    ages = {f"age_{place}": now - age for place, age in enumerate(_AGES.values())} if now else {}
    young = [f"c.first_seen_at >= :{name}" for name in ages]
    rows = asked.rows(reader, [*_CARD, *young], limit=COUNTED + 1, more=ages)
    is_exact = asked.is_whole and len(rows) <= COUNTED
    counts = _counts(rows[:COUNTED])
    if ages:
        seen = {name: sum(row[len(_CARD) + place] for row in rows[:COUNTED]) for place, name in enumerate(_AGES)}
        counts = {"seen": Counter(seen), **counts}
    return {
        name: [FacetValue(value=value, count=count, is_exact=is_exact) for value, count in _most(name, found, most)]
        for name, found in counts.items()
    }


@uncollected()
def timeline(reader: Reader, question: Question | int, *, step: Step = "day") -> list[Bucket]:
    """Give how many variants were published when, by hour or day of UTC: of a story, or of the stories meant.

    A variant of which nobody said when it was published counts where it was first seen; hours and days without any
    are left out. Of a question, the COUNTED stories that changed last are looked at.
    """
    if step not in _STEPS:
        raise QuestionProblem(f"step: {str(step)[:40]!r} is none of {', '.join(_STEPS)}")
    if isinstance(question, int):
        stories = [question]
    else:
        stories = [row[0] for row in ask(reader, question, order="changed").rows(reader, ["c.story_id"], limit=COUNTED)]
    counts: Counter[datetime] = Counter()
    for chunk in chunks(stories):
        for published_at, origin, first_seen_at in reader.rows(
            "SELECT published_at, published_from, first_seen_at FROM variant WHERE story_id IN :stories", stories=chunk
        ):
            at = utc(published_at if published_at is not None and origin != "guess" else first_seen_at)
            counts[_beginning(at, step)] += 1
    return [Bucket(at=at, variants=counts[at]) for at in sorted(counts)]


def _beginning(at: datetime, step: Step) -> datetime:
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour.replace(hour=0) if step == "day" else hour


def _counts(rows: Sequence[Row]) -> dict[str, Counter[str]]:
    """Count the values of each facet; in as few steps of Python as can be, for the rows are thousands."""
    cards: list[dict[str, list[str]]] = orjson.loads(f"[{','.join(row[0] for row in rows)}]")
    found = {name: Counter(chain.from_iterable(card.get(name, ()) for card in cards)) for name in _LISTED}
    languages: Counter[str] = Counter()
    for tags, times in Counter(tuple(card.get("language", ())) for card in cards).items():
        languages.update(dict.fromkeys({tag.partition("-")[0] for tag in tags}, times))
    voices = Counter(row[2] for row in rows)
    independent = {str(least): sum(times for of, times in voices.items() if of >= least) for least in _INDEPENDENT}
    return {
        "outlet": found["outlet"],
        "publisher": found["publisher"],
        "language": languages,
        "country": found["country"],
        "kind": Counter(row[1] for row in rows),
        "state": found["state"],
        "independent": Counter(independent),
    }


def _most(name: str, values: Mapping[str, int], most: int) -> list[tuple[str, int]]:
    if name in ("seen", "independent"):  # of which one holds the other
        return [(value, count) for value, count in values.items() if count]
    return sorted(values.items(), key=lambda each: (-each[1], each[0]))[:most]
