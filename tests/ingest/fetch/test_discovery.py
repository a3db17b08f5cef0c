"""Where a site's feed is."""

import time

import pytest

from ingest.fetch.discovery import MOST_FEEDS, feeds_in

_URL = "https://www.gazette.example/"


def test_stated_feeds_come_first_then_links_then_guesses() -> None:
    """What a page states as its feed is tried first, then its own links that look like one, then the usual paths."""
    html = """
        <head><link rel="stylesheet" href="/feed.css">
        <link rel="alternate" hreflang="fr" href="/fr/">
        <link REL='Alternate home' TYPE='application/rss+xml; charset=utf-8' HREF='/news/rss?a=1&amp;b=2'>
        <link rel=alternate type=application/atom+xml href=//feeds.gazette.example/atom>
        <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/"></head>
        <a href="/sport/rss.xml">RSS</a> <a href="https://elsewhere.example/feed">A friend's</a>
        <a href="/feedback">Feedback</a> <a href="javascript:feed()">no</a>
    """

    found = feeds_in(html, _URL)

    assert found[:4] == (
        "https://www.gazette.example/news/rss?a=1&b=2",
        "https://feeds.gazette.example/atom",
        "https://www.gazette.example/sport/rss.xml",
        "https://www.gazette.example/feed/",
    )
    assert not any("comments" in feed or "elsewhere" in feed or "feedback" in feed for feed in found)


def test_base_is_heeded() -> None:
    """Relative addresses are seen from the page's base."""
    html = '<base href="https://gazette.example/en/"><link rel="alternate" type="application/rss+xml" href="feed">'

    assert feeds_in(html, _URL)[0] == "https://gazette.example/en/feed"


def test_a_page_without_feeds_leaves_the_usual_paths() -> None:
    """Where a page names nothing, feeds are looked for where they usually are, within bounds."""
    found = feeds_in("<p>Nothing.", _URL)

    assert found[0] == "https://www.gazette.example/feed/"
    assert 3 < len(found) <= MOST_FEEDS


@pytest.mark.parametrize(
    "junk", ["<!--", "<a href=", "<link rel='", "<a href='x' ", "<a " * 9, "<a\thref=feed>", "=" * 9]
)
def test_5_04_hostile_pages_cost_little(junk: str) -> None:
    """Two megabytes of tags begun and never ended take no longer than others."""
    began = time.process_time()

    found = feeds_in(junk * (2_000_000 // len(junk)), _URL)

    assert len(found) <= MOST_FEEDS
    assert time.process_time() - began < 5
