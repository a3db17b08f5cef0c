"""A query as what a text must hold, the same for every database.

    furnace close            both words
    "last furnace" clos*     a phrase, and the beginning of a word
    tram OR (bus NOT night)  AND is what stands between two words anyway; it binds closer than OR
    title:furnace            in the title; also title:"last furnace", title:furn*

Nothing is wrong: what does not fit together is left out, and everything else is words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from storage.asking.words import words

QUERY_WORDS = 64  # what is kept of a longer query
_DEPTH = 16  # groups inside one another: deeper ones are one (SQLite's parser has room for some thirty)

_TITLE_WEIGHT = 5.0
_WEIGHED_CHARS = 20_000  # of a text: what it is about stands in its beginning

_SIGNS = ("(", ")", "AND", "OR", "NOT")
_QUOTED = r'"(?P<straight>[^"]*)"|“(?P<curly>[^”]*)”|„(?P<low>[^“”]*)[“”]|«(?P<angle>[^»]*)»'
_PIECE = re.compile(rf'(?P<group>[()])|(?P<title>(?i:title):)?(?:{_QUOTED}|(?P<plain>[^\s"“”„«»()]+))(?P<prefix>\*)?')


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a text must have: a word, or words one after another."""

    words: tuple[str, ...]
    is_prefix: bool  # the last word may go on
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Everything of `parts`, and nothing of `without`."""

    parts: "tuple[Node, ...]"
    without: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Something of `parts`."""

    parts: "tuple[Node, ...]"


Node: TypeAlias = Term | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Query:
    """What a text must hold."""

    root: Node | None  # None: there is no word to look for
    is_cut: bool  # there was more than QUERY_WORDS

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms that a text may have, left to right."""
        return tuple(dict.fromkeys(_wanted(self.root))) if self.root is not None else ()


def parse_query(query: str) -> Query:
    """Give what `query` asks for.

    >>> parse_query('pipe* "oil refinery" OR title:oil').terms[1].words
    ('oil', 'refinery')
    >>> parse_query("NOT pipe").root
    """
    tokens, is_cut = _tokens(query)
    groups = [_Group()]
    for token in tokens:
        match token:
            case "(":
                groups.append(_Group() if len(groups) <= _DEPTH else groups[-1])
            case ")":
                _close(groups)
            case "OR":
                groups[-1].branch()
            case "NOT":
                groups[-1].is_negated = True
            case Term():
                groups[-1].add(token)
    while len(groups) > 1:
        _close(groups)
    return Query(groups[0].node(), is_cut=is_cut)


def titled(node: Node) -> Node:
    """Give a query whose terms have to stand in the title; what must not be there may be nowhere."""
    match node:
        case Term():
            return replace(node, in_title=True)
        case AnyOf(parts=parts):
            return AnyOf(tuple(map(titled, parts)))
        case AllOf(parts=parts, without=without):
            return AllOf(tuple(map(titled, parts)), without)


def with_prefixes(node: Node, put: Callable[[Term], Node]) -> Node:
    """Give a query with what `put` gives in place of each term that may go on."""
    match node:
        case Term():
            return put(node) if node.is_prefix else node
        case AnyOf(parts=parts):
            return AnyOf(tuple(with_prefixes(part, put) for part in parts))
        case AllOf(parts=parts, without=without):
            both = (tuple(with_prefixes(part, put) for part in side) for side in (parts, without))
            return AllOf(*both)


def written(
    node: Node, *, term: Callable[[Term], str], both: str, either: str, without: Callable[[str, str], str]
) -> str:
    """Write a query in a database's language, of which these are the parts."""

    def write(node: Node) -> str:
        match node:
            case Term():
                return term(node)
            case AnyOf(parts=parts):
                return f"({either.join(map(write, parts))})"
            case AllOf(parts=parts, without=others):
                wanted = both.join(map(write, parts)) if len(parts) == 1 else f"({both.join(map(write, parts))})"
                return without(wanted, f"({either.join(map(write, others))})") if others else wanted

    return write(node)


def weight(title: str, text: str, query: Query) -> float:
    """Give how much a variant is about a query: how often it has the terms for its length, five times in the title.

    The form is that of BM25 without the rarity of terms, which a store would have to be counted for.
    """
    total = 0.0
    for told, factor, usual in ((title, _TITLE_WEIGHT, 10), (text[:_WEIGHED_CHARS], 1.0, 300)):
        found = words(told)
        spelled = f" {' '.join(found)} "
        room = 1.2 * (0.25 + 0.75 * len(found) / usual)
        for term in query.terms:
            phrase = f" {' '.join(term.words)}{'' if term.is_prefix else ' '}"
            times = spelled.count(phrase)
            total += factor * times / (times + room)
    return total


@dataclass(slots=True)
class _Group:
    """What stands between two brackets, as far as it is read."""

    is_negated: bool = False
    _branches: list[Node] = field(default_factory=list)
    _parts: dict[Node, None] = field(default_factory=dict)
    _without: dict[Node, None] = field(default_factory=dict)

    def add(self, node: Node | None) -> None:
        """Take in the next part."""
        if node is not None:
            (self._without if self.is_negated else self._parts)[node] = None
        self.is_negated = False

    def branch(self) -> None:
        """Begin another alternative."""
        if self._parts:  # what a text must not have says nothing by itself
            parts, without = tuple(self._parts), tuple(self._without)
            self._branches.append(parts[0] if len(parts) == 1 and not without else AllOf(parts, without))
        self._parts, self._without, self.is_negated = {}, {}, False

    def node(self) -> Node | None:
        """Give what it says; None for nothing."""
        self.branch()
        branches = tuple(dict.fromkeys(self._branches))
        return branches[0] if len(branches) == 1 else AnyOf(branches) if branches else None


def _close(groups: list[_Group]) -> None:
    """Put the innermost group into the one around it; the outermost stays."""
    if len(groups) > 1:
        inner = groups.pop()
        if inner is not groups[-1]:
            groups[-1].add(inner.node())


def _tokens(query: str) -> tuple[list[str | Term], bool]:
    """Give the brackets, operators and terms of a query, and whether words were left out."""
    tokens: list[str | Term] = []
    known: set[Term] = set()
    room = QUERY_WORDS
    for piece in _PIECE.finditer(query):
        sign = piece["group"] or ("" if piece["title"] or piece["prefix"] else piece["plain"])
        if sign in _SIGNS:
            tokens.append(sign)
            continue
        term, is_cut = _term(piece, room)
        if term is not None:
            tokens.append(term)
            room -= 0 if term in known else len(term.words)
            known.add(term)
        if is_cut:
            return tokens, True
    return tokens, False


def _term(piece: re.Match[str], room: int) -> tuple[Term | None, bool]:
    """Give the term of a piece, None where it has no word, and whether there was no room for all of it."""
    plain = piece["plain"] or ""
    quoted = next((piece[name] for name in ("straight", "curly", "low", "angle") if piece[name]), "")
    found = words(plain or quoted)
    kept = tuple(found[:room])
    is_prefix = piece["prefix"] is not None or plain.endswith("*")
    term = Term(kept, is_prefix=is_prefix, in_title=piece["title"] is not None) if kept else None
    return term, len(found) > len(kept)


def _wanted(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _wanted(part)
