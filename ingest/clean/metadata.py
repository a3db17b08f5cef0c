"""What a page says about itself: JSON-LD, meta elements, headings, read in one walk over its tree."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lxml.etree import XPath
from lxml.html import HtmlElement

from ingest.clean.dates import read_date
from ingest.clean.headline import folded, headline_of
from ingest.clean.people import flat, named, people_in
from ingest.clean.walls import words_in
from ingest.document import DateOrigin
from ingest.urls import canonical_url, host

_MAX_JSON_CHARS = 1_000_000
_MAX_NODES = 2_000
_OWN_HEADLINES = 2  # as headline and name: more are those of a list

_BYLINES = XPath(
    "//*[@rel='author' or @itemprop='author' or contains(@class, 'byline') or contains(@class, 'Byline')"
    " or contains(@class, 'author') or contains(@class, 'Author')]"
    "[string-length(normalize-space(.)) > 2 and string-length(normalize-space(.)) < 80]"
)
_MAX_BYLINES = 5
_ARTICLE = re.compile(
    r"(?:\w*Article|\w*Posting|\w*Report|Review|\w*NewsEvent|AnalysisNewsArticle|OpinionNewsArticle|Recipe)\Z"
)
# fmt: off
_META_DATES = (
    "article:published_time", "og:published_time", "datepublished", "article:published",
    "og:article:published_time", "article.published", "parsely-pub-date", "sailthru.date", "publishdate",
    "publish-date", "publish_date", "publicationdate", "publication_date", "pubdate", "pub_date",
    "publication-date", "dc.date.issued", "dcterms.created", "dcterms.issued", "dc.date.created", "dc.date",
    "dcterms.date", "cxenseparse:recs:publishtime", "article:post_date", "article_date_original",
    "originalpublicationdate", "rnews:datepublished", "bt:pubdate", "date", "created",
)
_META_AUTHORS = (
    "author", "parsely-author", "article:author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "cxenseparse:author", "article.author", "citation_author", "twitter:data1:author",
)
_SITES = (
    "og:site_name", "application-name", "al:ios:app_name", "apple-mobile-web-app-title", "twitter:app:name:iphone",
    "publisher", "dc.publisher", "copyright",
)
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a page says about itself, each list best first; nothing here is believed yet."""

    titles: list[str]  # what it calls itself
    heads: list[str]  # its main headings
    bylines: list[str]  # in JSON-LD and meta elements
    marked: list[str]  # in elements that are called bylines
    dates: list[tuple[DateOrigin, datetime | None]]
    languages: list[str]
    sites: list[str]
    canonical: str | None
    og_url: str | None
    body: str  # the article in JSON-LD, which may be cut
    description: str
    is_article: bool  # it calls itself one, and does not list others
    is_free: bool  # False where it says that the article has to be paid for
    said_words: int  # how long it says that the article is; 0 when it does not


@dataclass(slots=True)
class _Said:
    """The elements that say something, as one walk over the tree meets them."""

    metas: dict[str, str] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    nodes: list[dict[str, object]] = field(default_factory=list)
    title: str = ""
    canonical: str | None = None


def read_facts(tree: HtmlElement) -> Facts:
    """Give what the page says about itself."""
    said = _walk(tree)
    metas, articles = said.metas, [node for node in said.nodes if _is_article(node)]
    titles = [*_texts(articles, "headline"), metas.get("og:title", ""), said.title]
    bylines = [", ".join(_people(articles)), *(metas.get(name, "") for name in _META_AUTHORS)]
    marked = _marked(tree) if people_in(bylines) is None else []
    dates = [(DateOrigin.JSON_LD, text) for text in _texts(articles, "datePublished", "dateCreated")]
    dates += [(DateOrigin.META, metas[name]) for name in _META_DATES if metas.get(name)]
    dates += [(DateOrigin.TIME, text) for text in said.times[:1]]
    languages = (tree.get("lang"), tree.get("xml:lang"), metas.get("og:locale"), metas.get("content-language"))
    return Facts(
        titles=[title for title in (*titles, *_texts(articles, "name")) if title],
        heads=[head for head in said.heads if head],
        bylines=[line for line in bylines if line],
        marked=marked,
        dates=[(origin, read_date(text)) for origin, text in dates],
        languages=[language for language in languages if language],
        sites=list(_sites(metas, said.nodes, articles)),
        canonical=said.canonical,
        og_url=metas.get("og:url"),
        body=max(_texts(articles, "articleBody"), key=len, default=""),
        description=metas.get("og:description") or metas.get("description") or "",
        is_article="article" in metas.get("og:type", "").lower() or _is_one(articles),
        is_free=not any(str(node.get("isAccessibleForFree")).lower().endswith("false") for node in said.nodes),
        said_words=max(map(_words, articles), default=0),
    )


