"""What stands behind the text and looks like its end: a note on the author, a notice of the page.

    last lines | the author's name, and what follows | notices, where they are in doubt

A note on the author reads like the article, and stands in the same element; the model keeps it as often as not.
"""

from collections.abc import Mapping, Sequence

from ingest.clean.blocks import Line
from ingest.clean.furniture import notice_of

_MIN_LINES = 2  # of an article that may lose its end
_MAX_ENDINGS = 3  # which it loses at most
_BEHIND = 3  # lines from the last one up that may begin with the author's name
_SURE_NOTICE, _MAX_NOTICE = 1.0, 600  # log odds from which a notice is the article's, characters


def endings(
    lines: Sequence[Line], kept: Sequence[int], known: Mapping[int, float], authors: Sequence[str]
) -> dict[int, str]:
    """Give those of the lines `kept` that stand behind the article, each with the rule that takes it.

    `known` are the log odds of lines, `authors` who wrote the article.
    """
    names = tuple(name.casefold() for name in authors if " " in name or not name.isascii())
    rest, taken = list(kept), dict[int, str]()
    for _ in range(_MAX_ENDINGS):
        if len(rest) <= _MIN_LINES:
            break
        last = rest[-1]
        about = [at for at in rest[-_BEHIND:] if names and lines[at].text.casefold().startswith(names)]
        if about:
            end = rest.index(about[-1])
            taken |= dict.fromkeys(rest[end:], "author-note")
            del rest[end:]
        elif known.get(last, 0.0) < _SURE_NOTICE and (rule := _notice(lines[last].text)):
            taken[rest.pop()] = rule
        else:
            break
    return taken


def _notice(text: str) -> str | None:
    return notice_of(text) if len(text) < _MAX_NOTICE else None
