"""What other thresholds would change, for people."""

from query.layout import Grid, show_grid, show_line
from storage.tuning.what_if import ChangeView, MetView, StoryTold, WhatIf

_SHOWN = 8  # stories of one side of a change


def show_what_if(found: WhatIf) -> None:
    """Print the counts, how judgements would be met, and the changes that concern most variants."""
    _show_counts(found)
    if found.examples:
        show_line("")
        show_line("changes", f"  {len(found.examples):,} of {found.counts.changes:,}, the biggest first")
    for change in found.examples:
        _show_change(change)


def _show_counts(found: WhatIf) -> None:
    table = Grid("", "now>", "then>", "")
    now, then, counts, links = found.now, found.then, found.counts, found.links
    table.row("copy threshold", f"{now.copy:g}", f"{then.copy:g}", _no_copies(links.copies_lost))
    coverage = ", ".join(filter(None, (_lost(links.coverage_lost), _joined(links.suggestions_joined))))
    table.row("coverage threshold", f"{now.coverage:g}", f"{then.coverage:g}", coverage)
    said = (
        f"{counts.merged:,} would lead to others, {counts.split:,} would be split, "
        f"{counts.canonical:,} would have another canonical variant"
    )
    table.row("stories", f"{found.stories_now:,}", f"{found.stories_then:,}", said if counts.changes else "")
    before, after = found.judgements_now, found.judgements_then
    if before.same or before.not_same:
        table.row("precision of links", _share(before.precision), _share(after.precision), _together(after))
        table.row("recall of links", _share(before.recall), _share(after.recall), _of_same(after))
    show_grid(table)


def _no_copies(count: int) -> str:
    return f"{count:,} link{'' if count == 1 else 's'} would be no copy, and tie as coverage or not" if count else ""


def _lost(count: int) -> str:
    return f"{count:,} link{'' if count == 1 else 's'} would tie no more" if count else ""


def _joined(count: int) -> str:
    return f"{count:,} suggestion{'' if count == 1 else 's'} would tie" if count else ""


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.3f}"


def _together(met: MetView) -> str:
    both = met.same_together + met.not_same_together
    return f"{met.same_together:,} of {both:,} judged pairs that links would put together are the same"


def _of_same(met: MetView) -> str:
    return f"{met.same_together:,} of {met.same:,} pairs that people said are the same"


def _show_change(change: ChangeView) -> None:
    said = [
        *(["merge"] if change.merged else []),
        *(["split"] if change.split else []),
        *(["another canonical variant"] if change.canonical else []),
    ]
    show_line(", ".join(said))
    table = Grid("", "", ">", "", "", has_head=False)
    for side, stories in (("now", change.before), ("then", change.after)):
        for story in sorted(stories, key=_turn)[:_SHOWN]:
            table.row(side, *_cells(story))
        if len(stories) > _SHOWN:
            table.row(side, "...", "", "", f"{len(stories) - _SHOWN:,} more")
    show_grid(table, indent=2)


def _turn(story: StoryTold) -> tuple[bool, int]:
    """Give the turn of a story: those that keep a number first, the biggest of either first."""
    return story.story_id is None, -len(story.variants)


def _cells(story: StoryTold) -> tuple[str, str, str, str]:
    name = "a new story" if story.story_id is None else f"story {story.story_id}"
    count = len(story.variants)
    speaks = f"variant {story.canonical} speaks"
    if story.canonical_rule is not None:
        speaks += f" ({story.canonical_rule})"
    return name, f"{count:,} variant{'' if count == 1 else 's'}", speaks, story.title
