"""Full text search: FTS5 on SQLite, tsvector on PostgreSQL, the same words and the same answers on both.

Texts are cut into words in Python (storage/asking/words.py), so no database's own notion of a word has a say.
A variant is in the table `unsearched` from the moment it is written until catch_up() has indexed it;
until then no search finds it, neither by its new text nor by its old one.

SQLite's index keeps no texts (they would double the database), and so cannot forget one: a revised variant is
indexed anew under another row, and `search_row` says which row speaks for which variant.
PostgreSQL knows positions up to 16,383 only: there a phrase further down in a text is not found.
"""

from collections.abc import Sequence
from sqlite3 import Connection as SqliteConnection
from typing import TYPE_CHECKING

from storage.alone import WRITER_LOCK, alone, checkpoint
from storage.asking.newest import SLICES, Match, newest
from storage.asking.passages import passage
from storage.asking.terms import AnyOf, Node, Query, Term, parse_query, titled, weight, with_prefixes, written
from storage.asking.words import spaced
from storage.reading import PATIENCE_S, DatabaseProblem, Reader, Row, chunks, connect, reading, sqlite_path, utc_or_none
from storage.uncollected import uncollected
from storage.views import SearchHit

if TYPE_CHECKING:
    from psycopg import Connection as PostgresConnection

SEARCH_SCHEMA = {
    "sqlite": [
        "CREATE TABLE search_row (id INTEGER PRIMARY KEY AUTOINCREMENT, variant_id BIGINT NOT NULL UNIQUE)",
        # The tokenizer "ascii" leaves everything beyond ASCII alone: words come ready made.
        "CREATE VIRTUAL TABLE search USING fts5(title, text, content='', tokenize='ascii')",
        # A batch is written as one run, not as one for each MB: a third less work.
        "INSERT INTO search (search, rank) VALUES ('hashsize', 16777216)",
    ],
    "postgresql": [
        "CREATE TABLE search (variant_id BIGINT PRIMARY KEY REFERENCES variant (id), document TSVECTOR NOT NULL)",
        "CREATE INDEX ix_search_document ON search USING gin (document)",
    ],
}
# SQLite looks at all rows of all words that begin as a prefix does before it gives one; words, it looks at in turn.
SEARCH_WORDS = {
    "sqlite": [
        "CREATE TABLE search_word (word TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
        "CREATE VIRTUAL TABLE temp.search_vocabulary USING fts5vocab(main, search, row)",
        "INSERT INTO search_word SELECT term FROM search_vocabulary",
        "DROP TABLE temp.search_vocabulary",
    ],
    "postgresql": [],
}
# Slices come first: words are looked for where these are, and nowhere before. A table of words is for prefixes, of
# which GIN reads all words' lists whole.
SEARCH_SLICES = {
    "sqlite": [],
    "postgresql": [
        "DROP INDEX ix_search_document",
        f"CREATE INDEX ix_search_newest ON search USING gin ({SLICES}, document)",
        'CREATE TABLE search_word (word TEXT COLLATE "C" NOT NULL PRIMARY KEY)',
        "INSERT INTO search_word SELECT word FROM ts_stat('SELECT document FROM search') WHERE left(word, 1) <> '^'",
    ],
}
# Before a word of a title, in PostgreSQL. Its index knows no weights: every text that has the word would be unpacked.
TITLED = "^"
TITLE_CHARS = 2_000  # of a title, as far as it is indexed
TEXT_CHARS = 200_000  # of a text: with any words in it, its tsvector stays below PostgreSQL's limit of 1 MB
MOST_UNFOLDED = 18  # characters that one character can become: U+FDFA
BATCH = 1_000  # variants indexed in one transaction
WORDS_REMEMBERED = 1 << 18  # beyond which those that are known to be in the table of words are forgotten: 30 MB
QUICK = 5_000  # as many waiting variants a search indexes itself
QUICK_PATIENCE_S = 0.2

