"""What stands behind an article and looks like its end, on lines of our own."""

import pytest

from ingest.clean import clean
from ingest.clean.blocks import read_lines
from ingest.clean.endings import endings
from ingest.clean.page import parse
from tests.ingest.clean.documents import NOW, TEXT, page, page_document

_NOTE = "Ana Ruiz keeps the tide tables of Lowmere, and reads the water gauge before breakfast."
_NOTICE = "Sign up for our newsletter, and have the tides in your inbox."
_REST = "She lives by the quay."


def _taken(*last: str, authors: tuple[str, ...] = ("Ana Ruiz",), odds: float = 0.5, before: int = 5) -> dict[str, str]:
    """Give what is taken from an article with these last lines, each of the same odds."""
    texts = [*(f"The harbour of Lowmere, which opens on Monday, has {number} cranes." for number in range(before))]
    paragraphs = [text if text.startswith("<") else f"<p>{text}</p>" for text in (*texts, *last)]
    lines = read_lines(parse("".join(paragraphs), "page").tree)
    kept = range(len(lines))
    taken = endings(lines, kept, {at: odds if at >= before else 3.0 for at in kept}, authors)
    return {lines[at].text: rule for at, rule in taken.items()}


@pytest.mark.parametrize(
    ("markup", "odds"),
    [
        ("<p>{}</p>", 0.5),
        ("<p><em>{}</em></p>", 3.0),
        ('<div class="bio"><p>{}</p></div>', 3.0),
        ("<p>{} She is a reporter.</p>", 3.0),
    ],
)
def test_a_note_that_begins_with_the_authors_name_goes(markup: str, odds: float) -> None:
    """A last line that begins with the author's name goes where its odds, its markup or its words set it apart."""
    taken = _taken(markup.format(_NOTE), odds=odds)

    assert list(taken.values()) == ["author-note"]
    assert next(iter(taken)).startswith(_NOTE)


def test_an_article_may_speak_of_its_author_to_the_end() -> None:
    """A paragraph like all others stays, though it begins with the author's name, and so does what follows."""
    assert _taken(_NOTE, "The ferries run again.", odds=3.0) == {}


def test_a_note_takes_no_paragraph_with_it() -> None:
    """What follows a note and is like the article stays."""
    assert _taken(f"<p><i>{_NOTE}</i></p>", "The ferries run again.", odds=3.0) == {_NOTE: "author-note"}


def test_what_stands_above_the_text_is_no_note() -> None:
    """Above the first paragraph the author's name is a byline, and what follows is the article."""
    assert _taken("<div>Ana Ruiz in Lowmere</div>", "The ferries run.", "All is well.", before=0) == {}


def test_what_follows_the_authors_name_goes_with_it() -> None:
    """What is behind the note goes too, and so does each author's note before it."""
    other = "Jo Berg took the pictures."

    assert _taken(_NOTE, other, _REST, authors=("Ana Ruiz", "Jo Berg")) == {
        _NOTE: "author-note",
        other: "author-note",
        _REST: "author-note",
    }


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("Łucja Wrona", "Łucja Wrona pisze o portach."),
        ("Мария Волкова", "Мария Волкова пишет о портах."),
        ("山田花子", "山田花子は港の記者である。"),
        ("ليلى حداد", "ليلى حداد تكتب عن الموانئ."),
    ],
)
def test_a_note_is_known_in_any_language(name: str, note: str) -> None:
    """It is the name that tells a note, and not its words."""
    assert _taken(note, authors=(name,)) == {note: "author-note"}


@pytest.mark.parametrize(
    ("last", "authors"),
    [
        (("The mayor thanked Ana Ruiz.",), ("Ana Ruiz",)),
        (("Harbour dues rise in May.",), ("Harbour",)),
        ((_NOTE, "Ferries run again.", "All is well.", "Until Monday."), ("Ana Ruiz",)),
        ((_NOTE,), ()),
    ],
)
def test_an_article_that_speaks_of_its_author_stays_whole(last: tuple[str, ...], authors: tuple[str, ...]) -> None:
    """A name inside a line, a desk in place of a person, and a name far above the end tell nothing."""
    assert _taken(*last, authors=authors) == {}


@pytest.mark.parametrize(("odds", "expected"), [(0.5, {_NOTICE: "newsletter"}), (2.0, {})])
def test_a_notice_at_the_end_goes_where_it_is_in_doubt(odds: float, expected: dict[str, str]) -> None:
    """A last line that speaks of the page goes unless the model is sure of it, and keeps the rule's name."""
    assert expected == _taken(_NOTICE, odds=odds)
    assert _taken(_NOTICE, _REST, odds=odds) == {}


def test_a_brief_article_keeps_its_end() -> None:
    """Of an article of a few lines none is taken."""
    assert _taken(_NOTE, before=1) == {}


def test_a_removed_note_bears_its_rule() -> None:
    """Of a page's note on its author is told that it is one."""
    more = "The ferries to the islands will sail from Monday on, their company said, and the market opens again."
    body = f"<p>{more}</p><p>{more.replace('Monday', 'Friday')}</p><p>{_NOTE}</p>"

    article = clean(page_document(page(head='<meta name="author" content="Ana Ruiz">', body=body)), now=NOW)

    assert article.text.startswith(TEXT)
    assert _NOTE not in article.text
    assert [removed.rule for removed in article.removed if removed.line == _NOTE] == ["author-note"]
