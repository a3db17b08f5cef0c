"""Which stories a question means, found through an index whatever it combines.

Of the conditions, the one that fewest stories meet is found in its index, and the others are looked up for each of
these. Where all are frequent, stories are walked in the order asked for: the next page is never far then. But a span
of time with more before it in this order than in it is sorted first, in its index, and then walked.
A text is found in variants, the newest MATCHES of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.outcome import Outcome
from storage.asking.question import MATCHES, Question
from storage.asking.search import HOLDS, match_of, matching_stories
from storage.asking.terms import parse_query
from storage.cursors import Place
from storage.happened import HAPPENED
from storage.reading import Reader, Row

FEW = 5_000  # stories that meet a condition: so many are looked at one by one, and sorted
_FIRSTS = (1_000, 20_000)  # of the stories of a span, sorted: mostly, a page is full with these
ALL = 2**31  # more than any store has
_HELD = 100  # stories whose variants are looked up in the index of texts one by one

_ORDERS = {  # what it is by, and the index in this order
    "changed": (("last_seen_at", "story_id"), "ix_card_changed"),
    "newest": (("first_seen_at", "story_id"), "ix_card_newest"),
    "independent": (("independent", "last_seen_at", "story_id"), "ix_card_independent"),
    "best": (("tier", "last_seen_at", "story_id"), ""),
}
_RANGES = (  # the question's fields, the column, and its index
    ("seen_since", "seen_until", "first_seen_at", "ix_card_newest"),
    ("changed_since", "changed_until", "last_seen_at", "ix_card_changed"),
    ("published_since", "published_until", "published_at", "ix_card_published"),
)
_LEAST = (("least_variants", "size", "ix_card_size"), ("least_independent", "independent", "ix_card_independent"))
_FOUND = {  # the cards of the stories that hold a text; in PostgreSQL these are looked up in one walk through the index
    "sqlite": "(SELECT value AS story_id FROM json_each(:ids)) few CROSS JOIN card c ON c.story_id = few.story_id",
    "postgresql": "(SELECT * FROM card WHERE story_id = ANY(CAST(:ids AS BIGINT[])) OFFSET 0) c",
}
# PostgreSQL makes a join of a condition on marks, and sorts all that it gives (a second), unless there is an OFFSET.
_EACH = {"sqlite": "", "postgresql": " OFFSET 0"}
_TIER = {
    "sqlite": "CASE WHEN c.story_id IN (SELECT value FROM json_each(:titled)) THEN 1 ELSE 0 END",
    "postgresql": "CASE WHEN c.story_id = ANY(CAST(:titled AS BIGINT[])) THEN 1 ELSE 0 END",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Condition:
    """A part of a question that has an index of its own."""

    ids: str  # gives the stories that meet it
    check: str  # is true of the card `c` of such a story
    names: tuple[str, ...]  # of its parameters
    is_mark: bool = False
    span: str = ""  # gives them, those of the last time first, where this is another order than that asked for
    edges: tuple[str, ...] = ()  # give the first story of the span, where it has a beginning, and the first behind
    is_order: bool = False  # stories walked in the order asked for stand together where they meet it


@dataclass(slots=True)
class Asked:
    """A question in SQL: "{source} SELECT ... FROM {tables} WHERE {checks} ORDER BY {keys}"."""

    dialect: str
    order: str
    source: str = ""
    tables: str = ""
    checks: list[str] = field(default_factory=list)
    params: dict[str, object] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    span: str = ""  # gives the stories of a span of time, the first of which are looked at
    is_whole: bool = True  # no: of the stories that hold the text, some were not looked at

    def rows(
        self,
        reader: Reader,
        columns: Sequence[str],
        *,
        limit: int,
        after: Place | None = None,
        more: Mapping[str, object] | None = None,
    ) -> list[Row]:
        """Give `columns` of the cards `c` of the stories meant, and behind them their place in the order.

        `more` are the parameters of these columns.
        """
        sql, params = self._statement([*columns, *self.keys], after)
        rows: list[Row] = []
        for first in self._firsts(limit):
            rows = reader.rows(sql, **params, **(more or {}), **first, limit=limit)
            if len(rows) == limit:
                break
        return rows

    def count(self, reader: Reader, *, limit: int) -> int:
        """Give how many stories are meant, `limit` at the most."""
        sql, params = self._statement(["1"], None)
        found = 0
        for first in self._firsts(limit):
            [(found,)] = reader.rows(f"SELECT count(*) FROM ({sql}) found", **params, **first, limit=limit)
            if found == limit:
                break
        return int(found)

    def ids(self, reader: Reader) -> list[int]:
        """Give the ids of all stories meant, ascending."""
        sql, params = self._statement(["c.story_id"], None)
        return sorted(row[0] for row in reader.stream(sql, **params, **self._firsts(ALL)[-1], limit=ALL))

    def _firsts(self, limit: int) -> Sequence[Mapping[str, object]]:
        """Give how many of a span's stories are looked at, in one try after another, for `limit` of them."""
        return [{"first": first} for first in (*_FIRSTS, ALL) if first >= limit] if self.span else [{}]

    def _statement(self, columns: Sequence[str], after: Place | None) -> tuple[str, dict[str, object]]:
        params, behind = {**self.params}, ""
        if after is not None:
            names = [f"after_{number}" for number in range(len(after))]
            behind = f" AND ({', '.join(self.keys)}) < ({', '.join(f':{name}' for name in names)})"
            params |= dict(zip(names, after, strict=True))
        order = ", ".join(f"{key} DESC" for key in self.keys)
        source = self.source
        if self.span:
            source = f"WITH few AS MATERIALIZED ({self.span}{behind} ORDER BY {order} LIMIT :first)"
        sql = f"{source} SELECT {', '.join(columns)} FROM {self.tables} WHERE {' AND '.join(self.checks)}{behind}"
        return f"{sql} ORDER BY {order} LIMIT :limit", params


