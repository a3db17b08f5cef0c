"""A folder in which batches of one load wait for whoever signs them; all machines that help see the same folder.

    batch-7.read                 read, and nobody's yet
    batch-7.taken-HELPER         being signed; its time is the helper's last sign of life
    batch-7.signed               signed, for the load to store

Taking a batch is renaming it, which succeeds for one helper alone. What a dead helper held is put back, and signed
again; that a batch is signed twice harms nobody, since the load stores each number once.
"""

import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from flows.folders import is_owned
from flows.loading.batches import Batch
from flows.loading.signing import Signed

KindT = TypeVar("KindT")

SIGN_OF_LIFE_S = 5.0
_END = "end"


class Shelf:
    """The folder, for the load or for one of its helpers."""

    def __init__(self, folder: Path, *, helper: str) -> None:
        self._folder = folder
        self._helper = helper
        self._seen: dict[
            int, tuple[float, float]
        ] = {}  # by batch: time of its last sign of life, when that was noticed

    def put(self, batch: Batch) -> None:
        """Lay down a batch that was read."""
        self._write(f"batch-{batch.number}.read", batch)

    def end(self) -> None:
        """Say that no more batches come."""
        (self._folder / _END).touch()

    def abandon(self) -> None:
        """Say that nothing that waits is wanted any more."""
        for waiting in self._folder.glob("batch-*.read"):
            waiting.unlink(missing_ok=True)
        self.end()

    @property
    def is_over(self) -> bool:
        """Whether no more batches come, or whoever lays them down is gone."""
        return (self._folder / _END).exists() or not is_owned(self._folder)

    def take(self, number: int | None = None) -> int | None:
        """Take the batch of that number, or the first that is nobody's; give its number, None where there is none."""
        for waiting in sorted(self._waiting()) if number is None else [number]:
            with suppress(FileNotFoundError):
                (self._folder / f"batch-{waiting}.read").rename(self._taken(waiting))
                self._taken(waiting).touch()  # renaming leaves the time at which it was read
                return waiting
        return None

    def sign(self, number: int, sign: Callable[[Batch], Signed]) -> None:
        """Sign the batch of that number, which was taken, giving signs of life meanwhile."""
        taken = self._taken(number)
        with _alive(taken):
            self._write(f"batch-{number}.signed", sign(_read(taken, Batch)))
        taken.unlink(missing_ok=True)

    def signed(self, number: int) -> Signed | None:
        """Give the batch of that number; None while it is not signed."""
        try:
            return _read(self._folder / f"batch-{number}.signed", Signed)
        except FileNotFoundError:
            return None

    def is_waiting(self, number: int) -> bool:
        """Whether nobody has taken the batch of that number yet."""
        return (self._folder / f"batch-{number}.read").exists()

    def forget(self, number: int) -> None:
        """Remove what is left of a batch that is stored."""
        for left in self._folder.glob(f"batch-{number}.*"):
            left.unlink(missing_ok=True)

    def free(self, number: int, *, patience_s: float) -> None:
        """Put a batch back whose helper has given no sign of life for so long."""
        for taken in self._folder.glob(f"batch-{number}.taken-*"):
            with suppress(FileNotFoundError):
                at = taken.stat().st_mtime  # by whichever clock: only whether it moves matters
                if self._seen.get(number, (None, 0.0))[0] != at:
                    self._seen[number] = (at, time.monotonic())
                elif time.monotonic() - self._seen[number][1] > patience_s:
                    taken.rename(self._folder / f"batch-{number}.read")

    def _waiting(self) -> Iterator[int]:
        with suppress(FileNotFoundError):  # the load has ended
            for name in os.listdir(self._folder):  # noqa: PTH208  names are all that is wanted
                if name.startswith("batch-") and name.endswith(".read"):
                    yield int(name[len("batch-") : -len(".read")])

    def _taken(self, number: int) -> Path:
        return self._folder / f"batch-{number}.taken-{self._helper}"

    def _write(self, name: str, batch: object) -> None:
        part = self._folder / f".{name}-{self._helper}"
        with part.open("wb") as file:
            pickle.dump(batch, file, protocol=pickle.HIGHEST_PROTOCOL)
        part.rename(self._folder / name)


@contextmanager
def _alive(taken: Path) -> Iterator[None]:
    """Give signs of life during the block."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(SIGN_OF_LIFE_S):
            with suppress(OSError):
                os.utime(taken)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _read(path: Path, kind: type[KindT]) -> KindT:
    with path.open("rb") as file:
        batch = pickle.load(file)  # noqa: S301 - written by this very load, into a folder only its user may enter
    if not isinstance(batch, kind):
        raise TypeError(f"{path.name} holds a {type(batch).__name__}, not a {kind.__name__}")
    return batch
