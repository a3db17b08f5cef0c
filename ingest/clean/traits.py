"""What is known of each line of a page, in numbers: the input of the line model."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.clean.blocks import CLASSES, TAGS, Line
from ingest.clean.furniture import SHORT, notice_of, rule_of
from ingest.clean.headline import folded
from ingest.clean.sheet import weight
from ingest.clean.sums import grouped, share_of, sum_of
from ingest.clean.windows import around, shifted

_MAX_BODY = 50_000  # characters of an article in JSON-LD that are looked at
_MIN_BODY, _MIN_KEY = 300, 20  # letters and digits from which it may be whole, and a line of it is known as such
_SHOWN, _ALIKE = 0.8, 0.4  # of it that the page must show, of it and of the extraction that both may hold
_ENDS = ".!?…。！？؟۔।"
_MAX_SEARCHED = 1_000_000_000  # characters that the lines of a page are searched for in, in all
_REACH = 10  # lines before and behind the extracted ones that are asked about
_GROUPS = {
    "related": 0, "comments": 1, "newsletter": 2, "subscription": 2, "share-bar": 3, "byline": 4, "dateline": 5,
    "author-note": 4, "copyright": 6, "advertisement": 7, "navigation": 8,
}  # fmt: skip
_RULES = 10
OWN = (
    "log length", "words", "links", "end mark", "colon", "question", "capital", "digits", "commas", "capitals",
    "sentences", "marks", "rule", "notice", "title", "title words", "repeated", "in JSON-LD", "in description", "held",
    "held whole", "second", "same line before", "bold", "slanted", "link ends", "upper", "opening mark", "contact",
    "year",
)  # fmt: skip
_PLACE = (
    "place", "place in text", "from first", "to last", "alike held", "alike count", "alike links", "block held",
    "block size", "block links", "block lines", "near 3", "near 8", "near second", "since heading", "heading held",
    "since rule", "page share", "page lines", "page held", "page JSON-LD",
)  # fmt: skip
_SHIFTED = ("log length", "links", "held", "end mark", "rule", "second")
_SHIFTS = (-2, -1, 1, 2)
_LINKS, _RULE = OWN.index("links"), OWN.index("rule")
_OPENERS = "[(*>-•–—+#"
_CONTACT = re.compile(r"\S@\w|https?:|www\.|\d{3}[-. ]\d{3}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DENSE_WORD = 4  # what the characters of a word weigh more in a script without spaces
NAMES = (
    *OWN,
    *(f"<{tag}>" for tag in TAGS),
    *(f".{words.split('|')[0]}" for words in CLASSES),
    *(f"near .{words.split('|')[0]}" for words in CLASSES),
    *_PLACE,
    *(f"{name} {shift:+}" for shift in _SHIFTS for name in _SHIFTED),
)


def candidates(held: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Give the numbers of the lines to ask about: around and between those that the extractor holds."""
    at = np.flatnonzero(held)
    if not len(at):
        return at
    return np.arange(max(0, at[0] - _REACH), min(len(held), at[-1] + 1 + _REACH))


def holds(keys: Sequence[str], text: str) -> NDArray[np.bool_]:
    """Give which lines `text` holds, wholly, as lines of their own or as cells; `keys` are the lines, folded."""
    whole = folded(text)
    own = {folded(part) for line in text.split("\n") for part in _parts(line)}
    is_cheap = len(whole) * len(keys) < _MAX_SEARCHED
    return np.array([bool(key) and (key in own or (is_cheap and len(key) > 12 and key in whole)) for key in keys], bool)


def _parts(line: str) -> list[str]:
    """Give a line, and the cells of one that trafilatura made of a table's row."""
    return [line, *line.split("|")] if line.startswith("| ") else [line]


