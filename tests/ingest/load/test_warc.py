"""WARC files: every record that is whole is given, whatever happened to the others."""

import gzip
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingest.load import Limits, load

from .making import NOW, PAGE, documents, ends, http, loaded, members, outcomes, page_urls, record, rejections, urls

# Pages that do not pack well, so that a member is more than its header.
NOISE = random.Random(5)
RECORDS = [record(number, http(f"<!doctype html><p>{NOISE.randbytes(600).hex()}</p>")) for number in range(20)]
WITHOUT_10 = page_urls(*range(10), *range(11, 20))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.warc", b"".join(RECORDS)),
        ("a.warc.gz", members(*RECORDS)),
        ("one-member.warc.gz", gzip.compress(b"".join(RECORDS))),
        ("blocks.warc.gz", members(*(b"".join(RECORDS)[at : at + 700] for at in range(0, 30_000, 700)))),
        ("a.warc.zst", zstandard.ZstdCompressor().compress(b"".join(RECORDS))),
        ("crawl", members(*RECORDS)),
    ],
)
def test_a_file_gives_its_pages(tmp_path: Path, name: str, content: bytes) -> None:
    """A gzip member a record, one for all, or blocks of some size; zstd; not packed; under any name."""
    (tmp_path / name).write_bytes(content)

    items = loaded(tmp_path)

    assert urls(items) == page_urls(*range(20))
    assert outcomes(items) == []
    assert [end.path for end in ends(items)] == [name]


def test_a_page_is_as_it_was_archived(tmp_path: Path) -> None:
    """Body, type, charset and time are those of the response; the file's folder stands in for the source."""
    folder = tmp_path / "crawl-7"
    folder.mkdir()
    (folder / "a.warc").write_bytes(record(1, http(PAGE, content_type='Text/HTML; charset="ISO-8859-9"')))

    (page,) = documents(loaded(tmp_path, source="gazette"))

    assert (page.body, page.media_type, page.charset) == (PAGE.encode(), "text/html", "iso-8859-9")
    assert page.fetched_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (page.source, page.folder, page.stated) == ("gazette", "crawl-7", None)


@pytest.mark.parametrize("date", ["2999-01-01T00:00:00Z", "never", ""])
def test_a_page_was_not_fetched_in_the_future(tmp_path: Path, date: str) -> None:
    """A time to come, and none, are now."""
    (tmp_path / "a.warc").write_bytes(record(1, warc_date=date))

    (page,) = documents(loaded(tmp_path))

    assert page.fetched_at == NOW


def _with(tmp_path: Path, odd: bytes, packing: str) -> Path:
    """Write the twenty records with an odd one in place of number 10."""
    records = [*RECORDS[:10], odd, *RECORDS[11:]]
    match packing:
        case "members":
            content = members(*records)
        case "one member":
            content = gzip.compress(b"".join(records))
        case _:
            content = b"".join(records)
    (tmp_path / "a.warc").write_bytes(content)
    return tmp_path


PACKINGS = pytest.mark.parametrize("packing", ["members", "one member", "none"])


@pytest.mark.parametrize("at", [0, 1, 2, 3, 10, 15, 300, -8, -1])
def test_6_5_a_damaged_member_costs_one_record(tmp_path: Path, at: int) -> None:
    """Wherever in its member the damage is, the other nineteen are given, and its offset is told."""
    parts = [bytearray(members(each)) for each in RECORDS]
    parts[10][at] ^= 0x55
    (tmp_path / "a.warc.gz").write_bytes(b"".join(parts))

    items = loaded(tmp_path)

    offset = sum(map(len, parts[:10]))
    assert urls(items) == WITHOUT_10
    assert outcomes(items) == [(f"a.warc.gz#B{offset}", "damaged")]
    assert f"byte {offset}" in rejections(items)[0].detail
    assert len(ends(items)) == 1


@pytest.mark.parametrize("at", range(4))
def test_6_5_damage_at_the_very_beginning(tmp_path: Path, at: int) -> None:
    """A packed file whose first bytes are wrong is still read as what its name says."""
    content = bytearray(members(*RECORDS))
    content[at] ^= 0xFF
    (tmp_path / "a.warc.gz").write_bytes(content)

    items = loaded(tmp_path)

    assert urls(items) == page_urls(*range(1, 20))
    assert outcomes(items) == [("a.warc.gz#B0", "damaged")]


@given(st.integers(0, 19), st.integers(0), st.integers(1, 255))
def test_6_5_any_changed_byte_costs_at_most_its_record(index: int, at: int, change: int) -> None:
    """Each byte of a packed file may change: all other records are given, unchanged, and in order."""
    parts = [bytearray(members(each)) for each in RECORDS]
    parts[index][at % len(parts[index])] ^= change

    found = _in_a_file(b"".join(parts))

    assert found == page_urls(*range(20)) or found == page_urls(*(n for n in range(20) if n != index))


