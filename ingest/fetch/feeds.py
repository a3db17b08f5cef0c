"""RSS, RDF and Atom -> Listing.

    mended bytes | read_xml | the newest 5,000 items | Entry

Not feedparser: with all its cleaning switched off, 5,000 items take it 4 s here and this 1 s; what is not well-formed
it reads again in a loose way that a page of hostile markup can hold up for a minute.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from ingest.clean.language import tag
from ingest.document import Entry
from ingest.fetch.entries import Gathered, Listing, article, media, moment, names, no_feed, plain
from ingest.fetch.items import MOST_ITEMS, Item, ItemReader
from ingest.fetch.xml import read_xml

MOST_ENTRIES = 5_000
_GUID_CHARS = 500
_PUBLISHED = ("pubdate", "published", "issued", "created", "date")  # the last is Dublin Core's
_UPDATED = ("updated", "modified")


def read_feed(document: bytes, *, kind: str, url: str, now: datetime) -> Listing:
    """Give what a feed lists; `document` comes from xml.mended(), `kind` is "rss", "rdf" or "atom".

    Raises Refused: NOT_A_FEED where not one item can be read, MALFORMED where entities are declared.
    """
    reader = ItemReader(url)
    problem = read_xml(document, reader, url)
    if problem and not reader.items:
        raise no_feed(url, f"no item can be read: {problem}")
    gathered = Gathered(url, now=now)
    for item in _newest(reader.items, now):
        if (page := gathered.page(item.links + item.spare, base=item.base, title=item.title)) is not None:
            gathered.keep(_entry(page, item, gathered))
    return gathered.listing(kind, _notes(reader, problem))


def _notes(reader: ItemReader, problem: str | None) -> Iterator[str]:
    if problem:
        yield f"partial: {problem}"
    if (met := len(reader.items)) > MOST_ENTRIES:
        yield f"cut at the newest {MOST_ENTRIES:,} entries of {met:,}{' or more' if met >= MOST_ITEMS else ''}"
    if reader.left_out:
        yield f"left out: {reader.left_out:,} fields too long to be of an article"


def _newest(items: list[Item], now: datetime) -> list[Item]:
    """Give the newest items there may be, in the order of the feed; those without a date count as the oldest."""
    if len(items) <= MOST_ENTRIES:
        return items
    oldest = datetime.min.replace(tzinfo=UTC)
    ages = [moment(next(iter(item.dates.values()), None), now=now) or oldest for item in items]
    places = sorted(range(len(items)), key=ages.__getitem__, reverse=True)  # of equal age the first stay first
    return [items[place] for place in sorted(places[:MOST_ENTRIES])]


def _entry(page: str, item: Item, gathered: Gathered) -> Entry:
    return Entry(
        url=page,
        title=plain(item.title),
        byline=names(item.authors),
        published_at=_time(item, _PUBLISHED, gathered),
        updated_at=_time(item, _UPDATED, gathered),
        language=tag(item.language),
        credit=plain(item.source),
        guid=plain(item.guid, most=_GUID_CHARS),
        media=media(item.media, item.base),
        content=article(max(item.contents, key=len, default=None)),
    )


def _time(item: Item, kinds: tuple[str, ...], gathered: Gathered) -> datetime | None:
    return gathered.moment(next((item.dates[kind] for kind in kinds if kind in item.dates), None))
