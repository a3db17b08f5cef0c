"""What is loaded, and what it is called: paths on a command line -> roots with an identity each.

The identity of a file is made of names alone, so that the same command gives the same identities again, on another
day, from another working directory, in any order of its arguments:

- one folder named:       the path below it                       `newsfold load archive`     -> 2024/a.txt
- several folders named:  the same behind the folder's own name   `newsfold load bbc cnn`     -> bbc/a.txt, cnn/a.txt
- a file named:           its name                                `newsfold load 2024/a.txt`  -> a.txt
- names that would meet:  each behind its parent's name, and its  `newsfold load x/a.txt y/a.txt` -> x/a.txt, y/a.txt
  grandparent's where that is not enough; all that would meet, so that the order does not matter
- a path named twice, or lying in a folder that is named too, is read once, under its identity in that folder

Parts are joined by "/". A name is kept as it is on disk, packed suffix included, in the spelling (NFC, NFD, case) it
has there; what is not UTF-8, control and bidirectional characters, "#" (which parts a line from its file) and a "%"
that looks like an escape are percent-encoded: two names never become one.
"""

import os
import re
import stat
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote

from ingest.urls import MAX_CHARS

# C0, C1, line and paragraph separators, bidirectional marks, embeddings, overrides and isolates; bytes that are not
# UTF-8 arrive from the operating system as lone surrogates (PEP 383).
_UNSAFE = re.compile("[\0-\x1f\x7f-\x9f#\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|%(?=[0-9A-Fa-f]{2})")
_ADDRESS = re.compile(r"https?:/+\w", re.IGNORECASE)  # pathlib makes one slash of two
_OF_AN_ADDRESS = "newsfold clean shows what is at an address, and what a source of sources.toml lists, refresh takes in"
SOURCE_CHARS = 200


class PathProblem(ValueError):
    """A path was named that cannot be loaded; `str()` is one line that names it and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A path that the caller named."""

    path: str  # as given
    absolute: str
    label: str  # a file's identity; for a folder what stands before the path below it, "" for nothing
    is_folder: bool


def roots(paths: Iterable[Path]) -> tuple[Root, ...]:
    """Give each named path once, in the order given, with its label; raise `PathProblem` for one that is not there."""
    found = {_absolute(path): (os.fspath(path), _is_folder(path)) for path in paths}
    folders = dict.fromkeys(absolute for absolute, (_, is_folder) in found.items() if is_folder)
    outer = {absolute: _outermost(absolute, folders) for absolute in found}
    tops = [absolute for absolute in folders if outer[absolute] is None]
    labels = {tops[0]: ""} if len(tops) == 1 else _tails(tops, {})
    labels |= _tails([path for path in found if path not in folders and outer[path] is None], dict(labels))
    for absolute, folder in outer.items():
        if folder is not None:
            labels[absolute] = _joined(labels[folder], os.path.relpath(absolute, folder))
    return tuple(
        Root(path=path, absolute=absolute, label=labels[absolute], is_folder=is_folder)
        for absolute, (path, is_folder) in found.items()
    )


def identity(name: str) -> str:
    r"""Give one name as it stands in an identity: printable, and never the same for two names.

    >>> identity("two\nlines.txt"), identity("100%.txt"), identity("a%0Ab")
    ('two%0Alines.txt', '100%.txt', 'a%250Ab')
    """
    if _UNSAFE.search(name) is None:
        return name
    return _UNSAFE.sub(lambda met: "".join(f"%{byte:02X}" for byte in _as_bytes(met[0])), name)


def printable(url: str) -> str:
    r"""Give a URL with what cannot be printed percent-encoded, cut where an address is.

    >>> printable("https://news.example/a\nb")
    'https://news.example/a%0Ab'
    """
    url = url[:MAX_CHARS]
    return url if url.isprintable() else "".join(c if c.isprintable() else quote(c) for c in url)[:MAX_CHARS]


def source_named(value: object) -> str | None:
    r"""Give the source that a document names, as one printable line; None for what is none, or longer than a name.

    >>> source_named("The\nGazette"), source_named("g" * 201)
    ('The Gazette', None)
    """
    if not isinstance(value, str):
        return None
    if not value.isprintable() or " " in value:
        value = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return value if 0 < len(value) <= SOURCE_CHARS else None


def folder_name(absolute: str) -> str:
    """Give the own name of a folder; "/" for the root of the file system."""
    return identity(absolute.rpartition("/")[2]) or "/"


def _as_bytes(character: str) -> bytes:
    # A surrogate outside the range of PEP 383 has no byte behind it: a name made in Python, not met on a disk.
    is_byte = "\udc80" <= character <= "\udcff"
    return character.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")


def _absolute(path: Path) -> str:
    """Give the path from the root, its dots worked off by spelling: a link that is named keeps its name."""
    return os.path.normpath(path.absolute())


def _is_folder(path: Path) -> bool:
    shown = identity(os.fspath(path))
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        remedy = _OF_AN_ADDRESS if _ADDRESS.match(os.fspath(path)) else "check its name and the folder you are in"
        raise PathProblem(f"{shown}: no such file or folder; {remedy}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PathProblem(f"{shown}: {reason}; check its name and its permissions") from None


def _outermost(absolute: str, folders: Container[str]) -> str | None:
    above = [str(parent) for parent in PurePath(absolute).parents if str(parent) in folders]
    return above[-1] if above else None


def _joined(label: str, below: str) -> str:
    parts = [identity(part) for part in below.split("/")]
    return "/".join([label, *parts] if label else parts)


def _tails(absolutes: Sequence[str], folders: dict[str, str]) -> dict[str, str]:
    """Give each path the shortest tail that no other of them has, and that names nothing in the labelled `folders`."""
    labels: dict[str, str] = {}
    waiting, depth = list(absolutes), 1
    while waiting:
        tails = {path: "/".join(path.strip("/").split("/")[-depth:]) for path in waiting}
        counts = Counter(tails.values())
        for path, tail in tails.items():
            is_all = tail == path.strip("/")
            if is_all or (counts[tail] == 1 and not _is_taken(tail, folders)):
                labels[path] = _joined("", tail)
        waiting = [path for path in waiting if path not in labels]
        depth += 1
    return labels


def _is_taken(tail: str, folders: dict[str, str]) -> bool:
    for folder, label in folders.items():
        if not label and os.path.lexists(f"{folder}/{tail}"):
            return True
        if label and tail.startswith(label + "/") and os.path.lexists(folder + tail[len(label) :]):
            return True
    return False
