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


def _settled(lines: list[Line], odds: list[float]) -> list[int]:
    return settle(lines, np.arange(len(lines)), np.array(odds))


def _paragraphs(count: int) -> str:
    return "".join(f"<p>The harbour of Lowmere has {number} cranes.</p>" for number in range(count))


@pytest.mark.parametrize(
    ("odds", "expected"),
    [
        ([3, 3, -0.1, 3], [0, 1, 2, 3]),
        ([3, 3, 3, -0.1], [0, 1, 2]),
        ([3, -0.4, 3, -0.4], [0, 1, 2]),
        ([3, -0.4, -0.4, 3], [0, 3]),
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