def _in_a_file(content: bytes) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.warc.gz")
        path.write_bytes(content)
        return urls(loaded(path))


@PACKINGS
@pytest.mark.parametrize("length", [10**12, 11 << 20, 5000])
def test_6_6_a_length_that_is_too_long_costs_one_record(tmp_path: Path, packing: str, length: int) -> None:
    """Records behind it are not swallowed, whether it runs into the next ones or past the end of the file."""
    odd = RECORDS[10].replace(b"content-length: 1", b"content-length: %d\r\nx: 1" % length)

    items = loaded(_with(tmp_path, odd, packing))

    assert urls(items) == WITHOUT_10
    assert outcomes(items) == [("https://news.example/10", "damaged")]
    assert f"Content-Length {length}" in rejections(items)[0].detail


@PACKINGS
@pytest.mark.parametrize("length", ["abc", " ", "", "-1", "0", "7", "1" + "0" * 30, "1e3"])
def test_6_7_a_length_that_is_none_costs_one_record(tmp_path: Path, packing: str, length: str) -> None:
    """Nonsense, nothing, negative, too short, beyond all numbers: the next record is found all the same."""
    items = loaded(_with(tmp_path, record(10, content_length=length), packing))

    assert urls(items) == WITHOUT_10
    assert outcomes(items) == [("https://news.example/10", "damaged")]


@PACKINGS
def test_6_8_a_header_of_5_mb_costs_one_record(tmp_path: Path, packing: str) -> None:
    """It is not kept, and the records behind it are found."""
    items = loaded(_with(tmp_path, record(10, x_long="y" * (5 << 20)), packing))

    assert urls(items) == WITHOUT_10
    assert [outcome for _, outcome in outcomes(items)] == ["damaged"]


@pytest.mark.parametrize(
    ("name", "content", "given_"),
    [
        ("a.warc", b"".join(RECORDS)[:-300], 19),
        ("a.warc.gz", members(*RECORDS)[:-300], 19),
        ("a.warc.gz", members(*RECORDS)[:-4], 19),
        ("a.warc.gz", gzip.compress(b"".join(RECORDS))[:-900], 18),
    ],
)
def test_6_8_a_cut_file_gives_what_it_has(tmp_path: Path, name: str, content: bytes, given_: int) -> None:
    """The whole records are given, the cut is told, and the file is not remembered as taken."""
    (tmp_path / name).write_bytes(content)

    items = loaded(tmp_path)

    assert urls(items) == page_urls(*range(given_))
    assert outcomes(items) == [(f"https://news.example/{given_}", "damaged")] or given_ == 19
    assert len(rejections(items)) == 1
    assert ends(items) == []


def test_6_8_other_records_are_no_documents(tmp_path: Path) -> None:
    """Requests, revisits, metadata, and look-ups of names are passed without a word."""
    others = [
        record(1, b"software: x\r\n", kind="warcinfo", warc_target_uri=""),
        record(2, b"GET / HTTP/1.1\r\n\r\n", kind="request"),
        record(3, http(""), kind="revisit"),
        record(4, b"fetchTimeMs: 3\r\n", kind="metadata"),
        record(5, b"Plain words.", kind="conversion", content_type="text/plain"),
        record(
            6,
            b"20260101\nnews.example. 60 IN A 192.0.2.1\n",
            warc_target_uri="dns:news.example",
            content_type="text/dns",
        ),
        record(7, b"{}", kind="resource", warc_target_uri="urn:info", content_type="application/json"),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join([*others, record(8)]))

    items = loaded(tmp_path)

    assert urls(items) == page_urls(8)
    assert outcomes(items) == []


def test_a_resource_of_text_is_a_document(tmp_path: Path) -> None:
    """What was stored without an HTTP response is a page as well."""
    (tmp_path / "a.warc").write_bytes(record(1, b"Rain.", kind="resource", content_type="text/plain"))

    (page,) = documents(loaded(tmp_path))

    assert (page.body, page.media_type) == (b"Rain.", "text/plain")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "news", ""])
def test_6_8_an_address_that_is_none_is_rejected(tmp_path: Path, target: str) -> None:
    """Only http and https name a page; the rejection is called by its place in the file."""
    (tmp_path / "a.warc").write_bytes(record(1) + record(2, warc_target_uri=target))

    items = loaded(tmp_path)

    assert urls(items) == page_urls(1)
    assert outcomes(items) == [(f"a.warc#B{len(record(1))}", "malformed")]


