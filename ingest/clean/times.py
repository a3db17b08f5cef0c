"""<time> elements: which of them tell when the article was published, and which when it was changed."""

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from ingest.clean.dates import is_update
from ingest.clean.people import flat

_MAX_TIMES = 60
_APART = frozenset({"aside", "nav", "footer", "figure"})
_PUBLISHED = re.compile(r"publi|entry-date|post-date|dt-publ|pubdate|created|issued", re.I)
_MODIFIED = re.compile(r"updated|modif", re.I)
_CHARS_BEFORE = 40


@dataclass(slots=True)
class Times:
    """The times of a page, as a walk over its tree meets them."""

    marked: list[str] = field(default_factory=list)  # as the day of publication
    behind: list[str] = field(default_factory=list)  # behind a main heading
    other: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    headings: int = 0
    seen: int = 0

    def at_heading(self) -> None:
        """Take note that a main heading was met."""
        self.headings += 1

    def read(self, element: HtmlElement) -> None:
        """Take in one element."""
        self.seen += 1
        if self.seen > _MAX_TIMES:
            return
        said = element.get("datetime") or flat(element.text_content())
        marks = " ".join(filter(None, map(element.get, ("class", "itemprop", "data-testid", "id"))))
        is_published = element.get("pubdate") is not None or _PUBLISHED.search(marks) is not None
        if not is_published and (_MODIFIED.search(marks) or is_update(_before(element))):
            self.changed.append(said)
        elif is_published:
            self.marked.append(said)
        elif self.headings and not _is_apart(element):
            self.behind.append(said)
        else:
            self.other.append(said)

    def published(self) -> list[str]:
        """Give the best of those that can tell when it was published."""
        return [*self.marked[:1], *self.behind[:1]] or self.other[:1]

    def modified(self) -> list[str]:
        """Give those that are said to tell of a change."""
        return self.changed[:1]


def _before(element: HtmlElement) -> str:
    """Give what stands in front of it, as far as that tells what it means."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return str(previous.tail or "").strip() or flat(previous.text_content())[-_CHARS_BEFORE:]
    return str(parent.text or "") if parent is not None else ""


def _is_apart(element: HtmlElement) -> bool:
    return any(parent.tag in _APART for parent in element.iterancestors())
