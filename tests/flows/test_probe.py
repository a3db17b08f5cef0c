"""`newsfold sources probe`: what a poll of an address would find."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flows.looking.sources_cli import sources_app
from ingest.sources import Feed, Sitemap, Source, parse_sources
from tests.newsroom import Newsroom, Outlet

_CONTACT = "desk@gazette.example"
_LONG = "\n".join("Forty words say little by themselves and so there are many of them here. " * 3 for _ in range(6))


@pytest.fixture
def gazette() -> Iterator[Outlet]:
    """Give an outlet that has published three stories."""
    with Newsroom() as room:
        outlet = room.outlet("gazette")
        for number in range(3):
            outlet.publish(f"story-{number}", title=f"Headline {number}")
        yield outlet


def run(url: str, *words: str, allow_private: bool = True, **environment: str | None) -> Result:
    """Run `newsfold sources probe` to its end."""
    env = {"NEWSFOLD_PACE_MS": "0", "NEWSFOLD_CONTACT": None, **environment}
    private = ["--allow-private"] if allow_private else []
    return CliRunner(env=env).invoke(sources_app, ["probe", url, *private, *words])


def found(url: str) -> dict[str, Any]:  # Any: JSON
    """Give what a probe finds, as a program reads it."""
    done = run(url, "--json")
    assert (done.exit_code, done.stderr) == (0, ""), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def only_source(document: dict[str, Any]) -> Source:  # Any: JSON
    """Give the source that the lines for sources.toml make."""
    (source,) = parse_sources(document["source"].encode(), name="sources.toml", folder=Path())
    return source


def failure(done: Result) -> str:
    """Give the one line of a probe that found nothing."""
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return str(line)


def test_a_feed_tells_all_a_person_asks(gazette: Outlet) -> None:
    """A feed's kind, pages, validators, robots.txt, newest pages and requests are told, newest first."""
    gazette.robots("User-agent: *\nDisallow: /news/story-1\nCrawl-delay: 0.1")

    document = found(gazette.url("/feed.xml"))

    assert (document["kind"], document["pages"], document["pages_with_text"]) == ("rss", 3, 0)
    assert (document["is_discovered"], document["moved_to"], document["pages_forbidden"]) == (False, None, 1)
    assert document["etag"]
    assert document["last_modified"]
    assert [page["title"] for page in document["newest"]] == ["Headline 2", "Headline 1", "Headline 0"]
    assert document["newest"][0]["url"] == gazette.url("/news/story-2")
    assert document["newest"][0]["published_at"].endswith("Z")
    assert document["robots"] == [{"origin": gazette.url(""), "state": "found", "delay_s": 0.1}]
    assert [(visit["url"], visit["status"]) for visit in document["visits"]] == [
        (gazette.url("/robots.txt"), 200),
        (gazette.url("/feed.xml"), 200),
    ]


def test_the_lines_for_the_list_make_the_source(gazette: Outlet) -> None:
    """What is printed at the end is a source that `sources check` takes, with the access that was given."""
    source = only_source(found(gazette.url("/feed.xml")))

    assert source.kind == Feed(url=gazette.url("/feed.xml"))
    assert (source.key, source.language, source.access.allow_private) == (gazette.host, "en", True)


def test_a_front_page_leads_to_its_feed(gazette: Outlet) -> None:
    """A page is searched for its feed, and the feed is what is to be listed."""
    document = found(gazette.url("/"))

    assert (document["kind"], document["is_discovered"], document["pages"]) == ("rss", True, 3)
    assert only_source(document).kind == Feed(url=gazette.url("/feed.xml"))


def test_an_index_of_sitemaps_is_followed(gazette: Outlet) -> None:
    """An index has the pages of the sitemaps it names, and is listed as a sitemap."""
    document = found(gazette.url("/sitemap_index.xml.gz"))

    assert (document["kind"], document["pages"]) == ("sitemap-index", 3)
    assert only_source(document).kind == Sitemap(url=gazette.url("/sitemap_index.xml.gz"))


