"""Which files are read, and what becomes of everything else in a folder."""

import errno
import os
from pathlib import Path

import pytest

from ingest.load import load
from ingest.load.names import roots
from ingest.load.walk import Obstacle, outcome_of, walk
from ingest.outcome import Outcome

from .making import NOW, PAGE, line, loaded, outcomes, record, rejections, urls


def test_a_folder_is_walked_in_sorted_order(tmp_path: Path) -> None:
    """Documents come folder by folder, each sorted by name, whatever order the disk has them in."""
    for name in ("b/z.txt", "a.txt", "b/a.txt", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Rain.")

    items = loaded(tmp_path)

    assert urls(items) == ["a.txt", "b/a.txt", "b/z.txt", "c.txt"]


def test_what_is_no_news_is_left_out_of_a_folder(tmp_path: Path) -> None:
    """Hidden files, scripts, settings, pictures and READMEs in a folder are neither given nor rejected."""
    (tmp_path / "story.txt").write_text("Rain.")
    (tmp_path / ".hidden.txt").write_text("Rain.")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "page.html").write_text(PAGE)
    (tmp_path / "README.md").write_text('<p align="center"><img src="x"></p>\n' * 9)
    (tmp_path / "settings.toml").write_text("a = 1\n")
    (tmp_path / "fetch.py").write_text("import this\n")
    (tmp_path / "manifest.json").write_text('{"pages": 3}\n')
    (tmp_path / "notes").write_text("Call the harbour master.\n")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))

    items = loaded(tmp_path)

    assert urls(items) == ["story.txt"]
    assert outcomes(items) == []


def test_news_without_a_telling_name_is_found_in_a_folder(tmp_path: Path) -> None:
    """A web page, JSON lines and a WARC file are known by their content; a PDF, which may be news, is not ignored."""
    (tmp_path / "crawl").write_bytes(record(1))
    (tmp_path / "index.php").write_text(PAGE)
    (tmp_path / "lines.json").write_bytes(line(7))
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7\n" + bytes(50))

    items = loaded(tmp_path)

    assert urls(items) == ["https://news.example/1", "index.php", "lines.json#7"]
    assert outcomes(items) == [("report.pdf", "binary")]


@pytest.mark.parametrize("name", [".hidden.txt", "README.md", "notes", "settings.toml"])
def test_a_file_that_is_named_is_always_taken(tmp_path: Path, name: str) -> None:
    """What a folder would leave out is read when it is named."""
    (tmp_path / name).write_text("Rain.")

    items = loaded(tmp_path / name)

    assert urls(items) == [name]


def test_6_1_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe, a device and links in circles, to nowhere, or out of the folder are rejected, and nobody waits."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.txt").write_text("Not yours.")
    os.mkfifo(root / "a-pipe.txt")
    (root / "b-zero.txt").symlink_to("/dev/zero")
    (root / "c-circle.txt").symlink_to("c-circle.txt")
    (root / "d-outside.txt").symlink_to(tmp_path / "outside.txt")
    (root / "e-parent").symlink_to(tmp_path, target_is_directory=True)
    (root / "f-nowhere.txt").symlink_to("nowhere.txt")
    (root / "g-story.txt").write_text("Rain.")

    items = loaded(root)

    assert urls(items) == ["g-story.txt"]
    assert {url for url, outcome in outcomes(items) if outcome == "not_regular"} == {
        "a-pipe.txt",
        "b-zero.txt",
        "c-circle.txt",
        "d-outside.txt",
        "e-parent",
        "f-nowhere.txt",
    }


def test_6_1_a_link_inside_the_folder_gives_nothing_twice(tmp_path: Path) -> None:
    """A link to a file or folder of the same root, or to the root itself, is left out: its target is met itself."""
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "story.txt").write_text("Rain.")
    (tmp_path / "latest").symlink_to("2026", target_is_directory=True)
    (tmp_path / "latest.txt").symlink_to("2026/story.txt")
    (tmp_path / "self").symlink_to(".", target_is_directory=True)

    items = loaded(tmp_path)

    assert urls(items) == ["2026/story.txt"]
    assert outcomes(items) == []


