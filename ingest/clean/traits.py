"""What is known of each line of a page, in numbers: the input of the line model."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.clean.blocks import CLASSES, TAGS, Line
from ingest.clean.furniture import SHORT, notice_of, rule_of
from ingest.clean.headline import folded

_MAX_BODY = 50_000  # characters of an article in JSON-LD that are looked at
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
    "held whole", "second", "same line before",
)  # fmt: skip
_PLACE = (
    "place", "place in text", "from first", "to last", "alike held", "alike count", "alike links", "block held",
    "block size", "block links", "block lines", "near 3", "near 8", "near second", "since heading", "heading held",
    "since rule", "page share", "page lines", "page held", "page JSON-LD",
)  # fmt: skip
_SHIFTED = ("log length", "links", "held", "end mark", "rule", "second")
_SHIFTS = (-2, -1, 1, 2)
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


def holds(lines: Sequence[Line], text: str) -> NDArray[np.bool_]:
    """Give which lines `text` holds, wholly and with three letters or more, or as lines of their own."""
    whole = folded(text)
    own = {folded(line) for line in text.split("\n")}
    is_cheap = len(whole) * len(lines) < _MAX_SEARCHED
    keys = (folded(line.text) for line in lines)
    return np.array([bool(key) and (key in own or (is_cheap and len(key) > 12 and key in whole)) for key in keys], bool)


def traits(
    lines: Sequence[Line], extracted: Sequence[str], second: str, *, title: str, body: str, description: str
) -> NDArray[np.float32]:
    """Give one row for each line, one column for each of NAMES."""
    text = "\n".join(extracted)
    held = holds(lines, text)
    seconded = holds(lines, second) if second else np.zeros(len(lines), bool)
    own_lines = {folded(line) for line in extracted}
    keys = [folded(line.text) for line in lines]
    counts = Counter(keys)
    seen: set[str] = set()
    title_key, title_words = folded(title), set(title.lower().split())
    body_key, description_key = folded(body[:_MAX_BODY]), folded(description[:_MAX_BODY])
    rows = []
    for at, line in enumerate(lines):
        key = keys[at]
        rows.append(
            [
                *_said(line.text, line.linked),
                float(key == title_key) + (len(key) > 15 and key in title_key),
                len(title_words & set(line.text.lower().split())) / (len(title_words) or 1)
                if len(line.text) < 200
                else 0,
                min(counts[key], 5),
                -1.0 if len(body_key) < 200 else float(key in body_key),
                float(len(key) > 20 and key[:60] in description_key),
                float(held[at]),
                float(key in own_lines),
                float(seconded[at]),
                float(key in seen),
            ]
        )
        seen.add(key)
    own = np.array(rows, np.float32).reshape(len(lines), len(OWN))
    bits = [
        _bits([line.tags for line in lines], len(TAGS)),
        _bits([line.classes for line in lines], len(CLASSES)),
        _bits([line.near for line in lines], len(CLASSES)),
    ]
    place = _places(lines, own, held, seconded, has_body=len(body_key) >= 200)
    shifted = [_shift(own[:, OWN.index(name)], by) for by in _SHIFTS for name in _SHIFTED]
    return np.concatenate(
        [own, *bits, place, np.array(shifted, np.float32).T.reshape(len(lines), len(shifted))], axis=1
    )


def _said(text: str, linked: int) -> list[float]:
    size = len(text)
    words = text.split()
    rule = rule_of(text) if size < SHORT else None
    end = text.rstrip("\"'”’»)]")[-1:]
    return [
        math.log1p(size),
        min(len(words), 100),
        min(1.0, linked / size),
        float(end in ".!?…。！？؟۔।"),
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


def _bits(values: list[int], count: int) -> NDArray[np.float32]:
    column = np.array(values, np.int64).reshape(-1, 1)
    return ((column >> np.arange(count)) & 1).astype(np.float32)


def _shift(column: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    moved = np.full_like(column, -1)
    if by < 0:
        moved[-by:] = column[:by]
    else:
        moved[:-by] = column[by:]
    return moved if len(column) > abs(by) else np.full_like(column, -1)


def _places(
    lines: Sequence[Line],
    own: NDArray[np.float32],
    held: NDArray[np.bool_],
    seconded: NDArray[np.bool_],
    *,
    has_body: bool,
) -> NDArray[np.float32]:
    count = len(lines)
    size = np.array([len(line.text) for line in lines], np.float64)
    at = np.flatnonzero(held)
    first, last = (int(at[0]), int(at[-1])) if len(at) else (0, 0)
    total = max(1.0, float((size * held).sum()))
    links = own[:, OWN.index("links")]
    numbers = np.arange(count)
    alike, blocks = _grouped([line.kind for line in lines]), _grouped([line.block for line in lines])
    heading = np.array([bool(line.tags & 0b1110 << TAGS.index("h1")) for line in lines], bool)
    rule = own[:, OWN.index("rule")]
    ends = (rule >= 0) & (rule <= 3)
    last_heading = np.maximum.accumulate(np.where(heading, numbers, -1)) if count else numbers
    last_end = np.maximum.accumulate(np.where(ends, numbers, -1)) if count else numbers
    return np.array(
        [
            numbers / max(1, count),
            np.cumsum(size * held) / total,
            np.clip(numbers - first, -20, 50),
            np.clip(last - numbers, -20, 50),
            _share(alike, size * held, size),
            np.minimum(_sum(alike, np.ones(count)), 50),
            _share(alike, size * links, size),
            _share(blocks, size * held, size),
            np.log1p(_sum(blocks, size)),
            _share(blocks, size * links, size),
            np.minimum(_sum(blocks, np.ones(count)), 50),
            _window(size * held, 3) / np.maximum(1, _window(size, 3)),
            _window(size * held, 8) / np.maximum(1, _window(size, 8)),
            _window(size * seconded, 3) / np.maximum(1, _window(size, 3)),
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


def _grouped(keys: Sequence[object]) -> NDArray[np.intp]:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.intp)


def _sum(groups: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(groups, values)[groups], np.float64) if len(groups) else values


def _share(groups: NDArray[np.intp], part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return _sum(groups, part) / np.maximum(1, _sum(groups, whole))


def _window(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    numbers = np.arange(len(values))
    return np.asarray(sums[np.minimum(len(values), numbers + reach + 1)] - sums[np.maximum(0, numbers - reach)])
