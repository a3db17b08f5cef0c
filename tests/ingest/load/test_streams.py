"""Bytes in bounded pieces."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingest.load.streams import Packing, as_utf8, inflated, lines, packing_of, unpacked, whole
from ingest.outcome import Outcome, Refused

NOISE = random.Random(1).randbytes(300_000)
PACK = {Packing.GZIP: gzip.compress, Packing.ZSTD: zstandard.ZstdCompressor(write_checksum=True).compress}


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("packing", [Packing.GZIP, Packing.ZSTD])
@given(
    st.lists(st.binary(max_size=200), max_size=4), st.integers(1, 50), st.sampled_from([b"", bytes(600), b"garbage"])
)
def test_members_are_read_in_any_division(packing: Packing, parts: list[bytes], size: int, tail: bytes) -> None:
    """Several members, however the bytes arrive, with nothing, padding or garbage behind them, give what was packed."""
    packed = b"".join(PACK[packing](part) for part in [b"first", *parts])

    found = b"".join(unpacked(_cut(packed + tail, size), packing, "a"))

    assert found == b"first" + b"".join(parts)
    assert packing_of(packed) is packing


@pytest.mark.parametrize("packing", [Packing.GZIP, Packing.ZSTD])
@pytest.mark.parametrize("keep", [0.02, 0.5, 0.99999])
def test_what_is_cut_gives_what_is_there_and_says_so(packing: Packing, keep: float) -> None:
    """The bytes before the cut are given, then the damage is told."""
    packed = PACK[packing](NOISE)
    found: list[bytes] = []

    with pytest.raises(Refused, match="cut short") as caught:
        found.extend(unpacked(_cut(packed[: int(len(packed) * keep)], 4096), packing, "a.gz"))

    assert caught.value.outcome is Outcome.DAMAGED
    assert NOISE.startswith(b"".join(found))
    assert sum(map(len, found)) > len(NOISE) * keep - 140_000  # zstd gives blocks of 128 KiB


@pytest.mark.parametrize("packing", [Packing.GZIP, Packing.ZSTD])
def test_damage_is_told(packing: Packing) -> None:
    """A changed byte in the middle is found by the checksum at the latest."""
    packed = bytearray(PACK[packing](NOISE))
    packed[150_000] ^= 1

    with pytest.raises(Refused, match="damaged"):
        b"".join(unpacked([bytes(packed)], packing, "a.gz"))


@pytest.mark.parametrize("packing", [Packing.GZIP, Packing.ZSTD])
def test_a_bomb_is_stopped_at_the_limit(packing: Packing) -> None:
    """A gigabyte of zeros in a small file costs no more memory than the limit and a piece."""
    packed = PACK[packing](bytes(1 << 20)) * 1000
    tracemalloc.start()

    with pytest.raises(Refused) as caught:
        whole(unpacked(_cut(packed, 1 << 16), packing, "a"), 10 << 20, "a")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.outcome is Outcome.TOO_LARGE
    assert peak < 60 << 20


@given(st.binary(max_size=2000), st.booleans())
def test_deflate_is_read_in_both_forms(data: bytes, is_zlib: bool) -> None:
    """With the header that the standard asks for, and without it."""
    packer = zlib.compressobj(wbits=15 if is_zlib else -15)
    packed = packer.compress(data) + packer.flush()

    assert b"".join(inflated(packed, "a")) == data


@given(st.text(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), st.integers(1, 7))
def test_a_byte_order_mark_decides_the_encoding(text: str, encoding: str, size: int) -> None:
    """UTF-8 comes out of each encoding that has a mark, however the bytes arrive, and the mark is gone."""
    text = text.lstrip("\ufeff\x00")  # they would be marks, or make one of another encoding

    found = b"".join(as_utf8(_cut(text.encode(encoding), size)))

    assert found.decode() == text


def test_broken_utf_16_is_replaced() -> None:
    """Half a character and a lone surrogate become U+FFFD, and the rest stays."""
    found = b"".join(as_utf8([b"\xff\xfea\x00\x00\xd8b\x00c"]))

    assert found.decode() == "a\ufffdb\ufffd"


@given(st.lists(st.binary(max_size=30).map(lambda each: each.replace(b"\n", b"")), max_size=20), st.integers(1, 40))
def test_lines_are_what_split_gives(wanted: list[bytes], size: int) -> None:
    """However the bytes arrive, lines are found and numbered, blank ones not; those beyond the limit are not kept."""
    data = b"\n".join(wanted)

    found = [*lines(_cut(data, size), 20)]

    numbered = [(at, each if len(each) <= 20 else None) for at, each in enumerate(wanted, 1)]
    assert found == [(at, each) for at, each in numbered if each is None or each.strip()]
