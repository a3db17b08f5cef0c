"""What a file is called: stable, and never the same for two files."""

import os
import unicodedata
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.load import PathProblem, load, size_of
from ingest.load.names import identity, roots

from .making import NOW, documents, loaded, urls


def _write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Rain at {path.name}.")


def test_a_path_below_the_folder_is_the_identity(tmp_path: Path) -> None:
    """A folder's own place in the file system is no part of what its files are called."""
    _write(tmp_path / "inbox" / "2026" / "a.txt")

    (document,) = documents(loaded(tmp_path / "inbox"))

    assert (document.url, document.folder) == ("2026/a.txt", "2026")


def test_a_file_directly_in_the_root_has_the_roots_name_as_folder(tmp_path: Path) -> None:
    """The folder that was loaded stands in for the source, also when it is written with dots."""
    _write(tmp_path / "gazette" / "a.txt")

    folders = {document.folder for document in documents(loaded(tmp_path / "gazette" / ".." / "gazette"))}

    assert folders == {"gazette"}


def test_a_named_file_is_called_by_its_name(tmp_path: Path) -> None:
    """Naming a file directly gives the identity that loading its folder gives."""
    _write(tmp_path / "a.txt")

    assert urls(loaded(tmp_path / "a.txt")) == urls(loaded(tmp_path)) == ["a.txt"]


def test_named_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """As many parents as it takes stand before names that would meet, in any order of the arguments."""
    paths = [tmp_path / name for name in ("x/a.txt", "y/a.txt", "1/z/b.txt", "2/z/b.txt", "c.txt")]
    _write(*paths)

    found = {tuple(sorted(urls(loaded(*order)))) for order in permutations(paths)}

    assert found == {("1/z/b.txt", "2/z/b.txt", "c.txt", "x/a.txt", "y/a.txt")}


def test_several_folders_keep_their_names(tmp_path: Path) -> None:
    """Two outlets' folders with files of the same names do not become one."""
    _write(tmp_path / "bbc" / "1.txt", tmp_path / "cnn" / "1.txt")

    assert urls(loaded(tmp_path / "bbc", tmp_path / "cnn")) == ["bbc/1.txt", "cnn/1.txt"]


def test_a_named_file_does_not_meet_one_in_a_named_folder(tmp_path: Path) -> None:
    """A name that exists in the folder, too, gets its parent in front."""
    _write(tmp_path / "inbox" / "a.txt", tmp_path / "other" / "a.txt")

    assert sorted(urls(loaded(tmp_path / "inbox", tmp_path / "other" / "a.txt"))) == ["a.txt", "other/a.txt"]


def test_what_is_named_twice_is_read_once(tmp_path: Path) -> None:
    """A path named again, or inside a folder that is named too, gives its documents once, under one identity."""
    _write(tmp_path / "in" / "sub" / "a.txt", tmp_path / "in" / ".b.txt")
    folder = tmp_path / "in"

    items = loaded(folder, folder / "sub" / "a.txt", folder / "sub", folder, folder / ".b.txt")

    assert sorted(urls(items)) == [".b.txt", "sub/a.txt"]


def test_6_2_bad_names_are_percent_encoded(tmp_path: Path) -> None:
    """Line breaks, bytes that are not UTF-8 and direction overrides are escaped; markup and SQL are only names."""
    escaped = {
        b"two\nlines.txt": "two%0Alines.txt",
        b"latin-\xe9.txt": "latin-%E9.txt",
        "rtl-\u202etxt.exe.txt".encode(): "rtl-%E2%80%AEtxt.exe.txt",
        b"#1.txt": "%231.txt",
        b"-rf.txt": "-rf.txt",
        b"'; DROP TABLE story;--.txt": "'; DROP TABLE story;--.txt",
        b"<script>.txt": "<script>.txt",
        b"n" * 251 + b".txt": "n" * 251 + ".txt",
    }
    for name in escaped:
        (tmp_path / os.fsdecode(name)).write_bytes(b"Rain.")

    found = urls(loaded(tmp_path))

    assert sorted(found) == sorted(escaped.values())


def test_6_2_twins_are_both_kept(tmp_path: Path) -> None:
    """Names that differ in case or in Unicode form only are two files."""
    composed = "caf\u00e9.txt"
    _write(
        tmp_path / composed, tmp_path / unicodedata.normalize("NFD", composed), tmp_path / "A.txt", tmp_path / "a.txt"
    )

    found = urls(loaded(tmp_path))

    assert len(set(found)) == 4


@given(
    st.lists(
        st.binary(min_size=1).map(os.fsdecode) | st.text("%0Aa\n#", min_size=1), min_size=2, max_size=2, unique=True
    )
)
def test_two_names_have_two_identities(names: list[str]) -> None:
    """Escaping never makes one name of two, and what it gives can be stored and printed."""
    first, second = (identity(name) for name in names)

    assert first != second
    assert first.encode()
    assert not any(character in first for character in "\n\r\0#")


@pytest.mark.parametrize("name", ["gone.txt", "gone/a.txt", "nul\0.txt"])
def test_a_path_that_does_not_exist_is_said_before_anything_is_read(tmp_path: Path, name: str) -> None:
    """One line names the path and the remedy; nothing has been read, not even of the good paths."""
    _write(tmp_path / "a.txt")

    for call in (lambda: load([tmp_path, tmp_path / name], source=None, now=NOW), lambda: size_of([tmp_path / name])):
        with pytest.raises(PathProblem, match=r"(?s)gone|nul%00") as caught:
            call()

        assert "\n" not in str(caught.value)
        assert "check its name" in str(caught.value)


def test_many_named_files_cost_little(tmp_path: Path) -> None:
    """A thousand names in as many folders are told apart in one go, not each against each."""
    paths = [tmp_path / str(number) / "index.txt" for number in range(1000)]
    _write(*paths)

    labels = {root.label for root in roots(paths)}

    assert labels == {f"{number}/index.txt" for number in range(1000)}
