"""The beginning of an article that has to be paid for is stored as what it is."""

from storage import tables
from tests.storage.articles import Newsdesk, article, prose, published


def test_a_teaser_does_not_speak_for_a_whole_text(desk: Newsdesk) -> None:
    """The whole article is canonical though the teaser came first, also when it comes in a batch of its own."""
    whole = prose(1, 12)
    teaser = "\n".join(whole.split("\n")[:8]) + "\nIt is a teaser."

    desk.load(article("gazette/1", teaser, is_teaser=True, **published(0)))
    alone = desk.variants("relation", "is_teaser")
    desk.load(article("post/1", whole, **published(3)))

    assert alone == {"gazette/1": ("canonical", True)}
    assert desk.variants("is_canonical", "is_teaser") == {"gazette/1": (False, True), "post/1": (True, False)}
    (why,) = [row[1] for row in desk.rows(tables.Story, "id", "canonical_why")]
    assert "complete before cut" in why


def test_a_teaser_that_becomes_whole_is_whole(desk: Newsdesk) -> None:
    """A page that gives all of the article later is revised, and the earlier text stays known as a teaser."""
    desk.load(article("gazette/1", prose(1, 4), is_teaser=True))
    desk.load(article("gazette/1", prose(1, 12)))

    assert desk.variants("is_teaser") == {"gazette/1": False}
    assert desk.rows(tables.Revision, "number", "is_teaser", "reason") == [(1, True, "outlet")]


def test_a_flash_is_cut_until_its_text_comes(desk: Newsdesk) -> None:
    """An article that is its headline alone speaks for no whole text; revised by its text, it is whole."""
    headline = prose(1, 3).replace("\n", " ")

    desk.load(article("gazette/1", headline, title=headline))
    alone = desk.variants("is_cut", "is_teaser")
    desk.load(article("gazette/1", prose(1, 12), title=headline))

    assert alone == {"gazette/1": (True, False)}
    assert desk.variants("is_cut") == {"gazette/1": False}
