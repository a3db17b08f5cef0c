"""JSON lines: each line stands for itself."""

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import RawDocument, Stated
from ingest.load import FileEnd, Limits, jsonl
from ingest.load.reading import Place, Reading
from ingest.load.streams import lines
from ingest.outcome import Rejection
from ingest.urls import MAX_CHARS

from .making import NOW, documents, ends, line, loaded, outcomes, rejections, urls

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def _read(*lines_: bytes) -> list[RawDocument | Rejection]:
    place = Place(path="a.jsonl", url="a.jsonl", folder="inbox")
    reading = Reading(place=place, source=None, now=NOW, limits=Limits())
    parts = jsonl.sections([b"".join(lines_)], reading.limits.line_bytes)
    return [item for section in parts for item in jsonl.documents(reading, section)]


def _one(**fields: Any) -> RawDocument:
    (found,) = _read(json.dumps(fields).encode())
    assert isinstance(found, RawDocument)
    return found


def test_a_line_is_a_document() -> None:
    """All that a line may say arrives where it belongs."""
    document = _one(
        text="Rain.",
        url="https://news.example/1",
        title="Weather",
        source="gazette",
        published_at="2026-02-01T10:00:00+01:00",
        language="en",
        byline="A. Reporter",
        extra={"ignored": [1, 2]},
    )

    assert document == RawDocument(
        source="gazette",
        folder="inbox",
        url="https://news.example/1",
        fetched_at=NOW,
        body=b"Rain.",
        media_type="text/plain",
        charset="utf-8",
        stated=Stated(
            title="Weather",
            byline="A. Reporter",
            published_at=datetime(2026, 2, 1, 9, tzinfo=UTC),
            language="en",
            origin="jsonl",
        ),
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"author": "A. Reporter"}, Stated(byline="A. Reporter", origin="jsonl")),
        ({"authors": ["A. Reporter", " ", 7, "B. Writer"]}, Stated(byline="A. Reporter, B. Writer", origin="jsonl")),
        ({"lang": "tr"}, Stated(language="tr", origin="jsonl")),
        ({"date": "2026-02-01"}, Stated(published_at=datetime(2026, 2, 1, tzinfo=UTC), origin="jsonl")),
        ({"title": 5, "byline": {}, "language": [], "published_at": True, "source": 3}, Stated(origin="jsonl")),
        ({"title": " ", "byline": "", "language": None}, Stated(origin="jsonl")),
    ],
)
def test_other_names_and_wrong_types(fields: dict[str, Any], expected: Stated) -> None:
    """Aliases are understood; optional fields of a wrong type, or blank, are as if not given."""
    document = _one(text="Rain.", **fields)

    assert document.stated == expected
    assert document.source is None


def test_a_name_too_long_for_one_names_nothing() -> None:
    """Two hundred characters name a source; the document of a longer one is kept, as if nobody had named it."""
    assert _one(text="Rain.", source="s" * 200).source == "s" * 200
    assert _one(text="Rain.", source="s" * 201).source is None


@pytest.mark.parametrize("url", ["https://news.example/", "https://", "https://news.example/\u2028"])
def test_an_address_is_cut(url: str) -> None:
    """No document is called by a megabyte, whether its address is one or only looks like one."""
    assert len(_one(text="Rain.", url=url + "x" * 1_000_000).url) == MAX_CHARS


