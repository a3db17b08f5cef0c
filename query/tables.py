"""Answers for people: tables and blocks, in colour on a terminal, plain and uncut in a pipe."""

import sys
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from query.reasons import evidence_words, losers
from query.safe import visible
from storage.views import RejectionView, RunView, SearchHit, StoryDetail, StorySummary, VariantView

PIPE_CHARS = 100_000  # as wide as a line in a pipe may be: nothing is wrapped
WIDE = 120  # from this width on, an address stands beside its title
TITLE_CHARS = 72  # of a title with an address beside it
_STATES = {"done": "green", "partly": "yellow", "failed": "red", "lost": "magenta", "running": "cyan"}


def show_stories(stories: Sequence[StorySummary]) -> None:
    """Print one line for each story."""
    table = _table("id>", "last seen (UTC)", "kind", "variants>", "sources", "title")
    for story in stories:
        others = f" +{len(story.sources) - 1}" if len(story.sources) > 1 else ""
        seen, size = _time(story.last_seen_at), str(story.size)
        _row(table, str(story.id), seen, story.kind, size, story.sources[0] + others, story.title)
    _print(table)


def show_stories_with_variants(stories: Sequence[tuple[StorySummary, Sequence[VariantView]]]) -> None:
    """Print each story with its variants indented below."""
    sources = max((len(source) for story, _ in stories for source in story.sources), default=0)
    for story, variants in stories:
        _line(f"story {story.id}", f"  {_kind(story.kind, variants)}, {_span(story)}")
        _print(_variants(variants, source_chars=sources), indent=2)


def show_story(story: StoryDetail, *, text: bool, removed: bool) -> None:
    """Print all of one story: its variants, why they are together, and why one of them speaks for it."""
    _line(f"story {story.id}: {visible(story.title)}")
    _line("", f"{_kind(story.kind, story.variants)}, {_span(story)}")
    _line("\nvariants")
    _print(_variants(story.variants, details=True), indent=2)
    if story.links:
        _line("\nwhy together")
        _print(_links(story), indent=2)
    _line("\nwhy canonical")
    _print(_why(story), indent=2)
    _line("\nhistory (UTC)")
    _print(_history(story), indent=2)
    if removed:
        _show_removed(story)
    if text:
        _show_texts(story)


def show_hits(hits: Sequence[SearchHit]) -> None:
    """Print each variant found, with the passage that matches."""
    for hit in hits:
        published = f", {_time(hit.published_at)} UTC" if hit.published_at else ""
        _line(visible(hit.title) or "(no title)", f"  story {hit.story_id}, {visible(hit.source)}{published}")
        _line("", f"  {visible(hit.snippet)}", style="")
        _line("", f"  {visible(hit.url)}")


def show_runs(runs: Sequence[RunView]) -> None:
    """Print one line for each run, and a second for why it failed."""
    table = _table("id>", "flow", "state", "started (UTC)", "took>", "met>", "outcomes", "what")
    for run in runs:
        took = f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else ""
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in run.outcomes.items())
        met = "" if run.met is None else str(run.met)
        state = Text(run.state, style=_STATES[run.state])
        _row(table, str(run.id), run.flow, state, _time(run.started_at), took, met, outcomes, run.what)
        if run.error:
            _row(table, "", "", "", "", "", "", "", run.error)
    _print(table)


def show_rejections(rejections: Sequence[RejectionView]) -> None:
    """Print one line for each document that did not make it."""
    table = _table("run>", "outcome", "last met (UTC)", "times>", "source", "url", "detail")
    for found in rejections:
        last, times = _time(found.last_at), str(found.attempts)
        _row(table, str(found.run_id), found.outcome, last, times, found.source, found.url, found.detail)
    _print(table)


