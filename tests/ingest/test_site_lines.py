"""How a site's own lines leave its articles."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Article
from ingest.site_lines import RULE, line_keys, own_lines, site_of, without
from tests.storage.articles import article

_PROMPT = "Our harbour letter tells you every Friday what the tide has brought."
_HEADING = "What the pilots of the coast are saying"
_BODY = ["Ships are back in the harbour of Port Vela after a week.", "The council has paid for the crane."]


def _article(*lines: str) -> Article:
    return article("gazette/1", "\n".join(lines))


def _left(*lines: str, own: tuple[str, ...] = (_PROMPT, _HEADING)) -> list[str]:
    return without(_article(*lines), frozenset(line_keys(own))).text.split("\n")


def test_a_prompt_goes_wherever_it_stands() -> None:
    """A sentence that is the site's own is taken from the middle of an article, and kept with its rule."""
    found = without(_article(_BODY[0], f"• {_PROMPT.upper()}", _BODY[1]), frozenset(line_keys([_PROMPT])))

    assert found.text.split("\n") == _BODY
    assert [(line.line, line.rule) for line in found.removed] == [(f"• {_PROMPT.upper()}", RULE)]


def test_a_sub_headline_stays() -> None:
    """A line that is no sentence stays between lines of the article, and goes at an end or beside another such line."""
    assert _left(_BODY[0], _HEADING, _BODY[1]) == [_BODY[0], _HEADING, _BODY[1]]
    assert _left(_BODY[0], _HEADING, _PROMPT, _BODY[1]) == _BODY
    assert _left(_HEADING, *_BODY) == _left(*_BODY, _HEADING) == _BODY


def test_short_lines_are_nobodys() -> None:
    """Labels and names have no key."""
    assert line_keys(["Background", "", "- Read on"]) == [0, 0, 0]
    assert line_keys(["港口恢复通航后的第一艘船"]) != [0]


def test_sites_are_told_apart() -> None:
    """A site is a host, together with its twins for phones; a path is of no site."""
    urls = ("https://www.gazette.example/1", "https://m.gazette.example/1", "https://echo.example/1", "inbox/1.txt")

    assert [site_of(url) for url in urls] == ["gazette.example", "gazette.example", "echo.example", ""]


@given(st.lists(st.sampled_from([_PROMPT, _HEADING, *_BODY, "A line of its own."]), min_size=1, max_size=9))
def test_nothing_is_lost_and_nothing_goes_twice(lines: list[str]) -> None:
    """What leaves the text is in what was removed, and a second look changes nothing."""
    known = frozenset(line_keys([_PROMPT, _HEADING]))

    once = without(_article(*lines), known)

    assert sorted(line for line in own_lines(once) if line) == sorted(lines)
    assert without(once, known) == once


def test_an_article_without_such_lines_is_the_same() -> None:
    """An article of which nothing is known comes back as it is."""
    known = frozenset(line_keys([_PROMPT]))
    found = _article(*_BODY)

    assert without(found, known) is found
    assert without(replace(found, text=""), known).text == ""
