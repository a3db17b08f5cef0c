"""How a command answers: data on stdout, everything else on stderr, one line and an exit code for what goes wrong.

Imports nothing heavy: every command imports this module.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

from query.terminal.saying import ending_well, give_up, say

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from query.export import Form
    from storage.cursors import Page
    from storage.database import Engine
    from storage.reading import Reader

    View = TypeVar("View", bound=DataclassInstance)


@contextmanager
def answering(db: str | None) -> "Iterator[Reader]":
    """Open the database named, or the usual one, for one answer on stdout."""
    from storage.reading import database_url, reading

    with complaining(), reading(database_url(db)) as reader:
        yield reader


@contextmanager
def changing(db: str | None) -> "Iterator[Engine]":
    """Open the database named, or the usual one, to write in it; it is there, and of this release's schema."""
    from storage.database import opened
    from storage.reading import database_url

    with complaining(), opened(database_url(db)) as engine:
        yield engine


@contextmanager
def complaining() -> Iterator[None]:
    """Turn what a person can mend into one line and an exit code."""
    from storage.reading import DatabaseProblem

    try:
        with ending_well():
            yield
    except DatabaseProblem as problem:
        give_up(str(problem))


def expect_parquet() -> None:
    """Raise Exit after one line where Parquet cannot be written, or would be written to a terminal."""
    from query.parquet import MISSING, is_installed

    problem = "" if is_installed() else MISSING
    if sys.stdout.isatty():
        problem = problem or "Parquet is nothing to read: send it to a file, as in > stories.parquet"
    if problem:
        give_up(problem)


def show(
    found: "Sequence[View]", view: "type[View]", *, form: "Form | None", table: "Callable[[Sequence[View]], None]"
) -> None:
    """Print a listing in the form asked for, else as a table."""
    if form is not None:
        from query.export import write_views

        write_views(sys.stdout.buffer, found, view, form=form)
    elif found:
        table(found)
    else:
        say("nothing found")


def show_page(
    page: "Page[View]", view: "type[View]", *, form: "Form | None", table: "Callable[[Sequence[View]], None]"
) -> None:
    """Print a page of a listing as show() does, and say how to go on."""
    show(page.items, view, form=form, table=table)
    if page.next_cursor is not None:
        say(f"there are more: a larger --limit shows them, or --cursor {page.next_cursor}")


def show_lines(lines: Sequence[str], *, as_json: bool) -> None:
    """Print lines, or the list of them as JSON."""
    from ingest.safe import visible
    from query.export import write_document

    if as_json:
        write_document(sys.stdout.buffer, lines)
        return
    for line in lines:
        typer.echo(visible(line))
