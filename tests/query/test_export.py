"""Answers for programs."""

import csv
import io
import json
import re
import unicodedata
from typing import Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query.export import write
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
