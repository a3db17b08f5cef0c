"""Corrections and suggestions for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from query.layout import Grid, show_grid, show_line
from query.terminal.since import span
from storage.views import JudgementView, SuggestionView

if TYPE_CHECKING:
    from storage.edits import Edited  # which needs all of storage

_TERMS = 6  # shown of a suggestion


def show_edited(done: "Edited") -> None:
    """Print what came of a correction: the judgement, and the stories that it is about as they are now."""
    which = f"judgement {done.judgement}: " if done.judgement is not None else ""
    stories = f"stor{'y' if len(done.stories) == 1 else 'ies'} {', '.join(map(str, done.stories))}"
    show_line(f"{which}{done.said}", f"  now {stories}" if done.stories else "")


def show_review(found: Sequence[SuggestionView]) -> None:
    """Print each pair in three lines: how near it is, and the two stories with the variants that were compared."""
    for view in found:
        apart = f", {span(abs(view.hours) * 3600)} apart" if view.hours is not None else ""
        shared = f", shared: {', '.join(view.terms[:_TERMS])}" if view.terms else ""
        put_off = ", put off" if view.is_later else ""
        show_line(f"same {view.variant_a} {view.variant_b}?", f"  score {view.score:.2f}{apart}{shared}{put_off}")
        table = Grid("", ">", "", "", "", has_head=False)
        one = (f"story {view.story_a}", view.size_a, view.published_a, view.source_a, view.title_a)
        other = (f"story {view.story_b}", view.size_b, view.published_b, view.source_b, view.title_b)
        for story, size, published, source, title in (one, other):
            table.row(story, f"{size} variant{'' if size == 1 else 's'}", _time(published), source, title)
        show_grid(table, indent=2)


def show_judgements(found: Sequence[JudgementView]) -> None:
    """Print one line for each judgement."""
    table = Grid("judgement>", "when (UTC)", "who", "said", "undone by>", "note")
    for view in found:
        undone = "" if view.undone_by is None else str(view.undone_by)
        table.row(str(view.id), _time(view.at), view.actor, view.said, undone, view.note)
    show_grid(table)


def _time(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else ""
