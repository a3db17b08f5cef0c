"""Answers for programs."""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.parquet import read_table
from typer.testing import CliRunner

from newsfold import app
from query.export import write
from query.parquet import parquet
from tests.query.conftest import Ask, ask_newsfold

RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
LISTINGS = [
    ["stories"],
    ["stories", "--variants"],
    ["search", "furnace"],
    ["runs"],
    ["rejections"],
]


def _written(records: list[dict[str, object]], form: Literal["json", "jsonl", "csv"]) -> bytes:
    out = io.BytesIO()
    write(out, records, form=form, header=["value"])
    return out.getvalue()


def test_an_export_has_all_of_a_story_on_one_line(ask: Ask) -> None:
    """A line is a story with every variant's text, relation and similarity, times in UTC."""
    lines = [json.loads(line) for line in ask("export", "--jsonl").lines]

    assert [line["id"] for line in lines] == [1, 2, 5]
    assert list(lines[0]) == ["id", "title", "first_seen_at", "last_seen_at", "variants"]
    second = lines[0]["variants"][1]
    assert second["text"].endswith("Reporting by our business desk.")
    assert (second["relation"], second["copy_of"], second["similarity"]) == ("copy", 11, 0.97)
    assert (second["is_canonical"], second["language"], second["byline"]) == (False, "en", None)
    assert (second["text_from"], second["media"]) == ("page", [])
    assert (second["published_from"], second["published_on"], second["modified_at"]) == ("meta", None, None)
    assert (second["image"], second["section"], second["publisher"]) == (None, None, None)
    assert RFC_3339_UTC.fullmatch(second["published_at"])
    assert RFC_3339_UTC.fullmatch(lines[0]["last_seen_at"])


def test_an_export_is_one_document_when_asked_for(ask: Ask) -> None:
    """--json gives the same stories in a list."""
    lines = [json.loads(line) for line in ask("export").lines]

    assert json.loads(ask("export", "--json").stdout) == lines


@pytest.mark.parametrize("words", LISTINGS)
def test_the_three_forms_say_the_same(own_url: str, words: list[str]) -> None:
    """A listing has as many entries, of the same fields, as JSON, as JSON lines and as CSV."""
    document = json.loads(ask_newsfold(*words, "--json", url=own_url).stdout)
    lines = [json.loads(line) for line in ask_newsfold(*words, "--jsonl", url=own_url).lines]
    rows = list(csv.DictReader(io.StringIO(ask_newsfold(*words, "--csv", url=own_url).stdout, newline="")))

    assert document == lines
    if "--variants" in words:
        document = [{"story_id": entry["id"]} | found for entry in document for found in entry["variants"]]
    assert [list(row) for row in rows] == [list(entry) for entry in document]
    assert [next(iter(row.values())) for row in rows] == [str(next(iter(entry.values()))) for entry in document]


@pytest.mark.parametrize("words", [*LISTINGS, ["review"], ["judgements"], ["stories", "--facets"], ["token", "list"]])
def test_parquet_says_the_same(own_url: str, words: list[str]) -> None:
    """A listing has the same rows as Parquet, times as times, and what is not plain as JSON."""
    document = json.loads(ask_newsfold(*words, "--json", url=own_url).stdout)
    if "--variants" in words:
        document = [{"story_id": entry["id"]} | found for entry in document for found in entry["variants"]]

    rows = _table(own_url, *words, "--parquet").to_pylist()

    assert [_as_json(row) for row in rows] == document


def test_an_export_is_a_row_for_each_variant(own_url: str) -> None:
    """An export as Parquet has the fields of its JSON, each variant with its story."""
    lines = [json.loads(line) for line in ask_newsfold("export", url=own_url).lines]
    expected = [{"story_id": line["id"]} | variant for line in lines for variant in line["variants"]]

    table = _table(own_url, "export", "--format", "parquet")

    assert [_as_json(row) for row in table.to_pylist()] == expected
    assert str(table.schema.field("published_at").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("media").type) == "list<element: string>"


def test_parquet_is_written_as_rows_come() -> None:
    """What a file of many rows has is given before the last of them is read, and all of it is one file."""
    read: list[int] = []

    def rows() -> Iterator[dict[str, object]]:
        for number in range(12_000):
            read.append(number)
            yield {"id": number, "said": {"a": number}}

    pieces = parquet(rows(), {"id": int, "said": dict[str, int]})
    first = next(pieces)

    assert len(read) == 5_000
    table = read_table(io.BytesIO(first + b"".join(pieces)))
    assert (table.num_rows, table.column("said")[7].as_py()) == (12_000, '{"a":7}')


@pytest.mark.parametrize("words", [["stories", "--parquet"], ["export", "--format", "parquet"]])
def test_without_pyarrow_one_line_names_the_extra(own_url: str, words: list[str]) -> None:
    """Where pyarrow is not installed, Parquet ends with 2 and says what to install; nothing else needs it."""
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from newsfold import main; sys.argv = ['newsfold', *sys.argv[1:]]; main()"
    )

    said = [
        subprocess.run(
            [sys.executable, "-c", program, *given, "--db", own_url], capture_output=True, text=True, check=False
        )
        for given in (words, words[:1])
    ]

    assert [run.returncode for run in said] == [2, 0]
    assert (said[0].stdout, said[0].stderr) == (
        "",
        'newsfold: Parquet needs pyarrow: pip install "newsfold[parquet]"\n',
    )


def _table(url: str, *words: str) -> Any:  # Any: pyarrow has no types
    result = CliRunner(env={"NEWSFOLD_DATABASE_URL": url}).invoke(app, list(words))
    assert result.exit_code == 0
    return read_table(io.BytesIO(result.stdout_bytes))


def _as_json(row: dict[str, object]) -> dict[str, Any]:  # Any: JSON
    found: dict[str, Any] = orjson.loads(orjson.dumps(row, option=orjson.OPT_UTC_Z))
    return {name: orjson.loads(value) if name == "outcomes" else value for name, value in found.items()}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_json_loses_nothing_and_obeys_nothing(text: str) -> None:
    """Any text comes back from JSON as it was, and no control character is written as it is."""
    document, line = _written([{"value": text}], "json"), _written([{"value": text}], "jsonl")

    assert json.loads(document) == [{"value": text}]
    assert orjson.loads(line) == {"value": text}
    assert not [char for char in line.decode().rstrip("\n") if unicodedata.category(char) == "Cc"]


@given(st.text(st.sampled_from("=+-@\t\r\n'\",;a \x1b\x9b"), max_size=12))
def test_no_cell_is_a_formula(text: str) -> None:
    """A cell that a spreadsheet would compute is quoted, and every cell comes back as one cell."""
    header, *rows = csv.reader(io.StringIO(_written([{"value": text}], "csv").decode(), newline=""))

    assert header == ["value"]
    assert [len(row) for row in rows] == [1] if text else rows in ([[""]], [[]])
    cell = "".join(rows[0])
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert "\x1b" not in cell
    assert "\x9b" not in cell
    if text and not set(text) & set("\x1b\x9b"):
        assert cell.removeprefix("'") == text.removeprefix("'")


def test_csv_is_rfc_4180() -> None:
    """Lines end in CRLF, quotes are doubled, line breaks stay inside their cell, formulas are text."""
    records: list[dict[str, object]] = [{"value": '=HYPERLINK("x"),\n"quoted"'}, {"value": ["a", "b"]}]

    written = _written(records, "csv")

    assert written == b'value\r\n"\'=HYPERLINK(""x""),\n""quoted"""\r\na; b\r\n'
