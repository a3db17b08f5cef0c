"""Pages of stories, what these have in common, and when they were published, printed in the form asked for."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from query import export, feeds, news_items, tables
from query.answer import show
from query.layout import Grid, show_grid
from query.terminal.saying import say
from storage.asking import (
    COUNTED,
    MATCHES,
    Bucket,
    Question,
    changed_at,
    count_facets,
    export_stories,
    find_stories,
    timeline,
)
from storage.queries import list_variants, standing
from storage.reading import Reader
from storage.views import StorySummary

if TYPE_CHECKING:
    from query.export import Form
    from storage.asking.question import Step

EXPORTS = ("jsonl", "json", "parquet", "atom", "jsonfeed", "ninjs", "newsarticle")
FEED_STORIES = 100

_FEED_TITLE = "newsfold"
_BAR_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetLine:
    """A value that stories have in a facet, and how many of them."""

    facet: str
    value: str
    count: int
    is_exact: bool  # no: of those that changed last


def show_page(
    reader: Reader, asked: Question, *, limit: int, cursor: str | None, variants: bool, form: "Form | None"
) -> None:
    """Print a page of the stories asked for, and say how to go on."""
    page = find_stories(reader, asked, limit=limit, cursor=cursor)
    if not page.is_whole:
        say(
            f"more than {MATCHES:,} variants hold the text: these are stories of the newest; "
            "newsfold export has them all"
        )
    if not variants or not page.stories:
        show(page.stories, StorySummary, form=form, table=tables.show_stories)
    else:
        inside = list_variants(reader, [story.id for story in page.stories])
        pairs = [(story, inside[story.id]) for story in page.stories]
        if form is None:
            tables.show_stories_with_variants(pairs)
        else:
            export.write_with_variants(sys.stdout.buffer, pairs, form=form)
    if page.next_cursor is not None:
        say(f"there are more: a larger --limit shows them, or --cursor {page.next_cursor}")


def write_export(reader: Reader, asked: Question, *, form: str, base: str | None, now: datetime) -> None:
    """Write the stories asked for with their variants, in one of the EXPORTS.

    A feed has the FEED_STORIES that changed last, and tells of as many withdrawn ones.
    """
    out = sys.stdout.buffer
    stories = export_stories(reader, asked)
    match form:
        case "atom":
            out.write(feeds.atom(changed_stories(reader, asked), title=_FEED_TITLE, base=base, now=now))
        case "jsonfeed":
            export.write_document(out, feeds.json_feed(changed_stories(reader, asked), title=_FEED_TITLE, base=base))
        case "parquet":
            export.write_variants_parquet(out, stories)
        case "ninjs":
            export.write_lines(out, (news_items.ninjs(*told, base=base) for told in stories))
        case "newsarticle":
            export.write_lines(out, (news_items.news_article(*told, base=base) for told in stories))
        case _:
            export.write(out, (export.exported(*told) for told in stories), form="json" if form == "json" else "jsonl")


def changed_stories(reader: Reader, asked: Question) -> Iterator[feeds.Told]:
    """Give the stories that changed last, and of the withdrawn ones as many."""
    states = [asked.state] if asked.state else [None, "withdrawn"]
    for state in states:
        question = replace(asked, state=state, order="changed")
        stories = find_stories(reader, question, limit=FEED_STORIES).stories
        variants = list_variants(reader, [story.id for story in stories])
        changed = changed_at(reader, stories)
        for story in stories:
            standing_ones = standing(variants[story.id])
            yield feeds.Told(story=story, variants=standing_ones, changed_at=changed[story.id])


def show_facets(reader: Reader, asked: Question, *, most: int, now: datetime, form: "Form | None") -> None:
    """Print what the stories asked for have in common."""
    found = count_facets(reader, asked, most=most, now=now)
    lines = [
        FacetLine(facet=name, value=value.value, count=value.count, is_exact=value.is_exact)
        for name, values in found.items()
        for value in values
    ]
    show(lines, FacetLine, form=form, table=_facets)
    if lines and not lines[0].is_exact:
        say(f"counted are the {COUNTED:,} stories that changed last")


def show_timeline(reader: Reader, asked: Question, *, step: "Step", form: "Form | None") -> None:
    """Print when the variants of the stories asked for were published."""
    show(timeline(reader, asked, step=step), Bucket, form=form, table=_timeline)


def _facets(lines: Sequence[FacetLine]) -> None:
    grid = Grid("facet", "count>", "value")
    for line in lines:
        value = f"{line.value} or more" if line.facet == "independent" else line.value
        grid.row(line.facet, str(line.count), value)
    show_grid(grid)


def _timeline(buckets: Sequence[Bucket]) -> None:
    grid = Grid("from (UTC)", "variants>", "")
    most = max(bucket.variants for bucket in buckets)
    for bucket in buckets:
        bar = "=" * max(1, _BAR_CHARS * bucket.variants // most)
        grid.row(f"{bucket.at:%Y-%m-%d %H:%M}", str(bucket.variants), bar)
    show_grid(grid)
