"""The elements of a page that say something about it, met in one walk over its tree."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml.etree import XPath
from lxml.html import HtmlElement

from ingest.clean import jsonld
from ingest.clean.people import flat, people_in
from ingest.clean.times import Times

_BYLINES = XPath(
    "//*[@rel='author' or @itemprop='author' or contains(@class, 'byline') or contains(@class, 'Byline')"
    " or contains(@class, 'author') or contains(@class, 'Author')]"
    "[string-length(normalize-space(.)) > 2 and string-length(normalize-space(.)) < 80]"
)
# The same in other languages, asked for where the first are not: "autor" alone is a part of many a class.
_FOREIGN = XPath("//*[@class][string-length(normalize-space(.)) > 2 and string-length(normalize-space(.)) < 80]")
_AUTHOR = re.compile(
    r"(?:\A|[\s_-])(?:autor(?:e|a|as|es|en|in|i|zy)?|auteurs?|auteure|forfatter|författare|verfasser(?:in)?|yazar|muhabir"
    r"|avtor|skribent|redacteur|tekijä|kirjoittaja)(?:\Z|[\s_-])",
    re.I,
)
_MAX_BYLINES = 5
_PROPERTIES = XPath("//*[@itemprop]")
_MAX_PROPERTIES = 1_000


@dataclass(slots=True)
class Elements:
    """The elements that say something, as one walk over the tree meets them."""

    metas: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)  # microdata, by name in lower case
    heads: list[str] = field(default_factory=list)
    times: Times = field(default_factory=Times)
    nodes: list[jsonld.Node] = field(default_factory=list)
    title: str = ""
    canonical: str | None = None
    image: str = ""

    def meta(self, names: Iterable[str]) -> list[str]:
        """Give what the meta elements of these names say."""
        return [self.metas[name] for name in names if self.metas.get(name)]

    def microdata(self, *names: str) -> list[str]:
        """Give what the microdata of these names says."""
        return [self.properties[name] for name in names if self.properties.get(name)]


def walk(tree: HtmlElement) -> Elements:
    """Give what the page's elements say."""
    said = Elements()
    for element in tree.iter("meta", "link", "title", "script", "h1", "time"):
        match element.tag:
            case "meta":
                names = (element.get(key) for key in ("property", "name", "http-equiv"))
                name = next((name for name in names if name), "").strip().lower()
                said.metas.setdefault(name, (element.get("content") or "").strip())
            case "link":
                kind = (element.get("rel") or "").lower()
                said.canonical = said.canonical or (element.get("href") if kind == "canonical" else None)
                said.image = said.image or (element.get("href") or "" if kind == "image_src" else "")
            case "title":
                said.title = said.title or flat(element.text_content())
            case "script" if "ld+json" in (element.get("type") or "").lower():
                said.nodes += jsonld.read_nodes(element.text or "")
            case "h1":
                said.heads.append(flat(element.text_content()))
                said.times.at_heading()
            case "time":
                said.times.read(element)
    for element in _PROPERTIES(tree)[:_MAX_PROPERTIES]:
        value = next(filter(None, map(element.get, ("content", "datetime", "src", "href"))), None)
        for name in element.get("itemprop").lower().split():
            said.properties.setdefault(name, value or flat(element.text_content()))
    return said


def marked_bylines(tree: HtmlElement) -> list[str]:
    """Give the bylines that the markup calls so; of nested ones the innermost, which holds the name alone."""
    elements = _BYLINES(tree) or [one for one in _FOREIGN(tree) if _AUTHOR.search(one.get("class"))]
    said = [flat(" ".join(element.itertext())) for element in elements[:_MAX_BYLINES]]
    return [next((part for part in said[at + 1 :] if _is_inside(part, line)), line) for at, line in enumerate(said)]


def _is_inside(part: str, line: str) -> bool:
    return len(part) > 4 and part != line and part in line and people_in([part]) is not None
