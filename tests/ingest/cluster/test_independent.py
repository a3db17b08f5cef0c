"""Whose word a story is: reprints, one owner's outlets and wire copy are one voice each."""

import doctest
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster import canonical
from ingest.cluster.independent import Voice, VoiceKind, Witness, voices

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


def _witness(number: int, source: str, **more: Any) -> Witness:  # Any: whichever field is to differ
    values: Any = {"group": number, "publisher": None, "credit": None, "at": NOON + timedelta(hours=number)}
    return Witness(**{"variant_id": number, "source": source} | values | more)


def _said(*witnesses: Witness) -> dict[str, tuple[int, ...]]:
    return {voice.name: voice.variants for voice in voices(witnesses)}


def test_reprints_count_once() -> None:
    """Three outlets that ran one text are the voice of the one that had it first."""
    found = _said(_witness(2, "courier", group=1), _witness(1, "gazette"), _witness(3, "post", group=1))

    assert found == {"gazette": (1, 2, 3)}


def test_outlets_of_one_owner_count_once() -> None:
    """Own reports of two papers of one house are one voice, and it bears the owner's name."""
    owned = (_witness(1, "gazette", publisher="Lowland Papers"), _witness(2, "courier", publisher="LOWLAND papers"))

    assert voices([*owned, _witness(3, "post")]) == (
        Voice(name="Lowland Papers", kind=VoiceKind.PUBLISHER, variants=(1, 2)),
        Voice(name="post", kind=VoiceKind.OUTLET, variants=(3,)),
    )


def test_wire_copy_is_the_word_of_the_wire() -> None:
    """Two rewrites that credit an agency, and the agency's own report, are one voice."""
    found = voices(
        [
            _witness(1, "gazette", credit="Northwire", publisher="Lowland Papers"),
            _witness(2, "www.northwire.example"),
            _witness(3, "post", credit="Northwire"),
            _witness(4, "courier"),
        ]
    )

    assert [(voice.name, voice.kind, voice.variants) for voice in found] == [
        ("Northwire", VoiceKind.WIRE, (1, 2, 3)),
        ("courier", VoiceKind.OUTLET, (4,)),
    ]


def test_a_reprint_that_keeps_silent_about_the_wire_is_the_wires_all_the_same() -> None:
    """Where one of the reprints of a text names its origin, it is the origin of all."""
    found = _said(_witness(1, "gazette"), _witness(2, "post", group=1, credit="Northwire"))

    assert found == {"Northwire": (1, 2)}


def test_a_paper_that_runs_the_wire_beside_its_own_report_is_a_voice() -> None:
    """Wire copy does not make two papers one: each has a report of its own."""
    found = _said(
        _witness(1, "gazette"),
        _witness(2, "gazette", credit="Northwire"),
        _witness(3, "post", credit="Northwire", group=2),
        _witness(4, "post"),
    )

    assert found == {"gazette": (1,), "Northwire": (2, 3), "post": (4,)}


def test_an_outlet_is_one_voice_where_only_some_of_its_pages_name_the_owner() -> None:
    """A page without a publisher is its source's, of which others told the owner."""
    assert _said(_witness(1, "gazette"), _witness(2, "gazette", publisher="Lowland Papers")) == {
        "Lowland Papers": (1, 2)
    }


_WITNESSES = st.lists(
    st.builds(
        _witness,
        st.integers(1, 10_000),
        st.sampled_from(["gazette", "courier", "post", "northwire.example"]),
        group=st.integers(1, 4),
        publisher=st.sampled_from([None, "Lowland Papers", "Post Group"]),
        credit=st.sampled_from([None, "Northwire", "Farwire"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda witness: witness.variant_id,
)


@given(_WITNESSES, st.randoms(use_true_random=False))
def test_every_variant_is_of_one_voice_whatever_the_order(witnesses: list[Witness], chance: Any) -> None:
    """Voices part the variants, there are no more of them than texts, and the order of arrival does not matter."""
    found = voices(witnesses)
    shuffled = [*witnesses]
    chance.shuffle(shuffled)

    assert sorted(number for voice in found for number in voice.variants) == sorted(
        witness.variant_id for witness in witnesses
    )
    assert 1 <= len(found) <= len({witness.group for witness in witnesses})
    assert voices(shuffled) == found


def test_the_examples_in_the_docstrings_hold() -> None:
    """Doctests are true."""
    assert doctest.testmod(canonical).failed == 0
