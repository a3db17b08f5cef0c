"""What is known of an article beside its text stands in its row."""

from datetime import date

from ingest.document import DateOrigin, TextOrigin
from storage import tables
from tests.storage.articles import Newsdesk, article, prose, published


def test_where_the_text_is_from_and_its_media(desk: Newsdesk) -> None:
    """A variant says where its text was read, and names its media; most have the page's and none."""
    media = ("https://gazette.example/1.jpg", "https://gazette.example/half\ud83d.mp4")
    desk.load(article("gazette/1", prose(1), text_from=TextOrigin.FEED, media=media), article("post/1", prose(2)))

    assert desk.rows(tables.Variant, "id", "text_from", "media") == [
        (1, "feed", '["https://gazette.example/1.jpg","https://gazette.example/half?.mp4"]'),
        (2, "page", None),
    ]


def test_a_revision_brings_its_own(desk: Newsdesk) -> None:
    """A revised variant has the origin and the media of its new text."""
    media = ("https://gazette.example/1.jpg",)
    desk.load(article("gazette/1", prose(1), text_from=TextOrigin.FEED, media=media))

    desk.load(article("gazette/1", prose(2)))

    assert desk.rows(tables.Variant, "id", "text_from", "media") == [(1, "page", None)]


_ABOUT = ("id", "published_on", "modified_at", "modified_from", "section", "publisher", "image")


def test_what_the_page_says_about_itself(desk: Newsdesk) -> None:
    """The day as readers saw it, the last change, section, publisher and picture stand beside the text."""
    said = {"section": "Coast", "publisher": "The Gazette", "image": "https://gazette.example/half\ud83d.jpg"}
    changed = published(2)["published_at"]
    times = published(-14) | {"published_on": date(2026, 5, 19)}
    given = article("gazette/1", prose(1), modified_at=changed, modified_from=DateOrigin.JSON_LD, **said, **times)

    desk.load(given, article("post/1", prose(2)))

    assert desk.rows(tables.Variant, *_ABOUT) == [
        (1, "2026-05-19", changed, "json-ld", "Coast", "The Gazette", "https://gazette.example/half?.jpg"),
        (2, *(None,) * 6),
    ]


def test_a_revision_says_it_anew(desk: Newsdesk) -> None:
    """With a new text come the facts of the page as it is now."""
    desk.load(article("gazette/1", prose(1), section="Coast"))

    desk.load(article("gazette/1", prose(2), section="Ports", published_on=date(2026, 5, 19)))

    assert desk.rows(tables.Variant, "section", "published_on") == [("Ports", "2026-05-19")]
