"""What a load reads, grouped into what is stored in one transaction."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flows.settings import MIB
from ingest.document import RawDocument
from ingest.load import FileEnd
from ingest.outcome import Rejection

Document = RawDocument | Rejection

_OWN_BATCH_BYTES = MIB  # a file from this size on has batches of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Documents that are stored in one transaction."""

    number: int  # from 1
    documents: tuple[Document, ...]
    of_one_file: bool = False  # and of a file that shares no batch with another
    end: FileEnd | None = None  # that file is through with this batch


def batches(items: Iterable[Document | FileEnd], *, documents: int, body_bytes: int) -> Iterator[Batch | FileEnd]:
    """Group what a load reads into batches; a file skipped as taken before passes as its FileEnd.

    A file that is long, or fills a batch, shares no batch with another, so that its tally is known;
    short ones share, so that a folder of them is no row of tiny transactions.
    """
    held = _Held()
    for item in items:
        if not isinstance(item, FileEnd):
            held.add(item)
            if len(held.documents) >= documents or held.body_bytes >= body_bytes:
                yield from held.spill()
        elif item.skipped:
            yield item
        else:
            yield from held.end_file(item)
    yield from held.rest()


class _Held:
    """The documents of the batch to be."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.body_bytes = 0
        self._file_from = 0  # where the file at hand begins among them
        self._spilled = False  # the file at hand has filled batches of its own
        self._numbers = itertools.count(1)

    def add(self, document: Document) -> None:
        self.documents.append(document)
        self.body_bytes += _size(document)

    def spill(self) -> Iterator[Batch]:
        """Give what fills a batch: the files before the one at hand, or as much of that as there is."""
        if self._file_from:
            yield self._cut(self._file_from)
        else:
            self._spilled = True
            yield self._cut(len(self.documents), of_one_file=True)

    def end_file(self, end: FileEnd) -> Iterator[Batch]:
        """Give the last batch of a file that has batches of its own; a short file stays among the others."""
        if self._spilled or end.bytes_read >= _OWN_BATCH_BYTES:
            if self._file_from:
                yield self._cut(self._file_from)
            yield self._cut(len(self.documents), of_one_file=True, end=end)
        self._file_from = len(self.documents)
        self._spilled = False

    def rest(self) -> Iterator[Batch]:
        """Give what is left."""
        if self.documents:
            yield self._cut(len(self.documents))

    def _cut(self, count: int, *, of_one_file: bool = False, end: FileEnd | None = None) -> Batch:
        documents = tuple(self.documents[:count])
        del self.documents[:count]
        self.body_bytes = sum(map(_size, self.documents))
        self._file_from = 0
        return Batch(number=next(self._numbers), documents=documents, of_one_file=of_one_file, end=end)


def _size(document: Document) -> int:
    return len(document.body) if isinstance(document, RawDocument) else 0
