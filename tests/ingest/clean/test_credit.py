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
        ("Velahaven/Marrow (dpa/nor) – Schiffe laufen ein.", "dpa"),
        ("Puerto Vela, 3 may (EFE).- Los barcos vuelven.", "EFE"),
        ("PUERTO VELA, 3 (EUROPA PRESS) Los barcos vuelven.", "Europa Press"),
        ("(ANSA) - PORTO VELA, 3 MAG - Le navi tornano.", "ANSA"),
        ("Les navires reviennent.\nLa Gazette avec AFP", "AFP"),
        ("ПОРТ-ВЕЛА, 3 мая. /ТАСС/. Суда вернулись.", "TASS"),
        ("ПОРТ-ВЕЛА, 3 мая — РИА Новости. Суда вернулись.", "RIA Novosti"),
        ("ВЕЛА, 3 травня /Укрінформ/. Судна повернулися.", "Ukrinform"),
        ("港口恢复通航。\n（新华社）", "Xinhua"),
        ("（中央社記者陳小美維拉12日電）港口恢復通航。", "CNA"),
        ("【ベラ港共同】港が再開した。", "Kyodo"),
        ("[ベラ港 3日 ロイター] - 港が再開した。", "Reuters"),
        ("港が再開した。（時事）", "Jiji"),
        ("(벨라=연합뉴스) 김바다 기자 = 배가 돌아왔다.", "Yonhap"),
        ("بورت فيلا (رويترز) - عادت السفن.", "Reuters"),
        ("VELA (AA) - Gemiler döndü.", "Anadolu"),
        ("Os navios voltaram.\n*Com informações da Reuters", "Reuters"),
        ("वेला, 3 मई (भाषा) जहाज लौट आए।", "PTI"),
        ("VELA, May 3 (PTI) Ships are back.", "PTI"),
        ("(Belga) Schepen zijn terug.", "Belga"),
        ("Statki wróciły. (PAP)", "PAP"),
        ("Lodě jsou zpět.\nZdroj: ČTK", "ČTK"),
        ("Schiffe laufen ein.\n(APA, 3.5.2026)", "APA"),
        ("Ships are back.\nThe Associated Press contributed to this report.", "AP"),
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
        "Ships, said a board member (AP) in May, are back.",
        "Port Vela/Marrow ferries (built by dpa) are back.",
        "The ship (AA) sails.",
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
    assert credit_of("Ships are back.", "Ana Ruiz (AFP)") == "AFP"
    assert credit_of("Ships are back.", "Ana Ruiz") is None


@pytest.mark.parametrize(
    ("said", "people"),
    [
        (["By Ana Ruiz and Jo Berg"], "Ana Ruiz, Jo Berg"),
        (["", "Von Greta Lindholm"], "Greta Lindholm"),
        (["https://coast.example/ana", "Ana Ruiz"], "Ana Ruiz"),
        (["Ana Ruiz; Ana Ruiz; Jo Berg, PhD"], "Ana Ruiz, Jo Berg"),
        (["ByAna Ruiz"], "Ana Ruiz"),
        (["Ana RuizNovember 20, 2025"], "Ana Ruiz"),
        (["Posted by Ana Ruiz on Tuesday, 4 November"], "Ana Ruiz"),
        (["page.head.author", "ana.ruiz", "Ana Ruiz, Head of Ferries"], "Ana Ruiz"),
        (["Ana Ruiz, Ferries Editor, Jo Berg in Vela and Kit Marlow (@kit)"], "Ana Ruiz, Jo Berg, Kit Marlow"),
        (["Ana Ruiz, Staff Writer; Jo Berg, Health and Science Correspondent"], "Ana Ruiz, Jo Berg"),
        (["Ana Ruiz, Jo Berg and Kit Marlow, Senior Reporters"], "Ana Ruiz, Jo Berg, Kit Marlow"),
        (["Ana Ruiz ⋅ Founder and Editor-in-Chief ⋅ Updated May 6, 2025"], "Ana Ruiz"),
        (["Submitted by Ana Ruiz on Mon, 06/01/2026"], "Ana Ruiz"),
        (["By Ana Ruiz on May 3, 2026"], "Ana Ruiz"),
        (["Ana Ruiz on"], "Ana Ruiz"),
        (["Written by Audiophile On"], "Audiophile On"),
        (["Ana Ruiz | Harbour | 2 April 2026"], "Ana Ruiz"),
        (["Text: Karin Åslund Foto: Per Ek"], "Karin Åslund"),
        (["Interview: Ana Ruiz"], "Ana Ruiz"),
        (["Haber: Elif Yıldız"], "Elif Yıldız"),
        (["كتبت: ليلى حداد15 أبريل 2026"], "ليلى حداد"),
        (["מאת: דנה לוי"], "דנה לוי"),
        (["द्वारा रमेश तिवारी | अपडेटेड: 9 अगस्त 2026"], "रमेश तिवारी"),
        (["박지훈 기자"], "박지훈"),
        (["Byron Sat"], "Byron Sat"),
        (["admin"], None),
        ([], None),
    ],
)
def test_bylines_become_people(said: list[str], people: str | None) -> None:
    """A byline loses its "By", its addresses and its degrees."""
    assert people_in(said) == people
