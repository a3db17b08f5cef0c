"""What a page says about itself: JSON-LD, meta elements, microdata, headings, times, each fact's sources in order.

docs/metadata.md tells the order of the sources of each fact.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from lxml.html import HtmlElement

from ingest.clean import jsonld
from ingest.clean.dates import read_date
from ingest.clean.decode import well_formed
from ingest.clean.elements import Elements, marked_bylines, walk
from ingest.clean.headline import folded, headline_of
from ingest.clean.people import flat, people_in
from ingest.document import DateOrigin
from ingest.scripts import words_in
from ingest.urls import MAX_CHARS, canonical_url, host

_MAX_NAME_CHARS = 60
_OWN_HEADLINES = 2  # as headline and name: more are those of a list
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:\Z|\?)", re.I)
# fmt: off
_META_DATES = (
    "article:published_time", "og:published_time", "datepublished", "article:published",
    "og:article:published_time", "article.published", "parsely-pub-date", "sailthru.date", "publishdate",
    "publish-date", "publish_date", "publicationdate", "publication_date", "pubdate", "pub_date",
    "publication-date", "dc.date.issued", "dcterms.created", "dcterms.issued", "dc.date.created", "dc.date",
    "dcterms.date", "cxenseparse:recs:publishtime", "article:post_date", "article_date_original",
    "originalpublicationdate", "rnews:datepublished", "bt:pubdate", "date", "created",
)
_META_MODIFIED = (
    "article:modified_time", "og:updated_time", "article:modified", "datemodified", "dcterms.modified",
    "dc.date.modified", "lastmodifieddate", "last-modified", "last_updated_date", "revised",
)
_META_AUTHORS = (
    "author", "parsely-author", "article:author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "cxenseparse:author", "article.author", "citation_author", "twitter:data1:author",
)
_META_SECTIONS = ("article:section", "og:section", "parsely-section", "section", "prism.section")
_META_IMAGES = (
    "og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "parsely-image-url",
    "sailthru.image.full", "thumbnail",
)
_SITES = (
    "og:site_name", "application-name", "al:ios:app_name", "apple-mobile-web-app-title", "twitter:app:name:iphone",
    "publisher", "dc.publisher", "copyright",
)
_PUBLISHERS = ("og:site_name", "publisher", "dc.publisher", "application-name")
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a page says about itself, each list best first; nothing here is believed yet."""

    titles: list[str]  # what it calls itself
    agreed: list[str]  # those of them that a news page states in its data
    heads: list[str]  # its main headings
    bylines: list[str]  # in JSON-LD and meta elements
    marked: list[str]  # in elements that are called bylines
    dates: list[tuple[DateOrigin, datetime]]
    modified: list[tuple[DateOrigin, datetime]]
    languages: list[str]
    sites: list[str]
    sections: list[str]
    images: list[str]  # addresses as written, which may be relative
    publishers: list[str]
    canonical: str | None
    og_url: str | None
    body: str  # the article in JSON-LD, which may be cut
    description: str
    is_article: bool  # it calls itself one, and does not list others
    is_news: bool  # it calls itself news in JSON-LD
    is_free: bool  # False where it says that the article has to be paid for
    said_words: int  # how long it says that the article is; 0 when it does not


def read_facts(tree: HtmlElement) -> Facts:
    """Give what the page says about itself."""
    said = walk(tree)
    metas, articles = said.metas, [node for node in said.nodes if jsonld.is_article(node)]
    named = [*jsonld.texts(articles, "headline")]
    bylines = [", ".join(jsonld.authors(articles, said.nodes)), *said.meta(_META_AUTHORS)]
    languages = (tree.get("lang"), tree.get("xml:lang"), metas.get("og:locale"), metas.get("content-language"))
    is_news = any(map(jsonld.is_news, articles))
    return Facts(
        titles=_filled([*named, metas.get("og:title"), said.title, *jsonld.texts(articles, "name")]),
        agreed=_filled([*named[:1], metas.get("og:title")]) if is_news else [],
        heads=_filled(said.heads),
        bylines=_filled(bylines),
        marked=marked_bylines(tree) if people_in(bylines) is None else [],
        dates=[*_dates(said, articles)],
        modified=[*_modified(said, articles)],
        languages=_filled(languages),
        sites=[*_sites(said, articles)],
        sections=[*_sections(said, articles)],
        images=_filled([*_images(said, articles)]),
        publishers=[*_publishers(said, articles)],
        canonical=said.canonical,
        og_url=metas.get("og:url"),
        body=max(jsonld.texts(articles, "articleBody"), key=len, default=""),
        description=metas.get("og:description") or metas.get("description") or "",
        is_article="article" in metas.get("og:type", "").lower() or _is_one(articles),
        is_news=is_news,
        is_free=not any(str(node.get("isAccessibleForFree")).lower().endswith("false") for node in said.nodes),
        said_words=max(map(_words, articles), default=0),
    )


def _filled(said: Iterable[str | None]) -> list[str]:
    return [text for text in said if text]


def _is_one(articles: list[jsonld.Node]) -> bool:
    """Whether the articles in JSON-LD are the page's own: a list of articles has several."""
    return 1 <= len(set(jsonld.texts(articles, "headline", "name"))) <= _OWN_HEADLINES