# That the prefixes of a query stand for; where there are more, the database looks for itself.
MOST_WORDS = {"sqlite": 1_000, "postgresql": 200}
RANKED = 100  # variants whose texts are weighed for a search, and as many again whose titles match

_HITS = """
    SELECT v.story_id, v.id, v.title, v.source, v.url, v.published_at, v.text
    FROM variant v JOIN story s ON s.id = v.story_id
    WHERE v.id IN :variants AND v.withdrawn_at IS NULL AND s.withdrawn_at IS NULL"""
_MATCHING = {
    "sqlite": """
        SELECT entry.variant_id FROM search JOIN search_row entry ON entry.id = search.rowid
        WHERE search MATCH :match
        AND NOT EXISTS (SELECT 1 FROM unsearched u WHERE u.variant_id = entry.variant_id)
        ORDER BY search.rowid DESC LIMIT :most""",
    # Found first, then sorted: a planner that hopes to meet enough matches on its way back through all variants reads
    # and unpacks each of them where it is wrong (ten seconds).
    "postgresql": """
        WITH hit AS MATERIALIZED (
            SELECT entry.variant_id FROM search entry
            WHERE {matching}
            AND NOT EXISTS (SELECT 1 FROM unsearched u WHERE u.variant_id = entry.variant_id))
        SELECT variant_id FROM hit ORDER BY variant_id DESC LIMIT :most""",
}
_BEGINNING = "SELECT word FROM search_word WHERE word >= :prefix AND word < :beyond LIMIT :most"
_MATCHING_STORIES = {  # from an index alone: a large store's rows are not all in memory
    "sqlite": "SELECT v.story_id FROM ({hits}) hit CROSS JOIN variant v INDEXED BY ix_variant_place"
    " WHERE v.id = hit.variant_id",
    "postgresql": "SELECT v.story_id FROM variant v WHERE v.id = ANY(ARRAY({hits}))",
}
# Is true of the card `c` of a story that holds a text.
HOLDS = {
    "sqlite": """EXISTS (
        SELECT 1 FROM variant v CROSS JOIN search_row entry CROSS JOIN search
        WHERE v.story_id = c.story_id AND entry.variant_id = v.id
        AND search.rowid = entry.id AND search MATCH :match
        AND NOT EXISTS (SELECT 1 FROM unsearched u WHERE u.variant_id = v.id))""",
    "postgresql": """EXISTS (
        SELECT 1 FROM variant v JOIN search entry ON entry.variant_id = v.id
        WHERE v.story_id = c.story_id AND entry.document @@ CAST(:match AS tsquery)
        AND NOT EXISTS (SELECT 1 FROM unsearched u WHERE u.variant_id = v.id) OFFSET 0)""",
}


def match_of(reader: Reader, query: Query, *, in_title: bool = False) -> Match | None:
    """Give what a database is asked for a query, wherever it stands or in titles alone; None for no words."""
    if query.root is None:
        return None
    root = titled(query.root) if in_title else query.root
    spelt_out, is_all = _spelt_out(reader, root)
    if reader.dialect == "sqlite":
        return Match(near=None, far=_fts5(spelt_out))
    return Match(near=_tsquery(spelt_out) if is_all else None, far=_tsquery(root))


def matching_stories(reader: Reader, match: Match, *, most: int) -> tuple[list[int], bool]:
    """Give the stories of the newest variants that match, `most` of these, and whether there are no others."""
    sql = _MATCHING_STORIES[reader.dialect].format(hits=_MATCHING[reader.dialect])
    rows = newest(reader, sql, match, most=most + 1)
    return list({row[0] for row in rows}), len(rows) <= most


