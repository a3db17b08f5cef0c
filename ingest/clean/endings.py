"""What stands behind the text and looks like its end: a note on the author, a notice of the page.

    last lines | the author's name, apart from the text, and what follows apart | notices, where they are in doubt

A note on the author reads like the article, and stands in the same element; the model keeps it as often as not. So may
the article speak of its author: of him who was there, of the company that wrote it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from ingest.clean.blocks import Line
from ingest.clean.furniture import notice_of
from ingest.clean.sheet import is_paragraph

_MIN_LINES = 2  # of an article that may lose its end
_MAX_ENDINGS = 3  # which it loses at most
_BEHIND = 3  # lines from the last one up that may begin with the author's name
_LESS_SURE = 2.0  # log odds by which a note is less likely than the article's paragraphs
_SURE_NOTICE, _MAX_NOTICE = 1.0, 600  # log odds from which a notice is the article's, characters


def endings(
    lines: Sequence[Line], kept: Sequence[int], known: Mapping[int, float], authors: Sequence[str]
) -> dict[int, str]:
    """Give those of the lines `kept` that stand behind the article, each with the rule that takes it.

    `known` are the log odds of lines, `authors` who wrote the article.
    """
    names = tuple(name.casefold() for name in authors if " " in name or not name.isascii())
    rest, taken = list(kept), dict[int, str]()
    apart = _apart(lines, kept, known) if names else set()
    for _ in range(_MAX_ENDINGS):
        if len(rest) <= _MIN_LINES:
            break
        last = rest[-1]
        about = [at for at in rest[-_BEHIND:] if at in apart and lines[at].text.casefold().startswith(names)]
        if about:
            behind = rest[rest.index(about[-1]) + 1 :]
            note = {about[-1], *(behind if apart.issuperset(behind) else ())}
            taken |= dict.fromkeys(sorted(note), "author-note")
            rest = [at for at in rest if at not in note]
        elif known.get(last, 0.0) < _SURE_NOTICE and (rule := _notice(lines[last].text)):
            taken[rest.pop()] = rule
        else:
            break
    return taken


def _apart(lines: Sequence[Line], kept: Sequence[int], known: Mapping[int, float]) -> set[int]:
    """Give the lines below the first paragraph that are not like the text: in doubt, in italics, in other markup."""
    paragraphs = [at for at in kept if is_paragraph(lines[at].text)]
    if not paragraphs:
        return set()
    kinds = Counter(lines[at].kind for at in paragraphs)
    usual, least = kinds.most_common(1)[0][0], median(known.get(at, 0.0) for at in paragraphs) - _LESS_SURE
    return {
        at
        for at in kept
        if at > paragraphs[0]
        and (
            known.get(at, 0.0) < least
            or lines[at].kind != usual
            or 2 * lines[at].slanted > len(lines[at].text)
            or _notice(lines[at].text) == "author-note"
        )
    }


def _notice(text: str) -> str | None:
    return notice_of(text) if len(text) < _MAX_NOTICE else None
