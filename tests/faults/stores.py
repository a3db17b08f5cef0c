"""What a database has after work on it, to compare it with another."""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.reading import DatabaseProblem, reading

Stories = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a database has."""

    texts: Mapping[str, tuple[str, ...]]  # title, text, and scheme of the signature, by URL
    variants: int
    stories: Stories  # or groups of copies
    counted: int  # documents that its runs say they have done


def ended(url: str, *, counted: str, by: str = "story_id") -> Ended:
    """Give what a database has; `counted` is the SQL of how many documents its runs say they have done.

    Variants of the same `by` are in one group.
    """
    with reading(url) as reader:
        rows = reader.rows("SELECT url, title, text, scheme FROM variant")
    return Ended(
        texts={address: tuple(said) for address, *said in rows},
        variants=len(rows),
        stories=partition(url, by=by),
        counted=figure(url, counted),
    )


def partition(url: str, *, by: str = "story_id") -> Stories:
    """Give the stories as sets of URLs, or other groups: of variants with the same `by`, an SQL expression."""
    members: dict[int, set[str]] = {}
    with reading(url) as reader:
        for group, variant in reader.rows(f"SELECT {by}, url FROM variant"):
            members.setdefault(group, set()).add(variant)
    return frozenset(frozenset(variants) for variants in members.values())


def stored(url: str) -> int:
    """Count the variants; 0 where there is no database yet."""
    return figure(url, "SELECT count(*) FROM variant")


def figure(url: str, sql: str) -> int:
    """Give the number that `sql` asks for; 0 where there is no database yet, or nothing in it."""
    try:
        with reading(url) as reader:
            return int(reader.rows(sql)[0][0] or 0)
    except DatabaseProblem:
        return 0
