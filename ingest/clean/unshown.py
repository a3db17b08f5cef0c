"""The article that a page holds in its data and does not show: a script would draw it, or the rest of it."""

import html
import re
from collections.abc import Sequence

from ingest.clean.decode import well_formed
from ingest.clean.headline import folded
from ingest.clean.metadata import Facts

_MIN_BODY, _MIN_LINE = 200, 20  # letters and digits from which it may be whole, and a line is known to be of it
_MOST_SHOWN = 0.6  # of it that the page shows where a script has to show the rest
_LEAST_SHARED = 0.8  # of what the page shows as its article that is of it
_ENDS = ".!?…。！？؟۔।"
_CUT = ("…", "...")
_CLOSERS = "\"'”’»)]」』"
_BREAK = re.compile(r"<(?:/?(?:p|div|li|h[1-6]|blockquote)|br)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def unshown(facts: Facts, visible: Sequence[str], article: Sequence[str]) -> list[str]:
    """Give the paragraphs of the article in JSON-LD where the page shows much less of it, and nothing else; else none.

    `article` is what was found so far: lines of the `visible` ones, or the whole of the data in one line, which
    trafilatura gives where it finds next to nothing. An article that has to be paid for is left where it is.
    """
    if not (facts.is_article and facts.is_free and facts.body):
        return []
    plain = html.unescape(_TAG.sub("", _BREAK.sub("\n", facts.body)))
    body = [line for part in well_formed(plain).split("\n") if (line := " ".join(part.split()))]
    whole = folded("".join(body))
    if len(whole) < _MIN_BODY or body[-1].rstrip(_CLOSERS)[-1:] not in _ENDS or body[-1].endswith(_CUT):
        return []
    shown = {key for line in visible if len(key := folded(line)) >= _MIN_LINE and key in whole}
    found = [key for line in article if len(key := folded(line)) >= _MIN_LINE]
    shared = sum(len(key) for key in found if key in whole)
    is_all = sum(map(len, shown)) > _MOST_SHOWN * len(whole)
    return [] if is_all or shared < _LEAST_SHARED * sum(map(len, found)) else body