def ask(
    reader: Reader, question: Question, *, order: str | None = None, few: int = FEW, matches: int = MATCHES
) -> Asked:
    """Give how the stories meant are found; `order` in place of the question's own.

    A text is looked for in its newest `matches`. A condition that fewer than `few` stories meet is rare: which stories
    are found does not depend on that, but how.
    """
    wanted = order or question.order
    asked = Asked(dialect=reader.dialect, order="changed" if wanted == "best" and question.text is None else wanted)
    columns, _ = _ORDERS[asked.order]
    asked.keys = [_TIER[reader.dialect] if column == "tier" else f"c.{column}" for column in columns]
    conditions = [
        *_marks(asked, question),
        *_ranges(asked, question),
        *_least(asked, question),
        *_of_run(asked, question),
    ]
    asked.checks = [condition.check for condition in conditions]
    asked.checks.append("c.is_withdrawn" if question.state == "withdrawn" else "NOT c.is_withdrawn")
    if question.kind == "single":
        asked.checks.append("c.kind = 'single'")
    if question.text is not None:
        _gather_text(reader, asked, question.text, conditions, most=matches)
        return asked
    marks = [condition for condition in conditions if condition.is_mark]
    is_walked = asked.order == "changed" and (not conditions or conditions == marks[:1])
    rarest, count = (None, few) if is_walked else _rarest(reader, asked, conditions, most=few)
    if rarest is not None and count < few:
        _gather(asked, rarest.ids, met=rarest.check)
    elif span := next((each for each in conditions if each.span and _is_far(reader, asked, each)), None):
        _gather(asked, "", met=span.check)
        asked.span = span.span
    elif marks and asked.order == "changed":
        _walk_mark(asked, rarest if rarest in marks else marks[0])
    else:
        _walk(asked)
    return asked


def _is_far(reader: Reader, asked: Asked, span: _Condition) -> bool:
    """Tell whether it is shorter to sort a span's stories than to walk there.

    Ids follow every time, more or less, and so tell about how many there are in it and before it; nothing is counted.
    """
    if asked.order == "independent":
        return True
    [(last,)] = reader.rows("SELECT coalesce(max(story_id), 0) FROM card")
    given = {name: asked.params[name] for name in span.names}
    places = [next((row[0] for row in reader.rows(edge, **given)), last + 1) for edge in span.edges]
    begins, ends = (0, *places)[-2:]
    return bool(last - ends > ends - begins)


def _gather(asked: Asked, ids: str, *, met: str | None = None) -> None:
    """Look at the stories that `ids` gives, one by one; the check that all of them have `met` is left out."""
    asked.source = f"WITH few AS MATERIALIZED ({ids})"
    asked.tables = "few CROSS JOIN card c"
    asked.checks = ["c.story_id = few.story_id", *(check for check in asked.checks if check != met)]


def _walk_mark(asked: Asked, mark: _Condition) -> None:
    """Walk the stories that bear a mark, the one that changed last first."""
    asked.tables = f"({mark.ids}) m CROSS JOIN card c"
    asked.checks = ["c.story_id = m.story_id", *(check for check in asked.checks if check != mark.check)]
    asked.checks += [check.replace("c.", "m.") for check in asked.checks if check.startswith("c.last_seen_at ")]
    asked.keys = ["m.last_seen_at", "m.story_id"]


def _walk(asked: Asked) -> None:
    """Walk the stories in the order asked for."""
    _, index = _ORDERS[asked.order]
    asked.tables = f"card c{_by(asked, index)}"


def _gather_text(reader: Reader, asked: Asked, text: str, conditions: Sequence[_Condition], *, most: int) -> None:
    """Look at the stories that hold a text; where these are many, at those that meet a rarer condition."""
    query = parse_query(text)
    match = match_of(reader, query)
    ids, asked.is_whole = matching_stories(reader, match, most=most) if match else ([], True)
    titled: list[int] = []
    if asked.order == "best" and (in_title := match_of(reader, query, in_title=True)):
        titled, _ = matching_stories(reader, in_title, most=most)
    asked.params |= {"titled": _listed(asked, titled)} if asked.order == "best" else {}
    if match and not asked.is_whole and conditions:
        rarest, count = _rarest(reader, asked, conditions, most=_HELD)
        if rarest is not None and count < _HELD:
            _gather(asked, rarest.ids, met=rarest.check)
            asked.checks.append(HOLDS[reader.dialect])
            asked.params["match"] = match.far
            asked.is_whole = True
            return
    asked.params["ids"] = _listed(asked, sorted({*ids, *titled}))
    asked.tables = _FOUND[asked.dialect]


def _listed(asked: Asked, ids: Sequence[int]) -> str:
    """Write a list as JSON, which SQLite reads, or as PostgreSQL writes an array."""
    said = ",".join(map(str, ids))
    return f"[{said}]" if asked.dialect == "sqlite" else f"{{{said}}}"


def _rarest(
    reader: Reader, asked: Asked, conditions: Sequence[_Condition], *, most: int
) -> tuple[_Condition | None, int]:
    """Give the condition that fewest stories meet, and how many: `most` where they are more."""
    best: tuple[_Condition | None, int] = (None, most)
    for condition in conditions:
        if condition.is_order:
            continue
        sql = f"SELECT count(*) FROM ({condition.ids} LIMIT {most}) few"
        [(count,)] = reader.rows(sql, **{name: asked.params[name] for name in condition.names})
        if best[0] is None or count < best[1]:
            best = condition, count
    return best


