"""Sitemaps without end. What ordinary ones give is in cases/feeds."""

import gzip
import time
import zlib

import pytest

from ingest.fetch.sitemaps import MOST_FILES, MOST_URLS, Walk
from ingest.outcome import Outcome, Refused
from tests.ingest.fetch.listings import listing


def _sitemap(*urls: str) -> str:
    return "<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>"


def _walked(start: str, children: dict[str, list[str]]) -> tuple[list[str], tuple[str, ...]]:
    walk = Walk(start)
    asked = []
    while (url := walk.step()) is not None:
        asked.append(url)
        walk.found(children.get(url, []))
    return asked, walk.notes


def test_5_10_an_index_that_contains_itself_is_asked_for_once() -> None:
    """Indexes that name themselves and one another are each asked for once."""
    asked, notes = _walked("a", {"a": ["a", "b", "c"], "b": ["a", "c"], "c": ["b"]})

    assert asked == ["a", "b", "c"]
    assert notes == ()


def test_5_10_indexes_go_three_deep() -> None:
    """What lies deeper than an index in an index is not asked for, and that is told."""
    asked, notes = _walked("1", {"1": ["2"], "2": ["3"], "3": ["4"], "4": ["5"]})

    assert asked == ["1", "2", "3"]
    assert notes == ("cut at 3 sitemaps one inside another, 1 not asked for",)


def test_5_10_an_index_without_end_stops_at_fifty() -> None:
    """No more than fifty sitemaps are asked for, and the others are told of."""
    asked, notes = _walked("0", {"0": [str(n) for n in range(1, 200)]})

    assert len(asked) == MOST_FILES
    assert notes == ("cut at 50 sitemaps, 150 not asked for",)


def test_5_10_a_sitemap_has_fifty_thousand_lines() -> None:
    """A sitemap of more lines is cut where the protocol ends, within seconds, and says so."""
    body = _sitemap(*(f"https://gazette.example/{n}" for n in range(MOST_URLS + 5)))
    began = time.process_time()

    found = listing(body)

    assert time.process_time() - began < 6
    assert len(found.entries) == MOST_URLS
    assert found.notes == ("cut at the first 50,000 lines",)


def test_5_10_a_bomb_is_refused() -> None:
    """A packed sitemap that unpacks to more than 50 MiB is refused as it does."""
    bomb = zlib.compressobj(1, zlib.DEFLATED, 31)
    body = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(60)) + bomb.flush()

    with pytest.raises(Refused) as refused:
        listing(body)

    assert refused.value.outcome is Outcome.TOO_LARGE


def test_5_09_a_packed_sitemap_cut_short_keeps_its_lines() -> None:
    """Of a packed sitemap that arrives in part, the lines that arrived whole are kept."""
    lines = [f"https://gazette.example/{n * n * 7919}" for n in range(5_000)]
    packed = gzip.compress(_sitemap(*lines).encode())

    found = listing(packed[: len(packed) // 2])

    assert 1_000 < len(found.entries) < 4_000
    assert [entry.url for entry in found.entries] == lines[: len(found.entries)]
    assert [note.partition(":")[0] for note in found.notes] == ["partial", "partial"]


def test_5_10_a_list_has_fifty_thousand_lines() -> None:
    """A text with more addresses is cut as well, and says so."""
    found = listing("".join(f"https://gazette.example/{n}\n" for n in range(MOST_URLS + 1)), media_type="text/plain")

    assert len(found.entries) == MOST_URLS
    assert found.notes == ("cut at the first 50,000 of 50,001 lines",)


def test_2_09_a_list_of_paths_is_no_list() -> None:
    """Local paths and other schemes are never taken for addresses, from whatever list."""
    with pytest.raises(Refused) as refused:
        listing("/etc/passwd\n-\nfile:///etc/passwd\nhttps://gazette.example/\n", media_type="text/plain")

    assert refused.value.outcome is Outcome.NOT_A_FEED
