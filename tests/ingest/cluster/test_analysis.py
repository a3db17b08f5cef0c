"""What clustering needs to know of an article: worked out for a batch, the same as for one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.analysis import MATCHABLE_TOKENS, analyse
from ingest.cluster.compare import shingle_set
from ingest.cluster.readings import readings
from ingest.cluster.signature import SCHEME
from ingest.document import Article, Prepared

_NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
_LINE = "The port said that the swing bridge will close for nine weeks, because two of its old bearings have cracks."


def article(text: str, title: str = "") -> Article:
    """Give an article of which only title and text matter."""
    return Article(
        source="gazette",
        url="https://gazette.example/a",
        title=title,
        text=text,
        byline=None,
        credit=None,
        published_at=None,
        published_from=None,
        fetched_at=_NOON,
        language="en",
        cleaner="test 1",
        raw_key=1,
    )


def values(prepared: Prepared) -> tuple[object, ...]:
    """Give all that was worked out, so that it can be compared."""
    profile, signature = prepared.profile, prepared.signature
    terms = (profile.terms.tolist(), profile.weights.tolist(), profile.kinds.tolist())
    return prepared.text_key, signature.values.tolist(), signature.shingles, *terms


@given(st.lists(st.text(st.sampled_from("ab 中1É.\n"), max_size=80), max_size=6))
def test_an_article_is_analysed_as_if_alone(texts: list[str]) -> None:
    """In a batch every article keeps its place and gets what it would get alone."""
    articles = [article(text, title=text[:7]) for text in texts]

    found = analyse(articles)

    assert [prepared.article for prepared in found] == articles
    assert [values(prepared) for prepared in found] == [values(analyse([one])[0]) for one in articles]


def test_many_small_articles_are_analysed_as_if_alone() -> None:
    """More articles than one packed word can number are kept apart."""
    articles = [article(f"brief {number} of the day", title=f"Item {number}") for number in range(9000)]

    found = analyse(articles)

    assert len(found) == 9000
    for place in (0, 4095, 4096, 4097, 8191, 8192, 8999):
        assert values(found[place]) == values(analyse([articles[place]])[0])


def test_no_articles() -> None:
    """Nothing in, nothing out."""
    assert analyse([]) == []


def test_shingles_are_counted_once_each() -> None:
    """A signature tells how many distinct shingles it stands for."""
    texts = [_LINE, f"{_LINE} {_LINE}", "too short", ""]

    found = [prepared.signature for prepared in analyse([article(text) for text in texts])]

    assert [signature.shingles for signature in found] == [len(shingle_set(one)) for one in readings(texts)]
    assert {signature.scheme for signature in found} == {SCHEME}


@pytest.mark.parametrize(
    "twin",
    [
        _LINE.upper(),
        _LINE.replace(" ", "\n"),
        _LINE.replace("bridge", "bri\u00addge"),
        f"“{_LINE}” —",
        _LINE.replace(".", "!"),
    ],
)
def test_twins_have_one_text_key(twin: str) -> None:
    """The same sequence of tokens has the same key, however it is written."""
    one, other = analyse([article(_LINE), article(twin, title="Another headline")])

    assert one.text_key == other.text_key != 0


@pytest.mark.parametrize(
    "other", [_LINE.replace("two of its", "its two of"), _LINE.replace("nine", "ten"), f"{_LINE} Cracks.", _LINE[:-8]]
)
def test_other_texts_have_other_keys(other: str) -> None:
    """A word moved, changed, added or left out makes another key."""
    one, two = analyse([article(_LINE), article(other)])

    assert one.text_key != two.text_key


def test_7_1_short_texts_are_not_matchable() -> None:
    """MUST_HANDLE 7.1: a text too short to tell a copy from a phrase is not matched; without a token it has no key."""
    words = [f"word{number}" for number in range(MATCHABLE_TOKENS)]

    found = analyse([article(" ".join(words[:size])) for size in (0, 1, 19, 20)])

    assert [item.is_matchable for item in found] == [False, False, False, True]
    assert [item.text_key != 0 for item in found] == [False, True, True, True]


def test_4_10_the_key_of_a_short_text_is_its_headlines_too() -> None:
    """MUST_HANDLE 4.10: short texts have one key where headline and text have the same tokens, in the same places."""
    said = [
        article("No comment.", title="Harbour fire"),
        article("no comment", title="Harbour Fire!"),
        article("No comment.", title="Quarry closed"),
        article("fire No comment.", title="Harbour"),
        article("No further comment.", title="Harbour fire"),
    ]

    one, same, *others = (prepared.text_key for prepared in analyse(said))

    assert one == same
    assert len({one, *others}) == 4