def _marks(asked: Asked, question: Question) -> Iterator[_Condition]:
    """Give the conditions that stories bear marks of."""
    said = {
        "outlet": question.outlet,
        "publisher": question.publisher,
        "language": question.language and question.language.replace("_", "-").lower(),
        "country": question.country and question.country.upper(),
        "kind": question.kind if question.kind != "single" else None,
        "state": question.state,
    }
    for name, value in said.items():
        if value is None:
            continue
        asked.params[name] = value
        here = f"o.name = '{name}' AND o.value = :{name}"
        yield _Condition(
            ids=f"SELECT o.story_id, o.last_seen_at FROM mark o WHERE {here}",
            check=f"EXISTS (SELECT 1 FROM mark o WHERE {here} AND o.last_seen_at = c.last_seen_at"
            f" AND o.story_id = c.story_id{_EACH[asked.dialect]})",
            names=(name,),
            is_mark=True,
        )


def _ranges(asked: Asked, question: Question) -> Iterator[_Condition]:
    """Give the conditions on times."""
    for since, until, column, index in _RANGES:
        given = [name for name in (since, until) if getattr(question, name) is not None]
        asked.params |= {name: getattr(question, name) for name in given}
        signs = [f"c.{column} {'>=' if name == since else '<'} :{name}" for name in given]
        if signs:
            yield _Condition(
                ids=f"SELECT c.story_id FROM card c{_by(asked, index)} WHERE {' AND '.join(signs)}",
                check=" AND ".join(signs),
                names=tuple(given),
                span=_span(asked, column, signs, index) if until in given and index != _ORDERS[asked.order][1] else "",
                edges=tuple(_edge(asked, column, name, index) for name in given),
                is_order=index == _ORDERS[asked.order][1],
            )


def _span(asked: Asked, column: str, signs: Sequence[str], index: str) -> str:
    """Give the stories of a span of time, to be sorted by another time, in SQL.

    The last come first: of two times one mostly follows the other, and whoever keeps the best so far then turns nearly
    all of them away (a month of 48,000 stories in SQLite: 22 ms, and 94 the other way round). The limit is for
    PostgreSQL: its planner would walk there, since it believes that one time says nothing about the other.
    """
    columns = dict.fromkeys(f"c.{each}" for each in ("story_id", *_ORDERS[asked.order][0]) if each != "tier")
    within = f"FROM card c{_by(asked, index)} WHERE {' AND '.join(signs)}"
    latest = f"SELECT {', '.join(columns)} {within} ORDER BY c.{column} DESC LIMIT {ALL}"
    return f"SELECT c.story_id FROM ({latest}) c WHERE TRUE"


def _edge(asked: Asked, column: str, name: str, index: str) -> str:
    """Give the first story at or after a time, in SQL."""
    return f"SELECT c.story_id FROM card c{_by(asked, index)} WHERE c.{column} >= :{name} ORDER BY c.{column} LIMIT 1"


def _least(asked: Asked, question: Question) -> Iterator[_Condition]:
    """Give the conditions on how many there are at least."""
    for name, column, index in _LEAST:
        least = getattr(question, name)
        if least is not None and least > 1:
            asked.params[name] = least
            check = f"c.{column} > 1 AND c.{column} >= :{name}"  # the first: for the index that has only those
            ids = f"SELECT c.story_id FROM card c{_by(asked, index)} WHERE {check}"
            yield _Condition(ids=ids, check=check, names=(name,), is_order=index == _ORDERS[asked.order][1])


def _of_run(asked: Asked, question: Question) -> Iterator[_Condition]:
    """Give the condition that a run made or changed them."""
    if question.run is None:
        return
    given = {"run": question.run} | ({"happened": HAPPENED[Outcome(question.outcome)]} if question.outcome else {})
    asked.params |= given
    changes = f"FROM change o{_by(asked, 'ix_change_run')} WHERE o.run_id = :run"
    changes += " AND o.kind = :happened" if question.outcome else ""
    yield _Condition(
        ids=f"SELECT DISTINCT o.story_id {changes}",
        check=f"EXISTS (SELECT 1 {changes} AND o.story_id = c.story_id{_EACH[asked.dialect]})",
        names=tuple(given),
    )


def _by(asked: Asked, index: str) -> str:
    return f" INDEXED BY {index}" if asked.dialect == "sqlite" else ""
