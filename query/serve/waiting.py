"""What waits for a person: counted now and then, since every page shows how much it is."""

import threading
import time

from fastapi import Request

from storage.asking.review import list_review
from storage.reading import Reader
from storage.watching.readiness import MOST_COUNTED

_KEPT_S = 10.0  # others may decide meanwhile: a page of the queue itself always asks anew


class Waiting:
    """How many pairs wait, as counted a few seconds ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count, self._until = 0, 0.0

    def count(self, reader: Reader) -> int:
        """Give how many pairs wait, at most MOST_COUNTED."""
        with self._lock:
            now = time.monotonic()
            if now >= self._until:
                self._count, self._until = len(list_review(reader, limit=MOST_COUNTED)), now + _KEPT_S
            return self._count

    def forget(self) -> None:
        """Count anew when asked again: something was decided."""
        with self._lock:
            self._until = 0.0


def waiting_of(request: Request) -> Waiting:
    """Give the server's count."""
    found: Waiting = request.app.state.waiting
    return found
