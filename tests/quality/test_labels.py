"""The labels the line model learns from."""

from tests.quality.comments import comments_in
from tests.quality.labels import lines_of

_FIRST = "The night train to the coast runs again from Monday, the operator said, after a summer of work on the tunnel."
_LAST = "Tickets went on sale at noon, and those for the first three weekends were gone before the evening was over."


def test_a_heading_is_the_articles_where_it_stands_in_the_text() -> None:
    """A table of contents repeats headings, and a menu repeats words: neither is the article's."""
    page = ["What it costs", "Monday", _FIRST, "What it costs", _LAST, "The operator said"]
    gold = f"{_FIRST}\nWhat it costs\n{_LAST}"

    assert lines_of(gold, page) == [False, False, True, True, True, False]


def test_of_a_line_said_twice_one_is_the_articles() -> None:
    """A page that has a paragraph twice, for two widths of screens, is labelled with one of them."""
    assert sum(lines_of(f"{_FIRST}\n{_LAST}", [_FIRST, _FIRST, _LAST])) == 2


def test_comments_are_known_by_their_element_and_by_not_being_the_article() -> None:
    """Lines in an element called comments count, but not where it holds the article."""
    page = f'<div class="comments-on"><p>{_FIRST}</p></div><ol class="userComments"><li>{_LAST}</li></ol>'

    assert list(comments_in(page, _FIRST)) == [_LAST]


def test_what_holds_the_headline_is_not_the_comments() -> None:
    """An element that is named for the comments it may show, and holds the whole page, is none of them."""
    page = f'<div class="enableComments"><h1>Night train</h1><p>{_FIRST}</p><p>{_LAST}</p></div>'

    assert not list(comments_in(page, ""))
