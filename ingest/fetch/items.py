"""The items of a feed, as they stand there: RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, with the usual extensions.

Names go by their local part, since one feed in fifty declares its prefixes wrongly or not at all. An item begun and
never ended, as in a feed cut in half, is dropped.
"""

from dataclasses import dataclass, field
from html import escape
from urllib.parse import urljoin

from ingest.fetch.entries import as_html
from ingest.fetch.xml import MOST_NESTED, Enough, local

MOST_ITEMS = 50_000
_FIELD_CHARS = 1_000_000  # markup included
_FIELD_ELEMENTS = 5_000  # an article in XHTML has some hundred
_ITEM_FIELDS = 100
_ITEM_DEPTH = 2  # <rss><channel><item>, <rdf:RDF><item>, <feed><entry>
_WEB = ("http://", "https://")
_HTML_TYPES = {"html", "text/html", "xhtml", "application/xhtml+xml"}
_SEEN_AND_HEARD = ("image", "audio", "video")
_VOID = {"br", "hr", "img", "wbr", "source", "embed", "area", "col", "input"}

_DATES = {"pubdate", "published", "issued", "created", "date", "updated", "modified"}
_FIELDS = _DATES | {
    "title", "link", "origlink", "guid", "id", "author", "creator", "source", "encoded", "content", "body",
    "enclosure", "thumbnail", "group", "language",
}  # fmt: skip
# Same local name, other meaning: the title of a picture, the maker of a podcast, the teaser of a WordPress export.
_OTHERS = {"media:title", "itunes:title", "itunes:author", "dc:source", "excerpt:encoded", "media:source"}


@dataclass(slots=True)
class Item:
    """One item, while it is read."""

    base: str  # what its links are relative to
    language: str | None
    title: str | None = None
    links: list[str] = field(default_factory=list)  # best first
    spare: list[str] = field(default_factory=list)  # where none of them is one
    guid: str | None = None
    authors: list[str] = field(default_factory=list)
    dates: dict[str, str] = field(default_factory=dict)  # by the local name of the field
    source: str | None = None
    contents: list[str] = field(default_factory=list)  # HTML
    media: list[str] = field(default_factory=list)
    fields: int = 0


class ItemReader:
    """A reader of XML that keeps the items of a feed."""

    def __init__(self, url: str) -> None:
        self.items: list[Item] = []
        self.left_out = 0  # fields that are longer than anybody's
        self._base = url
        self._language: str | None = None
        self._depth = 0
        self._skipped = 0  # depth inside an element that nobody asks for
        self._item: Item | None = None
        self._field: _Field | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        if self._skipped:
            self._skipped += 1
            if self._skipped > MOST_NESTED:
                raise Enough("nested too deep")
        elif self._field is not None:
            self._field.start(local(name), attributes)
            self._skip_if_over(self._field)
        elif self._item is not None:
            self._start_field(self._item, name, attributes)
        elif self._depth <= _ITEM_DEPTH and local(name) in {"item", "entry"}:
            self._item = Item(_base(attributes, self._base), attributes.get("xml:lang") or self._language)
            self._item.spare = [attributes.get("rdf:about", "")]
        elif self._depth < _ITEM_DEPTH and local(name) in {"rss", "rdf", "feed", "channel"}:
            self._base = _base(attributes, self._base)
            self._language = attributes.get("xml:lang") or self._language
            self._depth += 1
        elif local(name) == "language":
            self._field = _Field("language", attributes)
        else:
            self._skipped = 1

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        if self._skipped:
            self._skipped -= 1
        elif self._field is not None and self._field.depth:
            self._field.end(local(name))
        elif self._field is not None:
            self._end_field(self._field)
        elif self._item is not None:
            self.items.append(self._item)
            self._item = None
            if len(self.items) >= MOST_ITEMS:
                raise Enough
        else:
            self._depth -= 1

    def text(self, data: str) -> None:
        """Take in characters."""
        if self._field is not None and not self._skipped:
            self._field.text(data)
            self._skip_if_over(self._field)

    def _skip_if_over(self, begun: "_Field") -> None:
        if begun.is_over:
            self.left_out += 1
            self._skipped = begun.depth + 1
            self._field = None

    def _start_field(self, item: Item, name: str, attributes: dict[str, str]) -> None:
        item.fields += 1
        kind = local(name)
        if kind not in _FIELDS or name.lower() in _OTHERS or item.fields > _ITEM_FIELDS:
            self._skipped = 1
        else:
            self._field = _Field(kind, attributes)

    def _end_field(self, ended: "_Field") -> None:
        self._field = None
        if self._item is not None:
            _TAKE.get(ended.kind, _take_date)(self._item, ended)
        elif self._language is None:
            self._language = ended.said()


