"""Every kind of source, polled over real HTTP: feeds, sitemaps and their indexes, sites, lists."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.fetch.hosts import HostMemory
from ingest.fetch.poll import address_of, name_of
from ingest.fetch.response import Validators
from ingest.outcome import Outcome
from ingest.sources import Site, Sitemap, UrlList
from tests.ingest.fetch.asking import NOW
from tests.ingest.fetch.hasty import failed_poll, listed, paths, polled, source, state_after
from tests.newsroom import Newsroom, Outlet

_SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
_INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def _sitemap(outlet: Outlet, path: str, *slugs: str) -> str:
    lines = "".join(f"<url><loc>{outlet.url(f'/news/{slug}')}</loc></url>" for slug in slugs)
    return outlet.put(path, _SITEMAP.format(lines), media_type="application/xml")


def _index(outlet: Outlet, path: str, *children: str) -> str:
    lines = "".join(f"<sitemap><loc>{outlet.url(child)}</loc></sitemap>" for child in children)
    return outlet.put(path, _INDEX.format(lines), media_type="application/xml")


# What there is to be listed


@pytest.mark.parametrize(("path", "kind"), [("/feed.xml", "rss"), ("/atom.xml", "atom"), ("/feed.json", "json-feed")])
def test_a_feed_lists_its_articles(gazette: Outlet, path: str, kind: str) -> None:
    """Every kind of feed gives its entries, newest first, with what it says about them."""
    found = polled(gazette.url(path))

    assert (found.kind, paths(found), found.notes) == (kind, ["/news/ferry", "/news/storm"], ())
    assert listed(found).listed == 2
    assert [(entry.title, entry.byline) for entry in found.entries][1] == ("Storm over Port Vela", "Ada Quill")
    assert all(isinstance(entry.published_at, datetime) for entry in found.entries)


@pytest.mark.parametrize("path", ["/news-sitemap.xml", "/news-sitemap.xml.gz"])
def test_a_sitemap_lists_its_articles(gazette: Outlet, path: str) -> None:
    """A sitemap does, packed or not."""
    found = polled(Sitemap(url=gazette.url(path)))

    assert (found.kind, paths(found)) == ("sitemap", ["/news/ferry", "/news/storm"])


def test_an_index_is_read_with_its_sitemaps(gazette: Outlet) -> None:
    """The pages of all sitemaps that an index names come as one listing, each page once."""
    _sitemap(gazette, "/one.xml", "storm", "ferry")
    _sitemap(gazette, "/two.xml", "ferry", "quay")
    index = _index(gazette, "/index.xml", "/one.xml", "/two.xml")

    found = polled(Sitemap(url=index))

    assert (found.kind, paths(found)) == ("sitemap-index", ["/news/storm", "/news/ferry", "/news/quay"])
    assert listed(found).listed == 3
    assert found.notes == ()


def test_5_10_an_index_that_contains_itself_ends(gazette: Outlet) -> None:
    """MUST_HANDLE 5.10: itself, its parent and its twin are asked for once, however often they are named."""
    _sitemap(gazette, "/deep.xml", "storm")
    _index(gazette, "/inner.xml", "/index.xml", "/inner.xml", "/deep.xml")
    index = _index(gazette, "/index.xml", "/index.xml", "/inner.xml", "/inner.xml")

    found = polled(Sitemap(url=index))

    assert paths(found) == ["/news/storm"]
    assert [gazette.fetched(path) for path in ("/index.xml", "/inner.xml", "/deep.xml")] == [1, 1, 1]


def test_5_10_an_index_that_never_ends_is_cut_and_says_so(gazette: Outlet) -> None:
    """MUST_HANDLE 5.10: three deep, fifty files in all; what was not asked for is told of."""
    _sitemap(gazette, "/0.xml", "storm")
    children = [f"/{number}.xml" for number in range(60)]
    for number in range(1, 60):
        _index(gazette, f"/{number}.xml", f"/deeper-{number}.xml")
    index = _index(gazette, "/index.xml", *children)

    found = polled(Sitemap(url=index))

    asked = {visit.path for visit in gazette.visits} - {"/robots.txt"}
    assert len(asked) == 50
    assert paths(found) == ["/news/storm"]
    assert any("cut at 50 sitemaps" in note for note in found.notes)


def test_5_10_an_index_that_names_only_itself_has_failed(gazette: Outlet) -> None:
    """MUST_HANDLE 5.10: it is asked for once, and is no success, which would look like a quiet day."""
    found = polled(Sitemap(url=_index(gazette, "/index.xml", "/index.xml")))

    assert failed_poll(found).is_final is False
    assert gazette.fetched("/index.xml") == 1


def test_a_sitemap_that_cannot_be_had_is_told_of(gazette: Outlet) -> None:
    """Of an index with a broken sitemap, the others are read; where all are broken it failed, which may pass."""
    _sitemap(gazette, "/good.xml", "storm")
    gazette.put("/page.xml", "<html><body>Out of order</body></html>")
    some = _index(gazette, "/some.xml", "/gone.xml", "/page.xml", "/good.xml")
    none = _index(gazette, "/none.xml", "/gone.xml", "/page.xml")
    gazette.put("/gone.xml", "Gone", status=410)

    found, lost = polled(Sitemap(url=some)), polled(Sitemap(url=none))

    assert paths(found) == ["/news/storm"]
    assert [note.partition(": ")[2] for note in found.notes] == ["gone: HTTP 410", "not_a_feed: a page of HTML"]
    assert (failed_poll(lost).outcome, failed_poll(lost).is_final, failed_poll(lost).status) == (
        Outcome.HTTP_ERROR,
        False,
        None,
    )


def test_an_index_is_read_again_though_it_stays_the_same(gazette: Outlet) -> None:
    """A new page in a sitemap is found where the index, and its ETag, are what they were."""
    gazette.put("/index.xml", "")
    index = _index(gazette, "/index.xml", "/one.xml")
    _sitemap(gazette, "/one.xml", "storm")
    first = polled(Sitemap(url=index))
    same = polled(Sitemap(url=index), state_after(first))
    _sitemap(gazette, "/one.xml", "storm", "flood")

    again = polled(Sitemap(url=index), state_after(same))

    assert listed(same).body_key == listed(first).body_key
    assert listed(again).body_key != listed(first).body_key
    assert paths(again) == ["/news/storm", "/news/flood"]
    assert listed(first).validators == Validators()  # with one, the server might say that nothing changed
    assert state_after(same).outcome == "unchanged"


def test_a_host_that_is_not_ours_costs_its_sitemaps_alone(gazette: Outlet, room: Newsroom) -> None:
    """Sitemaps on a host that wants rest are left for the next poll; those elsewhere are read."""
    other = room.outlet("resting archive")
    _sitemap(gazette, "/one.xml", "storm")
    lines = [other.url("/a.xml"), other.url("/b.xml"), gazette.url("/one.xml")]
    body = _INDEX.format("".join(f"<sitemap><loc>{line}</loc></sitemap>" for line in lines))
    index = gazette.put("/index.xml", body, media_type="application/xml")

    found = polled(Sitemap(url=index), memories={other.host: HostMemory(rest_until=NOW + timedelta(hours=1))})

    assert paths(found) == ["/news/storm"]
    assert len(found.notes) == 1
    assert "left alone" in found.notes[0]
    assert other.visits == []


# A site


def test_a_site_is_asked_by_the_feed_it_names(gazette: Outlet) -> None:
    """The front page leads to the feed, which alone is asked from then on."""
    site = Site(url=gazette.url("/"))
    first = polled(site)
    gazette.publish("flood")

    second = polled(site, state_after(first))

    assert first.state.asked_url == gazette.url("/feed.xml")
    assert address_of(source(site), state_after(first)) == gazette.url("/feed.xml")
    assert paths(first) == ["/news/ferry", "/news/storm"]
    assert paths(second) == ["/news/flood", "/news/ferry", "/news/storm"]
    assert gazette.fetched("/") == 1


def test_a_feed_found_is_not_where_it_leads_for_once(gazette: Outlet) -> None:
    """A feed behind a temporary redirect is asked by the address that the front page names."""
    gazette.put("/", '<link rel="alternate" type="application/rss+xml" href="/latest">')
    gazette.redirect("/latest", "/feed.xml?ticket=7")

    found = polled(Site(url=gazette.url("/")))

    assert found.state.asked_url == gazette.url("/latest")
    assert len(found.entries) == 2


def test_a_site_without_a_feed_says_how_to_name_one(gazette: Outlet) -> None:
    """A front page that leads to none is no feed; the detail says what was tried, and the remedy."""
    gazette.put("/", "<html><body>We only have <a href='/rss'>this</a>.</body></html>")
    for path in ("/feed.xml", "/atom.xml", "/feed.json", "/news-sitemap.xml"):
        gazette.put(path, "Gone", status=410)

    failed = failed_poll(polled(Site(url=gazette.url("/"))))

    assert (failed.outcome, failed.status, failed.is_final) == (Outcome.NOT_A_FEED, None, True)
    assert "name one with feed =" in failed.detail
    assert "/rss: http_error: HTTP 404" in failed.detail


def test_a_site_whose_feed_is_busy_is_not_asked_by_another(gazette: Outlet) -> None:
    """While the best feed wants to be left alone, the next best does not become the source for good."""
    gazette.put("/", '<link rel="alternate" type="application/rss+xml" href="/main"><a href="/feed.xml">Sport</a>')
    gazette.throttle(429, retry_after=120, path="/main")

    found = polled(Site(url=gazette.url("/")))

    assert (failed_poll(found).status, failed_poll(found).retry_after_s) == (429, 120.0)
    assert found.state.asked_url is None
    assert gazette.fetched("/feed.xml") == 0


def test_a_site_that_is_gone_is_gone(gazette: Outlet) -> None:
    """410 for the front page ends the source, as it does for a feed."""
    gazette.put("/gone", "Gone", status=410)

    assert failed_poll(polled(Site(url=gazette.url("/gone")))).outcome is Outcome.GONE


# A list


def test_a_list_is_read_without_asking(tmp_path: Path) -> None:
    """The pages of a text file, and those in sources.toml; lines that are no addresses are told of."""
    path = tmp_path / "pages.txt"
    path.write_text("# ours\nhttps://gazette.example/a?utm_source=x\n\nno address\nhttps://gazette.example/b\n")
    urls = UrlList(urls=("https://gazette.example/a", "https://gazette.example/b"))

    found, inline = polled(UrlList(path=path)), polled(urls)

    assert (paths(found), paths(inline), found.kind) == (["/a", "/b"], ["/a", "/b"], "url-list")
    assert [(line.url, line.outcome) for line in found.rejections] == [("no address", Outcome.MALFORMED)]
    assert (address_of(source(urls), found.state), name_of(source(urls))) == (None, "the list of gazette")


def test_a_list_that_stays_the_same_is_not_read_again(tmp_path: Path) -> None:
    """What it lists is known; a further line is news."""
    path = tmp_path / "pages.txt"
    path.write_text("https://gazette.example/a\n")
    first = polled(UrlList(path=path))
    same = polled(UrlList(path=path), state_after(first))
    path.write_text("https://gazette.example/a\nhttps://gazette.example/b\n")

    more = polled(UrlList(path=path), state_after(same))

    assert (state_after(same).outcome, same.entries) == ("unchanged", ())
    assert paths(more) == ["/a", "/b"]


@pytest.mark.parametrize(
    ("content", "outcome"), [(None, Outcome.VANISHED), (b"", Outcome.NOT_A_FEED), (b"\0\1\2", Outcome.NOT_A_FEED)]
)
def test_a_list_that_is_none(tmp_path: Path, content: bytes | None, outcome: Outcome) -> None:
    """A file that is gone, empty or no text has failed."""
    path = tmp_path / "pages.txt"
    if content is not None:
        path.write_bytes(content)

    assert failed_poll(polled(UrlList(path=path))).outcome is outcome