@pytest.mark.parametrize(("status", "listed"), [(301, "/feed.xml"), (302, "/old.xml")])
def test_a_feed_that_moved_for_good_is_listed_where_it_is(gazette: Outlet, status: int, listed: str) -> None:
    """A permanent redirect is told of and followed into the list; a passing one shows among the requests alone."""
    gazette.redirect("/old.xml", "/feed.xml", status=status)

    document = found(gazette.url("/old.xml"))

    assert document["moved_to"] == (gazette.url("/feed.xml") if status == 301 else None)
    assert [visit["status"] for visit in document["visits"][1:]] == [status, 200]
    assert only_source(document).kind == Feed(url=gazette.url(listed))


def test_a_feed_that_carries_the_articles_says_so(gazette: Outlet) -> None:
    """Where every page's text stands in the feed, that is counted, and offered as a setting."""
    for number in range(3):
        gazette.amend(f"story-{number}", text=_LONG)
    gazette.full_text = True

    document = found(gazette.url("/feed.xml"))

    assert document["pages_with_text"] == 3
    assert "# full_text_in_feed = true" in document["source"]
    assert only_source(document).full_text_in_feed is False


def test_what_is_left_out_is_told(gazette: Outlet) -> None:
    """A line without a link, and what a listing notes, are shown; the rest is found."""
    feed = """<rss><channel><item><title>Nowhere</title></item>
        <item><title>Here</title><link>/a</link><pubDate>Thu, 01 Jan 1801 00:00:00 GMT</pubDate></item>"""
    gazette.put("/broken.xml", feed, media_type="application/rss+xml")

    text = run(gazette.url("/broken.xml")).stdout

    assert '\nleft out\n  malformed: "Nowhere": there is no link\n' in text
    assert "\nnotes\n  " in text
    assert "  Here\n" in text
    assert "gives no ETag and no Last-Modified" in text
    assert f"{gazette.url('')} has no robots.txt" in text
    assert text.count("[[source]]") == 1


def test_a_hostile_headline_is_shown_not_obeyed(gazette: Outlet) -> None:
    """What would steer a terminal comes out as a mark, in each form."""
    title = "Calm\x1b[2J \u202eseas\x9b1m"
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "G",
        "items": [{"id": "1", "url": "/a", "title": title}],
    }
    gazette.put("/feed", json.dumps(feed), media_type="application/feed+json")

    for form in ([], ["--json"]):
        done = run(gazette.url("/feed"), *form)
        assert done.exit_code == 0
        assert not set(done.stdout) & set("\x1b\x9b\u202e")


def test_nothing_found_is_one_line(gazette: Outlet) -> None:
    """A page that leads nowhere, a feed of nothing, an error and a ban are one line each, and exit code 1."""
    gazette.put("/empty.xml", "<rss><channel/></rss>", media_type="application/rss+xml")

    assert failure(run(gazette.url("/empty.xml"))).endswith("not_a_feed: rss, but it lists no page")
    assert failure(run(gazette.url("/nothing"))).endswith("/nothing: http_error: HTTP 404")
    assert failure(run("http://127.0.0.1:9/feed.xml")).endswith("/feed.xml: unreachable: connection refused")
    for path in ("/feed.xml", "/atom.xml"):
        gazette.put(path, "gone fishing", media_type="text/plain")
    assert "a page of HTML; its front page leads to no feed" in failure(run(gazette.url("/news/story-1"), "--json"))
    gazette.robots("User-agent: *\nDisallow: /")
    assert failure(run(gazette.url("/feed.xml"))).endswith("robots: its robots.txt says not to ask for it")


def test_strangers_are_asked_by_those_alone_who_can_be_reached(gazette: Outlet) -> None:
    """Without NEWSFOLD_CONTACT only private addresses are asked, and those only when that is said."""
    unreachable = run(gazette.url("/feed.xml"), allow_private=False)
    public = run("http://192.88.100.1/feed")
    private = run(gazette.url("/feed.xml"), allow_private=False, NEWSFOLD_CONTACT=_CONTACT)

    assert (unreachable.exit_code, public.exit_code, private.exit_code) == (2, 2, 1)
    for done in (unreachable, public):
        assert done.stdout == ""
        assert "NEWSFOLD_CONTACT" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert ": address: " in failure(private)
    assert gazette.visits == []


@pytest.mark.parametrize("url", ["ftp://gazette.example/", "https://me:secret@gazette.example/", "http://", ""])
def test_what_is_no_address_is_misuse(url: str) -> None:
    """An address that cannot be asked is one line and exit code 2, and a password is not repeated."""
    done = run(url)

    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr
