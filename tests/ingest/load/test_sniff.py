"""What kind of file it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.load.sniff import HEAD_BYTES, Kind, claim_of, kind_of

from .making import PAGE, line, record

DUMP = b"Ferry late again\n\nThe ferry was late again on Monday, the harbour master said.\n"


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("a.txt", Kind.TEXT),
        ("a.txt.gz", Kind.TEXT),
        ("A.HTM", Kind.HTML),
        ("a.html.gz", Kind.HTML),
        ("a.ndjson", Kind.JSONL),
        ("a.jsonl.zst", Kind.JSONL),
        ("a.warc.gz", Kind.WARC),
        ("a.md", None),
        ("txt", None),
        ("a.gz", None),
    ],
)
def test_a_name_promises_a_kind(name: str, claim: Kind | None) -> None:
    """The ending tells, in any case, packed or not."""
    assert claim_of(name) == claim


@pytest.mark.parametrize("claim", [*[kind for kind in Kind if kind not in (Kind.JSON, Kind.BINARY)], None])
@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PAGE.encode(), Kind.HTML),
        (
            b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- saved -->\n<HTML lang=en>".removeprefix(b"\xef\xbb\xbf"),
            Kind.HTML,
        ),
        (line(1), Kind.JSONL),
        (b"\n" + line(1) + b"not json\n", Kind.JSONL),
        (record(1), Kind.WARC),
        (b"%PDF-1.7\n1 0 obj\n", Kind.BINARY),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), Kind.BINARY),
        (b"PK\x03\x04" + bytes(26), Kind.BINARY),
    ],
)
def test_content_comes_before_the_name(head: bytes, kind: Kind, claim: Kind | None) -> None:
    """What a file plainly is, it is under any name."""
    assert kind_of(head, claim) == kind


@pytest.mark.parametrize("claim", [Kind.TEXT, Kind.HTML, None])
def test_text_without_tags_is_a_page_dump(claim: Kind | None) -> None:
    """A page dump stays one, also when it is called HTML."""
    assert kind_of(DUMP, claim) == Kind.TEXT


@pytest.mark.parametrize("claim", [Kind.JSONL, Kind.WARC])
def test_damage_at_the_beginning_is_not_the_whole_file(claim: Kind) -> None:
    """A file called JSONL or WARC that begins with anything else is read as such: good parts may follow."""
    assert kind_of(b"\x00\x01damage\n" + DUMP, claim) == claim


@pytest.mark.parametrize(
    ("head", "claim", "kind"),
    [
        (b"<div><p>Late</p><p>Again</p><p>Monday</p></div>\n" * 3, Kind.TEXT, Kind.HTML),
        (b"In HTML, <b>bold</b> is written with a tag. " + DUMP * 40, Kind.TEXT, Kind.TEXT),
        (b"<p>Late again.", Kind.HTML, Kind.HTML),
        (b'{"text": "' + b"x" * HEAD_BYTES, Kind.TEXT, Kind.JSONL),
        (b'{\n  "text": "Rain."\n}\n', None, Kind.JSON),
        (b'[{"text": "Rain."}]\n', None, Kind.JSON),
        (b"[Advertisement]\n" + DUMP, None, Kind.TEXT),
        (b"{Ferry} late\n" + DUMP, Kind.TEXT, Kind.TEXT),
        (b"One stray \x00 is no reason.\n" + DUMP, Kind.TEXT, Kind.TEXT),
        (bytes(range(256)) * 4, Kind.TEXT, Kind.BINARY),
        ("Привет, паром опять опоздал.".encode("koi8-r"), Kind.TEXT, Kind.TEXT),
        (b"", Kind.TEXT, Kind.TEXT),
        (b"%PDF-" + record(1)[5:] + record(2), Kind.WARC, Kind.WARC),
    ],
)
def test_the_unclear_is_decided(head: bytes, claim: Kind | None, kind: Kind) -> None:
    """Many tags make a page, a few do not; JSON over several lines is no JSONL; encodings are text."""
    assert kind_of(head, claim) == kind


@given(st.binary(max_size=300), st.sampled_from([*Kind, None]))
def test_any_bytes_have_a_kind(head: bytes, claim: Kind | None) -> None:
    """No file is so odd that looking at it raises."""
    assert kind_of(head, claim) in Kind


def test_many_comments_are_passed_quickly() -> None:
    """Comments before the first tag are tried in one division, not in all."""
    assert kind_of(b"<!-- -->" * 8000, Kind.TEXT) == Kind.TEXT
