"""Folders that belong to one process at a time, and to nobody once it is gone, however it went.

The claim is a lock on a file in the folder: the kernel lets go of it when the process ends, also after kill -9.
"""

import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "in-use"


@contextmanager
def passing_folder(parent: Path, name: str) -> Iterator[Path]:
    """Give a new folder under `parent` that is removed at the end.

    Folders left there by processes that are gone are removed first.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with _locked(parent, wait=True):  # else one process could sweep away what another has made but not yet claimed
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
        lock = _open_lock(folder)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextmanager
def free_folder(parent: Path) -> Iterator[Path]:
    """Give the first of the folders `parent/1`, `parent/2`, ... that nobody uses; what is in it stays."""
    for number in itertools.count(1):
        folder = parent / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder) as is_ours:
            if is_ours:
                yield folder
                return


def is_owned(folder: Path) -> bool:
    """Whether the process that made the folder by passing_folder() is alive, on whatever machine."""
    try:
        with _locked(folder) as is_ours:
            return not is_ours
    except FileNotFoundError:
        return False


def _sweep(parent: Path) -> None:
    for folder in parent.iterdir():
        if folder.is_dir():
            with _locked(folder) as is_ours:
                if is_ours:
                    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, *, wait: bool = False) -> Iterator[bool]:
    """Give whether `folder` is ours until the end of the block."""
    lock = _open_lock(folder)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def _open_lock(folder: Path) -> int:
    return os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
