"""Which lines of a page are the article's, once each has its odds.

    likely lines | no doubtful end | no hole in the text | no article twice | no post without its name

What is decided here hangs on the lines that are chosen around a line, which its odds know only in part.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.clean.blocks import Line
from ingest.clean.headline import folded
from ingest.clean.sums import Floats

# Log odds from which a line is the article's (F1 asks for less than even odds), the last one, one between two others.
_SURE, _SURE_LAST, _SURE_BETWEEN = -0.2, 0.0, -0.5
_INTRODUCES = (":", "：")
_MAX_INTRODUCTION = 80  # characters
_LONG = 60  # letters and digits that no two lines share by chance
_MIN_REPEATED, _REPEATED_SHARE = 3, 0.25  # long lines, and share of the characters, of an article shown twice
_NAME_OF_POST = re.compile(r"[—–-] ?.{1,80}\(@\w+\)")


def settle(lines: Sequence[Line], asked: NDArray[np.intp], odds: Floats) -> list[int]:
    """Give the numbers of the article's lines; `odds` are the log odds of those `asked` about."""
    known = dict(zip(asked.tolist(), odds.tolist(), strict=True))
    kept = [at for at, odd in known.items() if odd > _SURE]
    while kept and (known[kept[-1]] < _SURE_LAST or _introduces(lines[kept[-1]].text)):
        kept.pop()
    chosen = set(kept)
    chosen |= {at for at in known if {at - 1, at + 1} <= chosen and known[at] > _SURE_BETWEEN}
    chosen -= _repeated(lines, sorted(chosen))
    return sorted(chosen | {at for at in known if at - 1 in chosen and _NAME_OF_POST.match(lines[at].text)})


def _introduces(text: str) -> bool:
    """Whether a line announces what comes, which is not there where the line is the last."""
    return len(text) < _MAX_INTRODUCTION and text.endswith(_INTRODUCES)


def _repeated(lines: Sequence[Line], kept: list[int]) -> set[int]:
    """Give the lines of an article's second showing, as on pages that hold it once for each width of screen."""
    keys = {at: folded(lines[at].text) for at in kept}
    first: dict[str, int] = {}
    for at, key in keys.items():
        first.setdefault(key, at)
    again = [at for at, key in keys.items() if first[key] != at]
    long = [len(keys[at]) for at in again if len(keys[at]) > _LONG]
    if len(long) < _MIN_REPEATED or sum(long) < _REPEATED_SHARE * sum(map(len, keys.values())):
        return set()
    return set(again)