def test_6_1_a_link_that_is_named_is_followed(tmp_path: Path) -> None:
    """Naming a link means its target, under the link's name."""
    (tmp_path / "story-2026-03-01.txt").write_text("Rain.")
    (tmp_path / "latest.txt").symlink_to("story-2026-03-01.txt")

    items = loaded(tmp_path / "latest.txt")

    assert urls(items) == ["latest.txt"]


def test_6_1_a_pipe_that_is_named_is_rejected(tmp_path: Path) -> None:
    """Even a pipe with no one at its other end does not make the reader wait."""
    os.mkfifo(tmp_path / "pipe")

    items = loaded(tmp_path / "pipe")

    assert outcomes(items) == [("pipe", "not_regular")]


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.jsonl", "a.warc"])
def test_6_1_a_sparse_file_of_20_gb_costs_nothing(tmp_path: Path, name: str) -> None:
    """A hole of 20 GB is rejected by its size, and not read."""
    with (tmp_path / name).open("wb") as file:
        file.truncate(20 << 30)

    items = loaded(tmp_path)

    assert outcomes(items) == [(name, "too_large")]


def test_6_1_a_page_dump_with_a_hole_of_20_gb_costs_nothing(tmp_path: Path) -> None:
    """A file that begins as text and goes on as a hole is rejected by its size."""
    with (tmp_path / "a.txt").open("wb") as file:
        file.write(b"Rain.\n" * 20_000)
        file.truncate(20 << 30)

    items = loaded(tmp_path)

    assert outcomes(items) == [("a.txt", "too_large")]


def test_6_3_a_file_that_vanishes_is_counted(tmp_path: Path) -> None:
    """A file that is gone when its turn comes is rejected, and the walk goes on."""
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("Rain.")
    items = load([tmp_path], source=None, now=NOW)
    first = next(items)

    (tmp_path / "b.txt").unlink()
    found = [first, *items]

    assert urls(found) == ["a.txt", "c.txt"]
    assert outcomes(found) == [("b.txt", "vanished")]


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (errno.EACCES, Outcome.PERMISSION),
        (errno.EPERM, Outcome.PERMISSION),
        (errno.ENOENT, Outcome.VANISHED),
        (errno.ELOOP, Outcome.NOT_REGULAR),
        (errno.EIO, Outcome.DAMAGED),
    ],
)
def test_6_3_an_error_of_the_system_is_an_outcome(number: int, outcome: Outcome) -> None:
    """Each error that opening or reading a file can end in has its outcome; one not foreseen is damage."""
    assert outcome_of(OSError(number, os.strerror(number))) == outcome


def test_6_3_a_folder_that_vanishes_is_counted(tmp_path: Path) -> None:
    """A folder that cannot be listed any more is one rejection under its path."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.txt").write_text("Rain.")
    (tmp_path / "b").mkdir()
    steps = walk(roots([tmp_path]))
    next(steps)

    (tmp_path / "b").rmdir()
    (step,) = steps

    assert isinstance(step, Obstacle)
    assert (step.place.url, step.outcome) == ("b", Outcome.VANISHED)


def test_the_source_of_a_rejection_falls_back_to_the_folder(tmp_path: Path) -> None:
    """Nobody names a source: the folder that holds the file stands in; the caller's word comes first."""
    (tmp_path / "gazette").mkdir()
    (tmp_path / "gazette" / "scan.html").write_bytes(b"%PDF-1.7")

    unnamed, named = loaded(tmp_path), loaded(tmp_path, source="wire")

    assert [each.source for each in (*rejections(unnamed), *rejections(named))] == ["gazette", "wire"]
