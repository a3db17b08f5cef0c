"""A page as the lines its reader sees, each with what the markup says about it."""

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from ingest.clean.comments import holds_comments, names_of
from ingest.clean.decode import well_formed

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details", "dialog",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "label", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
})
_UNSEEN = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "head", "iframe", "object", "select", "textarea",
    "video", "audio",
})
# fmt: on
# fmt: off
TAGS = (
    "article", "main", "aside", "nav", "footer", "header", "form", "figure|figcaption", "blockquote", "table",
    "li", "p", "h1", "h2", "h3|h4|h5|h6", "button|label", "address", "dl|dd|dt", "em|i", "strong|b",
)
# fmt: on
# Words that templates use in classes and ids, one trait for each line.
CLASSES = (
    "article|story|post|entry",
    "content|body|text|richtext|prose",
    "comment|comments|commentlist|disqus|respond|reply",
    "related|recommended|recommendation|recirculation|similar|trending|popular|readmore",
    "share|social|follow|sharing",
    "newsletter|subscribe|subscription|signup|optin|paywall",
    "sidebar|widget|rail|secondary",
    "footer|copyright|legal|disclaimer",
    "nav|menu|breadcrumb|breadcrumbs|pagination|pager|toc|header",
    "author|bio|byline|contributor|profile|about",
    "meta|date|time|published|timestamp|dateline|info",
    "tag|tags|category|categories|topic|topics|taxonomy",
    "caption|credit|image|img|photo|media|gallery|figure",
    "ad|ads|advert|advertisement|sponsor|sponsored|promo|promotion|banner|affiliate",
    "cta|button|btn|form|popup|modal|dialog|cookie",
    "teaser|card|cards|grid|carousel|slider|list|item",
    "hidden|sr|visually|screen|print|collapsed",
    "title|headline|heading|subtitle|subheadline|kicker",
    "lead|intro|standfirst|dek|deck|summary|excerpt|abstract|description",
    "quote|pullquote|blockquote|callout|highlight|box|infobox|fact",
    "product|price|rating|review|shop|buy",
    "faq|accordion|tab|tabs|question|answer",
    "footnote|footnotes|references|source|sources|correction|note",
)
_TAG_BIT = {name: 1 << at for at, names in enumerate(TAGS) for name in names.split("|")}
_WORD_BIT = {word: 1 << at for at, words in enumerate(CLASSES) for word in words.split("|")}
_TELLING = frozenset({*_TAG_BIT, "a"})  # what an inline element tells by its name
_MAX_NAME = 300  # characters of classes
_WORDS = re.compile(r"[a-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(slots=True)
class Line:
    """One line of a page."""

    text: str
    linked: int  # characters inside links
    tags: int  # TAGS of the elements around it, one bit each
    classes: int  # CLASSES of the elements around it, one bit each
    near: int  # CLASSES of the two innermost elements
    kind: str  # tags and classes of the two innermost elements: lines alike in markup are alike in this
    block: int  # number of the element that holds its block
    path: tuple[int, ...]  # numbers of the blocks around it, outermost first
    bold: int  # characters in <strong> or <b>
    slanted: int  # characters in <em> or <i>
    link_ends: int  # 1 where it begins with a link, 2 where it ends with one, 3 both
    is_comment: bool  # stands among the readers' comments
    table: int  # number of the innermost table around it, 0 where there is none


@dataclass(slots=True)
class _Around:
    tags: int = 0
    classes: int = 0
    near: int = 0
    own: int = 0
    kind: str = ""
    outer: str = ""
    block: int = 0
    is_link: bool = False
    is_bold: bool = False
    is_slanted: bool = False
    path: tuple[int, ...] = ()
    is_comment: bool = False
    table: int = 0


@dataclass(slots=True)
class _Reader:
    """What has been read of a page so far: whole lines, and the parts of the one that is open."""

    lines: list[Line]
    stack: list[_Around]
    parts: list[str]
    linked: int = 0
    bold: int = 0
    slanted: int = 0
    link_ends: int = -1

    def add(self, text: str | None) -> None:
        """Add text to the open line."""
        if text:
            self.parts.append(text)
            if size := len(text.strip()):
                top = self.stack[-1]
                self.link_ends = (top.is_link if self.link_ends < 0 else self.link_ends & 1) + 2 * top.is_link
                self.linked += size * top.is_link
                self.bold += size * top.is_bold
                self.slanted += size * top.is_slanted

    def end_line(self) -> None:
        """Close the open line; it may hold line breaks of its own."""
        top = self.stack[-1]
        said = "".join(self.parts)
        for text in well_formed(said).split("\n") if said and not said.isspace() else ():
            if line := " ".join(text.split()):
                self.lines.append(
                    Line(
                        line,
                        self.linked,
                        top.tags,
                        top.classes,
                        top.near,
                        top.kind,
                        top.block,
                        top.path,
                        self.bold,
                        self.slanted,
                        max(0, self.link_ends),
                        top.is_comment,
                        top.table,
                    )
                )
        self.parts.clear()
        self.linked = self.bold = self.slanted = 0
        self.link_ends = -1


def read_lines(tree: HtmlElement) -> list[Line]:
    """Give the lines a reader of the page sees, menus and all, one per block."""
    reader = _Reader([], [_Around()], [])
    walk = etree.iterwalk(tree, events=("start", "end"))
    for number, (event, element) in enumerate(walk):
        tag = element.tag
        if not isinstance(tag, str):
            continue
        is_block = tag in _BLOCKS
        if is_block or tag == "br":
            reader.end_line()
        if tag == "br":  # pages may have a million
            reader.add(element.tail if event == "end" else None)
        elif event == "start":
            reader.stack.append(_inside(reader.stack[-1], element, number, is_block=is_block))
            if tag in _UNSEEN:
                walk.skip_subtree()
            else:
                reader.add(element.text)
        else:
            reader.stack.pop()
            if element is not tree:
                reader.add(element.tail)
    reader.end_line()
    return reader.lines


def _inside(outer: _Around, element: HtmlElement, number: int, *, is_block: bool) -> _Around:
    tag = element.tag
    named = _names(element) if tag not in ("body", "html") else ""
    own = _class_bits(named) if named else 0
    is_comment = not outer.is_comment and holds_comments(element, named)
    if element.get("hidden") is not None or "none" in (element.get("style") or ""):
        own |= _WORD_BIT["hidden"]
    if not is_block:
        if not own and not is_comment and tag not in _TELLING:
            return outer  # which is only read
        return _Around(
            outer.tags | _TAG_BIT.get(tag, 0),
            outer.classes | own,
            outer.near | own,
            outer.own,
            outer.kind,
            outer.outer,
            outer.block,
            outer.is_link or tag == "a",
            outer.is_bold or tag in ("b", "strong"),
            outer.is_slanted or tag in ("i", "em"),
            outer.path,
            outer.is_comment or is_comment,
            outer.table,
        )
    kind = f"{tag}.{element.get('class') or ''}"[:_MAX_NAME]
    return _Around(
        outer.tags | _TAG_BIT.get(tag, 0),
        outer.classes | own,
        outer.own | own,
        own,
        f"{outer.outer} {kind}",
        kind,
        number if tag in ("div", "section", "article", "ul", "ol", "table", "main", "aside", "td") else outer.block,
        outer.is_link,
        outer.is_bold,
        outer.is_slanted,
        (*outer.path, number),
        outer.is_comment or is_comment,
        number if tag == "table" else outer.table,
    )


def _names(element: HtmlElement) -> str:
    return names_of(element)[:_MAX_NAME]


@lru_cache(maxsize=4096)
def _class_bits(named: str) -> int:
    bits = 0
    for word in _WORDS.findall(_CAMEL.sub(" ", named).lower()):
        bits |= _WORD_BIT.get(word, 0)
    return bits
