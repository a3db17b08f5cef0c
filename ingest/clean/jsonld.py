"""JSON-LD: the objects that a page states about itself, and what they say of the article."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.clean.people import named

Node = dict[str, object]

_MAX_CHARS = 1_000_000
_MAX_NODES = 2_000
_MAX_STEPS = 10
_ARTICLE = re.compile(r"(?:\w*Article|\w*Posting|\w*Report|Review|\w*NewsEvent|Recipe)\Z")
_NEWS = re.compile(r"\w*News\w*\Z")
_SITES = frozenset({"WebSite", "Organization", "NewsMediaOrganization"})
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item")
_OPENING = re.compile(r"\s*(?:<!--)?\s*(?://|/\*)?\s*(?:<!\[CDATA\[)?(?:\*/)?")  # comments around the object
_CLOSINGS = ("-->", "*/", "]]>", "//", "/*")


def read_nodes(source: str) -> list[Node]:
    """Give the objects of one JSON-LD block, outermost first; none where it cannot be read."""
    if len(source) > _MAX_CHARS:
        return []
    try:
        value = json.loads(_unwrapped(source), strict=False)
    except (ValueError, RecursionError):
        return []
    found: list[Node] = []
    queue: list[object] = [value]
    for item in queue:
        if isinstance(item, dict):
            found.append(item)
            queue += [item[key] for key in _WITHIN if isinstance(item.get(key), dict | list)]
        elif isinstance(item, list):
            queue += item[:_MAX_NODES]
        if len(queue) > _MAX_NODES:
            break
    return found


def _unwrapped(source: str) -> str:
    """Give what stands inside the comments that hide a script from old browsers."""
    opening = _OPENING.match(source)
    inside = source[opening.end() if opening else 0 :].rstrip()
    for _ in _CLOSINGS:  # at most one of each: a stranger may write a million
        inside = inside.removesuffix(next(filter(inside.endswith, _CLOSINGS), "")).rstrip()
    return inside


def is_article(node: Node) -> bool:
    """Whether the object is an article of some kind."""
    return any(_ARTICLE.match(kind) for kind in _kinds(node))


def is_news(node: Node) -> bool:
    """Whether the object is an article that its outlet calls news."""
    return any(_NEWS.match(kind) and _ARTICLE.match(kind) for kind in _kinds(node))


def is_page(node: Node) -> bool:
    """Whether the object is the page that the article stands on."""
    return any(kind.endswith("WebPage") for kind in _kinds(node))


def texts(nodes: Iterable[Node], *keys: str) -> Iterator[str]:
    """Give what the objects say under the keys, as far as it is text."""
    for node in nodes:
        for key in keys:
            value = node.get(key)
            for said in value if isinstance(value, list) else [value]:
                if isinstance(said, str) and said.strip():
                    yield said.strip()


def authors(articles: Iterable[Node], nodes: Sequence[Node]) -> list[str]:
    """Give the people who wrote the first article that names any."""
    for article in articles:
        names = [_name(author) for author in _resolved(article.get("author"), nodes)]
        people = [person for name in names for person in named(name)]
        if people:
            return people
    return []


def publishers(articles: Iterable[Node], nodes: Sequence[Node]) -> Iterator[str]:
    """Give the names of those who publish the articles."""
    for article in articles:
        yield from filter(None, (_name(said) for said in _resolved(article.get("publisher"), nodes)))


def sites(nodes: Iterable[Node]) -> Iterator[str]:
    """Give the names of the sites and organisations that are described."""
    for node in nodes:
        if not _SITES.isdisjoint(_kinds(node)):
            yield from texts([node], "name")


def trail(nodes: Iterable[Node]) -> list[str]:
    """Give the names along the first trail of breadcrumbs, the front page first."""
    for node in nodes:
        steps = node.get("itemListElement")
        if "BreadcrumbList" in _kinds(node) and isinstance(steps, list):
            return [name for step in steps[:_MAX_STEPS] if isinstance(step, dict) and (name := _step(step))]
    return []


def _step(step: Node) -> str:
    inside = step.get("item")
    return _name(step) or (_name(inside) if isinstance(inside, dict) else "")


def images(articles: Iterable[Node], nodes: Sequence[Node]) -> Iterator[str]:
    """Give the addresses of the articles' pictures, the main one first."""
    for article in articles:
        for key in ("image", "thumbnailUrl"):
            for said in _resolved(article.get(key), nodes):
                if isinstance(said, str):
                    yield said
                elif isinstance(said, dict):
                    yield from texts([said], "url", "contentUrl")


def _kinds(node: Node) -> list[str]:
    kinds = node.get("@type")
    said = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rpartition("/")[2] for kind in said if isinstance(kind, str)]


def _resolved(value: object, nodes: Sequence[Node]) -> Iterator[object]:
    """Give one value or several, each object that is only referred to replaced by what describes it."""
    for said in value if isinstance(value, list) else [value]:
        if isinstance(said, dict) and isinstance(said.get("@id"), str) and len(said) <= 2 and "name" not in said:
            yield next((node for node in nodes if node.get("@id") == said["@id"] and len(node) > 2), said)
        else:
            yield said


def _name(said: object) -> str:
    if isinstance(said, dict):
        said = said.get("name")
    if isinstance(said, list):
        said = ", ".join(part for part in said if isinstance(part, str))
    return said.strip() if isinstance(said, str) else ""