@pytest.mark.parametrize(
    ("odd", "outcome"),
    [
        (record(1, http(PAGE, status="404 Not Found")), "gone"),
        (record(1, http(PAGE, status="410 Gone")), "gone"),
        (record(1, http(PAGE, status="403 Forbidden")), "http_error"),
        (record(1, http("", status="301 Moved", location="/2")), "no_text"),
        (record(1, http(PAGE, status="206 Partial")), "no_text"),
        (record(1, http(b"\x89PNG\r\n\x1a\n", content_type="image/png")), "not_html"),
        (record(1, http("p { margin: 0 }", content_type="text/css")), "not_html"),
        (record(1, http(b"%PDF-1.7\n" + bytes(90))), "binary"),
        (record(1, PAGE.encode()), "damaged"),
        (record(1, b""), "damaged"),
        (record(1, warc_truncated="length"), "damaged"),
        (record(1, http("x" * (11 << 20))), "too_large"),
    ],
)
def test_a_response_that_is_no_article_is_counted(tmp_path: Path, odd: bytes, outcome: str) -> None:
    """Another status, another type, no response at all, or not all of it: one rejection under the page's address."""
    (tmp_path / "a.warc").write_bytes(odd + record(2))

    items = loaded(tmp_path)

    assert urls(items) == page_urls(2)
    assert outcomes(items) == [("https://news.example/1", outcome)]


def test_what_every_crawl_holds_is_no_failure(tmp_path: Path) -> None:
    """Pictures, styles, scripts, redirects and pages that are gone are counted, and nobody has to look at them."""
    beside = [
        http(b"\xff\xd8\xff\xe0" + bytes(90), content_type="image/jpeg"),
        http("p { margin: 0 }", content_type="text/css"),
        http("let a = 1", content_type="text/javascript; charset=utf-8"),
        http("", status="302 Found", location="/2"),
        http(PAGE, status="404 Not Found"),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join(record(at, each) for at, each in enumerate(beside)) + record(9))

    items = loaded(tmp_path)

    assert urls(items) == page_urls(9)
    assert [each.outcome.value for each in rejections(items)] == ["not_html"] * 3 + ["no_text", "gone"]
    assert not any(each.outcome.is_failure for each in rejections(items))


def test_odd_header_lines_are_passed(tmp_path: Path) -> None:
    """Lines without a colon, continued lines and control characters cost nothing; an address stays printable."""
    odd = record(1, warc_target_uri="https://news.example/\0a").replace(
        b"WARC/1.1\r\n", b"WARC/1.1\r\nno colon\r\n  more\r\n: x\r\n"
    )
    (tmp_path / "a.warc").write_bytes(odd)

    items = loaded(tmp_path)

    assert urls(items) == ["https://news.example/%00a"]


def test_damage_to_a_request_is_not_said_of_the_page(tmp_path: Path) -> None:
    """A damaged record of another type is called by its place, since its page may be sound."""
    (tmp_path / "a.warc").write_bytes(
        record(1, b"GET / HTTP/1.1\r\n\r\n", kind="request", content_length="x") + record(1)
    )

    items = loaded(tmp_path)

    assert urls(items) == page_urls(1)
    assert outcomes(items) == [("a.warc#B0", "damaged")]


def test_garbage_between_records_is_told(tmp_path: Path) -> None:
    """Bytes that belong to no record are one rejection, and cost no record."""
    (tmp_path / "a.warc").write_bytes(record(1) + b"left over\r\n" * 3 + record(2))
    (tmp_path / "b.warc.gz").write_bytes(members(record(3)) + b"left over" + members(record(4)) + bytes(512))

    items = loaded(tmp_path)

    assert urls(items) == page_urls(1, 2, 3, 4)
    assert [outcome for _, outcome in outcomes(items)] == ["damaged", "damaged"]


def test_a_file_without_a_record_is_damaged(tmp_path: Path) -> None:
    """A file that is called WARC and holds none is one rejection."""
    (tmp_path / "a.warc").write_text("This is a shopping list.\nBread, tea.\n")

    items = loaded(tmp_path)

    assert outcomes(items) == [("a.warc#B0", "damaged")]


@given(st.binary(max_size=400), st.integers(16, 3000), st.booleans())
def test_no_bytes_raise(noise: bytes, at: int, is_packed: bool) -> None:
    """Noise in the middle of a file, packed or not, ends in documents and rejections, and costs two records at most."""
    sound = members(*RECORDS[:6]) if is_packed else b"".join(RECORDS[:6])

    found = _in_a_file(sound[:at] + noise + sound[at + len(noise) :])

    assert len(found) >= 4


def test_limits_are_kept(tmp_path: Path) -> None:
    """A block beyond the limit is passed, also when it stands in the file as a lie about its length."""
    (tmp_path / "a.warc").write_bytes(record(1, http("x" * 5000)) + record(2))

    items = [*load([tmp_path], source=None, now=NOW, limits=Limits(body_bytes=1000, header_bytes=500))]

    assert urls(items) == page_urls(2)
    assert outcomes(items) == [("https://news.example/1", "too_large")]
