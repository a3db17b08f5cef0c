"""Two texts word by word."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.word_diff import difference

_TEXTS = st.lists(st.sampled_from(["the", "mill", "Orrin", "9", "10", ",", "塔", "\n", "closed", "in", "May"])).map(
    " ".join
)


@settings(max_examples=50)
@given(_TEXTS | st.text(max_size=60), _TEXTS | st.text(max_size=60))
def test_the_pieces_are_the_text(one: str, other: str) -> None:
    """Put together again, the pieces of either side are its text, white space around it aside."""
    found = difference(one, other)

    assert (
        "".join(piece.text for piece in found.one).strip(),
        "".join(piece.text for piece in found.other).strip(),
    ) == (
        one.strip(),
        other.strip(),
    )


@given(_TEXTS, _TEXTS)
def test_what_is_shared_is_the_same_on_both_sides(one: str, other: str) -> None:
    """The shared words of both sides are the same words in the same order."""
    found = difference(one, other)

    mine, theirs = (
        " ".join(word for piece in side if piece.is_shared for word in piece.text.split())
        for side in (found.one, found.other)
    )
    assert mine == theirs


@given(_TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    """Nothing of a text is its own beside itself."""
    found = difference(text, text)

    assert all(piece.is_shared for piece in [*found.one, *found.other])
    assert (found.replaced, found.numbers, found.names) == ([], ([], []), ([], []))


def test_numbers_and_names_come_first() -> None:
    """Numbers and names that stand for others are told apart from other words."""
    one = "Orrin Steel will cut 640 jobs at the works in Brackenhythe, the company said on Wednesday evening."
    other = "Orrin Steel will cut 720 jobs at the works in Ellerby, the company said on Wednesday evening."

    found = difference(one, other)

    assert [(each.kind, each.one, each.other) for each in found.replaced] == [
        ("number", ("640",), ("720",)),
        ("name", ("Brackenhythe",), ("Ellerby",)),
    ]
    assert (found.numbers, found.names) == ((["640"], ["720"]), (["Brackenhythe"], ["Ellerby"]))
    assert found.is_alike


@pytest.mark.parametrize("one", ["a b " * 20_000, "the " * 40_000, " ".join(map(str, range(40_000)))])
def test_long_texts_take_little_time(one: str) -> None:
    """Texts as long as any that is stored, however they repeat themselves, are compared in seconds."""
    before = time.process_time()

    difference(one, one.replace("a b", "b c").replace("the", "an").replace("7", "8"))

    assert time.process_time() - before < 8
