"""HTTP responses: the body as the page's author wrote it."""

import gzip
import io
import zlib

import pytest
import zstandard
from fastwarc.stream_io import BrotliWriter
from hypothesis import given
from hypothesis import strategies as st

from ingest.load.responses import parsed, unpacked_body
from ingest.outcome import Outcome, Refused

from .making import PAGE, http

BODY = PAGE.encode()
LIMIT = 1 << 20


def _body(block: bytes) -> bytes:
    return unpacked_body(parsed(block, header_bytes=4096, url="u"), LIMIT, "u")


def _chunked(body: bytes, size: int) -> bytes:
    chunks = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x;name=value\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def _brotli(body: bytes) -> bytes:
    packed = io.BytesIO()
    with BrotliWriter(packed) as writer:
        writer.write(body)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("br", _brotli(BODY)),
        ("zstd", zstandard.ZstdCompressor().compress(BODY)),
        ("identity", BODY),
        ("GZIP, identity", gzip.compress(BODY)),
        ("gzip", BODY),
        ("br", b"\xef\xbb\xbf" + BODY),
        ("gzip", b"Plain words, not packed."),
    ],
)
def test_a_coding_is_undone(coding: str, packed: bytes) -> None:
    """Each coding that servers use is read; a body that the crawler stored unpacked is taken as it is."""
    expected = packed if packed.endswith((BODY, b"words, not packed.")) else BODY

    assert _body(http(packed, content_encoding=coding)) == expected


@given(st.binary(max_size=500), st.integers(1, 100))
def test_chunks_are_joined(body: bytes, size: int) -> None:
    """However the server divided the body, it comes out whole."""
    assert _body(http(_chunked(body, size), transfer_encoding="chunked")) == body


def test_chunks_are_joined_before_unpacking() -> None:
    """The transfer coding is the outer one."""
    assert _body(http(_chunked(gzip.compress(BODY), 9), transfer_encoding="Chunked", content_encoding="gzip")) == BODY


def test_a_body_that_was_stored_joined_is_taken_as_it_is() -> None:
    """Crawlers that undo chunks and keep the field are understood."""
    assert _body(http(BODY, transfer_encoding="chunked")) == BODY


@pytest.mark.parametrize(
    ("block", "outcome"),
    [
        (http(_chunked(BODY, 9)[:-40], transfer_encoding="chunked"), Outcome.DAMAGED),
        (http(_chunked(BODY, 9)[:-5], transfer_encoding="chunked"), Outcome.DAMAGED),
        (http(gzip.compress(BODY)[:-9], content_encoding="gzip"), Outcome.DAMAGED),
        (http(_brotli(BODY)[:-9], content_encoding="br"), Outcome.DAMAGED),
        (http(b"\x0b\x0b\x0b no brotli", content_encoding="br"), Outcome.DAMAGED),
        (http(gzip.compress(gzip.compress(BODY)), content_encoding="gzip, gzip"), Outcome.UNDECODABLE),
        (http(b"\x00\x01", content_encoding="sdch"), Outcome.UNDECODABLE),
        (http(bytes(LIMIT + 1)), Outcome.TOO_LARGE),
        (b"ICY 200 OK\r\n\r\n", Outcome.DAMAGED),
        (b"HTTP/1.1 20000 OK\r\n\r\n", Outcome.DAMAGED),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 5000 + b"\r\n\r\n", Outcome.DAMAGED),
    ],
)
def test_what_is_not_whole_or_not_read_is_refused(block: bytes, outcome: Outcome) -> None:
    """A cut body is never taken for the whole, and no coding is guessed."""
    with pytest.raises(Refused) as caught:
        _body(block)

    assert caught.value.outcome is outcome


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(bytes(200 << 20), 1)),
        ("br", _brotli(bytes(30 << 20))),
        ("zstd", zstandard.ZstdCompressor().compress(bytes(200 << 20))),
        ("deflate", zlib.compress(bytes(200 << 20), 1)),
    ],
)
def test_6_8_a_bomb_is_stopped_at_the_limit(coding: str, packed: bytes) -> None:
    """Many megabytes of zeros in a small body are too large, whatever it is packed with."""
    with pytest.raises(Refused) as caught:
        _body(http(packed, content_encoding=coding))

    assert caught.value.outcome is Outcome.TOO_LARGE


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "", "gzip,br"]), st.booleans())
def test_no_body_raises_anything_else(body: bytes, coding: str, is_chunked: bool) -> None:
    """Whatever a server sent, the answer is a body or a refusal."""
    block = http(body, content_encoding=coding, transfer_encoding="chunked" if is_chunked else "")

    try:
        outcome, size = None, len(_body(block))
    except Refused as refusal:
        outcome, size = refusal.outcome, 0

    assert outcome in (None, Outcome.DAMAGED, Outcome.UNDECODABLE, Outcome.TOO_LARGE)
    assert size <= LIMIT
