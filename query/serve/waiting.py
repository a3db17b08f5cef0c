"""STUB until edits."""

from storage.reading import Reader


def count_waiting(reader: Reader) -> int:
    return 0
