"""Answers for people: tables and blocks, in colour on a terminal, plain and uncut in a pipe."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from ingest.safe import visible
from query.layout import Grid, is_wide, show_grid, show_line
from query.reasons import evidence_words, losers
from query.terminal.since import span
from storage.views import RejectionView, RunView, SearchHit, StoryDetail, StorySummary, VariantView, WaitingView

if TYPE_CHECKING:
    from query.sources import SourceLine  # which needs what reads sources.toml
    from query.why import StoryWhy  # which needs NumPy
    from storage.access.tokens import TokenView  # which needs SQLAlchemy
    from storage.hooks.kept import HookView

TITLE_CHARS = 72  # of a title with an address beside it
_STATES = {
    "done": "green",
    "partly": "yellow",
    "failed": "red",
    "silent": "yellow",
    "lost": "magenta",
    "running": "cyan",
}
_STANDINGS = {"well": "green", "failing": "red", "silent": "yellow", "retired": "magenta", "new": "cyan"}


def show_stories(stories: Sequence[StorySummary]) -> None:
    """Print one line for each story."""
    wide = is_wide()
    table = Grid("id>", "last seen (UTC)", "kind", "indep.>", "sources", "title")
    for story in stories:
        others = f" +{len(story.sources) - 1}" if len(story.sources) > 1 else ""
        seen, counts = _time(story.last_seen_at), f"{story.independent} of {story.size}"
        kind = Text.assemble(story.kind, (_states_of(story) if wide else "", "yellow"))
        table.row(str(story.id), seen, kind, counts, story.sources[0] + others, story.title)
    show_grid(table)


def _states_of(story: StorySummary) -> str:
    states = {
        "corrected": story.is_corrected,
        "suggested": story.is_suggested,
        "reviewed": story.is_reviewed,
        "withdrawn": story.is_withdrawn,
    }
    return "".join(f", {name}" for name, holds in states.items() if holds)


def show_stories_with_variants(stories: Sequence[tuple[StorySummary, Sequence[VariantView]]]) -> None:
    """Print each story with its variants indented below."""
    sources = max((len(source) for story, _ in stories for source in story.sources), default=0)
    for story, variants in stories:
        show_line(f"story {story.id}", f"  {_kind(story, variants)}, {_span(story)}")
        show_grid(_variants(variants, source_chars=sources), indent=2)


def show_story(story: StoryDetail, *, text: bool, removed: bool, why: "StoryWhy | None" = None) -> None:
    """Print all of one story: its variants, why they are together, and why one of them speaks for it."""
    show_line(f"story {story.id}: {visible(story.title)}")
    show_line("", f"{_kind(story, story.variants)}, {_span(story)}")
    if story.withdrawn_at is not None:
        show_line(f"withdrawn {_time(story.withdrawn_at)} UTC", style="")
    if story.split_from is not None:
        show_line("", f"parted from story {story.split_from}")
    show_line("\nvariants")
    show_grid(_variants(story.variants, details=True), indent=2)
    if why is not None:
        from query.why_tables import show_why

        show_why(why)
    else:
        _show_reasons(story)
    if len(story.voices) < len(story.variants):
        show_line("\nindependent voices")
        show_grid(_voices(story), indent=2)
    show_line("\nhistory (UTC)")
    show_grid(_history(story), indent=2)
    if removed:
        _show_removed(story)
    if text:
        _show_texts(story)


def _show_reasons(story: StoryDetail) -> None:
    if story.links:
        show_line("\nwhy together")
        show_grid(_links(story), indent=2)
    show_line("\nwhy canonical")
    show_grid(_why(story), indent=2)


def show_hits(hits: Sequence[SearchHit]) -> None:
    """Print each variant found, with the passage that matches."""
    for hit in hits:
        published = f", {_time(hit.published_at)} UTC" if hit.published_at else ""
        show_line(visible(hit.title) or "(no title)", f"  story {hit.story_id}, {visible(hit.source)}{published}")
        show_line("", f"  {visible(hit.snippet)}", style="")
        show_line("", f"  {visible(hit.url)}")


def show_tokens(tokens: "Sequence[TokenView]") -> None:
    """Print one line for each token."""
    table = Grid("id>", "name", "may", "made (UTC)", "revoked (UTC)")
    for token in tokens:
        revoked = _time(token.revoked_at) if token.revoked_at else ""
        table.row(str(token.id), visible(token.name), token.scope, _time(token.made_at), revoked)
    show_grid(table)


def show_hooks(hooks: "Sequence[HookView]") -> None:
    """Print one line for each hook, and a second for why it could not be told."""
    from storage.hooks.kept import EVENTS

    table = Grid("id>", "url", "state", "waiting>", "made (UTC)", "events")
    for hook in hooks:
        state = "paused" if hook.paused_at else f"failing, {hook.failures} times" if hook.failures else "well"
        again = f", again {_time(hook.next_try_at)}" if hook.next_try_at else ""
        events = "all" if len(hook.events) == len(EVENTS) else " ".join(hook.events)
        row = (visible(hook.url), state + again, str(hook.waiting), _time(hook.made_at), events)
        table.row(str(hook.id), *row)
        if hook.last_error:
            table.row("", visible(hook.last_error), "", "", "", "")
    show_grid(table)


def show_runs(runs: Sequence[RunView]) -> None:
    """Print one line for each run, and a second for why it failed, or since when it has given no sign of life."""
    table = Grid("id>", "flow", "state", "started (UTC)", "took>", "met>", "outcomes", "what")
    for run in runs:
        took = f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else ""
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in run.outcomes.items())
        met = "" if run.met is None else str(run.met)
        state = Text(run.state, style=_STATES[run.state])
        table.row(str(run.id), run.flow, state, _time(run.started_at), took, met, outcomes, run.what)
        since = f"no sign of life since {_time(run.seen_at)}" if run.silent_since else None
        if said := run.error or since:
            table.row("", "", "", "", "", "", "", said)
    show_grid(table)


def show_rejections(rejections: Sequence[RejectionView]) -> None:
    """Print one line for each document that did not make it."""
    table = Grid("run>", "outcome", "last met (UTC)", "times>", "source", "url", "detail")
    for found in rejections:
        last, times = _time(found.last_at), str(found.attempts)
        table.row(str(found.run_id), found.outcome, last, times, found.source, found.url, found.detail)
    show_grid(table)


def show_waiting(pages: Sequence[WaitingView], *, now: datetime) -> None:
    """Print one line for each page that waits to be fetched."""
    table = Grid("source", "next try>", "tries>", "last outcome", "waits since (UTC)", "url")
    for page in pages:
        left_s = (page.next_try_at - now).total_seconds()
        due = f"in {span(left_s)}" if left_s > 0 else "now"
        row = (str(page.attempts), page.outcome or "", _time(page.found_at), page.url)
        table.row(page.source, due, *row)
    show_grid(table)


def show_sources(lines: "Sequence[SourceLine]", *, now: datetime) -> None:
    """Print one line for each source; those that are not in the list any more stand apart."""
    listed = [line for line in lines if line.is_listed]
    others = [line for line in lines if not line.is_listed]
    if listed:
        show_grid(_sources(listed, now))
    if others:
        show_line("\nnot in the list of sources any more" if listed else "not in the list of sources any more")
        show_grid(_sources(others, now))


def _sources(lines: "Sequence[SourceLine]", now: datetime) -> Grid:
    wide = is_wide()
    counted = ("typical>", "waiting>", "stored>", "rejected>") if wide else ()
    table = Grid("source", "state", "last success>", "next>", *counted, "last answer")
    for line in lines:
        since = line.retired_at or line.failing_since
        lasts = (now - since).total_seconds() if since else line.silent_s
        state = Text(
            f"{line.standing} {span(lasts)}" if lasts is not None else line.standing, style=_STANDINGS[line.standing]
        )
        success = f"{span((now - line.succeeded_at).total_seconds())} ago" if line.succeeded_at else "never"
        typical = span(line.publishes_every_s) if line.publishes_every_s else ""
        counts = (typical, *(str(count) for count in (line.waiting, line.stored, line.rejected))) if wide else ()
        if line.standing == "new":
            table.row(line.source, state, "", "now" if line.is_listed else "", *[""] * len(counts), "")
        else:
            table.row(line.source, state, success, _next(line, now), *counts, _last_answer(line))
    return table


def _next(line: "SourceLine", now: datetime) -> str:
    if line.retired_at is not None or not line.is_listed:
        return "never"
    left_s = (line.next_due_at - now).total_seconds() if line.next_due_at else 0.0
    return f"in {span(left_s)}" if left_s > 0 else "now"


def _last_answer(line: "SourceLine") -> str:
    if line.failing_since is None:
        return line.detail
    failures = f" (failures: {line.failures:g})" if line.failures > 1 else ""
    return f"{line.outcome}: {line.detail}{failures}"


def _variants(variants: Sequence[VariantView], *, source_chars: int = 0, details: bool = False) -> Grid:
    wide = is_wide()
    heads = ["relation", "similarity" if details else "", "source", "title"] + (["url"] if wide else [])
    if details:
        heads = ["variant>", *heads[:3], "published (UTC)", *heads[3:]]
    table = Grid(*heads, has_head=details)
    table.widen(*([0] if details else []), len("canonical"), len("1.00"), source_chars)
    for variant in variants:
        similarity = "" if variant.similarity is None else f"{variant.similarity:.2f}"
        cells = [_relation(variant, details=details), similarity, variant.source]
        if details:
            cells = [str(variant.id), *cells, _time(variant.published_at) if variant.published_at else ""]
        title = Text(visible(variant.title), style="bold" if variant.is_canonical else "")
        if wide:
            title.truncate(TITLE_CHARS, overflow="ellipsis")
        title = Text.assemble(title, (_whence(variant, "  text ") if details else "", "dim"))
        if wide:
            table.row(*cells, title, variant.url)
        else:
            table.row(*cells, title)
            table.row(*[""] * len(cells), Text(visible(variant.url), style="dim"))
    return table


def _whence(variant: VariantView, before: str) -> str:
    """Give what is special about the text, behind `before`: read elsewhere than on its page, or not all of it."""
    said = [f"from the {variant.text_from}"] if variant.text_from != "page" else []
    said += ["cut: the rest is to be paid for"] if variant.is_teaser else []
    said += [f"withdrawn {_time(variant.withdrawn_at)} UTC"] if variant.withdrawn_at else []
    return f"{before}{', '.join(said)}" if said else ""


def _relation(variant: VariantView, *, details: bool) -> str:
    is_copy = variant.copy_of is not None and not variant.is_canonical
    return f"{variant.relation} of {variant.copy_of}" if details and is_copy else variant.relation


def _links(story: StoryDetail) -> Grid:
    table = Grid(">", "", "", "", has_head=False)
    inside = {variant.id for variant in story.variants}
    for link in story.links:
        pair = f"{link.variant_a} and {link.variant_b}"
        held_apart = "" if {link.variant_a, link.variant_b} <= inside else ["held apart"]
        reasons = "; ".join([*held_apart, *evidence_words(link.evidence)])
        table.row(pair, link.relation, f"{link.score:.2f}", reasons)
    return table


def _why(story: StoryDetail) -> Grid:
    sources = {variant.id: variant.source for variant in story.variants}
    table = Grid(">", "", has_head=False)
    table.row(str(story.variants[0].id), str(story.canonical_why.get("rule", "")))
    for variant, rule in losers(story.canonical_why):
        table.row(f"not {variant}", f"{rule} ({sources[variant]})" if variant in sources else rule)
    return table


def _history(story: StoryDetail) -> Grid:
    table = Grid("", "", "", "", has_head=False)
    for change in story.changes:
        table.row(_time(change.at), change.kind, change.actor, change.detail)
    return table


def _show_removed(story: StoryDetail) -> None:
    show_line("\nremoved lines")
    table = Grid("variant>", "rule", "line")
    for removed in story.removed:
        table.row(str(removed.variant_id), removed.rule, removed.line)
    show_grid(table)


def _show_texts(story: StoryDetail) -> None:
    for variant in story.variants:
        show_line(f"\ntext of variant {variant.id}, {visible(variant.source)}{_whence(variant, ', ')}")
        for paragraph in variant.text.split("\n"):
            show_line("", visible(paragraph), style="")


def _kind(story: StorySummary | StoryDetail, variants: Sequence[VariantView]) -> str:
    if len(variants) == 1:
        return story.kind
    sources = len({variant.source for variant in variants})
    counted = f"{story.independent} independent of {len(variants)} variants"
    return f"{story.kind}, {counted} from {sources} source{'s' if sources > 1 else ''}"


def _voices(story: StoryDetail) -> Grid:
    table = Grid("", "", "", has_head=False)
    for voice in story.voices:
        others = [source for source in voice.sources if source != voice.name]
        table.row(voice.name, voice.kind, f"{', '.join(map(str, voice.variants))}  {', '.join(others)}".rstrip())
    return table


def _span(story: StorySummary | StoryDetail) -> str:
    first, last = _time(story.first_seen_at), _time(story.last_seen_at)
    return f"seen {first} UTC" if first == last else f"seen {first} to {last} UTC"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
