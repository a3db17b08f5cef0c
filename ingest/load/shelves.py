"""Documents that lie beside one another in a folder, known again by what the file system says of them, unopened.

Size, inode and both times of each file are asked: a file that is written, replaced or copied anew changes one of them,
whoever sets its time of modification back. A file that was touched moments ago may yet change within one tick of the
file system's clock, so that it is read again until it has rested.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import xxhash

from ingest.document import signed64
from ingest.load.reading import Place
from ingest.load.sniff import Kind, claim_of
from ingest.load.walk import Obstacle

_FILES = 1_000  # of a shelf; one file more or less changes its shelf and those behind it
_RESTED_S = 2.0  # the coarsest clock of a file system, FAT's
_CLAIMS = frozenset({Kind.HTML, Kind.TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Files of one folder whose names promise a document each."""

    places: tuple[Place, ...]
    size: int  # bytes on disk
    key: int | None  # signed 64-bit xxh3 of what is known of them, and on whose behalf; None where some have not rested

    @property
    def url(self) -> str:
        """The identity of their folder."""
        return self.places[0].url.rpartition("/")[0] or self.places[0].folder


def shelves(
    steps: Iterable[Place | Obstacle], *, source: str | None, now: datetime
) -> Iterator[Shelf | Place | Obstacle]:
    """Put files that follow one another in a folder on shelves; what else there is passes, in its order."""
    held: list[Place] = []
    held_in = ""
    for step in steps:
        folder = name = ""
        if isinstance(step, Place) and not step.is_named:
            folder, _, name = step.path.rpartition("/")
        is_document = claim_of(name) in _CLAIMS
        if held and (not is_document or folder != held_in or len(held) == _FILES):
            yield _shelf(held, source=source, now=now)
            held = []
        if isinstance(step, Place) and is_document:
            held.append(step)
            held_in = folder
        else:
            yield step
    if held:
        yield _shelf(held, source=source, now=now)


def _shelf(places: list[Place], *, source: str | None, now: datetime) -> Shelf:
    digest = xxhash.xxh3_64(f"files\0{source}\0".encode("utf-8", "replace"))
    latest, size, is_known = 0, 0, True
    known: list[str] = []
    for place in places:
        try:
            state = os.lstat(place.path)
        except OSError:  # whoever opens it says what is wrong
            is_known = False
            continue
        is_known = is_known and stat.S_ISREG(state.st_mode)
        latest = max(latest, state.st_mtime_ns, state.st_ctime_ns)
        size += state.st_size
        known.append(f"{place.url}\0{state.st_size} {state.st_ino} {state.st_mtime_ns} {state.st_ctime_ns}\n")
    digest.update("".join(known).encode("utf-8", "replace"))
    has_rested = is_known and latest < (now.timestamp() - _RESTED_S) * 1e9
    return Shelf(places=tuple(places), size=size, key=signed64(digest.intdigest()) if has_rested else None)
