"""What a load reads, grouped into batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from flows.loading.batches import Batch, Skipped, Taken, batches
from ingest.document import RawDocument
from ingest.load import FileEnd, Item

_MIB = 1 << 20


@dataclass(frozen=True)
class File:
    """A file as the reader meets it: pages have no key; a damaged file no end."""

    key: int | None
    documents: int
    is_sound: bool = True
    bytes_read: int = 1_000


def _document(url: str) -> RawDocument:
    return RawDocument(
        source="gazette",
        folder="inbox",
        url=url,
        fetched_at=datetime(2026, 5, 1, tzinfo=UTC),
        body=b"0123456789",
        media_type="text/plain",
    )


def _reader(files: list[File], taken: Taken) -> Iterator[Item]:
    """Give out the documents of the files as ingest.load does."""
    for place, file in enumerate(files):
        if file.key is not None and file.key in taken:
            yield FileEnd(path=f"{place}", file_key=file.key, skipped=True, bytes_read=file.bytes_read)
            continue
        for number in range(file.documents):
            yield _document(f"{place}#{number}")
        if file.key is not None and file.is_sound:
            yield FileEnd(path=f"{place}", file_key=file.key, skipped=False, bytes_read=file.bytes_read)


def _batched(
    files: list[File], *, documents: int = 10, body_bytes: int = 1_000, taken: Taken | None = None
) -> list[Batch]:
    taken = taken or Taken()
    found = batches(_reader(files, taken), taken, documents=documents, body_bytes=body_bytes)
    return [batch for batch in found if isinstance(batch, Batch)]


def _sizes(made: list[Batch]) -> list[int]:
    return [len(batch.documents) for batch in made]


def test_a_batch_is_full_by_documents_or_by_bytes() -> None:
    """Twenty-five pages are three batches of at most ten, and five of at most fifty bytes."""
    pages = [File(key=None, documents=1)] * 25

    assert _sizes(_batched(pages)) == [10, 10, 5]
    assert _sizes(_batched(pages, body_bytes=50)) == [5, 5, 5, 5, 5]


def test_a_file_that_fills_a_batch_shares_none() -> None:
    """The pages before a long file, the file, and the pages after it are in batches of their own."""
    made = _batched([File(key=None, documents=3), File(key=7, documents=25), File(key=None, documents=2)])

    assert _sizes(made) == [3, 10, 10, 5, 2]
    assert [batch.file_key for batch in made] == [None, 7, 7, 7, None]
    assert [batch.end is not None for batch in made] == [False, False, False, True, False]


def test_a_large_file_shares_no_batch_either() -> None:
    """A file of few documents and many bytes is in a batch of its own, and ends with it."""
    made = _batched([File(key=1, documents=2), File(key=2, documents=2, bytes_read=_MIB), File(key=3, documents=2)])

    assert [(batch.file_key, len(batch.documents)) for batch in made] == [(None, 2), (2, 2), (None, 2)]


def test_small_files_share_batches() -> None:
    """A thousand files of three lines are no thousand transactions, and none of them is remembered."""
    made = _batched([File(key=key, documents=3) for key in range(1_000)], documents=100, body_bytes=_MIB)

    assert len(made) <= 31
    assert {batch.file_key for batch in made} == {None}


def test_a_damaged_file_is_not_taken_for_the_next() -> None:
    """The long file after a damaged long one is known by its own key, and only that one ends."""
    made = _batched([File(key=1, documents=12, is_sound=False), File(key=2, documents=12)])

    ended = [batch.end.file_key for batch in made if batch.end is not None]
    assert ended == [2]
    assert sum(len(batch.documents) for batch in made if batch.file_key == 2) == 12


def test_a_file_taken_before_passes_by() -> None:
    """Its end comes through in its place, and the documents around it still share a batch."""
    taken = Taken({7})
    files = [File(key=None, documents=2), File(key=7, documents=500), File(key=None, documents=2)]

    passed = list(batches(_reader(files, taken), taken, documents=10, body_bytes=1_000))

    assert [type(item) for item in passed] == [Skipped, Batch]
    assert _sizes([item for item in passed if isinstance(item, Batch)]) == [4]


def test_files_taken_before_share_a_transaction() -> None:
    """Seventy sections of a long file are two transactions; what is read between them comes between them."""
    keys = range(1, 71)
    taken = Taken(frozenset(keys))
    files = [File(key=key, documents=1_000) for key in keys]
    files.insert(1, File(key=None, documents=20))

    passed = list(batches(_reader(files, taken), taken, documents=10, body_bytes=1_000))

    counted = [[end.file_key for end in item.ends] for item in passed if isinstance(item, Skipped)]
    assert counted == [[1], [*range(2, 66)], [*range(66, 71)]]
    assert [item.number for item in passed if isinstance(item, Skipped)] == [1, 2, 3]
    assert [type(item) for item in passed] == [Skipped, Batch, Skipped, Skipped, Batch]


_files = st.lists(
    st.builds(
        File,
        key=st.none() | st.integers(),
        documents=st.integers(0, 30),
        is_sound=st.booleans(),
        bytes_read=st.sampled_from([10, _MIB]),
    ),
    max_size=8,
    unique_by=lambda file: file.key if file.key is not None else object(),
)


@given(_files, st.integers(1, 12), st.sampled_from([25, 1_000_000]))
def test_no_document_is_lost_or_moved(files: list[File], documents: int, body_bytes: int) -> None:
    """All documents are in the batches once, in order, and no batch is too large."""
    made = _batched(files, documents=documents, body_bytes=body_bytes)

    assert [document.url for batch in made for document in batch.documents] == [
        f"{place}#{number}" for place, file in enumerate(files) for number in range(file.documents)
    ]
    assert all(len(batch.documents) <= documents for batch in made)
    assert [batch.number for batch in made] == list(range(1, len(made) + 1))


@given(_files, st.integers(1, 12))
def test_a_file_that_ends_has_had_its_batches_to_itself(files: list[File], documents: int) -> None:
    """The batches under a file's key, up to its end, hold its documents: all of them, and no others."""
    made = _batched(files, documents=documents)

    for end in [batch.end for batch in made if batch.end is not None]:
        of_file = [document.url for batch in made if batch.file_key == end.file_key for document in batch.documents]
        assert of_file == [f"{end.path}#{number}" for number in range(files[int(end.path)].documents)]
