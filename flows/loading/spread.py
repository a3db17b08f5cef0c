"""A load whose batches are cleaned and signed by helpers on other machines, and stored here, in their order.

    batches read | laid on the shelf, some ahead | signed by whoever takes them | settled, and stored one by one

Stories follow from the order of the batches and from what is stored before each, and both are what they are without
helpers: so the stories are the same. Where no helper takes a batch, the load signs it itself, and always ends.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flows.loading.batches import Batch, Skipped
from flows.loading.shelf import Shelf
from flows.loading.signing import Signed
from flows.loading.steps import OpenLoad, Ready
from storage.running.runs import Tally

log = logging.getLogger(__name__)

_LOOK_S = 0.05
_COMING_S = 30.0  # that helpers may take to begin
_BUSY_S = 3.0  # that a batch, whose turn it is to be stored, may wait for a helper afterwards
_DEAD_S = 30.0  # without a sign of life


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A batch that lies on the shelf."""

    number: int


def laid_down(items: Iterable[Batch | Skipped], shelf: Shelf, *, ahead: int) -> Iterator[Awaited | Skipped]:
    """Lay the batches on the shelf, so many ahead of the one that is given, and say when all are there."""
    pending: deque[Awaited | Skipped] = deque()
    for item in items:
        if isinstance(item, Batch):
            shelf.put(item)
            pending.append(Awaited(number=item.number))
        else:
            pending.append(item)
        if len(pending) >= ahead:
            yield pending.popleft()
    shelf.end()
    yield from pending


class Helped:
    """The steps of a load that has helpers."""

    def __init__(
        self,
        load: OpenLoad,
        shelf: Shelf,
        *,
        coming_s: float = _COMING_S,
        busy_s: float = _BUSY_S,
        dead_s: float = _DEAD_S,
    ) -> None:
        self._load = load
        self._shelf = shelf
        self._patience_s = coming_s
        self._busy_s, self._dead_s = busy_s, dead_s
        self.signed_here = 0  # batches

    def prepare(self, batch: Awaited) -> Ready:
        """Wait until the batch is signed, and make it ready to be stored now."""
        return self._load.settle(self._signed(batch.number))

    def store(self, ready: Ready) -> Tally:
        """Store a batch in one transaction, as OpenLoad does, and take it from the shelf."""
        tally = self._load.store(ready)
        self._shelf.forget(ready.number)
        return tally

    def _signed(self, number: int) -> Signed:
        waits_since = time.monotonic()
        while (signed := self._shelf.signed(number)) is None:
            if self._shelf.is_waiting(number):
                if time.monotonic() - waits_since > self._patience_s and self._shelf.take(number) is not None:
                    log.info("batch %d: no helper takes it", number)
                    self._shelf.sign(number, self._load.sign)
                    self.signed_here += 1
            else:
                self._shelf.free(number, patience_s=self._dead_s)
            self._load.pause(_LOOK_S)
        self._patience_s = self._busy_s
        return signed
