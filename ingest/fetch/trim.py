"""What of a feed feedparser is given: whole items, none too many, no field that it would be hours at.

mended bytes | expat, which only counts | places to cut at | Trimmed
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from xml.parsers import expat

from ingest.fetch.entries import MOST_ENTRIES
from ingest.fetch.xml import MOST_NESTED, Enough, in_words, name_at, new_parser, root_at

_FEEDS = {"rss", "rdf", "feed", "channel"}
_ITEMS = {"item", "entry"}
_FEED_DEPTH = 2  # <rss><channel><item>, <rdf:RDF><item>, <feed><entry>
_MOST_FIELDS = 100  # of an item, and of the feed beside its items
_ITEM_ELEMENTS = 5_000  # an article in XHTML has some hundred; feedparser takes 30 us for each
_MOST_ELEMENTS = 60_000  # of all items
_MOST_BYTES = 10_000_000
_MOST_COUNTED = 2_000_000  # elements, be they read or not
_MOST_ATTRIBUTES = 100  # of an element: what feedparser takes for them grows with their square
_FIELD_BYTES = 1_000_000
_NAME_BYTES = 1_000  # what feedparser takes to find the mail address in a name grows with the square
_NAMES = {"author", "creator"}
_PREFIX = re.compile(rb"[<\s]([A-Za-z_][\w.-]{0,30}):[\w.-]+(?=[\s=/>])")
_MOST_PREFIXED = 100_000  # names looked at: the prefixes of a feed show in its first items
_MOST_DECLARED = 50
_UNBOUND = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]
_TAG = re.compile(rb"<")
_ITEM_END = re.compile(rb"</(?:[\w.-]{1,30}:)?(?:item|entry)\s*>")
_ENDED_EARLY = {  # the document, that is
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}
# Of what feedparser's loose parser reads: markup without end can hold it up for a time that grows with the square.
_LOOSE_BYTES = 2_000_000
_LOOSE_TAGS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """A feed as feedparser may have it, without anything before its first element."""

    strict: bytes  # well-formed; up to the first mistake, or the last item that there may be
    items: int  # in there
    loose: bytes | None  # all of it, where a mistake in the middle is to be read over
    problem: str | None
    notes: tuple[str, ...]


def trim(document: bytes, url: str) -> Trimmed:
    """Give what feedparser may have of a document from xml.mended().

    Raises Refused with MALFORMED where entities are declared, before any of them could be used.
    """
    root = root_at(document)
    survey, problem, code = _surveyed(document, url)
    if code == _UNBOUND:
        document = _with_prefixes(document, root)
        survey, problem, code = _surveyed(document, url)
    is_mendable = code is not None and code not in _ENDED_EARLY and not survey.is_cut
    loose = _light(document[root:]) if is_mendable else None
    cut = "cut where more would take too long to mend" if loose and len(loose) < len(document) - root else None
    return Trimmed(
        strict=survey.cut(root) if problem or survey.is_cut else survey.without_cuts(root, len(document)),
        items=survey.kept,
        loose=loose,
        problem=problem,
        notes=tuple(note for note in (cut, *survey.notes()) if note),
    )


def _surveyed(document: bytes, url: str) -> tuple["_Survey", str | None, int | None]:
    """Give what expat tells, and why it did not come to the end: in words, and as a code where it is expat's."""
    parser = new_parser(url, between=" ")
    survey = _Survey(document, parser)
    parser.StartElementHandler = survey.start
    parser.EndElementHandler = survey.end
    try:
        parser.Parse(document, True)  # noqa: FBT003  pyexpat takes no names
    except Enough as enough:
        return survey, str(enough) or None, None
    except expat.ExpatError as error:
        return survey, in_words(error), error.code
    return survey, None, None


def _with_prefixes(document: bytes, root: int) -> bytes:
    """Declare every prefix in use that the first element does not declare; feedparser goes by the prefix then."""
    used = dict.fromkeys(found[1] for found in islice(_PREFIX.finditer(document, root), _MOST_PREFIXED))
    tag = document[root : document.find(b">", root)]
    missing = [prefix for prefix in used if b"xmlns:" + prefix not in tag and not prefix.startswith(b"xml")]
    place = root + 1 + len(name_at(document, root).encode())
    declared = b"".join(b" xmlns:%b='undeclared:%b'" % (prefix, prefix) for prefix in missing[:_MOST_DECLARED])
    return document[:place] + declared + document[place:]


