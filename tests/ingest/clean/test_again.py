"""A stored article is cleaned again from what was kept of it, carefully."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import CLEANER
from ingest.clean.again import clean_again, is_clean
from ingest.document import Article

_EARLIER = "newsfold 0, trafilatura 1"
_PROSE = "The harbour of Port Vela was closed for three days after the storm took the old pier."
_LINES = st.lists(st.sampled_from([_PROSE, "Back to top", "✓", "});", "12 Comments", "A tide table", ""]), min_size=1)


def _article(*lines: str, title: str = "", cleaner: str = _EARLIER) -> Article:
    return Article(
        source="gazette",
        url="https://gazette.example/1",
        title=title,
        text="\n".join(lines),
        byline=None,
        credit=None,
        published_at=None,
        published_from=None,
        fetched_at=datetime(2026, 5, 20, tzinfo=UTC),
        language="en",
        cleaner=cleaner,
        raw_key=1,
    )


def test_what_names_itself_goes_and_is_kept_with_its_rule() -> None:
    """The headline said twice and a page's furniture, wherever earlier rules left them; the rest stays as it was."""
    again = clean_again(_article("Storm over Port Vela", _PROSE, "Back to top", title="Storm over Port Vela"))

    assert again.text == _PROSE
    assert [(line.line, line.rule) for line in again.removed] == [
        ("Storm over Port Vela", "title-repeated"),
        ("Back to top", "back-to-top"),
    ]
    assert again.cleaner == f"{_EARLIER} + {CLEANER}"


def test_what_may_be_a_cell_code_or_an_answer_stays() -> None:
    """A mark in a table, a bracket and a word with its end mark are no furniture, as far as anybody can tell."""
    lines = [_PROSE, "✓", "✗", "});", _PROSE, "Home.", "“Subscribe now”", _PROSE]

    assert clean_again(_article(*lines)).text == "\n".join(lines)


@pytest.mark.parametrize("cleaner", [_EARLIER, f"{_EARLIER} + newsfold 3, trafilatura 2"])
def test_a_text_of_nothing_but_furniture_stays(cleaner: str) -> None:
    """A variant is for good; who made its text stays named, and of those who went over it the last."""
    again = clean_again(_article("Back to top", cleaner=cleaner))

    assert (again.text, again.removed) == ("Back to top", ())
    assert again.cleaner == f"{_EARLIER} + {CLEANER}"
    assert [is_clean(name) for name in (CLEANER, again.cleaner, cleaner)] == [True, True, False]


@given(lines=_LINES)
def test_again_is_once(lines: list[str]) -> None:
    """Cleaned again twice is cleaned again once."""
    once = clean_again(_article(*lines))

    assert clean_again(once) == once
