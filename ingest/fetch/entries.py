"""What every kind of listing makes of the words it finds: an address, a title, a date -> Entry, or why not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from urllib.parse import urljoin

from ingest.clean.dates import is_believable, read_date
from ingest.clean.decode import well_formed
from ingest.document import Entry
from ingest.load.dates import utc
from ingest.outcome import Outcome, Refused
from ingest.scripts import DENSE
from ingest.urls import MAX_CHARS, canonical_url, is_web

MOST_ENTRIES = 5_000  # of one feed
MOST_MEDIA = 10
FIELD_CHARS = 1_000  # of a title, byline or credit
_SHOWN_CHARS = 200
_ARTICLE_WORDS = 200  # fewer are a teaser
_DATE_CHARS = 100
_USUAL = re.compile(r"https?://[a-z0-9.-]{1,252}[a-z0-9]/")  # spares most addresses the longer way of is_web()
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_SPACE = re.compile(r"\s+")
_DENSE_PER_WORD = 2  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEntry:
    """One line of a listing that names no page we could ask for."""

    url: str  # as given, shortened; "" where none is given
    detail: str
    outcome: Outcome = Outcome.MALFORMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one feed, sitemap or list says."""

    kind: str  # "rss", "atom", "rdf", "json-feed", "sitemap", "sitemap-index" or "url-list"
    entries: tuple[Entry, ...] = ()  # one for each page, in the order of the listing
    rejections: tuple[BadEntry, ...] = ()
    notes: tuple[str, ...] = ()  # what was left out, and why: "partial: ..."
    children: tuple[str, ...] = ()  # sitemaps that an index names, changed last first


class Gathered:
    """What a listing has given so far: each page once, and every line that was left out told of."""

    def __init__(self, url: str, *, now: datetime) -> None:
        self.url = url  # the listing's own
        self.now = now
        self._entries: dict[str, Entry] = {}
        self._rejections: list[BadEntry] = []
        self._again = 0
        self._odd_dates = 0

    def page(self, links: Iterable[str | None], *, base: str | None = None, title: str | None = None) -> str | None:
        """Give the canonical address of the page that the first usable one of `links` names, seen from `base`.

        None for a page met before, and where no link is usable; the listing tells of both, of the latter by `title`.
        """
        given = [link.strip() for link in links if link and link.strip()]
        url = next((url for link in given if (url := page_url(link, base or self.url)) is not None), None)
        if url is None:
            what = f'"{shown(title)}": ' if title else ""
            why = "the link is no web address" if given else "there is no link"
            self.reject(given[0] if given else "", what + why)
        elif url in self._entries:
            self._again += 1
            return None
        return url

    def keep(self, entry: Entry) -> None:
        """Take in the entry of a page from page()."""
        self._entries[entry.url] = entry

    def reject(self, url: str, detail: str) -> None:
        """Take in a line that names no page."""
        self._rejections.append(BadEntry(url=shown(url), detail=well_formed(detail)[:_SHOWN_CHARS]))

    def moment(self, said: str | None) -> datetime | None:
        """Give the time that `said` names; None, and a note in the listing, where no news is of then."""
        found = moment(said, now=self.now)
        if said and found is None:
            self._odd_dates += 1
        return found

    def listing(self, kind: str, notes: Iterable[str | None] = (), children: Iterable[str] = ()) -> Listing:
        """Give all of it."""
        own = (
            f"pages listed more than once: {self._again:,}" if self._again else None,
            f"dates that cannot be: {self._odd_dates:,}" if self._odd_dates else None,
        )
        return Listing(
            kind=kind,
            entries=tuple(self._entries.values()),
            rejections=tuple(self._rejections),
            notes=tuple(note for note in (*notes, *own) if note),
            children=tuple(children),
        )


def page_url(link: str, base: str) -> str | None:
    """Give the canonical address that `link` names, seen from `base`; None where it is none of the web."""
    if len(link) > MAX_CHARS:
        return None  # canonical_url() would cut it, and what is left is another page
    if not link.startswith(("http://", "https://")):
        try:
            link = urljoin(base, link)
        except ValueError:  # such as "//[::1"
            return None
    url = canonical_url(well_formed(link))
    return url if len(url) < MAX_CHARS and (_USUAL.match(url) or is_web(url)) else None


def moment(said: str | None, *, now: datetime) -> datetime | None:
    """Give the time that `said` names, in UTC; None where it names none, or one at which no news can be published."""
    if not said or len(said) > _DATE_CHARS:
        return None
    found = utc(said) or read_date(said)
    return found.astimezone(UTC) if found is not None and is_believable(found, now=now) else None


def plain(text: str | None, *, most: int = FIELD_CHARS) -> str | None:
    """Give a line of plain text, free of markup; None for an empty one.

    >>> plain(" Ferry <b>back</b> in Port&nbsp;Vela ")
    'Ferry back in Port Vela'
    """
    if not text:
        return None
    text = text[: 20 * most]
    if "<" in text:
        text = _TAG.sub(" " if "<br" in text or "<p" in text else "", text)
    if "&" in text:
        text = unescape(text)
    return _SPACE.sub(" ", well_formed(text)).strip()[:most] or None


def names(said: Iterable[str | None]) -> str | None:
    """Give the names of people as a byline of at most 1,000 characters, without mail addresses; None for none."""
    found = dict.fromkeys(name for one in said if (name := plain(one)) and "@" not in name)
    return ", ".join(found)[:FIELD_CHARS] or None


def media(links: Iterable[str | None], base: str) -> tuple[str, ...]:
    """Give the addresses of pictures, sound and film, each once, ten at most."""
    found: dict[str, None] = {}
    for link in links:
        if link and (url := page_url(link.strip(), base)) is not None:
            found[url] = None
        if len(found) == MOST_MEDIA:
            break
    return tuple(found)


def article(html: str | None) -> str | None:
    """Give `html` where it has 200 words, as an article has; two dense characters count as one. None for a teaser."""
    if not html or len(html) < _ARTICLE_WORDS:
        return None
    text = unescape(_TAG.sub(" ", html))
    words = len(text.split()) + len(DENSE.findall(text)) // _DENSE_PER_WORD
    return well_formed(html) if words >= _ARTICLE_WORDS else None


def as_html(text: str) -> str:
    """Give plain text as HTML, a paragraph for each line that is not blank."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def shown(url: str) -> str:
    """Give an address as a row or a terminal may show it: 200 characters at most, none of which would steer it."""
    text = well_formed(url[:_SHOWN_CHARS])
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)


def no_feed(url: str, detail: str) -> Refused:
    """Give the refusal (NOT_A_FEED) of what lists nothing."""
    return Refused(Outcome.NOT_A_FEED, url, detail)