def _light(document: bytes) -> bytes:
    """Give as much of a document as feedparser's loose parser may have; of a long one, whole items."""
    tag = next(islice(_TAG.finditer(document, 0, _LOOSE_BYTES), _LOOSE_TAGS, None), None)
    if tag is None and len(document) <= _LOOSE_BYTES:
        return document
    most = tag.start() if tag is not None else _LOOSE_BYTES
    ends = [found.end() for found in _ITEM_END.finditer(document, 0, most)]
    return document[: ends[-1]] if ends else b""


class _Survey:
    """What expat tells of a feed: where its items end, and which fields are beyond measure."""

    def __init__(self, document: bytes, parser: expat.XMLParserType) -> None:
        self.kept = 0  # items that may stay
        self.is_cut = False  # since there are more
        self._document = document
        self._parser = parser
        self._met = 0
        self._room = _MOST_ELEMENTS  # of all items kept
        self._left = _MOST_COUNTED
        self._end = 0  # of the last item kept
        self._open: list[int] = []  # where the elements around the items begin
        self._around: tuple[int, ...] = ()  # those around the last item kept
        self._depth = 0
        self._feed = _Around(0, _MOST_ELEMENTS)
        self._item: _Around | None = None
        self._field: _Field | None = None  # of an item, or of the feed itself
        self._cut_from: int | None = None
        self._cuts: list[tuple[int, int]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        self._depth += 1
        self._left -= 1
        if self._left == 0:
            self.is_cut = True
            raise Enough
        if self._depth > MOST_NESTED:
            raise Enough("nested too deep")
        is_over = len(attributes) > _MOST_ATTRIBUTES
        if self._field is not None:
            self._field.elements += 1
            self._field.is_over |= is_over
            return
        place = self._parser.CurrentByteIndex
        kind = name.rpartition(" ")[2].lower()
        self._resume(place)
        if self._item is None and kind in _FEEDS and len(self._open) < _FEED_DEPTH and not is_over:
            self._open.append(place)
        elif self._item is None and kind in _ITEMS and self._open and not is_over:
            self._item = _Around(place, _ITEM_ELEMENTS)
        else:
            most = _NAME_BYTES if kind in _NAMES else _FIELD_BYTES
            self._field = _Field(place, self._depth, most, is_over)

    def end(self, _: str) -> None:
        """Take in the end of an element."""
        place = self._parser.CurrentByteIndex
        if self._field is not None:
            if self._depth == self._field.depth:
                self._end_field(self._field, place)
                self._field = None
        else:
            self._resume(place)
            if self._item is not None:
                self._end_item(self._item, place)
                self._item = None
            else:
                self._open.pop()
        self._depth -= 1

    def cut(self, begin: int) -> bytes:
        """Give the document from `begin` to the end of the last item kept, and close what is open there."""
        ends = "".join(f"</{name_at(self._document, place)}>" for place in reversed(self._around))
        return self.without_cuts(begin, self._end) + ends.encode()

    def without_cuts(self, begin: int, end: int) -> bytes:
        """Give the document from `begin` to `end` without the fields that are beyond measure."""
        pieces = []
        for first, last in self._cuts:
            if first < end:
                pieces.append(self._document[begin:first])
                begin = last
        return b"".join((*pieces, self._document[begin:end]))

    def notes(self) -> Iterator[str]:
        """Give what was left out."""
        if self.is_cut:
            yield f"cut at the first {self.kept:,} entries of {self._met:,}{'' if self._left else ' or more'}"
        if self._cuts:
            yield f"left out: {len(self._cuts):,} fields too long to be of an article"

    def _end_field(self, field: "_Field", place: int) -> None:
        around = self._item or self._feed
        around.fields += 1
        is_over = field.is_over or place - field.begin > field.most or field.elements > around.room
        if is_over or around.fields > _MOST_FIELDS:
            self._cut_from = field.begin  # until another element begins or ends
        else:
            around.room -= field.elements
            self._room -= field.elements

    def _end_item(self, item: "_Around", place: int) -> None:
        self._met += 1
        self.is_cut = self.is_cut or self.kept == MOST_ENTRIES or self._room < 0 or place > _MOST_BYTES
        if not self.is_cut and place > item.begin:
            self.kept = self._met
            self._end = self._document.find(b">", place) + 1
            self._around = tuple(self._open)

    def _resume(self, place: int) -> None:
        if self._cut_from is None:
            return
        if self._cuts and self._cuts[-1][1] == self._cut_from:
            self._cut_from = self._cuts.pop()[0]
        self._cuts.append((self._cut_from, place))
        self._cut_from = None


@dataclass(slots=True)
class _Around:
    """An item, or the feed itself, while it is read."""

    begin: int
    room: int  # for elements
    fields: int = 0


@dataclass(slots=True)
class _Field:
    """An element of an item, or of the feed, while it is read."""

    begin: int
    depth: int
    most: int  # bytes
    is_over: bool
    elements: int = 1
