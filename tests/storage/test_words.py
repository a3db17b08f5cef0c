"""Text and queries as words."""

import doctest
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from storage.asking import words as subject
from storage.asking.passages import passage
from storage.asking.terms import QUERY_WORDS, Query, Term, parse_query
from storage.asking.words import WORD_CHARS, words

# Plain letters, every script, and what no file should hold.
anything = st.text(st.characters(codec=None), max_size=200) | st.text('aB1 ’é\u0301ıß東かที\n\0"*«»(', max_size=80)


def test_the_examples_in_the_docstrings_hold() -> None:
    """Doctests are true."""
    assert doctest.testmod(subject).failed == 0


@given(anything)
def test_words_of_words_are_themselves(text: str) -> None:
    """What was made for the index is looked up as it is."""
    found = words(text)

    assert words(" ".join(found)) == found
    assert all(0 < len(word) <= WORD_CHARS for word in found)
    assert not set("".join(found)) & set(" '\"\\\0*:()&|!<>-")


@given(anything)
def test_form_makes_no_difference(text: str) -> None:
    """Composed or not, in capitals or not, it is the same word."""
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(anything)
def test_every_text_is_a_query(text: str) -> None:
    """No text is a wrong query, and none asks for more than QUERY_WORDS."""
    query = parse_query(text)

    assert sum(len(term.words) for term in query.terms) <= QUERY_WORDS
    assert not query.terms or words(text)


@given(anything, st.lists(anything, max_size=3))
def test_a_passage_only_adds_marks(query: str, parts: list[str]) -> None:
    """A passage is a piece of the text, but for spaces, dots and marks."""
    text = " ".join([*parts, query, *parts])

    shown = passage(text, parse_query(query))

    def bare(line: str) -> str:
        return "".join(char for char in line if not char.isspace() and char not in "«»…")

    assert bare(shown) in bare(text)
    assert "\n" not in shown


def test_queries_have_words_phrases_and_prefixes() -> None:
    """Quotation marks of any language make a phrase, so does what is written together; a star makes a prefix."""
    query = parse_query('„works council“ "oil ref"* state-run pipe* — 東京 and «à la» "open')

    assert query.terms == (
        Term(("works", "council"), is_prefix=False),
        Term(("oil", "ref"), is_prefix=True),
        Term(("state", "run"), is_prefix=False),
        Term(("pipe",), is_prefix=True),
        Term(("東", "京"), is_prefix=False),
        Term(("and",), is_prefix=False),
        Term(("a", "la"), is_prefix=False),
        Term(("open",), is_prefix=False),
    )
    assert not query.is_cut


def test_a_long_query_says_that_it_was_cut() -> None:
    """More than QUERY_WORDS words are cut, and the same word again is no further word."""
    long = " ".join(f"word{number}" for number in range(1_000))

    assert parse_query(long).is_cut
    assert len(parse_query(long).terms) == QUERY_WORDS
    assert parse_query("again " * 1_000) == Query(Term(("again",), is_prefix=False), is_cut=False)


def test_accents_points_and_hyphenation_make_no_difference() -> None:
    """Accents, vowel points, soft hyphens, widths and ligatures are left out of words; letters never are."""
    assert words("Café CAFE\u0301 ｃａｆé ca\u00adfé") == ["cafe"] * 4
    assert words("مُحَمَّد محمد") == ["محمد"] * 2
    assert words("ﬁnal İZMİR Izmir ızmir") == ["final", "izmir", "izmir", "izmir"]
    assert words("が か हिन्दी") == ["が", "か", "हिन्दी"]


def test_a_passage_shows_the_first_match_within_the_text() -> None:
    """Words are not cut where the script has spaces, and what is left out is dotted."""
    text = "Before it all. " * 20 + "The Café's owner objected.\nNobody else did. " + "After it all. " * 20

    shown = passage(text, parse_query('cafe "nobody else"'), width=80)

    assert shown == "… all. Before it all. The «Café»'s owner objected. «Nobody else» did. After it all. …"


def test_a_passage_without_a_match_is_the_beginning() -> None:
    """When only the title matches, the text is shown from its beginning."""
    assert passage("Short text.", parse_query("elsewhere")) == "Short text."
    assert passage("", parse_query("elsewhere")) == ""
    assert passage("word " * 100, parse_query("")).startswith("word word")
