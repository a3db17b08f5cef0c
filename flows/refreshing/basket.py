"""Where fetched pages wait to be stored: filled by the event loop, emptied by the thread that prepares them."""

import threading
import time
from collections import deque
from dataclasses import dataclass

from ingest.document import RawDocument
from ingest.fetch.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page, or a line of a listing that names none, on its way to its outcome."""

    source: str
    url: str
    url_key: int | None  # of its address; None for a line that names no page
    page: Page
    tries: int = 0  # that failed before


class Basket:
    """Pages in the order in which they came, up to about so many bytes at a time."""

    def __init__(self, *, documents: int, body_bytes: int) -> None:
        self._documents = documents
        self._body_bytes = body_bytes
        self._items: deque[tuple[float, Fetched]] = deque()  # monotonic: when it came
        self._held_bytes = 0
        self._is_closed = False
        self._changed = threading.Condition()

    @property
    def is_full(self) -> bool:
        """Whether whoever fetches should wait: two batches are here already."""
        return len(self._items) >= 2 * self._documents or self._held_bytes >= 2 * self._body_bytes

    def put(self, item: Fetched) -> None:
        """Add a page."""
        with self._changed:
            self._items.append((time.monotonic(), item))
            self._held_bytes += _size(item)
            self._changed.notify()

    def close(self) -> None:
        """Say that nothing more comes."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def take(self, *, wait_s: float) -> list[Fetched] | None:
        """Give the next batch: a full one, or what there is once the oldest has waited so long; None at the end."""
        with self._changed:
            while not self._is_closed and not self._is_batch():
                left_s = self._items[0][0] + wait_s - time.monotonic() if self._items else None
                if left_s is not None and left_s <= 0:
                    break
                self._changed.wait(left_s)
            return self._cut() or None

    def _is_batch(self) -> bool:
        return len(self._items) >= self._documents or self._held_bytes >= self._body_bytes

    def _cut(self) -> list[Fetched]:
        batch: list[Fetched] = []
        size = 0
        while self._items and len(batch) < self._documents and size < self._body_bytes:
            _, item = self._items.popleft()
            size += _size(item)
            batch.append(item)
        self._held_bytes -= size
        return batch


def _size(item: Fetched) -> int:
    document = item.page.document
    return len(document.body) + len(document.feed_text or "") if isinstance(document, RawDocument) else 0