@pytest.mark.parametrize(
    ("fields", "body", "media_type"),
    [
        ({"body": "Rain."}, b"Rain.", "text/plain"),
        ({"text": None, "content": "Rain."}, b"Rain.", "text/plain"),
        ({"html": "<p>Rain."}, b"<p>Rain.", "text/html"),
        ({"text": "Rain.", "html": "<p>Snow."}, b"Rain.", "text/plain"),
        ({"text": " \n", "html": "<p>Snow."}, b"<p>Snow.", "text/html"),
        ({"text": 5, "html": "<p>Snow."}, b"<p>Snow.", "text/html"),
        ({"text": "Rain.", "html": 5}, b"Rain.", "text/plain"),
        ({"text": ""}, b"", "text/plain"),
        ({"text": " ", "html": "", "title": "Rain"}, b"Rain", "text/plain"),
        ({"html": "<p>Snow.", "title": "Rain"}, b"<p>Snow.", "text/html"),
    ],
)
def test_text_comes_before_html(fields: dict[str, Any], body: bytes, media_type: str) -> None:
    """HTML speaks where there is no text, and the title where both are blank; cleaning says what a blank one is."""
    document = _one(**fields)

    assert (document.body, document.media_type) == (body, media_type)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"url": " https://news.example/1 "}, "https://news.example/1"),
        ({"url": "HTTP://News.example/1"}, "HTTP://News.example/1"),
        ({"url": "https://news.example/a\nb\0"}, "https://news.example/a%0Ab%00"),
        ({"url": "javascript:alert(1)", "id": "x1"}, "a.jsonl#x1"),
        ({"url": "/relative/1"}, "a.jsonl#L1"),
        ({"url": 5, "id": 17}, "a.jsonl#17"),
        ({"id": "two\nlines"}, "a.jsonl#two%0Alines"),
        ({"id": "x" * 501}, "a.jsonl#L1"),
        ({"id": " "}, "a.jsonl#L1"),
        ({"id": True}, "a.jsonl#L1"),
        ({"id": 1.5}, "a.jsonl#L1"),
        ({}, "a.jsonl#L1"),
    ],
)
def test_a_line_is_called_by_url_id_or_number(fields: dict[str, Any], url: str) -> None:
    """The page's URL where the line names one, else the file with the line's id, else with its number."""
    assert _one(text="Rain.", **fields).url == url


