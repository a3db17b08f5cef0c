"""What is known of an article beside its text stands in its row."""

from ingest.document import TextOrigin
from storage import tables
from tests.storage.articles import Newsdesk, article, prose, published


def test_where_the_text_is_from_and_its_media(desk: Newsdesk) -> None:
    """A variant says where its text was read, and names its media; most have the page's and none."""
    media = ("https://gazette.example/1.jpg", "https://gazette.example/half\ud83d.mp4")
    desk.load(
        article("gazette/1", prose(1), text_from=TextOrigin.FEED, media=media, **published(0)),
        article("post/1", prose(2), **published(1)),
    )

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
