"""Bodies are unpacked whole, within their limits, or not at all."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.body import read_body
from ingest.fetch.response import Limits
from ingest.outcome import IngestError, Outcome, Refused, Unavailable

_URL = "http://gazette.example/"
_SMALL = Limits(wire_bytes=10_000, body_bytes=10_000)
_CUTS = st.lists(st.integers(0, 400), max_size=5)


def _bare(data: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-15)
    return packing.compress(data) + packing.flush()


_PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate ": _bare,
}


def _pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


def _read(pieces: Sequence[bytes], coding: str, limits: Limits = _SMALL, *, may_cut: bool = False) -> bytes:
    async def travel() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def read() -> bytes:
        body = await read_body(travel(), coding=coding, limits=limits, url=_URL, keep_raw=True, may_cut=may_cut)
        assert may_cut or body.raw == b"".join(pieces)
        return body.data

    return asyncio.run(read())


@given(st.binary(max_size=2_000), st.sampled_from(list(_PACK)), _CUTS)
def test_packed_bodies_come_back(data: bytes, coding: str, cuts: list[int]) -> None:
    """What was packed is unpacked, wherever the network cuts it; deflate with and without its frame."""
    packed = _PACK[coding](data)

    assert _read(_pieces(packed, cuts), coding) == data


@given(st.binary(min_size=1, max_size=500), st.sampled_from(["gzip", "deflate"]), st.data())
def test_cut_bodies_are_never_whole(data: bytes, coding: str, draw: st.DataObject) -> None:
    """A packed body that ends too early, anywhere, may come whole another time."""
    packed = _PACK[coding](data)
    length = draw.draw(st.integers(1, len(packed) - 1))

    with pytest.raises(Unavailable) as caught:
        _read([packed[:length]], coding)

    assert caught.value.outcome is Outcome.UNREACHABLE


@given(st.lists(st.binary(max_size=100), min_size=1, max_size=5), st.binary(max_size=20), _CUTS)
def test_several_gzip_members_are_one_body(parts: list[bytes], padding: bytes, cuts: list[int]) -> None:
    """Members follow each other, and what comes behind them and is none is no part of the body."""
    packed = b"".join(map(gzip.compress, parts)) + b"\0" + padding

    assert _read(_pieces(packed, cuts), "gzip") == b"".join(parts)


@given(st.binary(max_size=300), st.sampled_from(["", "identity", "gzip", "deflate", "GZip , identity"]), _CUTS)
def test_any_bytes_end_in_a_body_or_an_outcome(data: bytes, coding: str, cuts: list[int]) -> None:
    """Nothing else is raised, whatever the bytes are said to be."""
    outcome = None

    try:
        _read(_pieces(data, cuts), coding)
    except IngestError as error:
        outcome = error.outcome

    assert outcome in (None, Outcome.UNDECODABLE, Outcome.UNREACHABLE)


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "deflate, gzip", "gzip, br"])
def test_other_and_stacked_codings_are_refused(coding: str) -> None:
    """What was not asked for is not read."""
    with pytest.raises(Refused) as caught:
        _read([b"x"], coding)

    assert caught.value.outcome is Outcome.UNDECODABLE


@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
def test_limits_are_exact(coding: str) -> None:
    """As many bytes as the limit are a body; one more are too many."""
    pack = _PACK.get(coding, bytes)
    limits = Limits(wire_bytes=20_000, body_bytes=10_000)

    assert len(_read([pack(b"x" * 10_000)], coding, limits)) == 10_000
    with pytest.raises(Refused, match="more than 10,000 bytes") as caught:
        _read([pack(b"x" * 10_001)], coding, limits)
    assert caught.value.outcome is Outcome.TOO_LARGE


def test_what_travels_has_a_limit_too() -> None:
    """Empty gzip members cost their reader more than their sender, and are counted."""
    empty = gzip.compress(b"")

    with pytest.raises(Refused, match="more than 10,000 bytes"):
        _read([empty * 50] * 100, "")
    with pytest.raises(Refused, match="gzip members"):
        _read([empty * 65], "gzip")


def test_a_body_may_be_cut_at_its_limit() -> None:
    """Where the beginning is enough the beginning is given."""
    assert _read([gzip.compress(b"x" * 50_000)], "gzip", may_cut=True) == b"x" * 10_000


def test_an_empty_body_is_empty() -> None:
    """Nothing at all, packed or not, is nothing."""
    assert [_read([], coding) for coding in ("", "gzip", "deflate")] == [b"", b"", b""]
