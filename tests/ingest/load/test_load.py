"""From paths to documents: the order of things, what is remembered, and what it costs."""

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import RawDocument
from ingest.load import FileEnd, Limits, load, size_of

from .making import NOW, PAGE, documents, ends, line, loaded, members, outcomes, page_urls, record, rejections, urls


def test_a_page_is_one_document(tmp_path: Path) -> None:
    """A file that is a page is given as it is on disk, with what is known about it."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.html").write_text(PAGE)

    items = loaded(tmp_path, source="gazette")

    assert items == [
        RawDocument(
            source="gazette",
            folder="inbox",
            url="inbox/a.html",
            fetched_at=NOW,
            body=PAGE.encode(),
            media_type="text/html",
        )
    ]


def test_a_packed_page_is_unpacked(tmp_path: Path) -> None:
    """The body is what was packed, and the name on disk stays the identity."""
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"Rain."))

    items = documents(loaded(tmp_path))

    assert [(item.url, item.media_type, item.body) for item in items] == [
        ("a.html.gz", "text/html", PAGE.encode()),
        ("b.txt.gz", "text/plain", b"Rain."),
    ]


@pytest.mark.parametrize(
    ("name", "content", "outcome"),
    [
        ("a.txt.gz", gzip.compress(os.urandom(3000).hex().encode())[:-20], "damaged"),
        ("a.txt.gz", gzip.compress(b"Rain.\n" * 10_000), "too_large"),
        ("a.txt", b"Rain.\n" * 10_000, "too_large"),
        ("a.html", b"%PDF-1.7 " + b"x" * 90, "binary"),
        ("a.txt", b"\x89PNG\r\n\x1a\n", "binary"),
        ("a.txt.gz", gzip.compress(gzip.compress(b"Rain.")), "binary"),
    ],
)
def test_a_page_that_is_not_whole_or_none_is_rejected(tmp_path: Path, name: str, content: bytes, outcome: str) -> None:
    """Cut, too large, or no text: one rejection under the file's path."""
    (tmp_path / name).write_bytes(content)

    items = loaded(tmp_path, limits=Limits(body_bytes=50_000))

    assert outcomes(items) == [(name, outcome)]


def test_json_that_is_not_one_document_a_line_is_told(tmp_path: Path) -> None:
    """A JSON file that is named is not mistaken for a page of text."""
    (tmp_path / "a.json").write_text('[\n  {"text": "Rain."}\n]\n')

    items = loaded(tmp_path / "a.json")

    assert outcomes(items) == [("a.json", "malformed")]


def test_a_file_of_many_ends_with_its_key(tmp_path: Path) -> None:
    """The key is the same for the same content, source and path, and another one for another."""
    (tmp_path / "a.jsonl").write_bytes(line(1) + line(2))
    (tmp_path / "b.jsonl").write_bytes(line(1) + line(2))

    first, second = ends(loaded(tmp_path))
    (again, _), (sourced, _) = ends(loaded(tmp_path)), ends(loaded(tmp_path, source="gazette"))
    (tmp_path / "a.jsonl").write_bytes(line(1) + line(3))
    (changed, _) = ends(loaded(tmp_path))

    assert first == again
    assert (first.path, first.skipped, first.bytes_read) == ("a.jsonl", False, len(line(1) + line(2)))
    assert len({first.file_key, second.file_key, sourced.file_key, changed.file_key}) == 4
    assert all(-(1 << 63) <= end.file_key < 1 << 63 for end in (first, second, sourced, changed))


def test_a_taken_file_gives_only_its_end(tmp_path: Path) -> None:
    """What was taken before is not read again; other files are."""
    (tmp_path / "a.jsonl").write_bytes(line(1))
    (tmp_path / "b.warc.gz").write_bytes(members(record(2)))
    key = ends(loaded(tmp_path))[0].file_key

    items = [*load([tmp_path], source=None, now=NOW, taken={key})]

    assert [type(item) for item in items] == [FileEnd, RawDocument, FileEnd]
    assert [(end.path, end.skipped) for end in ends(items)] == [("a.jsonl", True), ("b.warc.gz", False)]
    assert urls(items) == page_urls(2)


