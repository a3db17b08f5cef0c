"""Whether cleaning left any of the readers' comments: known by markup, whatever the cleaning itself goes by."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml.html import HtmlElement, document_fromstring

_NAMES = ("comment", "disqus", "livefyre")
_WORDS = 8  # a shorter line may be in any text
_MAX_GOLD = 0.2  # of the lines of an element that the article may hold too, where comments quote it


def share_without(folder: Path, texts: Mapping[str, str]) -> float:
    """Give the share of the pages carrying comments whose text, found under their address, has no line of them."""
    carrying = left = 0
    for manifest in sorted(folder.glob("html/*/manifest.json")):
        for entry in json.loads(manifest.read_text("utf-8")):
            if lines := set(_comments(manifest.parent, entry)):
                carrying += 1
                left += not lines.isdisjoint(texts.get(entry["url"] or "", "").split("\n"))
    print(f" comments: {carrying} pages carry some, {left} have a line of them left")
    return 1 - left / carrying if carrying else 1.0


def comments_in(page: str, gold: str) -> Iterator[str]:
    """Give the long lines that stand in elements called comments, and not in the article.

    What holds the headline too is called so for what it can show, and holds more than comments.
    """
    for element in document_fromstring(page.encode("utf-8", "replace")).iter(
        "div", "section", "ol", "ul", "li", "article"
    ):
        if _is_called_comments(element) and element.find(".//h1") is None:
            lines = [line for part in _blocks(element) if len((line := " ".join(part.split())).split()) >= _WORDS]
            strange = [line for line in lines if line not in gold]
            if len(strange) >= (1 - _MAX_GOLD) * len(lines):
                yield from strange


def _comments(folder: Path, entry: dict[str, Any]) -> Iterator[str]:  # Any: JSON
    page = gzip.decompress((folder / entry["html"]).read_bytes()).decode("utf-8", "replace")
    if not entry.get("gold_doubtful") and any(name in page for name in _NAMES):
        yield from comments_in(page, " ".join(entry["gold_text"].split()))


def _is_called_comments(element: HtmlElement) -> bool:
    named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}".lower()
    return any(name in named for name in _NAMES)


def _blocks(element: HtmlElement) -> Iterator[str]:
    """Give the text of each paragraph, or of what stands directly in the element."""
    for inner in element.iter("p", "div", "li", "td"):
        if inner.find(".//p") is None and inner.find(".//div") is None:
            yield inner.text_content()
