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


def test_masthead_is_read_around_the_headline() -> None:
    """Byline and day stand near the headline; a later date and an update come behind."""
    visible = ["Menu", "Ferry back", "Updated 5 May 2025", "By Ana Ruiz", "3 May 2025", "The ferry went back."]

    masthead = read_masthead(visible, "Ferry back")

    assert masthead.bylines == ["By Ana Ruiz"]
    assert [date.day for date in masthead.dates] == [3, 5]


def test_nothing_is_read_where_the_headline_is_not_shown() -> None:
    """Without its headline on the page, no line is taken for a byline."""
    assert read_masthead(["By Ana Ruiz"], "Ferry back").bylines == []
