"""Which lines of a page are the article's: those that together say what the article says, and little else."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4  # words, as the scorer counts
_OVERLAP = _SHINGLE - 1
_PASSES = 4
_LONG, _NEAR = 8, 4  # words, lines: at first a short one is taken only near longer ones

Shingle = tuple[str, ...]


@dataclass(slots=True)
class _Kept:
    """The shingles of the lines kept so far, against those of the article."""

    gold: Counter[Shingle]
    gold_size: int
    shingles: Counter[Shingle]
    size: int
    common: int

    def change(self, added: Counter[Shingle]) -> bool:
        """Add shingles (or take some, where their count is negative) if that brings the lines nearer the article."""
        size = self.size + added.total()
        common = self.common
        for shingle, count in added.items():
            if wanted := self.gold.get(shingle, 0):
                common += min(wanted, self.shingles[shingle] + count) - min(wanted, self.shingles[shingle])
        if common * (self.size + self.gold_size) <= self.common * (size + self.gold_size):
            return False
        self.shingles.update(added)
        self.size, self.common = size, common
        return True


def lines_of(gold: str, texts: Sequence[str]) -> list[bool]:
    """Give for each line of a page whether the article holds it.

    The labels are those whose lines, joined, have the best shingle F1 that changing one label after another reaches.
    So a heading is the article's where it stands in the text, and not where a table of contents lists it.
    """
    words = [_TOKEN.findall(text) for text in texts]
    kept = _likely(_TOKEN.findall(gold), words)
    wanted = _shingles(_TOKEN.findall(gold))
    said = _shingles([word for line, is_kept in zip(words, kept, strict=True) if is_kept for word in line])
    now = _Kept(wanted, wanted.total(), said, said.total(), (wanted & said).total())
    for _ in range(_PASSES):
        before = kept.copy()
        for at, line in enumerate(words):
            if line and now.change(_difference(words, kept, at)):
                kept[at] = not kept[at]
        if kept == before:
            break
    return kept


def word_count(text: str) -> int:
    """Give the number of words as the scorer counts them."""
    return len(_TOKEN.findall(text))


def _difference(words: list[list[str]], kept: list[bool], at: int) -> Counter[Shingle]:
    """Give the shingles that come, and with a count below 0 those that go, when the line's label changes."""
    left, right = _beside(words, kept, at, -1), _beside(words, kept, at, 1)
    with_line, without = _shingles([*left, *words[at], *right]), _shingles([*left, *right])
    added, gone = (without, with_line) if kept[at] else (with_line, without)
    added.subtract(gone)
    return added


def _beside(words: list[list[str]], kept: list[bool], at: int, step: int) -> list[str]:
    """Give the words of the lines kept before (step -1) or behind (1), as many as a shingle may reach."""
    found: list[str] = []
    at += step
    while 0 <= at < len(words) and len(found) < _OVERLAP:
        if kept[at]:
            found = words[at][-_OVERLAP:] + found if step < 0 else found + words[at][:_OVERLAP]
        at += step
    return found[-_OVERLAP:] if step < 0 else found[:_OVERLAP]


def _likely(gold: list[str], words: list[list[str]]) -> list[bool]:
    """Give the lines of which the gold holds half or more."""
    shingles = _shingles(gold)
    whole = f"\0{chr(0).join(gold)}\0"
    held = [
        2 * sum(count for shingle, count in _shingles(line).items() if shingle in shingles) >= len(line) - _OVERLAP
        if len(line) > _OVERLAP
        else bool(line) and f"\0{chr(0).join(line)}\0" in whole
        for line in words
    ]
    long = [at for at, line in enumerate(words) if len(line) >= _LONG and held[at]]
    return [
        is_held and (len(words[at]) >= _LONG or any(abs(at - other) <= _NEAR for other in long))
        for at, is_held in enumerate(held)
    ]


def _shingles(words: list[str]) -> Counter[Shingle]:
    return Counter(tuple(words[at : at + _SHINGLE]) for at in range(len(words) - _OVERLAP))
