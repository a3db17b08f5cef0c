"""The batches of one flow run, as files: what travels between its tasks are their names."""

import pickle
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from flows.telling.report import by_outcome
from storage.running.runs import Tally


class Numbered(Protocol):
    """A batch, as it was read or as it is ready to be stored."""

    @property
    def number(self) -> int:
        """Which one it is, from 1."""


ReadT = TypeVar("ReadT", bound=Numbered)
ReadT_contra = TypeVar("ReadT_contra", contravariant=True)
ReadyT = TypeVar("ReadyT")
BatchT = TypeVar("BatchT")


class Steps(Protocol[ReadT_contra, ReadyT]):
    """What a load and a refresh do with a batch."""

    def prepare(self, batch: ReadT_contra, /) -> ReadyT:
        """Make it ready."""

    def store(self, ready: ReadyT, /) -> Tally:
        """Store it."""


class Spooled(Generic[ReadT, ReadyT]):
    """The steps of a run whose batches wait in a folder; each file goes once the next step has what was in it."""

    def __init__(self, steps: Steps[ReadT, ReadyT], folder: Path, *, read: type[ReadT], ready: type[ReadyT]) -> None:
        self._steps = steps
        self._folder = folder
        self._read_kind = read
        self._ready_kind = ready

    def put(self, batch: ReadT) -> str:
        """Lay down a batch as it was read; give its name."""
        name = f"batch-{batch.number}"
        self._write(f"{name}.read", batch)
        return name

    def prepare(self, name: str) -> str:
        """Prepare the batch of that name; give the name back."""
        self._write(f"{name}.ready", self._steps.prepare(self._read(f"{name}.read", self._read_kind)))
        (self._folder / f"{name}.read").unlink()
        return name

    def store(self, name: str) -> dict[str, int]:
        """Store the prepared batch of that name; give how many documents had which outcome."""
        tally = self._steps.store(self._read(f"{name}.ready", self._ready_kind))
        # Only now: a store that failed is tried again. Its folder may be gone, when the run was stopped meanwhile.
        (self._folder / f"{name}.ready").unlink(missing_ok=True)
        return {outcome.value: count for outcome, count in by_outcome(tally).items()}

    def _write(self, name: str, batch: object) -> None:
        with (self._folder / name).open("wb") as file:
            pickle.dump(batch, file, protocol=pickle.HIGHEST_PROTOCOL)

    def _read(self, name: str, kind: type[BatchT]) -> BatchT:
        with (self._folder / name).open("rb") as file:
            batch = pickle.load(file)  # noqa: S301 - written by this very run, into a folder only its user may enter
        if not isinstance(batch, kind):
            raise TypeError(f"{name} holds a {type(batch).__name__}, not a {kind.__name__}")
        return batch
