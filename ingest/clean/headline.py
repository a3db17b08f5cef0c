"""The headline: which of the titles a page gives is the article's own, without the name of the site."""

import re
from collections.abc import Iterable, Sequence

from ingest.clean.people import flat

_SEPARATORS = re.compile(r"\s+[|–—·•»«:]+\s+|\s+-{1,2}\s+|\s*[|｜_]\s*|：| :: ")
_BARS = re.compile(r"\s+[|｜]\s+|\s+::\s+")
_WORDS = re.compile(r"[^\W_]+")
_NO_LETTERS = re.compile(r"[\W_]+")
_NO_LETTER = bytes(at for at in range(128) if not chr(at).isalnum())
_MIN_SHARE = 0.5  # of a heading's words that another title must hold, for it to be the article's
_MIN_SHARE_OF_ONE = 0.15  # the same for the only heading of a page
_MIN_PART = 0.6  # of a heading that the title must be, for what stands before it to be a kicker
_MAX_CHARS = 200
_MIN_WORDS = 3
_CUT = ("...", "…")


def headline_of(titles: Sequence[str], heads: Sequence[str], names: Iterable[str], agreed: Sequence[str] = ()) -> str:
    """Give the headline; "" where the page has none.

    `titles` are what the page calls itself, best first, `heads` its main headings, `names` those of its site.
    A heading is what the outlet shows to its readers; the other titles are often written for search engines.
    `agreed` are those of the titles that a news desk writes: where they are the same, they are the headline,
    and where a heading ends with one, what stands before it is a kicker.

    >>> headline_of(["Ferry back | The Echo"], ["The Echo", "Ferry back at last"], ["The Echo"])
    'Ferry back at last'
    """
    sites = {folded(name) for name in names} - {""}
    stated, shown, desk = (_without_sites(said, sites) for said in (titles, heads, agreed))
    if len(desk) > 1 and len({folded(title) for title in desk}) == 1 and not desk[0].endswith(_CUT):
        return desk[0]
    headline = _chosen(stated, shown)
    ends = (said for said in desk if len(said.split()) >= _MIN_WORDS and folded(headline).endswith(folded(said)))
    return min(ends, key=len, default=headline)


def _without_sites(titles: Iterable[str], sites: set[str]) -> list[str]:
    return [title for said in titles if (title := _without_site(flat(said), sites)) and folded(title) not in sites]


def _chosen(stated: list[str], shown: list[str]) -> str:
    """Give the heading that resembles a stated title, else the first stated one."""
    if not stated:
        return (_headings(shown) or [""])[0]
    if not shown:
        return _whole(stated)
    best = max(shown, key=lambda head: max(_share(head, title) for title in stated))
    share = max(_share(best, title) for title in stated)
    if not _share(best, stated[0]):
        return _whole(stated)
    if share >= _MIN_SHARE or (len(shown) == 1 and len(best) < _MAX_CHARS and share >= _MIN_SHARE_OF_ONE):
        return _without_kicker(best, stated)
    return _whole(stated)


def folded(text: str) -> str:
    """Give the letters and digits of a name, for comparison."""
    said = text.casefold().removeprefix("the ")
    return said.encode().translate(None, _NO_LETTER).decode() if said.isascii() else _NO_LETTERS.sub("", said)


def _headings(shown: list[str]) -> list[str]:
    return [head for head in shown if len(head.split()) >= _MIN_WORDS] or shown


def _without_kicker(head: str, stated: list[str]) -> str:
    """Give the title in a heading that has a section's name, a date or a note beside it, or is in capitals."""
    letters = folded(head)
    sayings = [(title, folded(title)) for title in stated]
    if any(said == letters for _, said in sayings) and not head.isupper():
        return head
    for title, said in sayings:
        rest = head[len(title) :].lstrip() if letters.startswith(said) else ""
        if (letters.endswith(said) or rest[:1] in ("[", "(", "|")) and len(said) >= _MIN_PART * len(letters):
            return title
    return head


def _whole(stated: list[str]) -> str:
    """Give the first title, or the one of which it is the beginning."""
    first = stated[0]
    if not first.endswith(_CUT):
        return first
    start = first.rstrip(".… ")
    return next((title for title in stated if title.startswith(start) and not title.endswith(_CUT)), first)


def _share(head: str, title: str) -> float:
    """Give how much of either title is in the other: of their words, or of their characters without spaces."""
    ours, theirs = (set(_WORDS.findall(text.casefold())) for text in (head, title))
    common = len(ours & theirs)
    if not common:
        return 1.0 if folded(head) and folded(head) in folded(title) else 0.0
    return 2 * common / (len(ours) + len(theirs))


def _without_site(title: str, names: set[str]) -> str:
    """Take the site's name off either end, and what stands between it and the headline behind bars."""
    for found in reversed(list(_SEPARATORS.finditer(title))):
        if folded(title[found.end() :]) in names:
            title = title[: found.start()].strip()
            break
    found_first = _SEPARATORS.search(title)
    if found_first and folded(title[: found_first.start()]) in names:
        title = title[found_first.end() :].strip()
    return _before_bars(title)


def _before_bars(title: str) -> str:
    parts = _BARS.split(title)
    if len(parts) > 1 and len(parts[0].split()) >= _MIN_WORDS and len(parts[0]) >= max(map(len, parts)):
        return parts[0].strip()
    return title