class _Field:
    """An element of an item, while it is read."""

    def __init__(self, kind: str, attributes: dict[str, str]) -> None:
        self.kind = kind
        self.attributes = attributes
        self.depth = 0
        self.is_over = False  # longer than a field may be
        self.media: list[str] = []
        self.texts: dict[str, str] = {}  # of elements inside, by local name
        self.has_markup = False
        self._pieces: list[str] = []  # of text, but HTML from the first element inside on
        self._elements = self._chars = 0
        self._place = 0  # where the text of the innermost element begins

    def start(self, kind: str, attributes: dict[str, str]) -> None:
        if not self.has_markup:
            self._pieces = [escape("".join(self._pieces), quote=False)]
            self.has_markup = True
        self.depth += 1
        self._elements += 1
        self.media += _medium(kind, attributes)
        kept = "".join(f' {key}="{escape(attributes[key])}"' for key in ("href", "src", "alt") if key in attributes)
        self._add(f"<{kind}{kept}>")
        self._place = len(self._pieces)

    def end(self, kind: str) -> None:
        self.depth -= 1
        self.texts.setdefault(kind, "".join(self._pieces[self._place :]))
        if kind not in _VOID:
            self._add(f"</{kind}>")

    def text(self, data: str) -> None:
        self._add(escape(data, quote=False) if self.has_markup else data)

    def said(self) -> str:
        """Give the text; HTML where there are elements inside."""
        return "".join(self._pieces).strip()

    def _add(self, piece: str) -> None:
        self._chars += len(piece)
        if self._chars > _FIELD_CHARS or self._elements > _FIELD_ELEMENTS:
            self.is_over = True
        else:
            self._pieces.append(piece)


def _base(attributes: dict[str, str], outer: str) -> str:
    if not (said := attributes.get("xml:base")):
        return outer
    joined = _joined(outer, said)
    return joined if joined.lower().startswith(_WEB) else outer


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # such as "https://[::1"
        return link


def _medium(kind: str, attributes: dict[str, str]) -> list[str]:
    """Give the address of the picture, sound or film that an element is about."""
    url = attributes.get("url")
    if kind not in {"enclosure", "content", "thumbnail"} or not url:
        return []
    stated = attributes.get("type") or attributes.get("medium") or "image"
    return [url] if stated.startswith(_SEEN_AND_HEARD) else []


def _take_link(item: Item, ended: _Field) -> None:
    href, rel = ended.attributes.get("href"), ended.attributes.get("rel", "alternate")
    if rel == "enclosure" and href:
        item.media += _medium("enclosure", {**ended.attributes, "url": href})
    elif rel == "alternate" and (link := href or ended.said()):
        base = _base(ended.attributes, item.base)
        item.links.append(link if base == item.base else _joined(base, link))


def _take_guid(item: Item, ended: _Field) -> None:
    item.guid = item.guid or ended.said()
    # Many that are no address do not say so.
    if ended.kind == "guid" and ended.attributes.get("isPermaLink") != "false" and item.guid.startswith(_WEB):
        item.spare.insert(0, item.guid)


def _take_original(item: Item, ended: _Field) -> None:
    item.links.insert(0, ended.said())  # what the aggregator's own link leads to


def _take_title(item: Item, ended: _Field) -> None:
    item.title = item.title or ended.said()


def _take_author(item: Item, ended: _Field) -> None:
    name = ended.texts.get("name", "") if ended.has_markup else ended.said()
    if "@" in name and "(" in name:  # RSS: mail@host (Name)
        name = name.partition("(")[2].rpartition(")")[0]
    item.authors.append(name)


def _take_source(item: Item, ended: _Field) -> None:
    item.source = item.source or (ended.texts.get("title") if ended.has_markup else ended.said())


def _take_content(item: Item, ended: _Field) -> None:
    if found := _medium(ended.kind, ended.attributes) or ended.media:
        item.media += found
    if ended.attributes.get("mode") == "base64" or "url" in ended.attributes:
        return
    said, stated = ended.said(), ended.attributes.get("type")
    is_html = stated in _HTML_TYPES or (stated is None and (ended.kind == "encoded" or "</" in said))
    if ended.has_markup or is_html:
        item.contents.append(said)
    elif stated in {None, "text", "text/plain"}:
        item.contents.append(as_html(said))


def _take_media(item: Item, ended: _Field) -> None:
    item.media += _medium(ended.kind, ended.attributes) or ended.media


def _take_language(item: Item, ended: _Field) -> None:
    item.language = ended.said() or item.language


def _take_date(item: Item, ended: _Field) -> None:
    item.dates.setdefault(ended.kind, ended.said())


_TAKE = {
    "title": _take_title,
    "link": _take_link,
    "origlink": _take_original,
    "guid": _take_guid,
    "id": _take_guid,
    "author": _take_author,
    "creator": _take_author,
    "source": _take_source,
    "encoded": _take_content,
    "content": _take_content,
    "body": _take_content,
    "enclosure": _take_media,
    "thumbnail": _take_media,
    "group": _take_media,
    "language": _take_language,
}
