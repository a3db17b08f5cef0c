"""What a load reads, grouped into what is stored in one transaction."""

import itertools
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from flows.settings import MIB
from ingest.document import RawDocument
from ingest.load import FileEnd, Item
from ingest.outcome import Rejection

_OWN_BATCH_BYTES = MIB  # a file of many documents has batches of its own from this size on
_SKIPPED_FILES = 64  # at most, that are counted in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Documents that are stored in one transaction."""

    number: int  # from 1
    documents: tuple[RawDocument | Rejection, ...]
    file_key: int | None = None  # the file of many documents that all of them are of; None for a mixture
    end: FileEnd | None = None  # that file is through with this batch, and sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Files that follow one another and were taken in whole before: counted in one transaction."""

    number: int  # from 1
    ends: tuple[FileEnd, ...]


class Taken(Container[int]):
    """The keys of the files that were taken in whole before.

    The reader asks for a key as it begins a file of many documents, and this is how one knows that it does:
    documents do not say which file they are of, nor does a damaged file say that it has ended.
    """

    def __init__(self, keys: Container[int] = frozenset()) -> None:
        self._keys = keys
        self._asked: int | None = None

    def __contains__(self, key: object) -> bool:
        self._asked = key if isinstance(key, int) else None
        return key in self._keys

    def begun(self) -> int | None:
        """Give the key of the file that was begun since the last call, None when none was."""
        asked, self._asked = self._asked, None
        return asked


def batches(items: Iterable[Item], taken: Taken, *, documents: int, body_bytes: int) -> Iterator[Batch | Skipped]:
    """Group what a load reads into batches, and the files that it skipped, as taken before, into theirs.

    A file that is long, or fills a batch, shares no batch with another, so that its own tally is known; short ones
    share, so that a folder of them is no row of tiny transactions. Files that were skipped come no later than what was
    read after them.
    """
    held, skipped = _Held(), _HeldBack()
    for item in items:
        if (begun := taken.begun()) is not None:
            held.begin_file(begun)
        if not isinstance(item, FileEnd):
            yield from skipped.spill()
            # Only now: the last document of a file may fill a batch, which then ends the file too.
            if len(held.documents) >= documents or held.body_bytes >= body_bytes:
                yield held.spill()
            held.add(item)
        elif item.skipped:
            held.leave_file()
            yield from skipped.add(item)
        else:
            yield from held.end_file(item, documents=documents)
    yield from skipped.spill()
    while held.documents:
        yield held.spill()


class _HeldBack:
    """The files that were skipped one after another."""

    def __init__(self) -> None:
        self._ends: list[FileEnd] = []
        self._numbers = itertools.count(1)

    def add(self, end: FileEnd) -> Iterator[Skipped]:
        self._ends.append(end)
        if len(self._ends) >= _SKIPPED_FILES:
            yield from self.spill()

    def spill(self) -> Iterator[Skipped]:
        if self._ends:
            yield Skipped(number=next(self._numbers), ends=tuple(self._ends))
            self._ends.clear()


class _Held:
    """The documents of the batch to be."""

    def __init__(self) -> None:
        self.documents: list[RawDocument | Rejection] = []
        self.body_bytes = 0
        self._file_key: int | None = None  # of the file at hand, when it is one of many documents
        self._file_from = 0  # where that begins among the documents
        self._is_long = False  # it has filled a batch of its own
        self._numbers = itertools.count(1)

    def add(self, document: RawDocument | Rejection) -> None:
        self.documents.append(document)
        self.body_bytes += _size(document)

    def begin_file(self, key: int) -> None:
        self._file_key, self._file_from, self._is_long = key, len(self.documents), False

    def leave_file(self) -> None:
        self._file_key = None

    def end_file(self, end: FileEnd, *, documents: int) -> Iterator[Batch]:
        """Give the last batch of a long file; a short file's documents stay among the others."""
        is_full = len(self.documents) - self._file_from >= documents
        if self._is_long or is_full or end.bytes_read >= _OWN_BATCH_BYTES:
            if self._file_from:
                yield self._cut(self._file_from)
            yield self._cut(len(self.documents), end=end)
        self.leave_file()

    def spill(self) -> Batch:
        """Give a full batch: what came before the file at hand, else as much of that as there is."""
        if self._file_key is not None and self._file_from:
            return self._cut(self._file_from)
        self._is_long = self._file_key is not None
        return self._cut(len(self.documents))

    def _cut(self, count: int, *, end: FileEnd | None = None) -> Batch:
        is_of_file = self._file_key is not None and self._file_from == 0
        batch = Batch(
            number=next(self._numbers),
            documents=tuple(self.documents[:count]),
            file_key=self._file_key if is_of_file else None,
            end=end,
        )
        del self.documents[:count]
        self.body_bytes = sum(map(_size, self.documents))
        self._file_from = 0
        return batch


def _size(document: RawDocument | Rejection) -> int:
    return len(document.body) if isinstance(document, RawDocument) else 0
