"""Who wrote it: bylines as people."""

import html
import re
from collections.abc import Iterable, Iterator

from ingest.clean.decode import well_formed

_MAX_CHARS = 500  # of a title or a byline: more is a mistake
_MAX_PEOPLE = 12
_ADDRESS = re.compile(r"://|www\.|[@{}<>]|\.(?:com|org|net|de|co|uk|fr|it|es|eu)\b", re.I)
_DEGREE = re.compile(r"(?:[A-Z]{2,5}|Ph\.?D|M\.?D|Jr|Sr|LPC|CPA|RN)\.?")
# fmt: off
_NOBODY = frozenset({
    "admin", "administrator", "editor", "staff", "webmaster", "guest", "unknown", "none", "null", "anonymous",
    "redaktion", "author", "role",
})
# fmt: on
_BY = re.compile(
    r"^(?:by|von|par|por|(?-i:di)|door|av|af|written by|posted by|text|author|autor|от|автор|بقلم)\s*[:：]?\s+"
    r"|^(?:作者|文|记者)\s*[:：/]\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|;|\||/|&|·|、|，)\s*|\s+(?:and|und|et|y|e|en|ve|och|og|with|и|و)\s+", re.I)


def people_in(said: Iterable[str]) -> str | None:
    """Give the first byline that names people, several joined with ", ".

    >>> people_in(["", "By Ana Ruiz and Jo Berg"])
    'Ana Ruiz, Jo Berg'
    """
    for line in said:
        people = list(dict.fromkeys(named(line)))
        if people:
            return ", ".join(people[:_MAX_PEOPLE])
    return None


def named(line: str) -> Iterator[str]:
    """Give the people that one byline names, without "By"."""
    plain = _BY.sub("", flat(line))
    if _ADDRESS.search(plain):
        return
    for part in _AND.split(plain):
        name = _BY.sub("", part).strip(" .:-–—")
        if (
            1 < len(name) < 60
            and name.lower() not in _NOBODY
            and not _DEGREE.fullmatch(name)
            and any(map(str.isalpha, name))
        ):
            yield name


def flat(text: str) -> str:
    """Give a title or a byline as one line of sensible length."""
    return " ".join(well_formed(html.unescape(text[: 4 * _MAX_CHARS])).split())[:_MAX_CHARS]
