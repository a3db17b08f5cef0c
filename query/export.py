"""Answers for programs: JSON, JSON lines and CSV, always UTF-8, times RFC 3339 in UTC; and Parquet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

import orjson

from ingest.safe import cell, json_controls
from storage.views import StorySummary, VariantView

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record: TypeAlias = Mapping[str, object]
TextForm: TypeAlias = Literal["json", "jsonl", "csv"]
Form: TypeAlias = Literal["json", "jsonl", "csv", "parquet"]

_EXPORTED = (
    "id",
    "url",
    "source",
    "title",
    "text",
    "relation",
    "copy_of",
    "similarity",
    "is_canonical",
    "published_at",
    "published_on",
    "published_from",
    "modified_at",
    "first_seen_at",
    "language",
    "byline",
    "credit",
    "text_from",
    "media",
    "image",
    "section",
    "publisher",
)


def record(view: "DataclassInstance") -> dict[str, object]:
    """Give a view's fields by name."""
    return {field.name: getattr(view, field.name) for field in fields(view)}


def columns(view: "type[DataclassInstance]") -> list[str]:
    """Give the names of a view's fields."""
    return [field.name for field in fields(view)]


def write_views(
    out: BinaryIO, views: "Iterable[DataclassInstance]", view: "type[DataclassInstance]", *, form: Form
) -> None:
    """Write views, all of one class."""
    if form == "parquet":
        from query.parquet import columns_of, parquet

        out.writelines(parquet(map(record, views), columns_of(view)))
    else:
        write(out, map(record, views), form=form, header=columns(view))


def write(out: BinaryIO, records: Iterable[Record], *, form: TextForm, header: Sequence[str] = ()) -> None:
    """Write `records`; `header` names the columns of a CSV file."""
    match form:
        case "json":
            write_document(out, list(records))
        case "jsonl":
            write_lines(out, records)
        case "csv":
            _write_csv(out, records, header)


def write_document(out: BinaryIO, value: object) -> None:
    """Write `value`, views and all, as one JSON document."""
    out.write(json_controls(orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2)) + b"\n")


def write_lines(out: BinaryIO, records: Iterable[Record]) -> None:
    """Write each record as a line of JSON, as soon as it is there."""
    out.writelines(json_controls(orjson.dumps(entry, option=orjson.OPT_UTC_Z)) + b"\n" for entry in records)


def write_with_variants(
    out: BinaryIO, stories: Iterable[tuple[StorySummary, Sequence[VariantView]]], *, form: Form
) -> None:
    """Write listed stories, each with its variants; in CSV and Parquet a row is a variant that says its story."""
    rows = ({"story_id": story.id} | record(variant) for story, variants in stories for variant in variants)
    if form == "parquet":
        from query.parquet import columns_of, parquet

        out.writelines(parquet(rows, {"story_id": int, **columns_of(VariantView)}))
    elif form == "csv":
        write(out, rows, form=form, header=["story_id", *columns(VariantView)])
    else:
        write(out, (record(story) | {"variants": variants} for story, variants in stories), form=form)


def exported(story: StorySummary, variants: Sequence[VariantView]) -> Record:
    """Give a story as `newsfold export` writes it."""
    return {
        "id": story.id,
        "title": story.title,
        "first_seen_at": story.first_seen_at,
        "last_seen_at": story.last_seen_at,
        "variants": [{name: getattr(variant, name) for name in _EXPORTED} for variant in variants],
    }


def write_variants_parquet(out: BinaryIO, stories: Iterable[tuple[StorySummary, Sequence[VariantView]]]) -> None:
    """Write what `newsfold export` has of stories as Parquet, a row for each variant."""
    from query.parquet import columns_of, parquet

    rows = (
        {"story_id": story.id} | {name: getattr(variant, name) for name in _EXPORTED}
        for story, variants in stories
        for variant in variants
    )
    out.writelines(parquet(rows, {"story_id": int, **columns_of(VariantView, _EXPORTED)}))


def _write_csv(out: BinaryIO, records: Iterable[Record], header: Sequence[str]) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    rows.writerow(header)
    rows.writerows([_cell(entry[name]) for name in header] for entry in records)
    text.detach()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case str():
            return cell(value)
        case list():
            return cell("; ".join(map(str, value)))
        case dict():
            return orjson.dumps(value).decode()
    return str(value)
