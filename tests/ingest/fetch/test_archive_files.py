"""The files of our own archive: whole, of a size, and nobody else's."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

from ingest.archived import About, Kind
from ingest.document import Entry
from ingest.fetch.archive import WarcArchive, asking_for
from ingest.fetch.pages import Wanted, stated
from tests.ingest.fetch.asking import NOW
from tests.ingest.fetch.keeping import AT, exchange, keep
from tests.ingest.load.making import documents, loaded, rejections


def _entry(url: str, **more: object) -> Entry:
    said = {"url": url, "title": "Fähre 渡船", "published_at": AT, "media": ("https://gazette.example/a.jpg",)}
    return Entry(**{**said, **more})  # type: ignore[arg-type]  # whichever field is to differ


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_is_written_to_is_passed_over(tmp_path: Path) -> None:
    """Until it is whole it is no news of the folder; who names it has what is in it."""
    archive = WarcArchive(tmp_path, now=NOW)
    keep(archive, exchange(1))

    (name,) = _names(tmp_path)
    early, named = loaded(tmp_path), loaded(tmp_path / name)
    archive.close()

    assert name.endswith(".open")
    assert early == []
    assert len(documents(named)) == 1
    assert len(documents(loaded(tmp_path))) == 1
    assert _names(tmp_path) == [name.removeprefix(".").removesuffix(".open")]


def test_files_end_at_a_size(tmp_path: Path) -> None:
    """Beyond it another one is begun; together they hold everything, in order."""
    noise = Random(5)
    pages = [exchange(n, body=b"<!doctype html><p>" + noise.randbytes(700).hex().encode()) for n in range(20)]
    archive = WarcArchive(tmp_path, now=NOW, file_bytes=3_000)
    keep(archive, *pages)
    archive.close()

    sizes = [path.stat().st_size for path in tmp_path.iterdir()]

    assert len(sizes) > 3
    assert all(size < 3_000 + 2_000 for size in sizes)
    assert [raw.url for raw in documents(loaded(tmp_path))] == [page.url for page in pages]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """Archives begun at one moment, one after the other or side by side, each have files of their own."""
    before = WarcArchive(tmp_path, now=NOW)
    keep(before, exchange(0))
    before.close()
    archives = [WarcArchive(tmp_path, now=NOW) for _ in range(2)]
    for number, archive in enumerate(archives, 1):
        keep(archive, exchange(number))
    for archive in archives:
        archive.close()

    assert len(_names(tmp_path)) == 3
    assert len(documents(loaded(tmp_path))) == 3


def test_an_archive_of_nothing_is_no_file(tmp_path: Path) -> None:
    """A file is begun with the first answer; closing twice is closing once."""
    folder = tmp_path / "new" / "archive"
    archive = WarcArchive(folder, now=NOW)
    archive.close()
    keep(archive, exchange(1))
    archive.close()
    archive.close()

    assert len(_names(folder)) == 1


def test_many_threads_may_keep(tmp_path: Path) -> None:
    """The event loop keeps answers while others keep articles: no record is torn."""
    archive = WarcArchive(tmp_path, now=NOW, file_bytes=20_000)
    threads = [
        threading.Thread(target=keep, args=(archive, *(exchange(100 * part + n) for n in range(30))))
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive.close()

    items = loaded(tmp_path)
    assert len({raw.url for raw in documents(items)}) == 120
    assert rejections(items) == []


def test_a_long_record_loads(tmp_path: Path) -> None:
    """However much a source says of a page, the record can be read again."""
    media = tuple(f"https://gazette.example/{n}/{'é' * 4_000}" for n in range(10))
    entry = _entry("https://gazette.example/0", title="風" * 1_000, byline="雨" * 1_000, media=media)
    wanted = Wanted(source="gazette", url=entry.url, entry=entry)
    archive = WarcArchive(tmp_path, now=NOW)
    with asking_for(_about(wanted, content="<p>" + Random(1).randbytes(100_000).hex()), wanted.url):
        archive.keep(exchange(0))
    archive.close()

    items = loaded(tmp_path)

    assert rejections(items) == []
    (raw,) = documents(items)
    assert raw.stated is not None
    assert raw.stated.title == "風" * 1_000


def _about(wanted: Wanted, *, content: str) -> About:
    return About(kind=Kind.PAGE, source=wanted.source, stated=stated(wanted.entry), feed_text=content)


def test_a_clock_that_was_ahead(tmp_path: Path) -> None:
    """A page that was fetched in what is the future now was fetched now."""
    archive = WarcArchive(tmp_path, now=NOW)
    keep(archive, exchange(0, fetched_at=AT + timedelta(days=4_000)))
    archive.close()

    (raw,) = documents(loaded(tmp_path))

    assert raw.fetched_at < AT + timedelta(days=400)


def _members(paths: Sequence[Path]) -> int:
    return sum(path.read_bytes().count(b"\x1f\x8b\x08") for path in paths)


def test_a_damaged_record_costs_no_other(tmp_path: Path) -> None:
    """Each record is a gzip member of its own."""
    archive = WarcArchive(tmp_path, now=NOW)
    keep(archive, *(exchange(number) for number in range(5)))
    archive.close()
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    assert _members([path]) == 5
    assert len(documents(loaded(tmp_path))) == 4
