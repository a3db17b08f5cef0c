"""Who wrote it: bylines as people."""

import html
import re
from collections.abc import Iterable, Iterator

from ingest.clean.decode import well_formed

_MAX_CHARS = 500  # of a title or a byline: more is a mistake
_MAX_PEOPLE = 12
_ADDRESS = re.compile(r"://|www\.|[@{}<>]|\.(?:com|org|net|de|co|uk|fr|it|es|eu)\b", re.I)
_DEGREE = re.compile(
    r"(?:[A-Z]{2,6}(?:-[A-Z]{1,3})?|Ph\.?D|M\.?D|B\.?A|M\.?A|B\.?Sc?|M\.?Sc?|Ed\.?D|Jr|Sr|LPC|CPA|RN)\.?"
)
# fmt: off
_NOBODY = frozenset({
    "admin", "administrator", "editor", "staff", "webmaster", "guest", "unknown", "none", "null", "anonymous",
    "redaktion", "author", "role", "authors", "about the author", "undefined", "name", "false", "true", "default",
    "share", "comments", "follow", "written by", "posted by", "by", "the", "twitter", "facebook", "updated", "on",
    "sponsored", "wire services", "agencies", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "in this article",
})
# fmt: on
_BY = re.compile(
    r"^(?:(?-i:By(?=[A-Z][a-z])))|^(?:by|von|par|por|(?-i:di)|door|av|af|(?:(?:re)?viewed|written|posted|authored|published|article|story|words"
    r"|guest post|recipe|reported|created|submitted) (?:and \w+ )?by|read more about|about|text|authors?|autore?"
    r"|auteurs?|от|автор|بقلم|द्वारा)\s*(?:[:：]\s*|\s)"
    r"|^(?:作者|文|记者|责编|責任編集|interview|te[kx]ste?|texto|testo|haber|muhabir|oleh|текст|מאת|كتبت?)\s*[:：/]\s*",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
# Where a byline ends: a date, a note, an address.
_END = re.compile(
    r"\s*(?:(?-i:\bon) )?(?:\b(?:on behalf of|last updated|updated|published|posted|reviewed|fact[- ]checked"
    r"|veröffentlicht|aktualisiert|stand|publié|mis à jour|publicado|actualizado|pubblicato|aggiornato)\b"
    rf"|(?:\b|(?<=(?-i:[a-z]))(?=(?-i:[A-Z]))){_MONTH}\.? \d{{1,2}}\b"
    r"|\b(?:photo|foto|bild)(?:s|graph[sy]?)?(?: by)?\s*[:：]"
    rf"|\bon (?:\w+day|mon|tue|wed|thu|fri|sat|sun)\b|\b\d{{1,2}}\.? {_MONTH}\b"
    rf"|\d{{1,2}}\.? \S+ (?:19|20)\d\d\b|\b\d{{1,4}}[./-]\d{{1,2}}[./-]|\b(?:19|20)\d\d\b"
    r"|\b\d+ min|[(（\[]|\s-\s|\s[–—•●⋅]\s"
    r"|\bthe associated press\b|\bfor the\b|\b(?-i:on)\Z"
    r").*",
    re.IGNORECASE,
)
# Where one name ends, of several between commas: a role, a place.
_ROLE = re.compile(
    r"\s*\b(?:(?:contributing|staff|senior|freelance|guest|chief|associate|executive|managing|news|lead)"
    r" (?:writer|editor|reporter|author|correspondent|reviewer|contributor)s?\b).*",
    re.IGNORECASE,
)
_FIRST_ROLE = re.compile(r"\s*\b(?:editor|correspondent|reporter)\b.*", re.I)
_PLACE = re.compile(r"(?<=\w) (?:in|from) (?=[^\W\d_a-z]).*")
_LEADING_DATE = re.compile(
    rf"^(?:\w+day,? )?(?:{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}\.? {_MONTH}),? ?"
    r"(?:\d{4})?\s*(?:[|·•,–—-]|by\b)?\s*",
    re.I,
)
_TRADE = re.compile(r"(?<=\w) (?:writer|editor|founder|author|contributor)$|(?<=[가-힣]) 기자$", re.I)
_ROLES = re.compile(
    r"\b(?:writer|editor|editors|reporter|correspondent|founder|director|manager|specialist|expert|consultant|strategist|officer"
    r"|attorney|representative|educator|head of|chief|licensed|president|analyst|engineer|economist|physician|lawyer"
    r"|contributor|nutritionist|dietitian|therapist|professor|journalist|redakteur|redakteurin|min read|says|reply)\b",
    re.I,
)
_DOTTED = re.compile(r"[a-z\d_]+(?:\.[a-z\d_]+)+")
_FIELD = re.compile(r"\|\s*[^\s|]+\s*(?=\||\Z)")  # behind a bar a single word is a section
_COMMA = re.compile(r"\s*[,;|/·、，]\s*")
_AND = re.compile(r"\s*&\s*|(?:\s+|^)(?:and|und|et|y|e|en|ve|och|og|with|и|و)\s+", re.I)


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
    plain = _END.sub("", _BY.sub("", _LEADING_DATE.sub("", flat(line))))
    if _ADDRESS.search(plain):
        return
    parts = (part for part in _parts(plain) if not part.endswith((":", "：")))  # a label without what it was for
    for at, part in enumerate(parts):
        name = _TRADE.sub("", _BY.sub("", _PLACE.sub("", part))).strip(" .:-–—*|")
        is_degree = at > 0 and _DEGREE.fullmatch(name) is not None
        if 1 < len(name) < 60 and name.lower() not in _NOBODY and not is_degree and _is_name(name):
            yield name


def _parts(plain: str) -> Iterator[str]:
    """Give what stands between commas and "and", without the roles of those whose names they follow."""
    for at, said in enumerate(_COMMA.split(_FIELD.sub("", plain))):
        rest = _ROLE.sub("", said)
        if at == 0:
            rest = _FIRST_ROLE.sub("", rest)
        parts = _AND.split(rest)
        if at > 0 and _ROLES.search(rest):  # behind a name "Health and Science Editor" is one role
            parts = [part for part in parts if " " in part and not _ROLES.search(part)]
        yield from parts


def _is_name(text: str) -> bool:
    """Whether it can be a name: letters, few digits, no trade, and no name of a program's own ("page.author")."""
    letters = any(map(str.isalpha, text)) and sum(map(str.isdigit, text)) < 3
    return letters and not _ROLES.search(text) and not _DOTTED.fullmatch(text)


def flat(text: str) -> str:
    """Give a title or a byline as one line of sensible length."""
    return " ".join(well_formed(html.unescape(text[: 4 * _MAX_CHARS])).split())[:_MAX_CHARS]