@pytest.mark.parametrize("name", ["a.jsonl", "a.warc"])
def test_6_3_a_file_that_changes_while_it_is_read_is_not_remembered(tmp_path: Path, name: str) -> None:
    """Its documents are given, the change is told, and no end says that it was taken in whole."""
    content = [line(1), line(2)] if name == "a.jsonl" else [record(1), record(2)]
    (tmp_path / name).write_bytes(b"".join(content))
    items = load([tmp_path], source=None, now=NOW)
    first = next(items)

    with (tmp_path / name).open("ab") as file:
        file.write(content[1])
    found = [first, *items]

    assert outcomes(found) == [(name, "vanished")]
    assert ends(found) == []


def test_progress_ends_at_the_size(tmp_path: Path) -> None:
    """The steps add up to the bytes on disk: of files read, packed, skipped, left out, and rejected."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"".join(map(line, range(3000)))))
    (tmp_path / "b.warc.gz").write_bytes(members(*map(record, range(50)))[:-20])
    (tmp_path / "c.txt").write_text("Rain.")
    (tmp_path / "d.html").write_bytes(b"%PDF-1.7" + bytes(5000))
    (tmp_path / "e.md").write_text("Left out.")
    (tmp_path / "f.txt").write_bytes(b"Rain. " * 2_000_000)
    os.mkfifo(tmp_path / "g.txt")
    key = ends(loaded(tmp_path / "a.jsonl.gz"))[0].file_key
    steps: list[int] = []
    nothing: list[int] = []

    for taken in (nothing, [key]):
        steps.clear()
        for _ in load([tmp_path], source=None, now=NOW, taken=taken, progress=steps.append):
            pass

        assert sum(steps) == size_of([tmp_path])
        assert min(steps) > 0


def test_the_source_of_a_rejected_page_is_its_host(tmp_path: Path) -> None:
    """Where a URL is known and nobody names a source, its host does."""
    (tmp_path / "a.warc").write_bytes(record(1, b"no response", warc_target_uri="https://www.gazette.example/1"))

    (rejection,) = rejections(loaded(tmp_path))

    assert rejection.source == "gazette.example"


NAMES = ("a.txt", "a.html", "a.jsonl", "a.warc", "a.warc.gz", "a.txt.gz", "a.jsonl.zst", "a")
STARTS = (
    b"",
    b"\x1f\x8b\x08\0",
    b"\x28\xb5\x2f\xfd",
    b"WARC/1.0\r\n",
    b"{",
    b"<html>",
    b"\xff\xfe",
    gzip.compress(b"x"),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(STARTS), st.binary(max_size=500))
def test_no_file_raises(name: str, start: bytes, rest: bytes) -> None:
    """Whatever a file holds and is called, it gives something, all of it is gone through, and the walk goes on."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(start + rest)
        Path(folder, "z.txt").write_text("Rain.")
        steps: list[int] = []

        items = [*load([Path(folder)], source=None, now=NOW, progress=steps.append)]

    assert urls(items)[-1] == "z.txt"
    assert sum(steps) == len(start + rest) + 5
    assert len(items) >= 2 or name == "a"


MEMORY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.load import load

def peak_kb():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])

before = peak_kb()
count = sum(1 for _ in load([Path(sys.argv[1])], source=None, now=datetime.now(UTC)))
print(count, peak_kb() - before)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """200,000 lines and a line of 100 MB are read within 30 MB."""
    with (tmp_path / "a.jsonl").open("wb") as file:
        for number in range(200_000):
            file.write(b'{"id": %d, "text": "%s"}\n' % (number, b"rain " * 10))
        file.write(b"x" * (100 << 20))

    run = [sys.executable, "-c", MEMORY, str(tmp_path / "a.jsonl")]
    count, grown_kb = map(int, subprocess.run(run, capture_output=True, check=True, text=True).stdout.split())

    assert count == 200_001 + 201  # the ends of its sections
    assert grown_kb < 30 << 10
