"""Options that several commands have: texts and flags only, see QuickCommand."""

from typing import TYPE_CHECKING, Annotated

import typer

from query.answer import expect_parquet

if TYPE_CHECKING:
    from query.export import Form

Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print each as a line of JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Cursor = Annotated[str | None, typer.Option("--cursor", metavar="CURSOR", help="Go on where a page ended.")]
Parquet = Annotated[bool, typer.Option("--parquet", help="Write Parquet; needs the extra newsfold[parquet].")]


def form_of(*, as_json: bool, as_jsonl: bool, as_csv: bool, as_parquet: bool) -> "Form | None":
    """Give the form that the flags ask for; None for a table.

    Raises BadParameter when they ask for more than one, and Exit where Parquet cannot be written.
    """
    if as_json + as_jsonl + as_csv + as_parquet > 1:
        raise typer.BadParameter("give one of --json, --jsonl, --csv and --parquet")
    if as_parquet:
        expect_parquet()
        return "parquet"
    if as_json:
        return "json"
    if as_jsonl:
        return "jsonl"
    return "csv" if as_csv else None
