"""A text that one host gives for page after page is no article: "not found" with status 200, a cookie wall."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import xxhash

from ingest.document import Prepared
from ingest.outcome import Outcome, Rejection
from ingest.urls import host

_PAGES = 3  # of one host with the very same text, within a run


class Boilerplate:
    """The texts of one run, by host."""

    def __init__(self) -> None:
        self._pages: defaultdict[tuple[str, int], set[str]] = defaultdict(set)

    def sifted(self, items: Sequence[Prepared | Rejection], *, now: datetime) -> list[Prepared | Rejection]:
        """Give the items, with a rejection for each whose text three pages of its host had in this run."""
        for item in items:
            if isinstance(item, Prepared):
                self._pages[_key(item)].add(item.article.url)
        return [self._judged(item, now) for item in items]

    def _judged(self, item: Prepared | Rejection, now: datetime) -> Prepared | Rejection:
        if isinstance(item, Rejection) or (pages := len(self._pages[_key(item)])) < _PAGES:
            return item
        return Rejection(
            source=item.article.source,
            url=item.article.url,
            outcome=Outcome.BOILERPLATE,
            detail=f"{pages} pages of this host had this very text in one run",
            at=now,
            raw_key=item.article.raw_key,
        )


def _key(item: Prepared) -> tuple[str, int]:
    text_key = item.text_key or xxhash.xxh3_64_intdigest(item.article.text.encode("utf-8", "replace"))
    return host(item.article.url), text_key
