"""JSON Feeds that lie about their types. What ordinary ones give is in cases/feeds."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.entries import MOST_ENTRIES
from ingest.outcome import Outcome, Refused
from tests.ingest.fetch.listings import listing, titles

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    (
        "id",
        "url",
        "title",
        "content_html",
        "content_text",
        "date_published",
        "author",
        "authors",
        "image",
        "attachments",
    )
)


@given(st.lists(_JSON | st.dictionaries(_FIELDS, _JSON, max_size=4), max_size=4), _JSON)
def test_5_01_any_types_give_entries_or_reasons(items: list[object], language: object) -> None:
    """Each item is an entry, or is rejected, or names a page again; whatever its fields hold."""
    found = listing(json.dumps({"items": items, "language": language}))

    assert found.kind == "json-feed"
    assert len(found.entries) + len(found.rejections) <= len(items)


@pytest.mark.parametrize(
    "body",
    [
        '{"items":' + "[" * 2_000_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        '{"items": ' + "9" * 10_000 + "}",
    ],
    ids=["items", "lists", "objects", "digits"],
)
def test_5_01_endless_json_is_no_feed(body: str) -> None:
    """JSON nested too deep, or with a number too long, is refused at once."""
    began = time.process_time()

    with pytest.raises(Refused) as refused:
        listing(body)

    assert refused.value.outcome is Outcome.NOT_A_FEED
    assert time.process_time() - began < 2


@pytest.mark.parametrize("body", ["{}", "[]", '{"items": null}', '{"items": {"url": "https://gazette.example/"}}', "{"])
def test_json_without_a_list_of_items_is_no_feed(body: str) -> None:
    """JSON that is something else, or broken from the start, is no feed."""
    with pytest.raises(Refused) as refused:
        listing(body)

    assert refused.value.outcome is Outcome.NOT_A_FEED


def test_3_03_half_a_pair_becomes_a_mark() -> None:
    """A lone surrogate in JSON becomes U+FFFD, and the other items stay as they are."""
    found = listing(r'{"items": [{"url": "/a", "title": "x\ud800y"}, {"url": "/b", "title": "\ud83d\ude00"}]}')

    assert titles(found) == ["x\ufffdy", "\U0001f600"]


def test_5_05_the_newest_items_of_many_are_kept() -> None:
    """Of too many items the newest stay, in the order of the feed."""
    items = [{"url": f"/{n}", "date_published": f"2026-05-{1 + n % 2:02}T00:00:00Z"} for n in range(2 * MOST_ENTRIES)]

    found = listing(json.dumps({"items": items}))

    assert found.notes == ("cut at the newest 5,000 entries of 10,000",)
    assert {entry.published_at.day for entry in found.entries if entry.published_at} == {2}