@uncollected()
def search_stories(reader: Reader, query: str, *, limit: int = 20) -> list[SearchHit]:
    """Give the variants that hold what `query` asks for and were not withdrawn, best first.

    storage/asking/terms.py says what it can be; no query is wrong. Weighed are the newest RANKED variants that match,
    or as many as the limit, and as many whose title does: what a frequent word costs does not grow with the store.
    """
    asked = parse_query(query)
    match, in_title = match_of(reader, asked), match_of(reader, asked, in_title=True)
    if match is None or in_title is None:
        return []
    most = max(RANKED, limit)
    both = (in_title, match)
    found = {row[0] for each in both for row in newest(reader, _MATCHING[reader.dialect], each, most=most)}
    rows = [row for chunk in chunks(sorted(found)) for row in reader.rows(_HITS, variants=chunk)]
    ranked = sorted(((weight(row[2], row[6], asked), row[1], row) for row in rows), reverse=True)
    return [_hit(row, asked, rank) for rank, _, row in ranked[:limit]]


def count_unsearched(reader: Reader) -> int:
    """Give how many variants no search can find yet."""
    return int(reader.rows("SELECT count(*) FROM unsearched")[0][0])


def catch_up_quickly(url: str) -> int:
    """Index what waits, if it is little and nobody else is writing; give how many variants still wait."""
    with reading(url) as reader:
        waiting = count_unsearched(reader)
    if not 0 < waiting < QUICK:
        return waiting
    try:
        return max(0, waiting - catch_up(url, patience_s=QUICK_PATIENCE_S))
    except DatabaseProblem:  # not ours to write, or not now: the search is told how many wait
        return waiting


def catch_up(url: str, *, limit: int | None = None, patience_s: float = PATIENCE_S) -> int:
    """Index the variants that wait, at most `limit`, each BATCH in a transaction; give how many were indexed.

    Raises DatabaseProblem when the database cannot be written within `patience_s`.
    """
    done, words = 0, set[str]()
    with connect(url, writable=True, patience_s=patience_s) as connection:
        while limit is None or done < limit:
            size = BATCH if limit is None else min(BATCH, limit - done)
            if isinstance(connection, SqliteConnection):
                with alone(sqlite_path(url), patience_s=patience_s):
                    taken = _index_sqlite(connection, size, words)
                    checkpoint(connection, sqlite_path(url))
            else:
                taken = _index_postgresql(connection, size, words)
            done += taken
            if len(words) > WORDS_REMEMBERED:
                words.clear()
            if taken < size:
                break
        if done and not isinstance(connection, SqliteConnection):
            connection.execute(_PUT_IN_PLACE)
    return done


def _hit(row: Row, query: Query, rank: float) -> SearchHit:
    story_id, variant_id, title, source, url, published_at, text = row
    return SearchHit(
        story_id=story_id,
        variant_id=variant_id,
        title=title,
        source=source,
        url=url,
        published_at=utc_or_none(published_at),
        snippet=passage(text, query),
        rank=rank,
    )


def _spelt_out(reader: Reader, root: Node) -> tuple[Node, bool]:
    """Give a query with the words that are known in place of prefixes, MOST_WORDS at most, and whether that is all."""
    left, is_all = MOST_WORDS[reader.dialect], True

    def words_in_place(term: Term) -> Node:
        nonlocal left, is_all
        *before, prefix = term.words
        found = reader.rows(_BEGINNING, prefix=prefix, beyond=f"{prefix}\U0010ffff", most=left + 1)
        if not 0 < len(found) <= left:
            is_all = is_all and not found
            return term
        left -= len(found)
        return AnyOf(tuple(Term((*before, word), is_prefix=False, in_title=term.in_title) for (word,) in found))

    return with_prefixes(root, words_in_place), is_all


def _fts5(root: Node) -> str:
    def term(each: Term) -> str:
        place = "{title} : " if each.in_title else ""
        return f'({place}"{" ".join(each.words)}"{" *" if each.is_prefix else ""})'

    return written(root, term=term, both=" AND ", either=" OR ", without=lambda one, other: f"({one} NOT {other})")


def _tsquery(root: Node) -> str:
    def term(each: Term) -> str:
        place = TITLED if each.in_title else ""
        phrase = " <-> ".join(f"'{place}{word}'" for word in each.words)
        return f"({phrase}{':*' if each.is_prefix else ''})"

    return written(root, term=term, both=" & ", either=" | ", without=lambda one, other: f"({one} & !{other})")