def _is_one(articles: list[dict[str, object]]) -> bool:
    """Whether the articles in JSON-LD are the page's own: a list of articles has several."""
    return 1 <= len(set(_texts(articles, "headline", "name"))) <= _OWN_HEADLINES


def _words(node: dict[str, object]) -> int:
    """Give how long an article in JSON-LD says that it is, or is."""
    said, body = node.get("wordCount"), node.get("articleBody")
    stated = int(said) if isinstance(said, int | str) and str(said).isascii() and str(said).isdecimal() else 0
    return max(stated, words_in(body) if isinstance(body, str) else 0)


def _marked(tree: HtmlElement) -> list[str]:
    """Give the bylines that the markup calls so; of nested ones the innermost, which holds the name alone."""
    said = [flat(" ".join(element.itertext())) for element in _BYLINES(tree)[:_MAX_BYLINES]]
    return [next((part for part in said[at + 1 :] if _is_inside(part, line)), line) for at, line in enumerate(said)]


def _is_inside(part: str, line: str) -> bool:
    return len(part) > 4 and part != line and part in line and people_in([part]) is not None


def _walk(tree: HtmlElement) -> "_Said":
    said = _Said()
    for element in tree.iter("meta", "link", "title", "script", "h1", "time"):
        match element.tag:
            case "meta":
                names = (element.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
                name = next((name for name in names if name), "").strip().lower()
                said.metas.setdefault(name, (element.get("content") or "").strip())
            case "link" if (element.get("rel") or "").lower() == "canonical":
                said.canonical = said.canonical or element.get("href")
            case "title":
                said.title = said.title or flat(element.text_content())
            case "script" if "ld+json" in (element.get("type") or "").lower():
                said.nodes += _nodes(element.text or "")
            case "h1":
                said.heads.append(flat(element.text_content()))
            case "time":
                said.times.append(element.get("datetime") or element.text_content())
    return said


def title_of(facts: Facts, url: str) -> str:
    """Give the headline without the site's name; "" where the page has none."""
    labels = (host(url), *host(url).split(".")[:-1])
    return headline_of(facts.titles, facts.heads, [*facts.sites, *labels])


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


def _is_front_page(url: str) -> bool:
    path, _, query = url.split("://", 1)[1].partition("?")
    return not path.partition("/")[2].strip("/") and not query


def _nodes(source: str) -> list[dict[str, object]]:
    """Give the objects of one JSON-LD block, outermost first; none where it cannot be read."""
    if len(source) > _MAX_JSON_CHARS:
        return []
    try:
        value = json.loads(source.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
    except (ValueError, RecursionError):
        return []
    found: list[dict[str, object]] = []
    queue: list[object] = [value]
    for item in queue:
        if isinstance(item, dict):
            found.append(item)
            queue += [
                item[key]
                for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item")
                if isinstance(item.get(key), dict | list)
            ]
        elif isinstance(item, list):
            queue += item[:_MAX_NODES]
        if len(queue) > _MAX_NODES:
            break
    return found


def _is_article(node: dict[str, object]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and _ARTICLE.match(kind.rpartition("/")[2])
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _texts(nodes: list[dict[str, object]], *keys: str) -> Iterator[str]:
    for node in nodes:
        for key in keys:
            value = node.get(key)
            if isinstance(value, str) and value.strip():
                yield value.strip()


def _sites(metas: dict[str, str], nodes: list[dict[str, object]], articles: list[dict[str, object]]) -> Iterator[str]:
    yield from (metas[name] for name in _SITES if metas.get(name) and len(metas[name]) < 60)
    for node in articles:
        publisher = node.get("publisher")
        if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
            yield str(publisher["name"])
    for node in nodes:
        if node.get("@type") in ("WebSite", "Organization", "NewsMediaOrganization") and isinstance(
            node.get("name"), str
        ):
            yield str(node["name"])


def _people(articles: list[dict[str, object]]) -> list[str]:
    for node in articles:
        authors = node.get("author")
        names = [_name(author) for author in (authors if isinstance(authors, list) else [authors])]
        people = [person for name in names for person in named(name)]
        if people:
            return people
    return []


def _name(author: object) -> str:
    if isinstance(author, dict):
        author = author.get("name")
    if isinstance(author, list):
        author = ", ".join(part for part in author if isinstance(part, str))
    return author if isinstance(author, str) else ""