def _variants(variants: Sequence[VariantView], *, source_chars: int = 0, details: bool = False) -> Table:
    wide = _console().width >= WIDE
    heads = ["relation", "similarity" if details else "", "source", "title"] + (["url"] if wide else [])
    if details:
        heads = ["variant>", *heads[:3], "published (UTC)", *heads[3:]]
    table = _table(*heads, has_head=details)
    for column, chars in zip(
        table.columns[int(details) :], (len("canonical"), len("1.00"), source_chars), strict=False
    ):
        column.min_width = chars  # the same in every story of a listing
    for variant in variants:
        similarity = "" if variant.similarity is None else f"{variant.similarity:.2f}"
        cells = [_relation(variant, details=details), similarity, variant.source]
        if details:
            cells = [str(variant.id), *cells, _time(variant.published_at) if variant.published_at else ""]
        title = Text(visible(variant.title), style="bold" if variant.is_canonical else "")
        if wide:
            title.truncate(TITLE_CHARS, overflow="ellipsis")
            _row(table, *cells, title, variant.url)
        else:
            _row(table, *cells, title)
            _row(table, *[""] * len(cells), Text(visible(variant.url), style="dim"))
    return table


def _relation(variant: VariantView, *, details: bool) -> str:
    is_copy = variant.copy_of is not None and not variant.is_canonical
    return f"{variant.relation} of {variant.copy_of}" if details and is_copy else variant.relation


def _links(story: StoryDetail) -> Table:
    table = _table(">", "", "", "", has_head=False)
    inside = {variant.id for variant in story.variants}
    for link in story.links:
        pair = f"{link.variant_a} and {link.variant_b}"
        held_apart = "" if {link.variant_a, link.variant_b} <= inside else ["held apart"]
        reasons = "; ".join([*held_apart, *evidence_words(link.evidence)])
        _row(table, pair, link.relation, f"{link.score:.2f}", reasons)
    return table


def _why(story: StoryDetail) -> Table:
    sources = {variant.id: variant.source for variant in story.variants}
    table = _table(">", "", has_head=False)
    _row(table, str(story.variants[0].id), str(story.canonical_why.get("rule", "")))
    for variant, rule in losers(story.canonical_why):
        _row(table, f"not {variant}", f"{rule} ({sources[variant]})" if variant in sources else rule)
    return table


def _history(story: StoryDetail) -> Table:
    table = _table("", "", "", "", has_head=False)
    for change in story.changes:
        _row(table, _time(change.at), change.kind, change.actor, change.detail)
    return table


def _show_removed(story: StoryDetail) -> None:
    _line("\nremoved lines")
    table = _table("variant>", "rule", "line")
    for removed in story.removed:
        _row(table, str(removed.variant_id), removed.rule, removed.line)
    _print(table)


def _show_texts(story: StoryDetail) -> None:
    for variant in story.variants:
        _line(f"\ntext of variant {variant.id}, {visible(variant.source)}")
        for paragraph in variant.text.split("\n"):
            _line("", visible(paragraph), style="")


def _kind(kind: str, variants: Sequence[VariantView]) -> str:
    if len(variants) == 1:
        return kind
    sources = len({variant.source for variant in variants})
    return f"{kind}, {len(variants)} variants from {sources} source{'s' if sources > 1 else ''}"


def _span(story: StorySummary | StoryDetail) -> str:
    first, last = _time(story.first_seen_at), _time(story.last_seen_at)
    return f"seen {first} UTC" if first == last else f"seen {first} to {last} UTC"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _console() -> Console:
    width = None if sys.stdout.isatty() else PIPE_CHARS
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def _table(*heads: str, has_head: bool = True) -> Table:
    """Make a table without lines; a head that ends in ">" is of numbers. Only the last column is ever wrapped."""
    table = Table(box=None, show_header=has_head, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for place, head in enumerate(heads, start=1):
        justify: JustifyMethod = "right" if head.endswith(">") else "left"
        table.add_column(head.removesuffix(">"), justify=justify, no_wrap=place < len(heads), overflow="fold")
    return table


def _row(table: Table, *cells: str | Text) -> None:
    table.add_row(*(Text(visible(cell)) if isinstance(cell, str) else cell for cell in cells))


def _print(table: Table, *, indent: int = 0) -> None:
    console = _console()
    if console.is_terminal:
        console.print(Padding(table, (0, 0, 0, indent)))
        return
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        sys.stdout.write(f"{' ' * indent}{line}".rstrip() + "\n")


def _line(strong: str, rest: str = "", *, style: str = "dim") -> None:
    _console().print(Text.assemble((strong, "bold"), (rest, style)), soft_wrap=True)