def anchored(lines: Sequence[Line], extracted: list[str], body: str) -> list[str]:
    """Give what the extractor found, or, where that is something else, the article in JSON-LD if the page shows it."""
    whole = folded(body[:_MAX_BODY])
    if len(whole) < _MIN_BODY or body.rstrip("\"'”’»)]")[-1:] not in _ENDS:
        return extracted
    found = [(line.text, key) for line in lines if len(key := folded(line.text)) > _MIN_KEY and key in whole]
    shown = sum(len(key) for _, key in found)
    other = folded("\n".join(extracted))
    common = sum(len(key) for _, key in found if key in other)
    if shown < _SHOWN * len(whole) or common > _ALIKE * (shown + len(other) - common):
        return extracted
    return [text for text, _ in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the page and the extractors say, folded, for the lines to be compared with."""

    title: str
    title_words: frozenset[str]
    body: str
    description: str
    extracted: frozenset[str]
    counts: Counter[str]


def traits(
    lines: Sequence[Line], extracted: Sequence[str], second: str, *, title: str, body: str, description: str
) -> NDArray[np.float32]:
    """Give one row for each line, one column for each of NAMES; of lines that none asks about little is known."""
    keys = [folded(line.text) for line in lines]
    held = holds(keys, "\n".join(extracted))
    seconded = holds(keys, second) if second else np.zeros(len(lines), bool)
    told = _Told(
        title=folded(title),
        title_words=frozenset(title.lower().split()),
        body=folded(body[:_MAX_BODY]),
        description=folded(description[:_MAX_BODY]),
        extracted=frozenset(map(folded, extracted)),
        counts=Counter(keys),
    )
    own = np.zeros((len(lines), len(OWN)), np.float32)
    own[:, _RULE] = -1
    own[:, _LINKS] = [min(1.0, line.linked / len(line.text)) for line in lines]
    seen: set[str] = set()
    for at in _around(held):
        is_held, is_seconded = bool(held[at]), bool(seconded[at])
        own[at] = _own(lines[at], keys[at], told, is_held=is_held, is_seconded=is_seconded, is_seen=keys[at] in seen)
        seen.add(keys[at])
    bits = [
        _bits([line.tags for line in lines], len(TAGS)),
        _bits([line.classes for line in lines], len(CLASSES)),
        _bits([line.near for line in lines], len(CLASSES)),
    ]
    place = _places(lines, own, held, seconded, has_body=len(told.body) >= 200)
    beside = np.array([shifted(own[:, OWN.index(name)], by) for by in _SHIFTS for name in _SHIFTED], np.float32)
    return np.concatenate([own, *bits, place, beside.T], axis=1)


def _around(held: NDArray[np.bool_]) -> range:
    """Give the lines asked about, and those that their traits speak of."""
    asked = candidates(held)
    margin = max(_SHIFTS)
    return (
        range(max(0, int(asked[0]) - margin), min(len(held), int(asked[-1]) + 1 + margin)) if len(asked) else range(0)
    )


def _own(line: Line, key: str, told: _Told, *, is_held: bool, is_seconded: bool, is_seen: bool) -> list[float]:
    is_short = len(line.text) < 200
    common = len(told.title_words.intersection(line.text.lower().split())) if is_short else 0
    return [
        *_said(line.text, line.linked),
        float(key == told.title) + (len(key) > 15 and key in told.title),
        common / (len(told.title_words) or 1),
        min(told.counts[key], 5),
        -1.0 if len(told.body) < 200 else float(key in told.body),
        float(len(key) > 20 and key[:60] in told.description),
        float(is_held),
        float(key in told.extracted),
        float(is_seconded),
        float(is_seen),
        *_looks(line),
    ]


def _said(text: str, linked: int) -> list[float]:
    size = len(text)
    words = text.split()
    rule = rule_of(text) if size < SHORT else None
    end = text.rstrip("\"'”’»)]")[-1:]
    return [
        math.log1p(weight(text)),
        min(len(words) + (weight(text) - size) // _DENSE_WORD, 100),
        min(1.0, linked / size),
        float(bool(end) and end in _ENDS),
        float(end in ":："),
        float(end in "?？؟"),
        float(text[0].isupper()) + 2 * text[0].isdigit() - float(not text[0].isalnum()),
        sum(map(str.isdigit, text[:200])) / min(size, 200),
        min(text.count(",") + text.count("，") + text.count("、"), 10),
        sum(word[0].isupper() for word in words) / len(words),
        min(text.count(". ") + text.count("。"), 10),
        float(sum(text.count(mark) for mark in "|©@/→»›#•")),
        -1.0 if rule is None else float(_GROUPS.get(rule, 9)),
        float(size < 600 and notice_of(text) is not None),
    ]


def _looks(line: Line) -> list[float]:
    size = len(line.text)
    return [
        min(1.0, line.bold / size),
        min(1.0, line.slanted / size),
        float(line.link_ends),
        sum(map(str.isupper, line.text)) / size,
        float(_OPENERS.find(line.text[0]) + 1),
        float(_CONTACT.search(line.text) is not None),
        float(_YEAR.search(line.text) is not None),
    ]


def _bits(values: list[int], count: int) -> NDArray[np.float32]:
    column = np.array(values, np.int64).reshape(-1, 1)
    return ((column >> np.arange(count)) & 1).astype(np.float32)


def _places(
    lines: Sequence[Line],
    own: NDArray[np.float32],
    held: NDArray[np.bool_],
    seconded: NDArray[np.bool_],
    *,
    has_body: bool,
) -> NDArray[np.float32]:
    count = len(lines)
    size = np.array([weight(line.text) for line in lines], np.float64)
    at = np.flatnonzero(held)
    first, last = (int(at[0]), int(at[-1])) if len(at) else (0, 0)
    total = max(1.0, float((size * held).sum()))
    links = own[:, _LINKS]
    numbers = np.arange(count)
    alike, blocks = grouped([line.kind for line in lines]), grouped([line.block for line in lines])
    heading = np.array([bool(line.tags & 0b1110 << TAGS.index("h1")) for line in lines], bool)
    rule = own[:, _RULE]
    ends = (rule >= 0) & (rule <= 3)
    last_heading = np.maximum.accumulate(np.where(heading, numbers, -1)) if count else numbers
    last_end = np.maximum.accumulate(np.where(ends, numbers, -1)) if count else numbers
    return np.array(
        [
            numbers / max(1, count),
            np.cumsum(size * held) / total,
            np.clip(numbers - first, -20, 50),
            np.clip(last - numbers, -20, 50),
            share_of(alike, size * held, size),
            np.minimum(sum_of(alike, np.ones(count)), 50),
            share_of(alike, size * links, size),
            share_of(blocks, size * held, size),
            np.log1p(sum_of(blocks, size)),
            share_of(blocks, size * links, size),
            np.minimum(sum_of(blocks, np.ones(count)), 50),
            around(size * held, 3) / np.maximum(1, around(size, 3)),
            around(size * held, 8) / np.maximum(1, around(size, 8)),
            around(size * seconded, 3) / np.maximum(1, around(size, 3)),
            np.minimum(numbers - last_heading, 30),
            np.where(last_heading >= 0, held[last_heading], -1) if count else numbers,
            np.where(last_end >= 0, np.minimum(numbers - last_end, 40), 60),
            np.full(count, total / max(1.0, float(size.sum()))),
            np.full(count, math.log1p(count)),
            np.full(count, math.log1p(total)),
            np.full(count, float(has_body)),
        ],
        np.float32,
    ).T
