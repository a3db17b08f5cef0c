"""Two texts word by word: what both say in the same order, and what only one of them does. Pure.

Runs of three words that occur once in either text are laid on one another first (a patience diff), so the time grows
with the length of the texts; only the short stretches between two such runs are compared word with word.
"""

import re
from bisect import bisect_left
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ingest.cluster.align import replaced
from ingest.cluster.differences import Replacement
from ingest.cluster.readings import Reading, readings

Block: TypeAlias = tuple[int, int, int]  # where words that both have begin in either text, and how many they are

_UNSPACED = "\u0e01-\u0edf\u1000-\u109f\u1780-\u17dd\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"\s*(?:[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+(?:[.,'’](?:(?![{_UNSPACED}])\w)+)*|[^\w\s])\s*")
_SENTENCE = re.compile('[.!?…:»«“”„"\n\u3002]')  # stands before the first word of a sentence
_RUN = 3  # words that stand once in either text: laid on one another
_STRETCH = 60_000  # words of the one times words of the other that are compared one with one
_EFFORT = 3_000_000  # of such pairs in all
_ALIKE = 0.5  # share of the words from which single shared words are shown as shared
_LEAST = 4  # words that are shared in a row, else
_NAMED = 40  # numbers, and names, that only one text has


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text."""

    text: str
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two texts share and what not, in the words of each."""

    one: list[Piece]
    other: list[Piece]
    shared: float  # share of the words of both that are shared
    replaced: list[Replacement]  # numbers and names that stand for others, in the order of the first text
    numbers: tuple[list[str], list[str]]  # that only the one, and only the other has
    names: tuple[list[str], list[str]]

    @property
    def is_alike(self) -> bool:
        """Tell whether what differs is the exception, and so what to mark."""
        return self.shared >= _ALIKE


def difference(one: str, other: str) -> Difference:
    """Compare two texts.

    >>> [(piece.text, piece.is_shared) for piece in difference("At 9 she left.", "At 10 she left.").one]
    [('At ', True), ('9 ', False), ('she left.', True)]
    """
    mine, theirs = _words(one), _words(other)
    blocks = list(_blocks([word.strip() for word in mine], [word.strip() for word in theirs]))
    total = len(mine) + len(theirs)
    shared = 2 * sum(size for _, _, size in blocks) / total if total else 1.0
    if shared < _ALIKE:
        blocks = [block for block in blocks if block[2] >= _LEAST]
    readable = readings([one, other])
    numbers, names = _alone(*readable)
    return Difference(
        one=_pieces(mine, [(at, size) for at, _, size in blocks]),
        other=_pieces(theirs, [(at, size) for _, at, size in blocks]),
        shared=shared,
        replaced=replaced(*readable),
        numbers=numbers,
        names=names,
    )


def _words(text: str) -> list[str]:
    """Cut `text` into words and signs, each with the white space behind it."""
    return _WORD.findall(text)


def _blocks(one: Sequence[str], other: Sequence[str]) -> Iterator[Block]:
    """Give what both have in the same order: where it begins in either, and its length; none twice, none crossing."""
    anchors = [(0, 0, 0), *_grown(one, other, _anchors(one, other)), (len(one), len(other), 0)]
    effort = 0
    last: Block = (0, 0, 0)
    for before, after in pairwise(anchors):
        x, y = before[0] + before[2], before[1] + before[2]
        size = (after[0] - x) * (after[1] - y)
        if 0 < size <= _STRETCH and effort + size <= _EFFORT:
            effort += size
            matcher = SequenceMatcher(None, one[x : after[0]], other[y : after[1]], autojunk=False)
            for a, b, length in matcher.get_matching_blocks():
                last = yield from _joined(last, (x + a, y + b, length))
        last = yield from _joined(last, after)
    if last[2]:
        yield last


def _joined(last: Block, block: Block) -> Generator[Block, None, Block]:
    """Give `last` unless `block` continues it; return what is now the last one."""
    if block[2] == 0:
        return last
    if (last[0] + last[2], last[1] + last[2]) == block[:2]:
        return last[0], last[1], last[2] + block[2]
    if last[2]:
        yield last
    return block


def _anchors(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Give where runs that occur once in either text stand, as many as possible that do not cross."""
    mine, theirs = _once(one), _once(other)
    pairs = [(x, theirs[run]) for run, x in mine.items() if run in theirs]
    tails: list[int] = []  # the lowest end of a chain of each length
    ends: list[int] = []
    before: list[int] = []
    for place, (_, y) in enumerate(pairs):
        length = bisect_left(tails, y)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(y)
            ends.append(place)
        else:
            tails[length], ends[length] = y, place
    chain, at = [], ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _once(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(zip(*(words[skip:] for skip in range(_RUN)), strict=False)):
        found[run] = at if run not in found else -1
    return {run: at for run, at in found.items() if at >= 0}


def _grown(one: Sequence[str], other: Sequence[str], anchors: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Give each anchor as long as the texts agree, from the first word after the anchor before it."""
    grown: list[tuple[int, int, int]] = []
    end_x = end_y = 0
    for start_x, start_y in anchors:
        if start_x + _RUN <= end_x or start_x < end_x or start_y < end_y:
            continue
        x, y = start_x, start_y
        while x > end_x and y > end_y and one[x - 1] == other[y - 1]:
            x, y = x - 1, y - 1
        first_x, first_y = x, y
        x, y = start_x + _RUN, start_y + _RUN
        while x < len(one) and y < len(other) and one[x] == other[y]:
            x, y = x + 1, y + 1
        grown.append((first_x, first_y, x - first_x))
        end_x, end_y = x, y
    return grown


def _pieces(words: Sequence[str], blocks: Sequence[tuple[int, int]]) -> list[Piece]:
    found, at = [], 0
    for start, size in [*blocks, (len(words), 0)]:
        for first, after, is_shared in ((at, start, False), (start, start + size, True)):
            if after > first:
                found.append(Piece(text="".join(words[first:after]), is_shared=is_shared))
        at = start + size
    return found


def _alone(one: Reading, other: Reading) -> tuple[tuple[list[str], list[str]], tuple[list[str], list[str]]]:
    """Give the numbers and the names that only one of two texts has, in the order of each."""
    mine, theirs = _written(one), _written(other)
    numbers = _only(mine.numbers, theirs.words), _only(theirs.numbers, mine.words)
    # What is written small anywhere is no name.
    small = {word for words in (mine.words, theirs.words) for word in words if word == word.lower()}
    lower = [{word.lower() for word in words} for words in (mine.words, theirs.words)]
    return numbers, (_names(mine.names, small | lower[1]), _names(theirs.names, small | lower[0]))


class _Written(NamedTuple):
    numbers: list[str]
    names: list[str]  # words with a capital, but for those that begin a sentence or stand alone as a letter
    words: set[str]


def _written(reading: Reading) -> _Written:
    tokens, inside = reading.tokens, slice(reading.first, reading.after)
    numbers, names, words = [], [], set()
    end = 0
    for place, (is_number, is_name, start) in enumerate(
        zip(tokens.is_number[inside], tokens.is_name[inside], tokens.starts[inside].tolist(), strict=True)
    ):
        word = reading.written(place, place + 1)
        words.add(word)
        if is_number:
            numbers.append(word)
        elif is_name and len(word) > 1 and place and not _SENTENCE.search(tokens.data[end:start].decode()):
            names.append(word)
        end = int(tokens.ends[reading.first + place])
    return _Written(numbers, names, words)


def _only(words: Sequence[str], others: set[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word not in others][:_NAMED]


def _names(words: Sequence[str], others: set[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word.lower() not in others][:_NAMED]
