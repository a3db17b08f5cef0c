"""Stories for other programs: feeds and news items that their standards' readers understand."""

import json
from dataclasses import replace as changed
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import feedparser

from query.feeds import ATOM, TOMBSTONES, atom, json_feed, web_address
from query.listing import changed_stories
from storage import tables
from storage.asking import Question
from storage.reading import reading
from tests.query.conftest import Ask, ask_newsfold
from tests.storage.stories import NOON, add, replace, variant


def test_an_atom_feed_has_an_entry_a_story(ask: Ask) -> None:
    """A feed reader finds each story once, dated by its last change, with a link to each outlet's article."""
    said = ask("export", "--format", "atom", "--base", "https://news.example/")

    found = feedparser.parse(said.stdout.encode())

    assert (found.bozo, found.version) == (False, "atom10")
    assert [entry.id for entry in found.entries] == [f"https://news.example/stories/{number}" for number in (1, 2, 5)]
    first = found.entries[0]
    assert (first.title, first.updated) == ("Orrin Steel to close last furnace", "2026-05-20T12:00:00Z")
    assert [link.rel for link in first.links] == ["alternate", "related", "related", "related"]
    assert {"covered", "independent"} <= {tag.term for tag in first.tags}


def test_a_story_keeps_its_name_without_a_base(ask: Ask) -> None:
    """Where nobody says where newsfold is served, a story is named by its first variant."""
    one, other = (ask("export", "--format", "atom", *more).stdout for more in ([], ["--min-variants", "2"]))

    assert feedparser.parse(one).entries[0].id == feedparser.parse(other).entries[0].id
    assert feedparser.parse(one).entries[0].id.startswith("urn:uuid:")


def test_an_entry_is_dated_by_its_outlets_and_by_what_changed(own_url: str) -> None:
    """A story was published when the first outlet published it, and updated when a text came or a person changed it."""
    said: Any = {"story_id": 1, "kind": "pinned", "actor": "ann", "run_id": None, "detail": ""}
    add(own_url, *(tables.Change(id=90 + hours, at=NOON + timedelta(hours=hours), **said) for hours in (2, 1)))

    atom_entries = feedparser.parse(ask_newsfold("export", "--format", "atom", url=own_url).stdout.encode())
    items = json.loads(ask_newsfold("export", "--format", "jsonfeed", url=own_url).stdout)["items"]

    dates = [(entry.published, entry.updated) for entry in atom_entries.entries]
    assert dates == [(item["date_published"], item["date_modified"]) for item in items]
    assert dates[0] == ("2026-05-20T09:00:00Z", "2026-05-20T14:00:00Z")
    assert atom_entries.feed.updated == "2026-05-20T14:00:00Z"


def test_a_guessed_date_is_no_publication(own_url: str) -> None:
    """Where no outlet says when it published, a story counts as published when it was first seen."""
    replace(own_url, variant(21, 2, published_from="guess"))

    with reading(own_url) as reader:
        published = {told.story.id: told.published_at for told in changed_stories(reader, Question())}

    assert published == {1: NOON - timedelta(hours=3), **dict.fromkeys((2, 5), NOON - timedelta(hours=2))}


def test_a_withdrawn_story_is_a_deleted_entry(stories_url: str) -> None:
    """A feed tells its readers to forget what was withdrawn; a JSON Feed leaves it out."""
    with reading(stories_url) as reader:
        first = next(changed_stories(reader, Question()))
    told = [changed(first, story=changed(first.story, is_withdrawn=True), changed_at=NOON + timedelta(hours=3))]

    feed = ET.fromstring(atom(told, title="t", base="https://news.example", now=NOON))

    [gone] = feed.findall(f"{{{TOMBSTONES}}}deleted-entry")
    assert gone.attrib == {"ref": "https://news.example/stories/1", "when": "2026-05-20T15:00:00Z"}
    assert feed.findall(f"{{{ATOM}}}entry") == []
    assert json_feed(told, title="t", base=None)["items"] == []


def test_any_text_can_be_in_a_feed(own_url: str) -> None:
    """Markup in a headline is text, what XML cannot hold is replaced, and an address of a script is no link."""
    replace(own_url, variant(21, 2, title="<b>&\x0b]]>\ufffe", url="javascript:alert(1)"))

    said = ask_newsfold("export", "--format", "atom", "--source", "northwire", url=own_url)

    found = feedparser.parse(said.stdout.encode())
    entry = next(entry for entry in found.entries if "alert" not in entry.get("link", "") and "&" in entry.title)
    assert not found.bozo
    assert "links" not in entry
    assert web_address("JavaScript:alert(1)") is None


def test_a_json_feed_is_one(ask: Ask) -> None:
    """A JSON Feed has what version 1.1 requires, and of each story the text of its canonical variant."""
    feed = json.loads(ask("export", "--format", "jsonfeed").stdout)

    assert (feed["version"], feed["title"]) == ("https://jsonfeed.org/version/1.1", "newsfold")
    assert feed["items"][0]["url"] == "https://northwire.example/11"
    assert all(item["id"] and item["content_text"] and item["date_modified"].endswith("Z") for item in feed["items"])


def test_ninjs_has_the_other_variants_as_associations(ask: Ask) -> None:
    """A story is a ninjs 3.0 item of its canonical text, and each other variant is associated with it."""
    first, *_ = (json.loads(line) for line in ask("export", "--format", "ninjs").lines)

    assert (first["standard"]["version"], first["type"], first["pubStatus"]) == ("3.0", "text", "usable")
    assert first["headlines"][0]["value"] == "Orrin Steel to close last furnace"
    assert first["bodies"][0]["charCount"] == len(first["bodies"][0]["value"])
    assert [(one["name"], one["uri"]) for one in first["associations"]] == [
        ("copy", "https://harbour-post.example/12"),
        ("coverage", "https://lowland-ledger.example/13"),
    ]
    assert {"name": "Northwire", "role": "originator"} in first["infoSources"]


def test_a_news_article_says_who_published_what_when(ask: Ask) -> None:
    """A story is a schema.org NewsArticle with headline, text, dates, publisher and language."""
    found = [json.loads(line) for line in ask("export", "--format", "newsarticle", "--language", "pt").lines]

    [article] = found
    assert (article["@context"], article["@type"]) == ("https://schema.org", "NewsArticle")
    assert (article["inLanguage"], article["publisher"]["name"]) == ("pt-BR", "vesper-tribune")
    assert article["datePublished"] == "2026-05-20T09:00:00Z"


def test_an_unknown_form_is_wrong_usage(ask: Ask) -> None:
    """A form that nobody reads ends with 2."""
    assert ask("export", "--format", "rss").code == 2
