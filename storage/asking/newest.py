"""The newest variants that hold a text, their ids following the order of their coming.

SQLite reads the rows of each word in this order until it has enough. PostgreSQL's index has no order; but it knows of
each variant the slices of ids that this is in, fine ones and coarse ones, and where slices are asked for beside words,
it skips to these in the list of a frequent word. So it is asked for the newest few first; how many of these match
tells how far back enough of them go.
"""

from dataclasses import dataclass
from math import sqrt

from storage.reading import Reader, Row

_SHIFTS = (8, 11, 14, 17)  # slices of 256, 2,048, 16,384 and 131,072 ids
# Of a row of PostgreSQL's index of texts: the slices that its variant is in, no two alike. The index has it in just
# these words.
_NAMES = (f"(variant_id >> {shift}) * {len(_SHIFTS)} + {level}" for level, shift in enumerate(_SHIFTS))
SLICES = f"(ARRAY[{', '.join(_NAMES)}])"
_SLICES_AT_ONCE = 8  # as many as make one of the next width

_FIRST = 512  # variants that are looked at first
_TELLING = 4_000  # as many tell how far back to go
_GROWTH = 8  # fewer may not, and are followed by so many times as many at the most
_FAR = 16_000  # from here on the index is asked for a prefix itself: that costs less than all its words, or a walk
_ALL = 100_000  # whoever asks for more wants all

_NEWEST = "SELECT coalesce(max(variant_id), 0) FROM search"
# Of the variants that match: in all of them, in some slices, and where the index would gather too much, one by one.
_EVERYWHERE = "entry.document @@ CAST(:match AS tsquery)"
_IN_SLICES = f"{_EVERYWHERE} AND {SLICES} && CAST(:slices AS BIGINT[])"
_WALKED = "ts_match_vq(entry.document, CAST(:match AS tsquery)) AND entry.variant_id BETWEEN :floor AND :end - 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a database is asked for a query."""

    near: str | None  # of few variants: with the words that are known in place of a prefix; None: they are too many
    far: str  # of all of them


def newest(reader: Reader, sql: str, match: Match, *, most: int) -> list[Row]:
    """Give what `sql` says of the newest variants that match, `most` of them.

    For PostgreSQL there is a place in it for the condition on a row of the table `search`, which it calls entry:
    "{matching}".
    """
    if reader.dialect == "sqlite":
        return reader.rows(sql, match=match.far, most=most)
    if most <= _ALL:
        [(last,)] = reader.rows(_NEWEST)
        rows: list[Row] = []
        floor, width = ((last >> _SHIFTS[0]) + 1) << _SHIFTS[0], _FIRST
        while 2 * width < last:
            end, floor = floor, _floor(last, width)
            rows += _between(reader, sql, match, most=most - len(rows), floor=floor, end=end)
            if len(rows) >= most:
                return rows
            width = _promising(last - floor, len(rows), most)
    return reader.rows(sql.format(matching=_EVERYWHERE), match=match.far, most=most)


def _between(reader: Reader, sql: str, match: Match, *, most: int, floor: int, end: int) -> list[Row]:
    """Give what `sql` says of the newest matches from id `floor` until before `end`, which are of whole slices."""
    is_near = end - floor < _FAR
    if is_near and match.near is None:
        return reader.rows(sql.format(matching=_WALKED), match=match.far, most=most, floor=floor, end=end)
    asked = match.near if is_near else match.far
    return reader.rows(sql.format(matching=_IN_SLICES), match=asked, most=most, slices=_slices(floor, end))


def _promising(width: int, found: int, most: int) -> int:
    """Give how many variants hold `most` matches where `width` held so many; of few found, chance may have made more.

    >>> [_promising(512, found, 100) for found in (0, 8, 64)]
    [4096, 4096, 1024]
    """
    promising = int(width * most / (found + 1) * (1.1 + 1.5 / sqrt(found + 1)))
    return max(2 * width, promising if width >= _TELLING else min(promising, _GROWTH * width))


def _floor(last: int, width: int) -> int:
    """Give where slices begin, at most a few, that hold the `width` ids up to the `last`."""
    shift = next((shift for shift in _SHIFTS if width >> shift <= _SLICES_AT_ONCE), _SHIFTS[-1])
    return max(0, last - width) >> shift << shift


def _slices(floor: int, end: int) -> str:
    """Give the slices that hold the ids from `floor` until before `end`, as PostgreSQL writes an array.

    >>> _slices(2_048, 4_608)  # two fine ones, and a coarse one
    '{68,64,5}'
    """
    names = []
    while end > floor:
        level, shift = max(
            (level, shift)
            for level, shift in enumerate(_SHIFTS)
            if end % (1 << shift) == 0 and end - (1 << shift) >= floor
        )
        end -= 1 << shift
        names.append(str((end >> shift) * len(_SHIFTS) + level))
    return f"{{{','.join(names)}}}"