@pytest.mark.parametrize(
    ("bad", "detail"),
    [
        (b'{"text": "Rain.', "not JSON"),
        (b"null", "null where an object is wanted"),
        (b'["text"]', "list where an object is wanted"),
        (b'"text"', "str where an object is wanted"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b'{"text": 5}', '"text" is int'),
        (b'{"text": {"a": 1}}', '"text" is dict'),
        (b'{"html": []}', '"html" is list'),
        (b'{"title": "Rain"}', 'neither "text" nor "html"'),
        (b'{"text": "Rain.", "n": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"\x00\xff\xfe", "not JSON"),
    ],
)
def test_6_4_a_bad_line_costs_only_itself(bad: bytes, detail: str) -> None:
    """The rejection tells the line and the reason; the lines around it are given."""
    before, rejection, after = _read(line(1), bad + b"\n", line(3))

    assert isinstance(before, RawDocument)
    assert isinstance(after, RawDocument)
    assert isinstance(rejection, Rejection)
    assert (rejection.url, rejection.outcome.value) == ("a.jsonl#L2", "malformed")
    assert rejection.detail.startswith("line 2: ")
    assert detail in rejection.detail
    assert "\n" not in rejection.detail


def test_6_4_blank_lines_and_crlf() -> None:
    """Blank lines are passed and counted; a carriage return before the line break is no part of the line."""
    found = _read(b"\r\n", b" \n", b'{"text": "Rain."}\r\n', b"\n", b'{"text": "Snow."}')

    assert [item.url for item in found] == ["a.jsonl#L3", "a.jsonl#L5"]


def test_6_4_what_json_writers_write_is_read() -> None:
    """Lone surrogates, NaN, large numbers, duplicate keys and one byte that is not UTF-8 do not cost the line."""
    found = _read(
        b'{"text": "half \\ud800 a pair", "title": "\\udfff!", "authors": ["\\ud800"]}\n',
        b'{"text": "Rain.", "score": NaN}\n',
        b'{"text": "Rain.", "size": 123456789012345678901234567890}\n',
        b'{"text": "Snow.", "text": "Rain."}\n',
        b'{"text": "caf\xe9 au lait, as Latin-1 has it"}\n',
    )

    assert [item.body.decode() for item in found if isinstance(item, RawDocument)] == [
        "half \ufffd a pair",
        "Rain.",
        "Rain.",
        "Rain.",
        "caf\ufffd au lait, as Latin-1 has it",
    ]
    assert isinstance(found[0], RawDocument)
    assert found[0].stated == Stated(title="\ufffd!", byline="\ufffd", origin="jsonl")


def test_6_4_another_encoding_is_told() -> None:
    """A line full of bytes that are not UTF-8 would be a line of question marks: it is rejected."""
    (found,) = _read(json.dumps({"text": "Паром опять опоздал"}, ensure_ascii=False).encode("cp1251"))

    assert isinstance(found, Rejection)
    assert found.outcome.value == "undecodable"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_6_4_a_marked_encoding_is_decoded(tmp_path: Path, encoding: str) -> None:
    """A file with a byte order mark gives its lines, in UTF-8."""
    (tmp_path / "a.jsonl").write_bytes('{"text": "Yağmur."}\n{"text": "Kar."}\n'.encode(encoding))

    items = loaded(tmp_path)

    assert [document.body.decode() for document in documents(items)] == ["Yağmur.", "Kar."]


def test_6_4_a_line_of_30_mb_is_passed(tmp_path: Path) -> None:
    """It is rejected as too large, and the good lines around it are given."""
    (tmp_path / "a.jsonl").write_bytes(line(1) + b'{"text": "' + b"x" * (30 << 20) + b'"}\n' + line(3))

    items = loaded(tmp_path)

    assert urls(items) == ["a.jsonl#1", "a.jsonl#3"]
    assert outcomes(items) == [("a.jsonl#L2", "too_large")]
    assert len(ends(items)) == 1


def test_6_4_a_cut_last_line_is_told(tmp_path: Path) -> None:
    """The lines before the cut are given, the last is rejected with its number."""
    (tmp_path / "a.jsonl").write_bytes(line(1) + line(2)[:-9])

    items = loaded(tmp_path)

    assert urls(items) == ["a.jsonl#1"]
    assert outcomes(items) == [("a.jsonl#L2", "malformed")]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_packed_lines_are_the_same_lines(tmp_path: Path, suffix: str) -> None:
    """The suffix stays in the identity; nothing else differs."""
    (tmp_path / f"a.jsonl{suffix}").write_bytes(PACK[suffix](b"".join(map(line, range(500)))))

    items = loaded(tmp_path)

    assert urls(items) == [f"a.jsonl{suffix}#{number}" for number in range(500)]
    assert isinstance(items[-1], FileEnd)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_cut_file_gives_what_it_has(tmp_path: Path, suffix: str) -> None:
    """Documents before the cut are given, the file is rejected, and no more remembered than its whole thousands."""
    packed = PACK[suffix](b"".join(line(number, title=f"{number * 7919 % 100_003}") for number in range(20_000)))
    (tmp_path / f"a.jsonl{suffix}").write_bytes(packed[: len(packed) * 3 // 4])

    items = loaded(tmp_path)

    assert 5_000 < len(documents(items)) < 20_000
    assert outcomes(items)[-1] == (f"a.jsonl{suffix}", "damaged")
    assert "cut short" in rejections(items)[-1].detail
    assert len(ends(items)) == len(documents(items)) // 1_000


def test_a_line_that_moves_makes_another_section(tmp_path: Path) -> None:
    """A blank line changes the numbers of those behind it, and so what their documents are called."""
    path = tmp_path / "a.jsonl"
    keys = set()
    for content in (b"%s%s", b"%s\n%s", b"\n%s%s", b"%s\n\n%s"):
        path.write_bytes(content % (line(1), line(2)))
        keys |= {end.file_key for end in ends(loaded(tmp_path))}

    assert len(keys) == 4


def test_a_packed_file_of_blank_lines_costs_little(tmp_path: Path) -> None:
    """Sixteen million line breaks, packed to as many kilobytes, are gone through in a moment."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"\n" * (16 << 20)))

    began = time.process_time()
    items = loaded(tmp_path)

    assert time.process_time() - began < 3
    assert [type(item) for item in items] == [FileEnd]


def test_many_bad_lines_are_few_rejections(tmp_path: Path) -> None:
    """Of a thousand lines the first hundred of an outcome are told one by one, and the last one counts the rest."""
    bad = [b"0\n"] * 999 + [line(1000)] + [b"0\n"] * 102
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"".join(bad)))

    items = loaded(tmp_path)
    told = rejections(items)

    assert urls(items) == ["a.jsonl.gz#1000"]
    assert [one.url for one in told] == [f"a.jsonl.gz#L{at}" for at in (*range(1, 102), *range(1001, 1102))]
    assert told[100].detail.startswith("line 101: int where an object is wanted")
    assert told[100].detail.endswith(", and 898 more up to L999")
    assert told[-1].detail.endswith(", and 1 more up to L1102")


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_bomb_is_too_large(tmp_path: Path, suffix: str) -> None:
    """A file that unpacks to more than two hundred times its size gives what it began with, and is not read on."""
    (tmp_path / f"a.jsonl{suffix}").write_bytes(PACK[suffix](line(1, title="rain" * 1_000) * 10_000))

    items = loaded(tmp_path)

    assert outcomes(items) == [(f"a.jsonl{suffix}", "too_large")]
    assert "unpacks to more than 16,777,216 bytes" in rejections(items)[0].detail
    assert 2_000 < len(documents(items)) < 5_000


def test_a_file_that_has_grown_is_known_up_to_its_end(tmp_path: Path) -> None:
    """Of a file with one more line, the thousands before it are skipped; with one more before them, none is."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(map(line, range(2_500))))
    taken = {end.file_key for end in ends(loaded(tmp_path))}

    path.write_bytes(b"".join(map(line, range(2_501))))
    longer = loaded(tmp_path, taken=taken)
    path.write_bytes(b"".join(map(line, range(-1, 2_500))))
    shifted = loaded(tmp_path, taken=taken)

    assert [end.skipped for end in ends(longer)] == [True, True, False]
    assert len(documents(longer)) == 501
    assert [end.skipped for end in ends(shifted)] == [False, False, False]


@given(st.lists(st.binary(max_size=12), max_size=40), st.integers(1, 9))
def test_sections_are_the_lines_of_the_file(parts: list[bytes], limit: int) -> None:
    """However the bytes arrive, sections together hold each line once, and number them through."""
    found = list(jsonl.sections(parts, limit))

    assert [line for section in found for line in section.lines] == list(lines(parts, limit))
    assert [section.is_last for section in found] == [False] * (len(found) - 1) + [True]
    assert all(section.lines[0][0] >= section.first for section in found if section.lines)


BAD_LINE = st.binary(max_size=60).map(lambda each: each.replace(b"\n", b"")) | st.sampled_from(
    [b"{", b"[1]", b"null", b'{"text": 1}', b'{"id": "x"}', b"\xef\xbb\xbf", b"WARC/1.0", b"<html>", b"\r", b"{}" * 50]
)


@settings(max_examples=200)
@given(st.lists(BAD_LINE | st.none(), max_size=12))
def test_every_good_line_among_bad_ones_is_given(plan: list[bytes | None]) -> None:
    """Whatever stands between them, good lines come out, in order; the bad ones are each one rejection at most."""
    found = _read(line(0), *(line(at) if bad is None else bad + b"\n" for at, bad in enumerate(plan, 1)))

    good = [0, *(at for at, bad in enumerate(plan, 1) if bad is None)]
    assert [item.url for item in found if isinstance(item, RawDocument)] == [f"a.jsonl#{at}" for at in good]
    assert len(found) - len(good) <= sum(bad is not None for bad in plan)
