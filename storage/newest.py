"""The newest variants that hold a text, their ids following the order of their coming.

SQLite reads the rows of each word in this order until it has enough. PostgreSQL finds all that match before it sorts
them, so it is asked for the newest few first; how many of these match tells how far back enough of them go.
"""

from storage.reading import Reader, Row

_FIRST = 4_000  # variants that are looked at first
_FEW = 5  # matches, or fewer, tell nothing of those further back
_ROOM = 1.3  # further back they may be fewer
_ALL = 100_000  # whoever asks for more wants all

_NEWEST = "SELECT coalesce(max(variant_id), 0) FROM search"


def newest(reader: Reader, sql: str, match: str, *, most: int) -> list[Row]:
    """Give what `sql` says of the newest variants that match, `most` of them."""
    asked = {"match": match, "most": most}
    if reader.dialect == "sqlite":
        return reader.rows(sql, **asked)
    if most > _ALL:
        return reader.rows(sql, **asked, floor=0)
    [(last,)] = reader.rows(_NEWEST)
    width = _FIRST
    while width < last:
        # Of few variants, PostgreSQL may as well walk back until it has enough; of many, a plan that is wrong costs.
        form = sql.replace(" MATERIALIZED ", " NOT MATERIALIZED ") if width == _FIRST else sql
        rows = reader.rows(form, **asked, floor=last - width)
        if len(rows) >= most:
            return rows
        width = max(2 * width, int(width * most * _ROOM / len(rows))) if len(rows) > _FEW else last
    return reader.rows(sql, **asked, floor=0)
