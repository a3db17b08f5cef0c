"""Wire agencies and the people who wrote."""

import pytest

from ingest.clean.credit import credit_of
from ingest.clean.people import people_in


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("(Reuters) - Ships are back.", "Reuters"),
        ("LONDON, May 3 (AP) — Ships are back.", "AP"),
        ("Velahaven (dpa) - Schiffe laufen ein.", "dpa"),
        ("PARIS, 3 May (AFP) - Ships are back.", "AFP"),
        ("MOSCOW. May 3 (Interfax) - Ships are back.", "Interfax"),
        ("PORT VELA, May 3 (Northwire) - Ships are back.", "Northwire"),
        ("PORT VELA (Northwire) - Ships are back.", "Northwire"),
        ("新华社维拉港5月12日电 港口恢复通航。", "Xinhua"),
        ("Ships are back.\nSource: Associated Press", "AP"),
        ("Schiffe laufen ein.\nQuelle: dpa/AFP", "dpa"),
        ("Ships are back.\n(Xinhua)", "Xinhua"),
        ("Ships are back.\n© 2026 The Associated Press. All rights reserved.", "AP"),
    ],
)
def test_a_text_credits_its_agency(text: str, agency: str) -> None:
    """A dateline or a last line names the agency, in one spelling."""
    assert credit_of(text, None) == agency


@pytest.mark.parametrize(
    "text",
    [
        "Ships are back, Reuters reported.",
        "The member for Marrow (Labour) - once a fisherman - said no.",
        "The harbour (built 1890) - is open.",
        "Anna (Reuter) runs the port.",
        "Ships are back.\nSource: the harbour operator",
        "",
    ],
)
def test_a_mention_is_no_credit(text: str) -> None:
    """An agency or a party that a text speaks of did not write it."""
    assert credit_of(text, None) is None


def test_a_byline_can_be_an_agency() -> None:
    """An agency among those who wrote is credited."""
    assert credit_of("Ships are back.", "Ana Ruiz, Associated Press") == "AP"
    assert credit_of("Ships are back.", None, ["By Reuters staff"]) == "Reuters"
    assert credit_of("Ships are back.", "Ana Ruiz") is None


@pytest.mark.parametrize(
    ("said", "people"),
    [
        (["By Ana Ruiz and Jo Berg"], "Ana Ruiz, Jo Berg"),
        (["", "Von Greta Lindholm"], "Greta Lindholm"),
        (["https://coast.example/ana", "Ana Ruiz"], "Ana Ruiz"),
        (["Ana Ruiz; Ana Ruiz; Jo Berg, PhD"], "Ana Ruiz, Jo Berg"),
        (["admin"], None),
        ([], None),
    ],
)
def test_bylines_become_people(said: list[str], people: str | None) -> None:
    """A byline loses its "By", its addresses and its degrees."""
    assert people_in(said) == people
