"""What leaves newsfold is what the standards say, whatever is stored."""

from dataclasses import replace as changed
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest.outlines import write_opml
from ingest.sources import parse_sources
from query import export, feeds, news_items
from query.listing import changed_stories
from storage.asking import Question
from storage.reading import reading
from tests.query.standards import faults_of_json, faults_of_xml
from tests.storage.stories import NOON, replace, variant

_BASES = [None, "https://news.example"]
_FORMS = {"ninjs": news_items.ninjs, "newsarticle": news_items.news_article}
_HOSTILE = "<b>&\x0b]]>\ufffe \"'=cmd()"


@pytest.fixture
def told(own_url: str) -> list[feeds.Told]:
    """Give stories with all that a variant can have, one with hardly anything, and one that was withdrawn."""
    full: Any = {"byline": _HOSTILE, "credit": "AP", "language": "pt-BR", "image": "https://a.example/1.jpg"}
    replace(own_url, variant(11, 1, title=_HOSTILE, section="Town", publisher="Northwire", is_canonical=True, **full))
    bare: Any = {"title": "", "byline": None, "language": None, "published_at": None, "url": "inbox/page 1.txt"}
    replace(own_url, variant(21, 2, is_canonical=True, is_teaser=True, **bare))
    with reading(own_url) as reader:
        stories = list(changed_stories(reader, Question()))
    return [*stories, changed(stories[0], story=changed(stories[0].story, is_withdrawn=True))]


@pytest.mark.parametrize("base", _BASES)
def test_feeds_are_atom_and_json_feed(told: list[feeds.Told], base: str | None) -> None:
    """A feed of any stories is Atom (RFC 4287, RFC 6721) and JSON Feed 1.1, one of none as well."""
    for stories in (told, []):
        atom = feeds.atom(stories, title="newsfold", base=base, now=NOON)
        out = BytesIO()
        export.write_document(out, feeds.json_feed(stories, title="newsfold", base=base))

        assert faults_of_xml(atom, "atom") == []
        assert faults_of_json(out.getvalue(), "jsonfeed") == []


@pytest.mark.parametrize("base", _BASES)
@pytest.mark.parametrize("standard", _FORMS)
def test_items_are_ninjs_and_news_articles(told: list[feeds.Told], standard: str, base: str | None) -> None:
    """A story is a ninjs 3.0 item and a schema.org NewsArticle, whatever is known of it."""
    for each in told:
        out = BytesIO()
        export.write_lines(out, [_FORMS[standard](each.story, each.variants, base=base)])

        assert faults_of_json(out.getvalue(), standard) == []


def test_a_list_of_feeds_is_opml(tmp_path: Path) -> None:
    """The feeds of a list of sources are OPML 2.0, and so is a list without any."""
    sources = parse_sources(
        b'[[source]]\nkey = "a"\nname = "A & <B>"\nfeed = "https://a.example/feed?x=1&y=2"\nlanguage = "pt-BR"\n'
        b'[[source]]\nkey = "b"\nname = "B"\nsitemap = "https://b.example/map.xml"\n',
        name="sources.toml",
        folder=tmp_path,
    )

    assert faults_of_xml(write_opml(sources), "opml") == []
    assert faults_of_xml(write_opml([]), "opml") == []


def test_the_schemas_find_what_is_wrong(told: list[feeds.Told]) -> None:
    """A time without a zone, an entry without its id, and a property that no standard knows are found."""
    atom = feeds.atom(told, title="newsfold", base=None, now=NOON)
    item = orjson.loads(
        orjson.dumps(news_items.ninjs(told[0].story, told[0].variants, base=None), option=orjson.OPT_UTC_Z)
    )

    assert faults_of_xml(atom.replace(b"00Z</updated>", b"00</updated>"), "atom")
    assert faults_of_xml(atom.replace(b"<id>urn:uuid", b"<id>urn uuid"), "atom")
    assert faults_of_json(orjson.dumps(item | {"versioncreated": "2026"}), "ninjs")
    assert faults_of_json(orjson.dumps({"version": "https://jsonfeed.org/version/1", "items": []}), "jsonfeed")
    assert faults_of_json(b'{"@context": "https://schema.org", "@type": "NewsArticle"}', "newsarticle")
    assert faults_of_xml(b'<opml version="2.0"><head/><body/></opml>', "opml")
