"""Options that several commands have: texts and flags only, see QuickCommand."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from query.export import Form

Db = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="sqlite:///PATH or postgresql://HOST/NAME; else NEWSFOLD_DATABASE_URL."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print each as a line of JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def form_of(*, as_json: bool, as_jsonl: bool, as_csv: bool) -> "Form | None":
    """Give the form that the flags ask for; None for a table.

    Raises BadParameter when they ask for more than one.
    """
    if as_json + as_jsonl + as_csv > 1:
        raise typer.BadParameter("give one of --json, --jsonl and --csv")
    if as_json:
        return "json"
    if as_jsonl:
        return "jsonl"
    return "csv" if as_csv else None
