"""Sitemaps -> Listing: pages with the news and image extensions, or the sitemaps that an index names.

After https://www.sitemaps.org/protocol.html and, for news,
https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap.
"""

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime

from ingest.clean.language import tag
from ingest.document import Entry
from ingest.fetch.entries import Gathered, Listing, media, no_feed, page_url, plain
from ingest.fetch.xml import MOST_NESTED, Enough, local, read_xml

MOST_URLS = 50_000  # of one sitemap, as the protocol has it
MOST_FILES = 50  # of one source, index included
MOST_DEPTH = 3  # index, index, sitemap
_FIELD_CHARS = 10_000
# What a line says, by its name and that of the element around it; a video's title is no article's.
_FIELDS = {
    ("url", "loc"), ("url", "lastmod"), ("image", "loc"), ("news", "title"), ("news", "publication_date"),
    ("publication", "language"), ("sitemap", "loc"), ("sitemap", "lastmod"),
}  # fmt: skip


def read_sitemap(document: bytes, *, kind: str, url: str, now: datetime) -> Listing:
    """Give what a "sitemap" or a "sitemap-index" lists; `document` comes from xml.mended().

    Raises Refused: NOT_A_FEED where not one line can be read, MALFORMED where entities are declared.
    """
    reader = _SitemapReader()
    problem = read_xml(document, reader, url)
    if problem and not reader.lines:
        raise no_feed(url, f"no line can be read: {problem}")
    gathered = Gathered(url, now=now)
    dated: dict[str, datetime] = {}
    for line in reader.lines:
        loc = line.get("sitemap/loc", [""])[0]
        if "url" in line:
            if (page := gathered.page(line.get("url/loc", ()))) is not None:
                gathered.keep(_entry(page, line, gathered))
        elif (child := page_url(loc, url)) is not None:
            dated.setdefault(child, _time(line, "sitemap/lastmod", gathered) or datetime.min.replace(tzinfo=UTC))
        else:
            gathered.reject(loc, "a sitemap without a web address")
    notes = (
        f"partial: {problem}" if problem else None,
        f"cut at the first {MOST_URLS:,} lines" if reader.is_cut else None,
    )
    return gathered.listing(kind, notes, sorted(dated, key=lambda child: dated[child], reverse=True))


class Walk:
    """Which sitemaps of an index to ask for next: each once, changed last first, within bounds."""

    def __init__(self, url: str) -> None:
        self.notes: tuple[str, ...] = ()
        self._seen = {url}
        self._next = deque([(url, 1)])
        self._asked = 0
        self._depth = 0

    def step(self) -> str | None:
        """Give the next sitemap to ask for; None at the end."""
        if self._next and self._asked == MOST_FILES:
            self.notes += (f"cut at {MOST_FILES} sitemaps, {len(self._next):,} not asked for",)
            self._next.clear()
        if not self._next:
            return None
        url, self._depth = self._next.popleft()
        self._asked += 1
        return url

    def found(self, children: Iterable[str]) -> None:
        """Take in what the sitemap asked for last names."""
        unseen = [child for child in dict.fromkeys(children) if child not in self._seen]
        if unseen and self._depth == MOST_DEPTH:
            self.notes += (f"cut at {MOST_DEPTH} sitemaps one inside another, {len(unseen):,} not asked for",)
            return
        self._seen.update(unseen)
        self._next.extend((child, self._depth + 1) for child in unseen)


class _SitemapReader:
    """A reader of XML that keeps the lines of a sitemap: texts by "around/name", and the line's own name."""

    def __init__(self) -> None:
        self.lines: list[dict[str, list[str]]] = []
        self.is_cut = False
        self._path: list[str] = []
        self._line: dict[str, list[str]] | None = None
        self._text: list[str] | None = None
        self._chars = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002  a Reader is told of them
        kind = local(name)
        around = self._path[-1] if self._path else ""
        if self._line is None and len(self._path) == 1 and kind in {"url", "sitemap"}:
            if len(self.lines) == MOST_URLS:
                self.is_cut = True
                raise Enough
            self._line = {kind: []}
        elif self._line is not None and (around, kind) in _FIELDS:
            self._text, self._chars = [], 0
        self._path.append(kind)
        if len(self._path) > MOST_NESTED:
            raise Enough("nested too deep")

    def end(self, name: str) -> None:  # noqa: ARG002  as above
        kind = self._path.pop()
        if self._line is None:
            return
        if self._text is not None and (around := self._path[-1], kind) in _FIELDS:
            self._line.setdefault(f"{around}/{kind}", []).append("".join(self._text).strip())
            self._text = None
        elif len(self._path) == 1:
            self.lines.append(self._line)
            self._line = None

    def text(self, data: str) -> None:
        if self._text is not None and self._chars <= _FIELD_CHARS:
            self._chars += len(data)
            self._text.append(data)


def _entry(page: str, line: dict[str, list[str]], gathered: Gathered) -> Entry:
    return Entry(
        url=page,
        title=plain(_first(line, "news/title")),
        published_at=_time(line, "news/publication_date", gathered),
        updated_at=_time(line, "url/lastmod", gathered),
        language=tag(_first(line, "publication/language")),
        media=media(line.get("image/loc", ()), gathered.url),
    )


def _first(line: dict[str, list[str]], name: str) -> str | None:
    return next(iter(line.get(name, ())), None)


def _time(line: dict[str, list[str]], name: str, gathered: Gathered) -> datetime | None:
    return gathered.moment(_first(line, name))
