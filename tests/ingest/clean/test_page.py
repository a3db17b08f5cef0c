"""Pages that cost more than they are worth."""

import pytest

from ingest.clean import clean
from ingest.clean.page import extract, not_in_article, parse
from ingest.document import Removed
from ingest.outcome import Outcome, Refused
from tests.ingest.clean.documents import NOW, PARAGRAPHS, TEXT, page, page_document


def test_4_1_deep_nesting_loses_nothing() -> None:
    """What stands behind 300 nested elements is still read."""
    deep = "<div>" * 300 + "<p>deep</p>" + "</div>" * 300

    assert PARAGRAPHS[2] in clean(page_document(page(body=deep + f"<p>{PARAGRAPHS[2]}</p>")), now=NOW).text


def test_4_1_bottomless_nesting_is_refused() -> None:
    """A page deeper than the parser goes is refused, not stored in part."""
    with pytest.raises(Refused) as refused:
        clean(page_document(page(body="<div>" * 3_000 + "deep")), now=NOW)

    assert refused.value.outcome is Outcome.TOO_COMPLEX


def test_4_2_a_huge_script_costs_nothing() -> None:
    """Scripts and embedded images do not count as text of the page."""
    head = f"<script>var a = '{'x' * 6_000_000}';</script>"
    image = f'<img src="data:image/png;base64,{"A" * 5_000_000}">'

    assert clean(page_document(page(head=head, body=image)), now=NOW).text == TEXT


def test_4_2_a_huge_page_is_refused() -> None:
    """More than 5 MB of markup is no article."""
    with pytest.raises(Refused) as refused:
        clean(page_document(page(body="<p>Ships are back.</p>" * 300_000)), now=NOW)

    assert refused.value.outcome is Outcome.TOO_COMPLEX


def test_4_3_wide_cells_are_narrowed() -> None:
    """A cell that claims to span a hundred columns spans ten."""
    cell = '<td colspan="100" rowspan="999999999">Ships</td><td colspan="x1" rowspan="2">back</td>'

    tree = parse(page(body=f"<table><tr>{cell}</tr></table>"), "storm.html").tree

    assert [(cell.get("colspan"), cell.get("rowspan")) for cell in tree.iter("td")] == [("10", "1"), ("1", "2")]


def test_4_4_a_tag_with_endless_attributes_is_cut() -> None:
    """Attributes nobody reads are dropped before the parser, which is quadratic in them, sees them."""
    attributes = " ".join(f"a{number}=1" for number in range(40_000))

    assert clean(page_document(page(body=f"<p {attributes}>Ships are back.</p>")), now=NOW).text.startswith(TEXT)


def test_4_5_a_page_of_endless_elements_is_read_as_it_stands() -> None:
    """With more than 20,000 elements the text is taken without looking for the article in it."""
    page_of_many = parse(page(body="<b></b>" * 20_000), "storm.html")

    assert page_of_many.is_reduced
    assert TEXT in clean(page_document(page(body="<b></b>" * 20_000)), now=NOW).text


def test_4_6_a_page_inside_a_drawing_breaks_nothing() -> None:
    """An <html> inside an <svg>, which the extractor trips over, is dropped."""
    assert clean(page_document(page(body="<svg><html><body>x</body></html></svg>")), now=NOW).text == TEXT


@pytest.mark.parametrize(
    "source", ["[" * 100_000, '{"@type":"NewsArticle","headline":7,"author":[[1]],"datePublished":{}}', '"' * 200_000]
)
def test_4_8_broken_json_ld_breaks_nothing(source: str) -> None:
    """A page is read though what it says about itself is nonsense."""
    head = f'<script type="application/ld+json">{source}</script>'

    assert clean(page_document(page(head=head)), now=NOW).text == TEXT


def test_what_stands_around_the_article_is_told() -> None:
    """Each visible line is in the article or among the removed, with the rule that knows it."""
    around = "<nav><a href='/'>Coast Review</a></nav><footer><p>Back to top</p></footer>"

    article = clean(page_document(page().replace("<body>", "<body>" + around)), now=NOW)

    assert [(removed.rule, removed.line) for removed in article.removed] == [
        ("not-article", "Coast Review"),
        ("back-to-top", "Back to top"),
    ]


def test_removed_lines_are_capped_and_counted() -> None:
    """Of a page with endless menus 2,000 lines are kept, and the rest is counted."""
    visible = [f"{number} {number}" for number in range(3_000)]

    removed = not_in_article(visible, list(PARAGRAPHS), title="", named=())

    assert len(removed) == 2_001
    assert removed[-1] == Removed("... and 1000 more lines", "not-article")


def test_the_extractor_gives_paragraphs() -> None:
    """What trafilatura finds comes as lines, headline included."""
    assert extract(parse(page(), "storm.html"))[-3:] == list(PARAGRAPHS)
