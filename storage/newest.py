"""The newest variants that hold a text, their ids following the order of their coming.

SQLite reads the rows of each word in this order until it has enough. PostgreSQL's index has no order; but it knows of
each variant the slices of ids that this is in, fine ones and coarse ones, and where slices are asked for beside words,
it skips to these in the list of a frequent word. So it is asked for the newest few first; how many of these match
tells how far back enough of them go.
"""

from dataclasses import dataclass

from storage.reading import Reader, Row

_SHIFTS = (8, 11, 14, 17)  # slices of 256, 2,048, 16,384 and 131,072 ids
# Of a row of PostgreSQL's index of texts: the slices that its variant is in, no two alike. The index has it in just
# these words.
SLICES = f"""(ARRAY[{", ".join(f"(variant_id >> {shift}) * 4 + {level}" for level, shift in enumerate(_SHIFTS))}])"""
_SLICES_AT_ONCE = 8  # as many as make one of the next width

_FIRST = 512  # variants that are looked at first, at the least
_FAR = 32_000  # from here on a prefix costs less than all its words
_FEW = 5  # matches, or fewer, tell nothing of those further back
_ROOM = 1.3  # further back they may be fewer
_GROWTH = 8  # with which all looks together take little longer than the last one, at everything
_ALL = 100_000  # whoever asks for more wants all

_NEWEST = "SELECT coalesce(max(variant_id), 0) FROM search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a database is asked for a query."""

    near: str  # of few variants: with the words that are known in place of a prefix, unless they are too many
    far: str  # of all of them


def newest(reader: Reader, sql: str, match: Match, *, most: int) -> list[Row]:
    """Give what `sql` says of the newest variants that match, `most` of them.

    For PostgreSQL there is a place in it for one more condition, "{within}".
    """
    if reader.dialect == "sqlite":
        return reader.rows(sql, match=match.far, most=most)
    if most <= _ALL:
        [(last,)] = reader.rows(_NEWEST)
        within = sql.format(within=f"AND {SLICES} && CAST(:slices AS BIGINT[])")
        width = max(_FIRST, 2 * most)
        while 2 * width < last:
            asked = match.near if width < _FAR else match.far
            rows = reader.rows(within, match=asked, most=most, slices=_slices(last, width))
            if len(rows) >= most:
                return rows
            promising = int(width * most * _ROOM / len(rows)) if len(rows) > _FEW else _GROWTH * width
            width = max(2 * width, promising)
    return reader.rows(sql.format(within=""), match=match.far, most=most)


def _slices(last: int, width: int) -> str:
    """Give slices that hold the `width` ids up to the `last`, as PostgreSQL writes an array."""
    shift = next((shift for shift in _SHIFTS if width >> shift <= _SLICES_AT_ONCE), _SHIFTS[-1])
    numbers = range(last >> shift, max(-1, (last - width >> shift) - 1), -1)
    return f"{{{','.join(str(number * 4 + _SHIFTS.index(shift)) for number in numbers)}}}"