_TAKE = """
    DELETE FROM unsearched
    WHERE variant_id IN (SELECT variant_id FROM unsearched ORDER BY variant_id LIMIT {limit})
    RETURNING variant_id"""

# What GIN has not put in its place yet, each search walks word by word (900 texts: 200 words of a prefix 50 ms, not 5).
# The server lets nobody else than the index's owner do that, and else does it by itself, later.
_PUT_IN_PLACE = """
    SELECT gin_clean_pending_list(oid) FROM pg_class
    WHERE oid = to_regclass('ix_search_newest') AND pg_has_role(relowner, 'USAGE')"""


def _index_sqlite(connection: SqliteConnection, size: int, words: set[str]) -> int:
    """Index so many variants; `words` are known to be in the table of words, and those that are now join them."""
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    taken = [row[0] for row in connection.execute(_TAKE.format(limit=size))]
    variants = [row for chunk in chunks(taken) for row in _texts(connection, chunk)]
    first = connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'search_row'")
    rows = list(enumerate(variants, start=first.fetchone()[0]))
    entries = [(row, variant_id) for row, (variant_id, _, _) in rows]
    connection.executemany("INSERT OR REPLACE INTO search_row (id, variant_id) VALUES (?, ?)", entries)
    indexed = [(row, _spaced(title, TITLE_CHARS), _spaced(text, TEXT_CHARS)) for row, (_, title, text) in rows]
    connection.executemany("INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)", indexed)
    new = {word for _, *parts in indexed for part in parts for word in part.split()} - words
    connection.executemany("INSERT OR IGNORE INTO search_word VALUES (?)", [(word,) for word in sorted(new)])
    connection.execute("COMMIT")
    words |= new
    return len(taken)


def _texts(connection: SqliteConnection, variant_ids: Sequence[int]) -> list[tuple[int, str, str]]:
    marks = ", ".join("?" * len(variant_ids))
    rows = f"SELECT id, title, text FROM variant WHERE id IN ({marks}) ORDER BY id"  # marks
    return connection.execute(rows, variant_ids).fetchall()


def _index_postgresql(connection: "PostgresConnection[Row]", size: int, words: set[str]) -> int:
    """Index so many variants; the words as for SQLite."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
        taken = cursor.execute(_TAKE.format(limit=size).encode()).fetchall()
        ids = [variant_id for (variant_id,) in taken]
        texts = cursor.execute("SELECT id, title, text FROM variant WHERE id = ANY(%s)", [ids]).fetchall()
        said = [(row[0], _words(row[1], TITLE_CHARS), _words(row[2], TEXT_CHARS)) for row in texts]
        cursor.executemany(
            """
            INSERT INTO search (variant_id, document) VALUES (%s, CAST(%s AS tsvector))
            ON CONFLICT (variant_id) DO UPDATE SET document = excluded.document""",
            [(variant_id, _tsvector(title, text)) for variant_id, title, text in said],
        )
        new = {word for _, *parts in said for part in parts for word in part} - words
        cursor.execute(
            "INSERT INTO search_word SELECT unnest(CAST(%s AS TEXT[])) ON CONFLICT DO NOTHING", [sorted(new)]
        )
    words |= new
    return len(taken)


def _tsvector(title: Sequence[str], text: Sequence[str]) -> str:
    """Write a tsvector with positions: the words of a title are there twice, and no phrase spans title and text."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(title, start=1):
        places.setdefault(word, []).append(str(place))
        places.setdefault(f"{TITLED}{word}", []).append(str(place))
    for place, word in enumerate(text, start=len(title) + 2):
        places.setdefault(word, []).append(str(place))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


def _words(text: str, limit: int) -> Sequence[str]:
    return _spaced(text, limit).split()


def _spaced(text: str, limit: int) -> str:
    """Give the words of the first `limit` characters of `text`, which take no more than that."""
    found = spaced(text[:limit])
    return found if len(text) * MOST_UNFOLDED <= limit else " ".join(found.split())[:limit]
