"""What a page says about itself, and whose word counts first."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean
from ingest.clean.jsonld import read_nodes
from ingest.document import Article, DateOrigin, Stated
from tests.ingest.clean.documents import NOW, page, page_document

_JSON_LD = {
    "@context": "https://schema.org",
    "@graph": [
        {
            "@type": "NewsArticle",
            "headline": "Harbour reopens after storm",
            "author": [{"@id": "#ana"}, {"@type": "Person", "name": "Jo Berg"}],
            "datePublished": "2026-05-12T23:30:00-04:00",
            "dateModified": "2026-05-13T09:00:00-04:00",
            "articleSection": ["Coast", "Weather"],
            "image": {"@id": "#main"},
            "publisher": {"@id": "#paper"},
        },
        {"@type": "Person", "@id": "#ana", "name": "Ana Ruiz"},
        {"@type": "ImageObject", "@id": "#main", "url": "/img/crane.jpg"},
        {"@type": "NewsMediaOrganization", "@id": "#paper", "name": "The Coast Review"},
    ],
}
_OPEN_GRAPH = (
    '<meta property="article:published_time" content="2026-05-14T08:00:00Z">'
    '<meta property="article:modified_time" content="2026-05-15T08:00:00Z">'
    '<meta property="article:section" content="Harbour">'
    '<meta property="og:image" content="https://coast.example/img/og.jpg">'
    '<meta property="og:site_name" content="Coast Review Online">'
)
_MICRODATA = (
    '<div itemscope><span itemprop="datePublished" content="2026-05-16T08:00:00Z"></span>'
    '<time itemprop="dateModified" datetime="2026-05-17T08:00:00Z">May 17</time>'
    '<span itemprop="articleSection">Ports</span><img itemprop="image" src="img/micro.jpg" alt="">'
    '<span itemprop="publisher">Review Press</span></div>'
)


def _article(head: str = "", body: str = "", *, stated: Stated | None = None) -> Article:
    return clean(page_document(page(head=head, body=body), stated=stated), now=NOW)


def _script(value: object) -> str:
    return f'<script type="application/ld+json">{orjson.dumps(value).decode()}</script>'


def _said(article: Article) -> tuple[object, ...]:
    return (article.published_from, article.modified_from, article.section, article.image, article.publisher)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            _script(_JSON_LD) + _OPEN_GRAPH,
            (
                DateOrigin.JSON_LD,
                DateOrigin.JSON_LD,
                "Coast",
                "https://coast.example/img/crane.jpg",
                "The Coast Review",
            ),
        ),
        (
            _OPEN_GRAPH,
            (DateOrigin.META, DateOrigin.META, "Harbour", "https://coast.example/img/og.jpg", "Coast Review Online"),
        ),
        (
            "",
            (
                DateOrigin.MICRODATA,
                DateOrigin.MICRODATA,
                "Ports",
                "https://coast.example/img/micro.jpg",
                "Review Press",
            ),
        ),
    ],
)
def test_json_ld_then_open_graph_then_microdata(head: str, said: tuple[object, ...]) -> None:
    """Each fact is from the first kind of data that has it."""
    assert _said(_article(head, _MICRODATA)) == said


def test_json_ld_may_refer_to_what_stands_elsewhere_in_it() -> None:
    """Authors, pictures and publishers that are only referred to are looked up, and times keep their day."""
    article = _article(_script(_JSON_LD))

    assert article.byline == "Ana Ruiz, Jo Berg"
    assert (article.published_on, article.published_at) == (date(2026, 5, 12), datetime(2026, 5, 13, 3, 30, tzinfo=UTC))
    assert article.modified_at == datetime(2026, 5, 13, 13, tzinfo=UTC)


@pytest.mark.parametrize("named", ["autor", "article__auteur", "yazar-adi", "meta författare"])
def test_authors_are_marked_in_other_languages(named: str) -> None:
    """A class that is the word for an author marks one, and one that begins like it does not."""
    assert _article(body=f'<div class="autoplay">Ferry Film</div><p class="{named}">Ana Ruiz</p>').byline == "Ana Ruiz"
    assert _article(body='<div class="autoplay">Ferry Film</div>').byline is None


def test_a_page_that_says_nothing_has_nothing() -> None:
    """Without data there is no section, picture or publisher, and what a feed names is the last picture."""
    media = ("https://coast.example/storm.mp3", "https://coast.example/storm.webp?w=9")

    assert _said(_article())[1:] == (None, None, None, None)
    assert _article(stated=Stated(media=media)).image == media[1]


def test_breadcrumbs_give_a_section_and_a_logo_is_the_last_picture() -> None:
    """The first step below the front page is the section; a logo counts where there is no other picture."""
    steps = [{"@type": "ListItem", "name": name} for name in ("Home", "Coast", "Harbour reopens after storm")]
    logo = '<meta property="og:image" content="/logo.png">'
    picture = '<meta name="twitter:image" content="//cdn.coast.example/crane.jpg">'

    article = _article(_script({"@type": "BreadcrumbList", "itemListElement": steps}) + logo + picture)

    assert article.section == "Coast"
    assert article.image == "https://cdn.coast.example/crane.jpg"
    assert _article(logo).image == "https://coast.example/logo.png"


@pytest.mark.parametrize("link", ["data:image/png;base64,AAAA", "http://[::1", "javascript:void(0)", "a crane"])
def test_a_picture_has_an_address_of_the_web(link: str) -> None:
    """What is no http address is no picture's."""
    assert _article(f'<meta property="og:image" content="{link}">').image is None


