"""The dump model, on dumps of our own, and what it knows of their lines."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import windows
from ingest.clean.announced import take_announced
from ingest.clean.dump_traits import NAMES, traits
from ingest.clean.lines import clean_lines
from ingest.clean.sheet import read_sheet, split_lines, take_named
from tests.ingest.clean.documents import PARAGRAPHS, TEXT

_FRENCH = (
    "Le port de Velahaven a rouvert vendredi après une semaine de travaux sur la grande jetée, a annoncé la mairie.",
    "La tempête avait arraché une grue à ses rails, et une vingtaine de bateaux attendaient au large depuis lundi.",
    "Les assureurs prendront en charge la moitié des dégâts, et le département a promis un prêt pour le reste.",
)
_RUSSIAN = (
    "Порт Велахавен снова принимает суда после недели ремонта главного причала, сообщила в пятницу мэрия города.",
    "Во время шторма кран сорвался с рельсов, и два десятка судов ждали в бухте, пока водолазы закончат работу.",
    "Страховщики оплатят половину ущерба, а область обещала ссуду на остальное, сказал начальник порта Олег Берг.",
)
_JAPANESE = (
    "ベラ港は主桟橋の修理を一週間で終え、金曜日に再び船を受け入れ始めたと市長が記者会見で明らかにした。",
    "嵐でクレーンがレールから外れ、潜水士の作業が終わるまで二十隻以上の船が湾の外で待機を続けていた。",
    "損害の半分は保険会社が負担し、残りについては県が融資を約束していると港の運営会社は説明している。",
)
_DUMPS = {
    "french": (["Accueil", "Politique", "Sport", "Météo", "Se connecter"], _FRENCH, ["Lire aussi", "Partager"]),
    "russian": (["Главная", "Политика", "Спорт", "Погода", "Войти"], _RUSSIAN, ["Читайте также", "Комментарии"]),
    "japanese": (["ホーム", "政治", "スポーツ", "天気", "ログイン"], _JAPANESE, ["関連記事", "コメント"]),
}  # fmt: skip
_COLUMNS = st.lists(st.integers(0, 9), min_size=1, max_size=30)


def _rows(text: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    sheet = read_sheet(split_lines(text))
    prose = sheet.prose()
    take_named(sheet, prose)
    take_announced(sheet, prose)
    return traits(sheet, prose, text)


def _column(text: str, name: str) -> list[float]:
    found: list[float] = _rows(text)[:, NAMES.index(name)].tolist()
    return found


@pytest.mark.parametrize("language", _DUMPS)
def test_a_menu_and_a_footer_leave_an_article_in_any_language(language: str) -> None:
    """Menus before the article and links behind it go, and every paragraph stays."""
    menu, paragraphs, footer = _DUMPS[language]

    cleaned = clean_lines("\n".join([*menu, "", *paragraphs, "", *footer]), title=None)

    assert cleaned.lines == list(paragraphs)


def test_links_that_nothing_announces_go_with_a_reason() -> None:
    """Headlines of other articles behind the article are no part of it, and each says which rule took it."""
    links = [f"  • Ten more ways to paint a harbour in colour {number}" for number in range(8)]
    dump = "\n\n".join(["Home", "Menu", *PARAGRAPHS, "Share", *links, "Contact us", "Privacy policy"])

    cleaned = clean_lines(dump, title=None)

    assert cleaned.lines == list(PARAGRAPHS)
    assert all(removed.rule for removed in cleaned.removed)


def test_a_record_with_a_dateline_is_no_dump() -> None:
    """A text with a stated headline keeps all its prose, though a line of it names itself."""
    text = f"May 3, 2026\n{TEXT}\nShips, cranes and divers\nAll of them are back"

    cleaned = clean_lines(text, title="Harbour reopens")

    assert [removed.rule for removed in cleaned.removed] == ["dateline"]


@given(st.lists(st.text(max_size=80), max_size=12).map("\n".join).filter(str.strip))
def test_any_lines_have_traits(text: str) -> None:
    """Every line of any text has one finite number for each trait."""
    rows = _rows(text)

    assert rows.shape == (len(split_lines(text)), len(NAMES))
    assert np.isfinite(rows).all()


def test_lines_know_their_layout() -> None:
    """A line knows that it is indented, and whether empty lines stand around it."""
    text = "Home\n  Menu\n\nThe harbour reopens\n"

    assert _column(text, "indented") == [0, 1, 0]
    assert _column(text, "gap before") == [1, 0, 1]
    assert _column(text, "gap after") == [0, 1, 1]


def test_lines_know_what_they_share() -> None:
    """A line knows how many of its words the first paragraphs of the article hold, in any script."""
    on_topic, off_topic = "Divers raise the crane of the harbour", "Chess champion wins again"
    japanese = "\n".join([*_JAPANESE, "桟橋の修理と嵐", "将棋名人また勝つ"])

    shared = _column(f"{TEXT}\n{on_topic}\n{off_topic}", "head")
    in_japanese = _column(japanese, "head")

    assert shared[-2] > 0.5 > shared[-1]
    assert in_japanese[-2] > 0.5 > in_japanese[-1]


@given(_COLUMNS, st.integers(1, 5))
def test_windows_sum_what_stands_around(values: list[int], reach: int) -> None:
    """The sums around, before and behind a line are those of the slices of the column."""
    column = np.array(values, np.float64)
    numbers = range(len(values))

    assert windows.around(column, reach).tolist() == [
        sum(values[max(0, at - reach) : at + reach + 1]) for at in numbers
    ]
    assert windows.before(column, reach).tolist() == [sum(values[max(0, at - reach) : at]) for at in numbers]
    assert windows.behind(column, reach).tolist() == [sum(values[at + 1 : at + reach + 1]) for at in numbers]


@given(_COLUMNS)
def test_windows_count_to_the_nearest_flag(values: list[int]) -> None:
    """The distance to a flagged line is 0 on it, and grows by one with each line away from it, up to 60."""
    flags = np.array([value > 6 for value in values])

    since, until = windows.since(flags).tolist(), windows.until(flags).tolist()

    assert [distance == 0 for distance in since] == flags.tolist() == [distance == 0 for distance in until]
    assert all(behind in (0, 60, before + 1) for before, behind in pairwise(since))


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=20))
def test_the_best_run_has_the_greatest_sum(scores: list[int]) -> None:
    """No run of lines has a greater sum than the best one."""
    start, end = windows.best_run(np.array(scores, np.float64))

    sums = [sum(scores[first : last + 1]) for first in range(len(scores)) for last in range(first, len(scores))]
    assert sum(scores[start : end + 1]) == max(*sums, 0) or max(sums) <= 0


def test_a_brief_text_reaches_over_figures_to_its_last_sentence() -> None:
    """Lines of results between two sentences stay with them; behind a line that names itself as furniture none does."""
    results = ["Results, juniors", "1. Fay Dunmore (Saltby) 7.41, 2. Olga Renn (Ostmere) 7.48", "Results, seniors"]
    end = (
        "The outdoor season begins in April, when the new track by the harbour of Port Vela is used for the first time."
    )
    top = ["Home", "Rowing", "Log in", "Share"]

    whole = clean_lines("\n".join([*top, *PARAGRAPHS[:2], *results, end, "Related articles"]), title=None)
    cut = clean_lines("\n".join([*top, *PARAGRAPHS[:2], "Related articles", *results[:2]]), title=None)

    assert whole.lines == [*PARAGRAPHS[:2], *results, end]
    assert cut.lines == list(PARAGRAPHS[:2])