def _words(node: jsonld.Node) -> int:
    """Give how long an article in JSON-LD says that it is, or is."""
    said, body = node.get("wordCount"), node.get("articleBody")
    stated = int(said) if isinstance(said, int | str) and str(said).isascii() and str(said).isdecimal() else 0
    return max(stated, words_in(body) if isinstance(body, str) else 0)


def _dates(said: Elements, articles: list[jsonld.Node]) -> Iterator[tuple[DateOrigin, datetime]]:
    sources = (
        (
            DateOrigin.JSON_LD,
            jsonld.texts([*articles, *filter(jsonld.is_page, said.nodes)], "datePublished", "dateCreated"),
        ),
        (DateOrigin.META, said.meta(_META_DATES)),
        (DateOrigin.MICRODATA, said.microdata("datepublished", "datecreated")),
        (DateOrigin.TIME, said.times.published()),
    )
    yield from _read(sources)


def _modified(said: Elements, articles: list[jsonld.Node]) -> Iterator[tuple[DateOrigin, datetime]]:
    sources = (
        (DateOrigin.JSON_LD, jsonld.texts(articles, "dateModified")),
        (DateOrigin.META, said.meta(_META_MODIFIED)),
        (DateOrigin.MICRODATA, said.microdata("datemodified")),
        (DateOrigin.TIME, said.times.modified()),
    )
    yield from _read(sources)


def _read(sources: Iterable[tuple[DateOrigin, Iterable[str]]]) -> Iterator[tuple[DateOrigin, datetime]]:
    for origin, texts in sources:
        for text in texts:
            if date := read_date(text):
                yield origin, date


def title_of(facts: Facts, url: str) -> str:
    """Give the headline without the site's name; "" where the page has none."""
    labels = (host(url), *host(url).split(".")[:-1])
    return headline_of(facts.titles, facts.heads, [*facts.sites, *labels], facts.agreed)


def not_the_site(bylines: Iterable[str], sites: Iterable[str]) -> list[str]:
    """Give the bylines in order, those that name the site itself last."""
    names = {folded(site) for site in sites}
    return sorted(bylines, key=lambda line: folded(line) in names)


def url_of(facts: Facts, url: str) -> str:
    """Give the identity of the page loaded as `url`, which may be a path.

    The page's own word counts for a saved page, and for a fetched one where it names the same site.
    """
    here = host(url)
    for said in (facts.canonical, None if here else facts.og_url):
        named = canonical_url(said or "")
        there = host(named)
        if there and not _is_front_page(named) and (not here or _site(there) == _site(here)):
            return named
    return canonical_url(url)


def _site(name: str) -> str:
    return name.removeprefix("m.").removeprefix("mobile.").removeprefix("amp.")


def image_of(facts: Facts, url: str, media: Sequence[str] = ()) -> str | None:
    """Give the address of the main picture of the page at `url`, else of the first one among a feed's `media`.

    A logo stands for the outlet, and is the last choice.
    """
    pictures = [link for link in media if _PICTURE.search(link)]
    links = [link for said in (*facts.images, *pictures) if (link := _absolute(said, url))]
    return min(links, key=lambda link: "logo" in link.rpartition("/")[2].lower(), default=None)


def _absolute(link: str, url: str) -> str | None:
    try:
        whole = urljoin(url, well_formed(link).strip())
    except ValueError:  # such as "//[::1"
        return None
    is_address = whole.startswith(("http://", "https://")) and len(whole) <= MAX_CHARS and not re.search(r"\s", whole)
    return whole if is_address else None


def _is_front_page(url: str) -> bool:
    path, _, query = url.split("://", 1)[1].partition("?")
    return not path.partition("/")[2].strip("/") and not query


def _sites(said: Elements, articles: list[jsonld.Node]) -> Iterator[str]:
    yield from (name for name in said.meta(_SITES) if len(name) < _MAX_NAME_CHARS)
    yield from jsonld.publishers(articles, said.nodes)
    yield from jsonld.sites(said.nodes)


def _publishers(said: Elements, articles: list[jsonld.Node]) -> Iterator[str]:
    names = (
        *jsonld.publishers(articles, said.nodes),
        *said.meta(_PUBLISHERS),
        *said.microdata("publisher"),
        *jsonld.sites(said.nodes),
    )
    for name in map(flat, names):
        if 1 < len(name) < _MAX_NAME_CHARS and "://" not in name and any(map(str.isalpha, name)):
            yield name


def _sections(said: Elements, articles: list[jsonld.Node]) -> Iterator[str]:
    names = (
        *jsonld.texts(articles, "articleSection"),
        *said.meta(_META_SECTIONS),
        *said.microdata("articlesection"),
        *jsonld.trail(said.nodes)[1:-1],
    )
    for name in map(flat, names):
        if 1 < len(name) < _MAX_NAME_CHARS and "://" not in name and any(map(str.isalpha, name)):
            yield name


def _images(said: Elements, articles: list[jsonld.Node]) -> Iterator[str]:
    yield from jsonld.images(articles, said.nodes)
    yield from said.meta(_META_IMAGES)
    yield from said.microdata("image", "thumbnailurl")
    yield said.image
