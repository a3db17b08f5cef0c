"""Stories for other programs: feeds of a question, and one story as a news item."""

from pathlib import Path

import feedparser
import pytest

from ingest.fetch.opml import read_opml
from tests.query.serve.newsstand import Served, served
from tests.query.standards import faults_of_xml


def _furnace(stand: Served) -> int:
    return int(stand.ask("/api/search?q=furnace").json()[0]["story_id"])


def test_a_question_is_an_atom_feed(stand: Served) -> None:
    """What is asked for is a feed that readers take: an entry a story, each with its page, and an ETag that holds."""
    answer = stand.ask("/api/stories.atom?outlet=harbour")
    feed = feedparser.parse(answer.content)
    asked = stand.ask("/api/stories?outlet=harbour").json()["stories"]

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert not feed.bozo
    assert feed.feed.title == "newsfold: outlet harbour"
    assert [entry.link.rpartition("/")[2] for entry in feed.entries] == [str(story["id"]) for story in asked]
    assert stand.ask(feed.entries[0].link.removeprefix(stand.base)).status_code == 200
    again = stand.ask("/api/stories.atom?outlet=harbour", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_feeds_name_stories_as_the_operator_says(own_stand: Served) -> None:
    """Where the operator says where the server is reached, a story has one name, whatever the server was asked as."""
    with served(own_stand.url, page_url="https://news.example") as stand:
        atom = feedparser.parse(stand.ask("/api/stories.atom", headers={"Host": "localhost:99"}).content)
        item = stand.ask(f"/api/stories/{_furnace(stand)}/ninjs").json()

    assert {name.partition("/stories/")[0] for name in [entry.id for entry in atom.entries] + [item["uri"]]} == {
        "https://news.example"
    }


def test_nothing_found_is_an_empty_feed(stand: Served) -> None:
    """A question that nothing answers is a feed all the same, the same one each time."""
    first, again = (stand.ask("/api/stories.atom?outlet=nobody") for _ in range(2))

    assert (first.status_code, feedparser.parse(first.content).entries) == (200, [])
    assert first.headers["etag"] == again.headers["etag"]


def test_a_question_is_a_json_feed(stand: Served) -> None:
    """The same as JSON Feed 1.1, each item under the address of its story."""
    answer = stand.ask("/api/stories.jsonfeed?q=furnace")
    feed = answer.json()

    assert answer.headers["content-type"].startswith("application/feed+json")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"].rpartition("/")[2] for item in feed["items"]] == [str(_furnace(stand))]


@pytest.mark.parametrize(("form", "names"), [("ninjs", {"uri", "standard"}), ("newsarticle", {"@context", "@id"})])
def test_a_story_is_a_news_item(stand: Served, form: str, names: set[str]) -> None:
    """One story stands alone as a news item of either form; what is no story is none."""
    story = _furnace(stand)
    found = stand.ask(f"/api/stories/{story}/{form}").json()

    assert names <= found.keys()
    assert f"/stories/{story}" in str(found)
    assert stand.ask(f"/api/stories/999999/{form}").status_code == 404


def test_the_sources_are_an_opml_list(filled: Path, tmp_path: Path) -> None:
    """The feeds of the list of sources are there for other programs, and where there is no list, none are."""
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nkey = "a"\nname = "A & B"\nfeed = "https://a.example/feed"\n')

    with served(f"sqlite:///{filled}", sources=str(sources)) as stand:
        answer, page = stand.ask("/api/sources.opml"), stand.ask("/sources").text
        again = stand.ask("/api/sources.opml", headers={"If-None-Match": answer.headers["etag"]})
    with served(f"sqlite:///{filled}") as bare:
        none = bare.ask("/api/sources.opml")

    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    assert [outline.url for outline in read_opml(answer.content)] == ["https://a.example/feed"]
    assert (faults_of_xml(none.content, "opml"), read_opml(none.content)) == ([], ())
    assert again.status_code == 304
    assert 'href="/api/sources.opml"' in page


def test_a_search_names_the_feed_of_its_stories(stand: Served) -> None:
    """A reader finds the feed of the stories that a search finds variants of."""
    page = stand.ask("/search?q=furnace").text

    assert 'type="application/atom+xml"' in page
    assert 'href="/api/stories.atom?q=furnace"' in page


def test_the_page_names_its_feed(stand: Served) -> None:
    """A reader finds the feed of a page of stories by itself, filters and all."""
    page = stand.ask("/?outlet=harbour").text

    assert '<link rel="alternate" type="application/atom+xml"' in page
    assert page.count("/api/stories.atom?outlet=harbour") == 2
