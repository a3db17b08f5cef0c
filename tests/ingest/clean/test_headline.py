"""Headlines, and what stands around them."""

import pytest

from ingest.clean.headline import headline_of
from ingest.clean.masthead import read_masthead


@pytest.mark.parametrize(
    ("titles", "heads", "expected"),
    [
        (["Ferry: all you must know"], ["Ferry back, and all you must know"], "Ferry back, and all you must know"),
        (["Ferry goes back to sea"], ["The Echo", "Popular today"], "Ferry goes back to sea"),
        (["Ferry goes back to sea"], ["Politics | Ferry goes back to sea"], "Ferry goes back to sea"),
        (["Ferry goes back to...", "Ferry goes back to sea again"], [], "Ferry goes back to sea again"),
        (["Ferry goes back to sea | Coast | The Echo"], [], "Ferry goes back to sea"),
        ([], ["Ferry goes back"], "Ferry goes back"),
        ([], [], ""),
    ],
)
def test_headline_is_what_readers_see(titles: list[str], heads: list[str], expected: str) -> None:
    """A heading that resembles the page's titles is the headline, without the names of site and section."""
    assert headline_of(titles, heads, ["The Echo"]) == expected


@pytest.mark.parametrize(
    ("titles", "heads", "agreed", "expected"),
    [
        (["Ferry back", "Ferry back"], ["Ferry is back, finally"], ["Ferry back", "Ferry back"], "Ferry back"),
        (["Why it sails", "Ferry"], ["Coast: Why it sails"], ["Why it sails", "Ferry"], "Why it sails"),
        (
            ["Ferry back...", "Ferry back..."],
            ["Ferry back again"],
            ["Ferry back...", "Ferry back..."],
            "Ferry back again",
        ),
        (["Ferry back", "Ferry back"], ["Ferry is back, finally"], [], "Ferry is back, finally"),
    ],
)
def test_what_a_news_desk_states_twice_is_the_headline(
    titles: list[str], heads: list[str], agreed: list[str], expected: str
) -> None:
    """Two titles of a news page that agree outweigh its heading, and one that ends it shows its kicker."""
    assert headline_of(titles, heads, [], agreed) == expected


def test_masthead_is_read_around_the_headline() -> None:
    """Byline and day stand near the headline; an update is none, and a caption's day is not the article's own."""
    visible = ["Menu", "Ferry back", "Updated 5 May 2025", "By Ana Ruiz", "3 May 2025", "The ferry went back."]
    visible.append("The ferry Aurora, seen on its way out of the old harbour on 1 May 2025, is to be painted.")

    masthead = read_masthead(visible, "Ferry back")

    assert masthead.bylines == ["By Ana Ruiz"]
    assert [date.day for date in masthead.dates] == [3, 1]
    assert [date.day for date in masthead.shown] == [3]
    assert [date.day for date in masthead.changes] == [5]


@pytest.mark.parametrize(
    ("line", "byline"),
    [
        ("Ana Ruiz | Harbour | 2 April 2026", "Ana Ruiz"),
        ("Ana Ruiz and Jo Berg • 2 April 2026 • 7 min read", "Ana Ruiz and Jo Berg"),
        ("박지훈 기자 | 입력 2026.03.25 15:20", "박지훈 기자"),
        ("Haber: Elif Yıldız", "Haber: Elif Yıldız"),
        ("מאת: דנה לוי", "מאת: דנה לוי"),
        ("Submitted by Ana Ruiz on Mon, 06/01/2026 - 08:15", "Submitted by Ana Ruiz on Mon, 06/01/2026 - 08:15"),
        ("Harbour | Ferries | 2 April", None),
        ("Harbour News", None),
    ],
)
def test_a_byline_is_known_by_its_form(line: str, byline: str | None) -> None:
    """A name is a byline where the day stands in its line, behind the words for it, or before them in Korean."""
    assert read_masthead(["Ferry back", line], "Ferry back").bylines == ([byline] if byline else [])


def test_a_name_far_below_is_not_beside_the_day() -> None:
    """Long paragraphs stand between a day and a line that only looks like a name."""
    paragraphs = ["The ferry went back to sea, and those who had waited for it stood on the pier until noon. " * 2] * 3

    assert read_masthead(["Ferry back", "3 May 2025", *paragraphs, "Guest Book"], "Ferry back").bylines == []


def test_nothing_is_read_where_the_headline_is_not_shown() -> None:
    """Without its headline on the page, no line is taken for a byline."""
    assert read_masthead(["By Ana Ruiz"], "Ferry back").bylines == []