def test_times_beside_the_headline_come_before_those_of_other_articles() -> None:
    """A time in the navigation is of another article, and one behind "Updated" is of a change."""
    around = '<nav><time datetime="2026-07-01">1 July</time></nav>'
    own = "<p>Updated <time datetime='2026-05-13T10:00:00Z'>13 May</time> <time datetime='2026-05-12'>12 May</time></p>"

    article = _article(body=around + own)

    assert (article.published_from, article.published_on) == (DateOrigin.TIME, date(2026, 5, 12))
    assert (article.modified_from, article.modified_at) == (DateOrigin.TIME, datetime(2026, 5, 13, 10, tzinfo=UTC))


def test_what_a_container_states_keeps_the_day_of_the_page() -> None:
    """A feed's time counts first; the day on which it was is still the page's."""
    stated = Stated(published_at=datetime(2026, 5, 13, 3, 30, tzinfo=UTC), origin="feed")

    article = _article(_script(_JSON_LD), stated=stated)

    assert (article.published_from, article.published_on) == (DateOrigin.STATED, date(2026, 5, 12))
    assert replace(stated, published_at=article.published_at) == stated


@pytest.mark.parametrize(
    "wrapped",
    ["%s", "<!--%s-->", "//<![CDATA[\n%s\n//]]>", "/*<![CDATA[*/%s/*]]>*/"],
)
def test_json_ld_is_read_out_of_its_wrappings(wrapped: str) -> None:
    """Comments and CDATA marks around a block do not hide it."""
    [node] = read_nodes(wrapped % '{"@type": "Article", "headline": "Ferry\tback"}')

    assert node["headline"] == "Ferry\tback"


def test_4_8_marks_without_end_behind_a_block_cost_nothing() -> None:
    """Half a million marks that end a comment are not taken off one by one."""
    began = time.process_time()

    nodes = read_nodes('{"@type": "NewsArticle"}' + "*/" * 400_000)

    assert nodes == []
    assert time.process_time() - began < 0.5


def test_4_8_blanks_in_a_block_cost_nothing() -> None:
    """A block that is laid out with a hundred thousand blanks is read in the time of any other."""
    began = time.process_time()

    [node] = read_nodes(
        '{"@type": "NewsArticle",' + " \n" * 100_000 + '"headline": "Kiln relit"' + "\t" * 100_000 + "}"
    )

    assert node["headline"] == "Kiln relit"
    assert time.process_time() - began < 0.5


_KEYS = ("@type", "@graph", "@id", "author", "image", "publisher", "itemListElement", "item", "name", "datePublished")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inside, max_size=4),
    max_leaves=20,
)


@given(_JSON)
def test_any_json_ld_can_be_read(value: object) -> None:
    """Whatever shape it has, data on a page never keeps its text from being read."""
    kinds = [value, {"@type": "NewsArticle", "author": value, "image": value, "publisher": value}]

    article = _article(_script({"@graph": [*kinds, {"@type": "BreadcrumbList", "itemListElement": value}]}))

    assert article.text
