"""The values that travel: made once, never changed; a stage that knows more makes the next one.

    Entry -> RawDocument (as it came) -> Article (cleaned) -> Prepared (analysed)

All pickle; none knows a database.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import xxhash
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ingest.cluster.readings import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a feed, a sitemap or a list: a page that a source says it has, and what it says about it."""

    url: str  # canonical_url() of the link
    title: str | None = None
    byline: str | None = None
    published_at: datetime | None = None  # UTC, aware
    updated_at: datetime | None = None  # UTC, aware
    language: str | None = None  # BCP 47
    credit: str | None = None  # who ran it first: RSS <source>
    guid: str | None = None  # a hint, never an identity
    media: tuple[str, ...] = ()  # addresses of its pictures, sound and film
    content: str | None = None  # the article as HTML, where the feed carries it whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the container (a JSONL line, a feed) says about a document, for when the page is silent."""

    title: str | None = None
    byline: str | None = None
    published_at: datetime | None = None  # UTC, aware
    language: str | None = None  # BCP 47
    credit: str | None = None  # who ran it first
    media: tuple[str, ...] = ()  # addresses of its pictures, sound and film
    origin: str = "stated"  # who says so: "jsonl", "feed"


WENT_OVER = " + "  # in Article.cleaner: between who made a text, and who cleaned it again last


class TextOrigin(StrEnum):
    """Where an article's text was read."""

    PAGE = "page"  # in the document itself
    FEED = "feed"  # in the feed, since the page could not be had


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDocument:
    """One response or one file, exactly as it arrived."""

    source: str | None  # the source's key where someone names it
    folder: str  # what stands in for the source when neither document nor URL names one
    url: str  # the URL where the container names one, else the path under the folder loaded
    fetched_at: datetime  # UTC, aware
    body: bytes  # not decoded
    media_type: str  # lower case, no parameters: "text/html", or "text/plain" for a page dump
    charset: str | None = None  # what the transport claimed; not trusted
    stated: Stated | None = None
    text_from: TextOrigin = TextOrigin.PAGE
    feed_text: str | None = None  # the article as HTML from the feed: it stands in where the page holds none

    @property
    def raw_key(self) -> int:
        """64-bit key of the input as it arrived, signed: same key, same input from the same place."""
        digest = xxhash.xxh3_64(self.body)
        place = "" if self.url.startswith(("http://", "https://")) else self.folder  # a path says little by itself
        known = f"\0{self.url}\0{place}\0{self.source}\0{self.media_type}\0{_written(self.stated)}"
        digest.update(known.encode("utf-8", "replace"))
        return signed64(digest.intdigest())

    def carried(self, html: str) -> "RawDocument":
        """Give what a feed carries of the article, `html`, in the place of this page."""
        return replace(
            self,
            body=f"<html><body><article>{html}</article></body></html>".encode("utf-8", "replace"),
            media_type="text/html",
            charset="utf-8",
            text_from=TextOrigin.FEED,
            feed_text=None,
        )


@lru_cache(maxsize=1 << 11)
def _written(stated: Stated | None) -> str:
    """Write out what is stated, once of each document: a batch asks for its keys as it looks them up, and later."""
    return str(stated)


class DateOrigin(StrEnum):
    """Where a published date comes from, most trusted first."""

    STATED = "stated"  # the container: a JSONL field, a feed
    JSON_LD = "json-ld"
    META = "meta"
    MICRODATA = "microdata"
    TIME = "time"  # a <time> element
    LINE = "line"  # a line beside the headline, or a dateline
    URL = "url"
    GUESS = "guess"  # htmldate's best guess: never sorted or clustered by


@dataclass(frozen=True, slots=True)
class Removed:
    """A line that is not the article, and the name of the rule that says so."""

    line: str
    rule: str

    def __reduce__(self) -> tuple[type["Removed"], tuple[str, str]]:
        """Pickle as a call: a page has hundreds, and the way of dataclasses takes three times as long."""
        return Removed, (self.line, self.rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One cleaned piece of news."""

    source: str  # the source's key: named by someone, else the URL's host, else the folder
    url: str  # the identity of a variant
    title: str  # "" when nobody gives one
    text: str  # NFC, paragraphs joined by "\n", no markup, no NUL or surrogate; no title line but of a flash
    byline: str | None
    credit: str | None  # the wire agency that the text credits: "Reuters"
    published_at: datetime | None  # UTC; None when nobody said, or nobody believable
    published_from: DateOrigin | None
    fetched_at: datetime  # UTC, aware
    language: str | None  # BCP 47, such as "en" or "pt-BR"
    cleaner: str  # who made this text: "newsfold 7, trafilatura 2.3.1"
    raw_key: int  # RawDocument.raw_key
    text_from: TextOrigin = TextOrigin.PAGE
    media: tuple[str, ...] = ()  # addresses of its pictures, sound and film
    published_on: date | None = None  # the day where it was published; published_at, in UTC, may be of another
    modified_at: datetime | None = None  # UTC; None where it is not later than published_at
    modified_from: DateOrigin | None = None
    section: str | None = None  # of the outlet: "Politics"
    image: str | None = None  # address of its main picture
    publisher: str | None = None
    removed: tuple[Removed, ...] = ()
    is_teaser: bool = False  # the beginning of an article that has to be paid for

    @property
    def is_flash(self) -> bool:
        """Whether its headline is all that it says."""
        return bool(self.text) and self.text == self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a text looks like to MinHash."""

    scheme: str  # how to compare it: values of two schemes never meet
    values: NDArray[np.uint32]  # one per permutation
    shingles: int  # how many distinct ones; few means "do not trust me", 0 a text too short to be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an article is about: its distinct terms, heaviest part of the evidence for coverage."""

    terms: NDArray[np.uint64]  # term hashes, ascending
    weights: NDArray[np.float32]  # term frequency, headline and lead counted more; same shape
    kinds: NDArray[np.uint8]  # bit 0 name, bit 1 number, bit 2 headline, bit 3 lead; same shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An article, ready to be clustered and stored."""

    article: Article
    signature: Signature
    profile: Profile
    anchors: NDArray[np.uint64]  # a few of its word triples, ascending: what its versions have in common
    anchor_places: NDArray[np.uint32]  # the token of the text that each anchor begins with; same shape
    text_key: int  # 64-bit key of the token sequence, signed; a short text's is its headline's too; 0 without a token
    reading: "Reading"  # its tokens

    @property
    def is_matchable(self) -> bool:
        """Whether the text is long enough to tell a copy from a phrase; a shorter one is found by its key alone."""
        return self.signature.shingles > 0


def signed64(value: int) -> int:
    """Give the unsigned 64-bit `value` as the signed one that SQL stores.

    >>> signed64(2**64 - 1)
    -1
    """
    return value - (1 << 64) if value >= 1 << 63 else value
