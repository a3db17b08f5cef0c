"""Rules for text dumps."""

import pytest

from ingest.clean.furniture import rule_of
from ingest.clean.lines import clean_lines, clean_paragraphs
from tests.ingest.clean.documents import PARAGRAPHS, TEXT

_RULES = {
    "Back to Top": "back-to-top",
    "Nach oben": "back-to-top",
    "返回顶部": "back-to-top",
    "12 Comments": "comments",
    "Leave a comment": "comments",
    "Deja un comentario": "comments",
    "3 Kommentare": "comments",
    "評論": "comments",
    "Related Articles": "related",
    "Lire aussi : le ferry repart": "related",
    "Leggi anche": "related",
    "İlgili Haberler": "related",
    "Читайте также": "related",
    "İLGİLİ HABER Rıhtım yeniden açıldı": "related",
    "यह भी पढ़ें: बंदरगाह फिर खुला": "related",
    "관련기사": "related",
    "関連記事": "related",
    "اقرأ أيضا": "related",
    "Copyright © 2026 Coast Review": "copyright",
    "© 2026 Küstenbote. Alle Rechte vorbehalten.": "copyright",
    "저작권자 © 해안일보 무단전재 및 재배포 금지": "copyright",
    "Share on Facebook": "share-bar",
    "Facebook | Twitter | WhatsApp": "share-bar",
    "5 min read": "reading-time",
    "2 minuti di lettura": "reading-time",
    "May 3, 2026 at 7:57 am": "dateline",
    "Stand: 12.05.2026 18:30 Uhr": "dateline",
    "By Ana Ruiz and Jo Berg": "byline",
    "Von Greta Lindholm": "byline",
    "Photo: Ana Ruiz": "photo-credit",
    "Sign up for our weekly newsletter": "newsletter",
    "You are receiving this email because you signed up on our site.": "newsletter",
    "Advertisement": "advertisement",
    "Home > News > Coast": "navigation",
    "Tags: harbour, storm": "taxonomy-line",
    "Already a subscriber? Log in": "subscription",
    "We use cookies to improve your visit.": "cookie-notice",
}
_SUBHEADLINES = (
    "Harbour reopens after storm",
    "What the towns disagree about",
    "1. How long does it take?",
    "By the numbers",
    "Comments by the mayor anger fishermen",
    "Share prices fall after the storm",
    "“We have worked around the clock”",
    "Minister: no plans for a new bridge",
    "More than 400 ships use the harbour in a year",
    "The photo that changed the town",
)


@pytest.mark.parametrize("line", _RULES)
def test_a_line_of_furniture_has_a_rule(line: str) -> None:
    """What page templates say is known, in the languages of the news."""
    assert rule_of(line) == _RULES[line]


@pytest.mark.parametrize("line", _SUBHEADLINES)
def test_a_subheadline_has_none(line: str) -> None:
    """A line of the article stays, though its words occur in furniture."""
    assert rule_of(line) is None


@pytest.mark.parametrize(
    "line", [*PARAGRAPHS, "He said he would share the money with the crew, and left a comment on the wall."]
)
def test_prose_is_never_removed(line: str) -> None:
    """A sentence of the article stays wherever it stands."""
    assert clean_lines(f"{TEXT}\n{line}\n{TEXT}", title=None).removed == ()


def test_a_headline_is_repeated_or_first() -> None:
    """Where nobody states a headline it is the line said twice, else the first one that is no sentence."""
    twice = clean_lines(f"Coast Review\n\nHarbour reopens today\n\nHarbour reopens today\n\n{TEXT}", title=None)
    first = clean_lines(f"Harbour reopens today\n\n{TEXT}", title=None)
    none = clean_lines(TEXT, title=None)

    assert [twice.title, first.title, none.title] == ["Harbour reopens today", "Harbour reopens today", ""]


@pytest.mark.parametrize(
    "above",
    ["Front page | Sports | Weather", "Home » Coast » Harbour", "Ana Ruiz • May 3, 2026 • 7 min read", "홈", "Echo"],
)
def test_a_menu_a_byline_or_the_site_is_no_headline(above: str) -> None:
    """What stands above a headline and has many fields, a day or few letters leaves the headline what it is."""
    headline = "Harbour reopens after the storm"

    assert clean_lines(f"{above}\n{headline}\n{TEXT}", title=None).title == headline
    assert clean_lines(f"{above}\n{headline}\nAna\n{TEXT}", title=None).title == headline


def test_a_stated_headline_leaves_the_text() -> None:
    """A headline that stands in the text too is taken out, whatever its quotes and end mark."""
    cleaned = clean_lines(f"“Harbour” reopens today.\n{TEXT}", title='"Harbour" reopens today')

    assert cleaned.lines == list(PARAGRAPHS)


def test_a_comment_count_under_the_headline_cuts_nothing() -> None:
    """The comments are cut where they are, not where a link to them stands."""
    cleaned = clean_lines(f"Harbour reopens today\n3 Comments\n{TEXT}", title=None)

    assert cleaned.lines == list(PARAGRAPHS)


def test_a_comment_is_removed_whole() -> None:
    """Readers' names and what they write leave the text, however long it is."""
    comment = "I have read every word of this and must say that it is the best report on the harbour so far. " * 3
    cleaned = clean_lines(
        f"Harbour reopens today\n{TEXT}\n1 Comment\n1. ANA June 5, 2026 at 7:57 am\n{comment}", title=None
    )

    assert cleaned.lines == list(PARAGRAPHS)
    assert {removed.rule for removed in cleaned.removed} == {"title-repeated", "comments"}


def test_links_in_the_middle_do_not_end_the_article() -> None:
    """A block of links inside the article is taken out, and the article goes on behind it."""
    dump = [PARAGRAPHS[0], "Related Articles", "• Crane falls from its rails", "• Ferry stops", *PARAGRAPHS[1:]]

    assert clean_lines("\n".join(dump), title=None).lines == list(PARAGRAPHS)


def test_removed_lines_are_told_in_order() -> None:
    """What was removed is listed as it stood on the page."""
    cleaned = clean_lines(f"Home\nMenu\nHarbour reopens today\n{TEXT}\nShare this article\nBack to top", title=None)

    assert [removed.line for removed in cleaned.removed] == [
        "Home",
        "Menu",
        "Harbour reopens today",
        "Share this article",
        "Back to top",
    ]


def test_chosen_paragraphs_lose_only_what_names_itself() -> None:
    """What an extractor chose is not judged by where it stands."""
    lines = ["Harbour reopens", *["- a short item"] * 12, "Advertisement", PARAGRAPHS[0]]

    cleaned = clean_paragraphs(lines, title="Harbour reopens")

    assert cleaned.lines == [*["- a short item"] * 12, PARAGRAPHS[0]]


def test_a_spared_paragraph_stays() -> None:
    """What is known to be the article's is no furniture, whatever it says; another line that says the same is."""
    lines = [PARAGRAPHS[0], "No comments", PARAGRAPHS[1], "No comments", PARAGRAPHS[2]]

    cleaned = clean_paragraphs(lines, title=None, spared=frozenset({1}))

    assert cleaned.lines == [*lines[:3], lines[4]]
