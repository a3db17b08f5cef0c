"""A file whose reading is followed: each byte counts once, however often it is read."""

import io
import os
from collections.abc import Callable


class Meter:
    """Tells `progress` how many bytes were gone through since it was last told, `size` in all."""

    def __init__(self, size: int, progress: Callable[[int], None] | None) -> None:
        self._size = size
        self._progress = progress
        self._told = 0

    def reach(self, offset: int) -> None:
        """Say that everything before `offset` has been gone through."""
        offset = min(offset, self._size)
        if self._progress is not None and offset > self._told:
            self._progress(offset - self._told)
            self._told = offset

    def finish(self) -> None:
        """Say that there is no more to go through."""
        self.reach(self._size)


class MeteredFile:
    """A regular file, open for reading."""

    def __init__(self, file: io.FileIO, meter: Meter) -> None:
        self._file = file
        self._meter = meter
        self._offset = 0

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes, none at the end."""
        found = self._file.read(size) or b""
        self._offset += len(found)
        self._meter.reach(self._offset)
        return found

    def seek(self, offset: int, /) -> int:
        """Go to a place."""
        self._offset = self._file.seek(offset)
        return self._offset

    def head(self, size: int) -> bytes:
        """Give the first bytes without going anywhere."""
        return os.pread(self._file.fileno(), size, 0)

    def readinto(self, buffer: bytearray) -> int:
        """Fill `buffer`, and do not count it: for a reading before the reading."""
        return self._file.readinto(buffer) or 0

    def state(self) -> tuple[int, int]:
        """Give size and time of change: another state, another content."""
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns
