"""A text that one host gives for page after page is no article: "not found" with status 200, a cookie wall."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

import xxhash

from ingest.document import Prepared
from ingest.outcome import Outcome, Rejection
from ingest.site_lines import site_of

_PAGES = 3  # of one host with the very same text, within a run
_TEXTS = 100_000  # of a run that are remembered, those met last: a long load must not fill the memory


class Boilerplate:
    """The texts of one run, by host."""

    def __init__(self, *, texts: int = _TEXTS) -> None:
        self._texts = texts
        self._pages: OrderedDict[int, set[int]] = OrderedDict()  # host and text -> pages, as far as they matter

    def sifted(self, items: Sequence[Prepared | Rejection], *, now: datetime) -> list[Prepared | Rejection]:
        """Give the items, with a rejection for each whose text three pages of its host had in this run."""
        keys = [_key(item) if isinstance(item, Prepared) else None for item in items]
        for item, key in zip(items, keys, strict=True):
            if isinstance(item, Prepared) and key is not None:
                self._count(key, item.article.url)
        judged = [self._judged(item, key, now) for item, key in zip(items, keys, strict=True)]
        while len(self._pages) > self._texts:
            self._pages.popitem(last=False)
        return judged

    def _count(self, key: int, url: str) -> None:
        pages = self._pages.setdefault(key, set())
        self._pages.move_to_end(key)
        if len(pages) < _PAGES:
            pages.add(xxhash.xxh3_64_intdigest(url.encode("utf-8", "replace")))

    def _judged(self, item: Prepared | Rejection, key: int | None, now: datetime) -> Prepared | Rejection:
        if isinstance(item, Rejection) or key is None or len(self._pages[key]) < _PAGES:
            return item
        return Rejection(
            source=item.article.source,
            url=item.article.url,
            outcome=Outcome.BOILERPLATE,
            detail=f"{_PAGES} pages of this host had this very text in one run",
            at=now,
            raw_key=item.article.raw_key,
        )


def _key(item: Prepared) -> int | None:
    """Give a number for the host and the text of an article; None where no host gave it: a path is no page of one."""
    site = site_of(item.article.url)
    text = f"{item.text_key}" if item.is_matchable else item.article.text
    return xxhash.xxh3_64_intdigest(f"{site}\0{text}".encode("utf-8", "replace")) if site else None
