"""What is known of each line of a page dump, in numbers: the input of the dump model. None of it knows a language."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ingest.clean.sheet import BULLETS, CLOSERS, Sheet, is_dense, is_sentence
from ingest.clean.windows import (
    Floats,
    around,
    before,
    behind,
    best_run,
    following,
    previous,
    runs,
    shifted,
    since,
    until,
)

_GROUPS = {
    "related": 0, "comments": 1, "newsletter": 2, "subscription": 2, "share-bar": 3, "byline": 4, "dateline": 4,
    "author-note": 5, "copyright": 6, "advertisement": 7, "navigation": 8, "section": 9,
}  # fmt: skip
_WORD = re.compile(r"\w{4,}")
_HEAD = 6  # paragraphs that show what the article is about
_RARE = 6  # lines that share a word which is not one of the language's commonest
_START = 24  # letters that two lines share when one is cut from the other

_COUNTED = ("digits", "capitals", "spaces", "marks", "letters", "capital words")
_OWN = (
    "log length", "end mark", "colon", "ellipsis", "bullet", "rule", "repeated", "same start", "shared",
    "rare", "head", "indented", "gap before", "gap after", "kept", "score",
)  # fmt: skip
_POSITION = (
    "place", "prose before", "from first", "to last", "from start", "to end", "since prose", "until prose",
    "last prose", "next prose", "run", "run at", "since named", "until named", "since related", "since newsletter",
    "since share", "until byline", "until comments", "against mean",
)  # fmt: skip
_NEIGHBOURS = (
    "score 2", "score 5", "score 12", "kept 3", "kept 8", "prose 5 before", "prose 5 behind", "prose 15 before",
    "prose 15 behind", "named 5 before", "named 5 behind", "named 15 before", "named 15 behind", "shared before",
    "shared behind", "shared 8", "rare behind", "ellipses 8", "no sentence 6", "bylines 12", "bullets 3",
)  # fmt: skip
_PAGE = (
    "lines", "page prose", "page share", "page named", "page gaps", "page kept", "page ellipses", "page bylines",
    "page length",
)  # fmt: skip
_SHIFTED = ("log length", "capitals", "capital words", "gap before", "kept", "bullet", "score", "shared")
_SHIFTS = (-3, -2, -1, 1, 2, 3)
NAMES = (
    *_COUNTED,
    *_OWN,
    *_POSITION,
    *_NEIGHBOURS,
    *_PAGE,
    *(f"{name} {shift:+}" for shift in _SHIFTS for name in _SHIFTED),
)


def traits(sheet: Sheet, prose: Sequence[int], text: str) -> NDArray[np.float32]:
    """Give one row for each line, one column for each of NAMES; `sheet.taken` is what the rules take.

    `text` is the dump itself, whose indents and empty lines are known no more in `sheet`.
    """
    counted, sizes = _counted(sheet.lines)
    known = dict(zip((*_COUNTED, *_OWN), (*counted, *_own(sheet, prose, text, sizes)), strict=True))
    is_prose = np.zeros(len(sizes), bool)
    is_prose[list(prose)] = True
    columns = [*known.values()]
    for placed in (_position, _neighbours, _page):
        columns += placed(known, is_prose, sizes)
    table = np.array(columns, np.float32)
    near = table[[NAMES.index(name) for name in _SHIFTED]]
    return np.concatenate([table, *(shifted(near, by) for by in _SHIFTS)]).T


def _counted(lines: Sequence[str]) -> tuple[list[Floats], Floats]:
    """Give what the characters of each line are, as shares, and the lines' weights, all lines at once."""
    whole = "\n".join(lines)
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _kinds()[np.minimum(codes, 0xFFFF)]
    lengths = np.array([len(line) for line in lines], np.float64)
    starts = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]]).astype(np.intp)

    def count(kind: NDArray[np.bool_]) -> Floats:
        return np.add.reduceat(kind, starts, dtype=np.int64).astype(np.float64)

    digit, capital, blank, mark, letter, dense = (kinds & (1 << bit) > 0 for bit in range(6))
    capitalised = count(capital & np.concatenate([[True], blank[:-1]]))
    blanks = count(blank)
    blanks[:-1] -= 1  # the line breaks
    words = blanks + 1
    shares = [*(count(kind) / lengths for kind in (digit, capital)), blanks / lengths, np.minimum(count(mark), 8)]
    return [*shares, count(letter) / words, capitalised / words], lengths + 2 * count(dense)


@cache
def _kinds() -> NDArray[np.uint8]:
    """Give what each character is, a bit for each kind; those beyond the first plane count as its last one."""
    characters = [chr(code) for code in range(0x10000)]
    tests = (str.isdigit, str.isupper, str.isspace, set("|©@/→»›#•_>+=").__contains__, str.isalpha, is_dense)
    kinds = np.zeros(len(characters), np.uint8)
    for bit, test in enumerate(tests):
        kinds[np.fromiter(map(test, characters), bool)] |= 1 << bit
    return kinds


def _own(sheet: Sheet, prose: Sequence[int], text: str, sizes: Floats) -> list[Floats]:
    lines = sheet.lines
    stripped = [line.rstrip(CLOSERS) for line in lines]
    keys = [line.lower() for line in lines]
    counts, starts = Counter(keys), Counter(key[:_START] for key in keys)
    rules = [float(_GROUPS.get(name, 10)) if (name := sheet.names.get(at)) else -1.0 for at in range(len(lines))]
    columns = [
        np.log1p(sizes),
        [line[-1:] in _SENTENCE_ENDS for line in stripped],
        [line[-1:] in ":：" for line in stripped],
        [line[-1:] == "…" or line[-2:] == ".." for line in stripped],
        [line[0] in BULLETS for line in lines],
        rules,
        [min(counts[key], 5) for key in keys],
        [min(starts[key[:_START]], 5) if len(key) > _START / 2 else 0 for key in keys],
        *_shared(sheet, prose),
        *_laid_out(text),
        [at not in sheet.taken for at in range(len(lines))],
        _speaking(sheet, prose, sizes),
    ]
    return [np.asarray(column, np.float64) for column in columns]


_SENTENCE_ENDS = frozenset(".!?…。！？؟۔।")


def _shared(sheet: Sheet, prose: Sequence[int]) -> list[Floats]:
    """Give how many other lines hold a line's words, which share of these few lines hold, and the first paragraphs."""
    words = [_words(line) for line in sheet.lines]
    flat = [word for held in words for word in held]
    holders = Counter(flat)
    first = [at for at in prose if at not in sheet.taken][:_HEAD]
    about = set().union(*(words[at] for at in first))
    counts = np.fromiter(map(holders.__getitem__, flat), np.float64, len(flat))
    is_about = np.fromiter(map(about.__contains__, flat), np.float64, len(flat))
    sizes = np.fromiter(map(len, words), np.intp, len(words))
    ends = np.cumsum(sizes)

    def mean(values: Floats) -> Floats:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return np.where(sizes > 0, (sums[ends] - sums[ends - sizes]) / np.maximum(1, sizes), -1)

    return [mean(counts - 1), mean(((counts > 1) & (counts < _RARE)).astype(np.float64)), mean(is_about)]


def _words(line: str) -> set[str]:
    """Give the words of four letters and more; pairs of characters where there are no spaces between words."""
    if not line.isascii() and is_dense(line):
        return set(map(str.__add__, line, line[1:]))
    return set(_WORD.findall(line.lower()))


def _laid_out(text: str) -> list[list[bool]]:
    """Give which lines are indented, stand behind an empty line, and in front of one."""
    indented, gaps, is_gap = [], [], True
    for line in text.split("\n"):
        if not line or line.isspace():
            is_gap = True
        else:
            indented.append(line[0].isspace())
            gaps.append(is_gap)
            is_gap = False
    return [indented, gaps, [*gaps[1:], True]]


