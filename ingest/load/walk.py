"""From roots to the files below them: sorted, regular files only, no link followed, and no surprise ends the walk."""

import errno
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from ingest.load.names import Root, folder_name, identity
from ingest.load.reading import Place
from ingest.outcome import Outcome, Refused

_OUTCOMES = {
    errno.ENOENT: Outcome.VANISHED,
    errno.ENOTDIR: Outcome.VANISHED,
    errno.ESTALE: Outcome.VANISHED,
    errno.EACCES: Outcome.PERMISSION,
    errno.EPERM: Outcome.PERMISSION,
    errno.ELOOP: Outcome.NOT_REGULAR,  # what O_NOFOLLOW says of a link
    errno.ENXIO: Outcome.NOT_REGULAR,  # a socket
    errno.EISDIR: Outcome.NOT_REGULAR,
    errno.ENAMETOOLONG: Outcome.MALFORMED,
    errno.EMFILE: Outcome.FAILED,
    errno.ENFILE: Outcome.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Something on the way that is no file to read."""

    place: Place
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class _Folder:
    path: str
    absolute: str
    url: str  # "" for a root without a label
    name: str

    def place(self, name: str) -> Place:
        url = f"{self.url}/{identity(name)}" if self.url else identity(name)
        return Place(path=f"{self.path}/{name}", url=url, folder=self.name)

    def itself(self) -> Place:
        return Place(path=self.path, url=self.url or self.name, folder=self.name)


def walk(roots: tuple[Root, ...]) -> Iterator[Place | Obstacle]:
    """Give the files named and those below the folders named, depth first, each folder sorted by name.

    Hidden files and folders are left out unless named. Inside a folder no link is followed: one that leads to
    something in the same root is left out, since that is met itself; any other is an obstacle.
    """
    named = frozenset(root.absolute for root in roots)
    for root in roots:
        if root.is_folder:
            yield from _below(root, named)
        else:
            folder = folder_name(root.absolute.rpartition("/")[0])
            yield Place(path=root.path, url=root.label, folder=folder, is_named=True)


def open_regular(place: Place) -> io.FileIO:
    """Open a regular file for reading, unbuffered; raise `Refused` for anything else, without waiting for it."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = os.open(place.path, flags if place.is_named else flags | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(Outcome.NOT_REGULAR, place.url, "no regular file; give a file that can be read to its end")
    return io.FileIO(descriptor)


def size_on_disk(place: Place) -> int:
    """Give the bytes that reading the file will go through; 0 for what is not there or no regular file."""
    try:
        status = os.stat(place.path, follow_symlinks=place.is_named)  # noqa: PTH116  a Path takes longer to make
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def outcome_of(error: OSError) -> Outcome:
    """Give the outcome that an error of the operating system stands for; one not foreseen means a damaged file."""
    return _OUTCOMES.get(error.errno or 0, Outcome.DAMAGED)


def _below(root: Root, named: frozenset[str]) -> Iterator[Place | Obstacle]:
    inside = os.path.realpath(root.path)
    pending = [_directly_in(_Folder(root.path, root.absolute, root.label, folder_name(root.absolute)), inside, named)]
    while pending:  # a stack, since folders may be nested deeper than Python recurses
        step = next(pending[-1], None)
        if step is None:
            pending.pop()
        elif isinstance(step, _Folder):
            pending.append(_directly_in(step, inside, named))
        else:
            yield step


def _directly_in(folder: _Folder, inside: str, named: frozenset[str]) -> Iterator[Place | Obstacle | _Folder]:
    try:
        with os.scandir(folder.path) as entries:
            found = [(entry.name, _kind(entry)) for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        detail = f"folder: {error.strerror or type(error).__name__}"
        yield Obstacle(place=folder.itself(), outcome=outcome_of(error), detail=detail)
        return
    above = folder.absolute.rstrip("/")
    for name, kind in sorted(found, key=itemgetter(0)):
        absolute = f"{above}/{name}"
        if absolute in named:
            continue
        place = folder.place(name)
        if kind == "folder":
            yield _Folder(place.path, absolute, place.url, folder_name(absolute))
        elif kind == "file":
            yield place
        elif kind != "link":
            yield Obstacle(place=place, outcome=Outcome.NOT_REGULAR, detail="a pipe, socket or device holds no news")
        elif not _leads_inside(place.path, inside):
            detail = "a link out of the folder, or to nowhere, is not followed; name its target instead"
            yield Obstacle(place=place, outcome=Outcome.NOT_REGULAR, detail=detail)


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_file(follow_symlinks=False):  # asked first: most are
        return "file"
    if entry.is_symlink():
        return "link"
    return "folder" if entry.is_dir(follow_symlinks=False) else "other"


def _leads_inside(link: str, inside: str) -> bool:
    try:
        target = os.path.realpath(link, strict=True)
    except OSError:  # it leads nowhere, or in circles
        return False
    return target == inside or target.startswith(inside.rstrip("/") + "/")
