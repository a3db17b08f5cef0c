"""Two texts side by side: what they share is found wherever it stands, and what replaced what is told."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.align import PASSAGES_KEPT, Alignment, align, replaced
from ingest.cluster.decide import Relation, relation_of
from ingest.cluster.differences import Replacement
from ingest.cluster.readings import readings

_WORDS = st.lists(st.sampled_from(["ab", "cd", "ef", "Gh", "12", "34", "ij", "kl", "中", "é."]), max_size=60)
_REPORT = """The {team} beat {rivals} by {won} to {lost} on {day} night before {crowd} people. {player} scored {points}
points and took {rebounds} rebounds for the hosts, who led by {lead} at half time and never looked back. The visitors
lost the ball {turnovers} times. Coach {coach} said that the defence had decided the match. The hosts next play at home
against {next} on {later}. This report was made from the data of the league, and no one has read it before you did."""


def both(one: str, other: str) -> Alignment:
    """Lay two texts side by side."""
    first, second = readings([one, other])
    return align(first, second)


def made(seed: int, count: int) -> list[str]:
    """Make `count` words, hardly one of them twice."""
    chance = Random(seed)
    return ["".join(chance.choices("abdefgiklmnoprstuv", k=7)) for _ in range(count)]


@given(_WORDS)
def test_a_text_runs_beside_itself(words: list[str]) -> None:
    """Nothing differs between a text and itself."""
    found = both(" ".join(words), " ".join(words))

    assert (found.numbers, found.names, found.words) == (0, 0, 0)
    assert found.aligned[0] == found.aligned[1] <= found.sizes[0]


@given(_WORDS, _WORDS)
def test_shares_are_shares(one: list[str], other: list[str]) -> None:
    """Whatever the texts, shares are between nothing and all, and passages are equal words within them."""
    texts = " ".join(one), " ".join(other)
    first, second = readings(texts)

    found = align(first, second)

    assert all(0 <= share <= 1 for share in found.shares)
    assert len(found.passages) <= PASSAGES_KEPT
    for begin, after, start, end in found.passages:
        assert [first.word(place) for place in range(begin, after)] == [
            second.word(place) for place in range(start, end)
        ]


@given(_WORDS, _WORDS, st.sampled_from([0.1, 0.55, 0.75]))
def test_what_is_asked_at_the_least_changes_no_answer(one: list[str], other: list[str], least: float) -> None:
    """Two texts that share enough are laid side by side as ever, and others share too little either way."""
    first, second = readings([" ".join(one), " ".join(other)])

    whole, quick = align(first, second), align(first, second, least=least)

    assert quick == whole if whole.shares[0] >= least else quick.shares[0] < least


def test_a_cut_text_is_found_in_the_whole() -> None:
    """All of an excerpt runs beside its place in the whole."""
    words = made(1, 300)

    found = both(" ".join(words), " ".join(words[100:200]))

    assert found.shares == (1.0, 1 / 3)
    assert found.passages == ((100, 200, 0, 100),)
    assert found.starts == (100, 0)


def test_paragraphs_in_another_order_are_shared_all_the_same() -> None:
    """Order makes no difference to what two texts share."""
    words = made(2, 300)

    found = both(" ".join(words), " ".join(words[200:] + words[:100] + words[100:200]))

    assert found.shares == (1.0, 1.0)


def test_every_sixth_word_changed() -> None:
    """A text edited throughout still runs beside the first one, and no number or name stands for another."""
    words = made(3, 300)
    edited = [word if place % 6 else "changed" for place, word in enumerate(words)]

    found = both(" ".join(words), " ".join(edited))

    assert found.shares[0] > 0.9
    assert found.slots == 0
    assert found.words >= 45


def test_texts_of_other_words_share_nothing() -> None:
    """A phrase that two texts have by chance is not believed."""
    one, other = made(4, 300), made(5, 300)
    other[200:204] = one[20:24]

    assert both(" ".join(one), " ".join(other)).aligned == (0, 0)


def test_two_fillings_of_one_form() -> None:
    """Numbers and names in the same places of one form are counted as what they are, and forbid a copy."""
    one = {"team": "Herons", "rivals": "Quenby", "day": "Monday", "player": "Ada Brink", "coach": "Ilse Varga"}
    other = {"team": "Otters", "rivals": "Marlow", "day": "Friday", "player": "Bo Tarn", "coach": "Piet Sandoval"}
    counts = ("won", "lost", "crowd", "points", "rebounds", "lead", "turnovers")
    one |= {name: str(71 + place) for place, name in enumerate(counts)} | {"next": "Corriden", "later": "Sunday"}
    other |= {name: str(31 + place) for place, name in enumerate(counts)} | {"next": "Ellerby", "later": "Tuesday"}

    found = both(_REPORT.format(**one), _REPORT.format(**other))

    assert found.shares[0] > 0.7
    assert found.numbers >= 5
    assert found.names >= 5
    assert relation_of(found, same_source=False) is None
    assert relation_of(both(_REPORT.format(**one), _REPORT.format(**one)), same_source=False) is Relation.COPY


def test_a_misspelt_name_is_no_other_name() -> None:
    """What a scanner misread is the same name, while another number is another number."""
    text = "the report that {} gave on the fire in {} says that {} engines came to the mill by the river"

    found = both(text.format("Varga", "Tellimoor", "14"), text.format("Vcrga", "Tellirnoor", "17"))

    assert (found.numbers, found.names) == (1, 0)


def test_what_stands_for_what_is_told_as_it_is_written() -> None:
    """Numbers and names that replace others are given side by side, misspellings of one another left out."""
    text = "the report that {} gave on the fire in {} says that {} engines came to the mill by the river"

    one, other = readings([text.format("Varga", "Tellimoor", "14"), text.format("Sandoval", "Tellirnoor", "17")])

    assert replaced(one, other) == [
        Replacement(kind="name", one=("Varga",), other=("Sandoval",)),
        Replacement(kind="number", one=("14",), other=("17",)),
    ]
    assert replaced(one, one) == replaced(*readings(["", "one"])) == []


def test_nothing_shares_nothing() -> None:
    """Empty texts, and ones too short to have a run, share nothing."""
    assert both("", "").shares == (0.0, 0.0)
    assert both("one two", "one two").shares == (0.0, 0.0)