def _speaking(sheet: Sheet, prose: Sequence[int], sizes: Floats) -> list[float]:
    """Give how much each line speaks for being inside the article, paragraphs by their length."""
    is_prose = set(prose)
    return [
        -1.0
        if at in sheet.names
        else min(sizes[at], 600) / 100
        if at in is_prose
        else 0.3
        if is_sentence(line)
        else -0.7
        for at, line in enumerate(sheet.lines)
    ]


def _position(known: dict[str, Floats], is_prose: NDArray[np.bool_], sizes: Floats) -> list[Floats]:
    """Give where each line stands, counted from the prose, from the best run of it, and from named lines."""
    numbers = np.arange(len(sizes))
    start, end = best_run(known["score"])
    at = np.flatnonzero(is_prose)
    first, last = (int(at[0]), int(at[-1])) if len(at) else (0, 0)
    lengths, rule = np.log1p(sizes), known["rule"]
    prose = sizes * is_prose
    return [
        numbers / len(sizes),
        np.cumsum(prose) / max(1.0, float(prose.sum())),
        *(np.clip(distance, -30, 50).astype(np.float64) for distance in (numbers - first, last - numbers)),
        *(np.clip(distance, -30, 60).astype(np.float64) for distance in (numbers - start, end - numbers)),
        since(is_prose),
        until(is_prose),
        previous(is_prose, lengths),
        following(is_prose, lengths),
        *runs(is_prose),
        since(rule >= 0),
        until(rule >= 0),
        *(since(rule == _GROUPS[name]) for name in ("related", "newsletter", "share-bar")),
        *(until(rule == _GROUPS[name]) for name in ("byline", "comments")),
        lengths - (lengths[is_prose].mean() if is_prose.any() else 0),
    ]


def _neighbours(known: dict[str, Floats], is_prose: NDArray[np.bool_], sizes: Floats) -> list[Floats]:
    """Give what the lines around each line are like."""
    score, held, prose = known["score"], sizes * known["kept"], sizes * is_prose
    named = (known["rule"] >= 0).astype(np.float64)
    bylines = (known["rule"] == _GROUPS["byline"]).astype(np.float64)
    shared = np.minimum(sizes, 400) * (known["shared"] >= 0)
    sides = (("shared", before, 10), ("shared", behind, 10), ("shared", around, 8), ("rare", behind, 10))
    return [
        *(around(score, reach) for reach in (2, 5, 12)),
        *(around(held, reach) / around(sizes, reach) for reach in (3, 8)),
        *(np.log1p(side(prose, reach)) for reach in (5, 15) for side in (before, behind)),
        *(side(named, reach) for reach in (5, 15) for side in (before, behind)),
        *(side(known[name] * shared, reach) / np.maximum(1, side(shared, reach)) for name, side, reach in sides),
        around(known["ellipsis"], 8),
        around(is_prose * (1 - known["end mark"]), 6),
        around(bylines, 12),
        around(known["bullet"], 3),
    ]


def _page(known: dict[str, Floats], is_prose: NDArray[np.bool_], sizes: Floats) -> list[Floats]:
    """Give what is the same for all lines: what the dump is like."""
    total = max(1.0, float(sizes[is_prose].sum()))
    values = (
        np.log1p(len(sizes)),
        np.log1p(total),
        total / sizes.sum(),
        (known["rule"] >= 0).mean(),
        known["gap before"].mean(),
        (sizes * known["kept"]).sum() / sizes.sum(),
        min(known["ellipsis"].sum(), 20),
        min((known["rule"] == _GROUPS["byline"]).sum(), 20),
        np.median(np.log1p(sizes[is_prose])) if is_prose.any() else 0,
    )
    return [np.full(len(sizes), value, np.float64) for value in values]
