"""How far back a text is looked for: the newest variants first, by their ids, which follow the order of their coming.

SQLite reads the rows of each word in this order until it has enough. Only NOT makes it read on and on: where what is
wanted is in most variants, and what must not be there too, hardly any is left. Then the newest variants alone are
looked at, as far back as READ rows of these words go, and the answer says so. They are read in the other order, since
FTS5 looks for the next match before it looks whether that is still wanted.

PostgreSQL finds all that match before it sorts them, so it is asked for the newest few first; how many of these match
tells how far back enough of them go.
"""

from dataclasses import dataclass

from storage.reading import Reader, Row
from storage.terms import AllOf, AnyOf, Node, Term, says_not

READ = 400_000  # rows of words that SQLite reads for a text that says NOT: some 25 ms
_SAMPLE = 200  # of a word's newest rows, whose distance tells how frequent it is
_FIRST = 4_000  # variants that are looked at first
_FEW = 5  # matches, or fewer, tell nothing of those further back
_ROOM = 1.3  # further back they may be fewer
_ALL = 100_000  # whoever asks for more wants all

_NEWEST = "SELECT coalesce(max(variant_id), 0) FROM search"
_LAST_ROW = "SELECT coalesce(max(id), 0) FROM search_row"
_SAMPLED = "SELECT rowid FROM search WHERE search MATCH :word ORDER BY rowid DESC LIMIT 1 OFFSET :sample"


@dataclass(frozen=True, slots=True)
class Match:
    """What a database is asked for a text."""

    text: str
    floors: tuple[int, ...] = ()  # above these rows of SQLite's index, one after another, until there is enough

    @property
    def is_narrowed(self) -> bool:
        """Tell whether some variants are not looked at."""
        return bool(self.floors)


def floors_of(reader: Reader, root: Node, *, read: int = READ) -> tuple[int, ...]:
    """Give above which rows of SQLite's index a query is asked, the first ones first; none: it is asked of all."""
    if not says_not(root):
        return ()
    [(last,)] = reader.rows(_LAST_ROW)
    rows = _rows(reader, root, last)
    if rows <= read:
        return ()
    return tuple(max(0, last - width) for width in (2 * _FIRST, last * read // rows))


def newest(reader: Reader, sql: str, match: Match, *, most: int) -> list[Row]:
    """Give what `sql` says of the newest variants that match, `most` of them."""
    asked = {"match": match.text, "most": most}
    rows: list[Row] = []
    if match.is_narrowed:
        for floor in match.floors:
            rows = reader.rows(sql, **asked, floor=floor)
            if len(rows) >= most:
                break
        return rows
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


def _rows(reader: Reader, node: Node, last: int) -> int:
    """Give about how many rows of words a database reads for a query: of words that must all be there, the rarest's."""
    match node:
        case Term(words=words):
            return min(_rows_of(reader, word, last) for word in words)
        case AnyOf(parts=parts):
            return sum(_rows(reader, part, last) for part in parts)
        case AllOf(parts=parts, without=without):
            wanted = min(_rows(reader, part, last) for part in parts)
            return wanted + sum(_rows(reader, part, last) for part in without)


def _rows_of(reader: Reader, word: str, last: int) -> int:
    found = reader.rows(_SAMPLED, word=f'"{word}"', sample=_SAMPLE - 1)
    return last * _SAMPLE // (last - found[0][0] + 1) if found else _SAMPLE
