"""The last word on a page's lines, on pages and odds of our own."""

import numpy as np
import pytest

from ingest.clean.blocks import Line, read_lines
from ingest.clean.page import parse
from ingest.clean.settle import settle
from tests.ingest.clean.documents import PARAGRAPHS

_POST = "<blockquote><p>The quay is open again.</p>— Harbour Office (@harbouroffice) May 30</blockquote>"


def _lines(markup: str) -> list[Line]:
    return read_lines(parse(f"<main>{markup}</main>", "page").tree)


def _settled(lines: list[Line], odds: list[float], *, is_news: bool = False) -> list[int]:
    return settle(lines, np.arange(len(lines)), np.array(odds), is_news=is_news).kept


def _paragraphs(count: int) -> str:
    return "".join(f"<p>The harbour of Lowmere has {number} cranes.</p>" for number in range(count))


@pytest.mark.parametrize(
    ("odds", "expected"),
    [
        ([3, 3, -0.1, 3], [0, 1, 2, 3]),
        ([3, 3, 3, -0.1], [0, 1, 2]),
        ([3, -0.6, 3, -0.6], [0, 1, 2]),
        ([3, -0.4, -0.4, 3], [0, 3]),
        ([3, -0.9, 3, 3], [0, 2, 3]),
        ([-2, -2, -2, -2], []),
    ],
)
def test_doubt_weighs_more_at_the_end_and_less_in_between(odds: list[float], expected: list[int]) -> None:
    """A doubtful line stays between two that stay, and goes where it would be the last."""
    assert expected == _settled(_lines(_paragraphs(4)), odds)


def test_no_article_ends_with_an_announcement() -> None:
    """A short line that announces what follows goes where nothing follows."""
    lines = _lines(f"{_paragraphs(2)}<p>Read this too:</p><p>Ferries are late</p>")

    assert _settled(lines, [3, 3, 3, -3]) == [0, 1]
    assert _settled(lines, [3, 3, 3, 3]) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("markup", "odds", "is_spared"),
    [
        ("<h2>Follow me</h2>", 2.0, True),
        ("<h2>Follow me</h2>", 1.5, False),
        ('<h2><a href="/">Follow me</a></h2>', 2.0, False),
        ("<p>Home.</p>", 2.0, True),
        ("<p>Home</p>", 2.0, False),
        ("<p>“Subscribe now”</p>", 1.0, True),
        ("<p>“Subscribe now”</p>", 0.1, False),
    ],
)
def test_what_is_surely_said_is_spared_by_rules(markup: str, odds: float, *, is_spared: bool) -> None:
    """A sub-headline, an answer and a quotation may say what templates say: no link does, and nothing in doubt."""
    lines = _lines(f"{_paragraphs(1)}{markup}{_paragraphs(1)}")

    settled = settle(lines, np.arange(3), np.array([3, odds, 3]))

    assert (1 in settled.spared) is is_spared


def test_an_article_shown_twice_is_read_once() -> None:
    """A page that holds its article for narrow screens and for wide ones gives it once, short lines too."""
    shown = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS, "That was all."))
    lines = _lines(f"<div>{shown}</div><div>{shown}</div>")

    assert list(range(len(lines) // 2)) == _settled(lines, [3.0] * len(lines))


def test_a_refrain_stays() -> None:
    """A line or two that an article says again are no second showing of it."""
    shown = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS, PARAGRAPHS[0]))
    lines = _lines(shown)

    assert list(range(len(lines))) == _settled(lines, [3.0] * len(lines))


def test_a_post_keeps_its_name() -> None:
    """Whose post it is stays with the post, and goes with it."""
    lines = _lines(f"{_paragraphs(1)}{_POST}{_paragraphs(1)}")

    assert _settled(lines, [3, 3, -3, 3]) == [0, 1, 2, 3]
    assert _settled(lines, [3, -3, -3, 3]) == [0, 3]


def _rows(*rows: tuple[str, ...]) -> str:
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"{_paragraphs(1)}<table>{cells}</table>{_paragraphs(1)}"


def test_a_table_stays_whole_or_goes_whole() -> None:
    """A table inside the article is all of it or none, by what its cells say together."""
    lines = _lines(_rows(("Lowmere", "18:02"), ("Saltby", "18:13")))

    assert list(range(len(lines))) == _settled(lines, [3, -1, 0.5, -1, -1, 3])
    assert _settled(lines, [3, -2, 0.5, -3, -3, 3]) == [0, len(lines) - 1]


def test_a_table_for_the_layout_is_asked_line_by_line() -> None:
    """A table that holds paragraphs is no table of figures."""
    lines = _lines(_rows((PARAGRAPHS[0] * 3, "Share"), (PARAGRAPHS[1] * 3, "Print")))

    assert _settled(lines, [3, 3, -3, 3, -3, 3]) == [0, 1, 3, 5]


@pytest.mark.parametrize(
    ("markup", "odds", "expected"),
    [
        ('<p class="standfirst">Eleven cranes have been bought for the quay.</p>', -2, True),
        ('<p class="standfirst">Eleven cranes have been bought for the quay.</p>', -4, False),
        ('<p class="share">Eleven cranes have been bought for the quay.</p>', -2, False),
        ('<p class="standfirst">Eleven cranes</p>', -2, False),
        ('<p class="standfirst">The harbour of Lowmere has 0 cranes.    </p>', -2, False),
        ('<h1 class="intro">Eleven cranes have been bought for the quay.</h1>', -2, False),
    ],
)
def test_what_a_page_calls_its_standfirst_is_the_articles(markup: str, odds: float, expected: bool) -> None:
    """The lead above the text stays, unless it is very unlikely, short, a headline, or said again in the text."""
    lines = _lines(f"{markup}{_paragraphs(2)}")

    assert expected == (0 in _settled(lines, [odds, 3, 3]))


@pytest.mark.parametrize(
    ("markup", "odds", "is_news", "expected"),
    [
        ('<h2 class="article-subhead">Eleven cranes have been bought for the quay.</h2>', -3, True, True),
        ('<p class="storySubheadline">Eleven cranes have been bought for the quay.</p>', -3, True, True),
        ('<p class="entradilla">Se han comprado once grúas para el muelle del puerto.</p>', -3, True, True),
        ('<p class="article-subhead">Eleven cranes have been bought for the quay.</p>', -3, False, False),
        ('<p class="article-subhead">Eleven cranes have been bought for the quay.</p>', -5, True, False),
        ('<p class="subheaders">Eleven cranes have been bought for the quay.</p>', -3, True, False),
        ('<p class="teaser"><a href="/">Eleven cranes have been bought for the quay.</a></p>', -3, True, False),
    ],
)
def test_news_pages_are_believed_in_what_newsrooms_call_it(
    markup: str, odds: float, is_news: bool, expected: bool
) -> None:
    """On a page that says it is news, the newsroom's own words for the lead keep it, where it is no link."""
    lines = _lines(f"{markup}{_paragraphs(2)}")

    assert expected == (0 in _settled(lines, [odds, 3, 3], is_news=is_news))
