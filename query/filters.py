"""The options that say which stories: texts and flags only, see QuickCommand."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from query.answer import complaining
from query.terminal.quick import one_of, whole_number
from query.terminal.saying import say

if TYPE_CHECKING:
    from storage.asking import Question

Text = Annotated[
    str | None,
    typer.Option("--text", metavar="QUERY", help='Words, "phrases", prefix*, AND, OR, NOT, (...), title:word.'),
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Last seen since: 24h, 7d, 2026-05-20.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Last seen before.")]
SeenSince = Annotated[str | None, typer.Option("--seen-since", metavar="TIME", help="First seen since.")]
SeenUntil = Annotated[str | None, typer.Option("--seen-until", metavar="TIME", help="First seen before.")]
PublishedSince = Annotated[str | None, typer.Option("--published-since", metavar="TIME", help="First published since.")]
PublishedUntil = Annotated[
    str | None, typer.Option("--published-until", metavar="TIME", help="First published before.")
]
Source = Annotated[str | None, typer.Option("--source", metavar="KEY", help="With a variant of this source.")]
Publisher = Annotated[str | None, typer.Option("--publisher", metavar="NAME", help="With a variant of this owner's.")]
Language = Annotated[str | None, typer.Option("--language", metavar="TAG", help="With a variant in it: en, pt-BR.")]
Country = Annotated[
    str | None,
    typer.Option("--country", metavar="CODE", help="With an outlet of it: as sources.toml says, or the language's."),
]
MinVariants = Annotated[str | None, typer.Option("--min-variants", metavar="N", help="With at least so many variants.")]
Independent = Annotated[
    str | None, typer.Option("--independent", metavar="N", help="With at least so many independent voices.")
]
Kind = Annotated[str | None, typer.Option("--kind", metavar="KIND", help="single, reprinted or covered.")]
State = Annotated[
    str | None, typer.Option("--state", metavar="STATE", help="corrected, suggested, reviewed or withdrawn.")
]
Run = Annotated[str | None, typer.Option("--run", metavar="N", help="Made or changed by this run.")]
Happened = Annotated[
    str | None,
    typer.Option("--outcome", metavar="OUTCOME", help="And by what: new_story, variant, revised or recleaned."),
]
Order = Annotated[
    str | None,
    typer.Option(
        "--order",
        metavar="ORDER",
        help="changed (by last seen), newest (by first seen), independent (by voices); best: with --text.",
    ),
]


def question_of(order: str | None = None, **said: str | None) -> "Question":
    """Give the question that the options ask; the names in `said` are theirs.

    Raises BadParameter, which names the option.
    """
    from storage.asking import KINDS, ORDERS, STATES, Question
    from storage.happened import HAPPENED

    now = datetime.now(UTC)
    if said["outcome"] is not None and said["run"] is None:
        raise typer.BadParameter("--outcome: say of which run, with --run")
    if order == "best" and said["text"] is None:
        raise typer.BadParameter("--order best: say what is looked for, with --text")
    return Question(
        text=said["text"],
        changed_since=_time("--since", said["since"], now),
        changed_until=_time("--until", said["until"], now),
        seen_since=_time("--seen-since", said["seen_since"], now),
        seen_until=_time("--seen-until", said["seen_until"], now),
        published_since=_time("--published-since", said["published_since"], now),
        published_until=_time("--published-until", said["published_until"], now),
        outlet=said["source"],
        publisher=said["publisher"],
        language=said["language"],
        country=said["country"],
        least_variants=whole_number("--min-variants", said["min_variants"]),
        least_independent=whole_number("--independent", said["independent"]),
        kind=one_of("--kind", said["kind"], KINDS),
        state=one_of("--state", said["state"], STATES),
        run=whole_number("--run", said["run"]),
        outcome=one_of("--outcome", said["outcome"], tuple(HAPPENED)),
        order=one_of("--order", order, ORDERS) or ("best" if said["text"] else "changed"),
    )


def look_up(text: str, db: str | None) -> None:
    """Let search know what waits, and say what of a text is not looked for."""
    from storage.asking.search import catch_up_quickly
    from storage.asking.terms import QUERY_WORDS, parse_query
    from storage.reading import database_url

    asked = parse_query(text)
    if not asked.terms:
        say("there is no word to search for")
    if asked.is_cut:
        say(f"only the first {QUERY_WORDS} words are searched for")
    with complaining():
        waiting = catch_up_quickly(database_url(db))
    if waiting:
        say(f"{waiting} variants cannot be found yet: the next run lets search know them")


def _time(name: str, text: str | None, now: datetime) -> datetime | None:
    from query.terminal.since import parse_since

    try:
        return parse_since(text, now) if text is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"{name}: {error}") from None
