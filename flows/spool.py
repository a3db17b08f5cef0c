"""The batches of one flow run, as files: what travels between its tasks are their names."""

import pickle
from pathlib import Path
from typing import TypeVar

from flows.batches import Batch
from flows.report import by_outcome
from flows.steps import OpenLoad, Ready

BatchT = TypeVar("BatchT", Batch, Ready)


class SpooledLoad:
    """An open load whose batches wait in a folder; each file goes once the next step has what was in it."""

    def __init__(self, load: OpenLoad, folder: Path) -> None:
        self._load = load
        self._folder = folder

    def put(self, batch: Batch) -> str:
        """Lay down a batch as it was read; give its name."""
        name = f"batch-{batch.number}"
        self._write(f"{name}.read", batch)
        return name

    def prepare(self, name: str) -> str:
        """Prepare the batch of that name; give the name back."""
        self._write(f"{name}.ready", self._load.prepare(self._read(f"{name}.read", Batch)))
        (self._folder / f"{name}.read").unlink()
        return name

    def store(self, name: str) -> dict[str, int]:
        """Store the prepared batch of that name; give how many documents had which outcome."""
        tally = self._load.store(self._read(f"{name}.ready", Ready))
        # Only now: a store that failed is tried again. Its folder may be gone, when the run was stopped meanwhile.
        (self._folder / f"{name}.ready").unlink(missing_ok=True)
        return {outcome.value: count for outcome, count in by_outcome(tally).items()}

    def _write(self, name: str, batch: Batch | Ready) -> None:
        with (self._folder / name).open("wb") as file:
            pickle.dump(batch, file, protocol=pickle.HIGHEST_PROTOCOL)

    def _read(self, name: str, kind: type[BatchT]) -> BatchT:
        with (self._folder / name).open("rb") as file:
            batch = pickle.load(file)  # noqa: S301 - written by this very run, into a folder only its user may enter
        if not isinstance(batch, kind):
            raise TypeError(f"{name} holds a {type(batch).__name__}, not a {kind.__name__}")
        return batch
