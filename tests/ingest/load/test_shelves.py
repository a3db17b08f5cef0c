"""Files of a folder, known again by what the file system says of them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.load import Item, load

from .making import documents, ends, line

LATER = datetime.now(UTC) + timedelta(days=1)  # files that are made meanwhile have rested by then


def filled(folder: Path, *names: str) -> None:
    """Write a page of news under each name."""
    for name in names:
        (folder / name).write_text(f"The ferry was late again on Monday, says {name}.")


def again(folder: Path, taken: set[int], *, now: datetime = LATER, source: str | None = None) -> list[Item]:
    """Load a folder of which so much was taken before."""
    return [*load([folder], source=source, now=now, taken=taken)]


def keys(items: list[Item]) -> set[int]:
    """Give what will be known again."""
    return {end.file_key for end in ends(items)}


def test_an_untouched_folder_is_not_read_again(tmp_path: Path) -> None:
    """The second time its files are skipped together, and none is opened; for another source they are read."""
    filled(tmp_path, "a.txt", "b.html", "c.txt")
    first = again(tmp_path, set())
    (tmp_path / "b.html").chmod(0o000)
    (tmp_path / "b.html").chmod(0o644)
    touched = again(tmp_path, keys(first))

    second = again(tmp_path, keys(touched))

    assert [len(documents(items)) for items in (first, touched, second)] == [3, 3, 0]
    assert [end.skipped for end in ends(second)] == [True]
    assert len(documents(again(tmp_path, keys(touched), source="gazette"))) == 3


def test_what_changes_is_read_again(tmp_path: Path) -> None:
    """Another file, one less, and one with other words of the same length and the same time each open the folder."""
    filled(tmp_path, "a.txt", "b.txt")
    taken = keys(again(tmp_path, set()))

    filled(tmp_path, "c.txt")
    more = again(tmp_path, taken)
    (tmp_path / "c.txt").unlink()
    as_before = again(tmp_path, taken)
    state = (tmp_path / "a.txt").stat()
    (tmp_path / "a.txt").write_text((tmp_path / "a.txt").read_text().replace("Monday", "Friday"))
    os.utime(tmp_path / "a.txt", ns=(state.st_atime_ns, state.st_mtime_ns))
    other = again(tmp_path, taken)

    assert [len(documents(items)) for items in (more, as_before, other)] == [3, 0, 2]


def test_what_was_written_just_now_is_not_trusted(tmp_path: Path) -> None:
    """A file that may change within one tick of the clock is not known again."""
    filled(tmp_path, "a.txt")

    assert keys(again(tmp_path, set(), now=datetime.now(UTC))) == set()


def test_a_file_of_many_documents_is_known_by_itself(tmp_path: Path) -> None:
    """Lines of JSON under the name of a text: they are known, and the files beside them are read each time."""
    filled(tmp_path, "a.txt", "c.txt")
    (tmp_path / "b.txt").write_bytes(b"".join(map(line, range(3))))
    first = again(tmp_path, set())

    second = again(tmp_path, keys(first))

    assert [len(documents(items)) for items in (first, second)] == [5, 2]
    assert [end.skipped for end in ends(second)] == [True]


def test_shelves_keep_the_order(tmp_path: Path) -> None:
    """Folders, pages, lines and links come out as they stand, each with what is its own."""
    (tmp_path / "in").mkdir()
    filled(tmp_path / "in", "x.txt", "y.txt")
    filled(tmp_path, "a.txt", "z.txt")
    (tmp_path / "m.jsonl").write_bytes(line(0))

    items = again(tmp_path, set())

    assert [item.url for item in documents(items)] == ["a.txt", "in/x.txt", "in/y.txt", "m.jsonl#0", "z.txt"]
    assert [end.path for end in ends(items)] == [tmp_path.name, "in", "m.jsonl", tmp_path.name]
