"""One line of a page dump: which rule, if any, says that it is not the article.

Rules speak of whole lines and of the words that page templates use, never of one site.
furniture.tsv holds phrases, shapes.tsv regular expressions.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

SHORT = 120  # characters; a longer line is prose, and no rule looks at it

_MARKS = " \t\u00a0•·*-–—|>»›<«‹#:：.…!?→←↑↓▶►▼▲×✕+=_/\\()[]{}（）【】“”\"'＞｜。~^"
_BULLETS = " \t\u00a0•"
_QUOTES = "\"'”’»)"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_HINT = re.compile("[>|#@:/{;%=©»›：→]")
_SENTENCE_SPACES = 6  # a line with more, and an end mark, is a sentence
_PROSE_SPACES = 13  # a line with more is one without
_DATED_CHARS = 50

_BY = (
    "[Bb]y|BY|[Vv]on|VON|[Pp]ar|PAR|Por|POR|De|Di|Door|Av|Af|Autor(?:in|a)?:|Author:|Written by|Posted by|Reported by"
    "|Words by|Story by|Text:|Автор:|作者[:：]|记者[:：]|文[/|:：]|بقلم:?|كتب:?|Oleh:?"
)
_NAME = r"[^\W\d_a-zà-ÿ][\w.’'-]*"
_AND = (
    r"(?: |, | and | und | et | y | e | & | en | ve | with |-)(?:(?:de|van|von|der|den|al|bin|la|le|da|dos|di|el)[ -])*"
)
_BYLINE = re.compile(
    rf"(?:{_BY})\s+((?:(?:Dr|Prof|Mr|Mrs|Ms)\.? )?{_NAME}(?:{_AND}{_NAME}){{0,9}})"
    r"(?:,? (?:staff|correspondent|reporter|in [A-Z]\w+|for .{2,30}))?(?:\s*[|,•·–—-]\s*.{0,60})?"
)


@lru_cache(maxsize=1 << 13)  # menus stand on page after page, and a line is asked about by several
def rule_of(line: str) -> str | None:
    """Give the name of the rule that takes `line` (stripped, short) for furniture; None for a line of the article.

    >>> rule_of("12 Comments"), rule_of("Back to Top"), rule_of("The harbour reopens")
    ('comments', 'back-to-top', None)
    """
    lower = line.lower()
    if not line.isascii():
        lower = lower.replace("i\u0307", "i")  # what a Turkish capital becomes
    spaces = line.count(" ")
    is_sentence = spaces > _SENTENCE_SPACES and (spaces > _PROSE_SPACES or line.rstrip(_QUOTES)[-1:] in ".!?")
    if is_sentence and not lower.startswith(_hints("begins")):
        return None
    key = lower.strip(_MARKS)
    if not key:
        return "navigation"
    key = _DIGITS.sub("0", key)
    rule = _phrases().get(key)
    if rule is not None or (not is_sentence and not _could_fit(key)):
        return rule
    if _BYLINE.fullmatch(line):
        return "byline"
    shapes, names = _shapes("")
    shape = shapes.fullmatch(lower.strip(_BULLETS))
    return names[shape.lastgroup or ""] if shape else None


def is_marker(line: str) -> bool:
    """Whether `line` is nothing but a phrase that stands over a block, such as "Related Articles"."""
    return line.lower().strip(_MARKS) in _phrases()


def notice_of(line: str) -> str | None:
    """Give the rule for a long line that speaks of the page or of its author, not of the news.

    Asked only about the first and last paragraphs of what is a page dump for other reasons.
    """
    shapes, names = _shapes("~")
    shape = shapes.search(line.lower())
    return names[shape.lastgroup or ""] if shape else None


def byline_of(line: str) -> str | None:
    """Give the names in a byline such as "By Ana Ruiz | Harbour desk"."""
    found = _BYLINE.fullmatch(line)
    return found[1] if found else None


def _could_fit(key: str) -> bool:
    """Whether a line that is no sentence may fit a shape."""
    words = key.split()
    return (
        words[0] in _first_hints()
        or not words[0].isascii()
        or ("0" in key and len(key) < _DATED_CHARS)
        or _HINT.search(key) is not None
        or not _word_hints().isdisjoint(words)
    )


@cache
def _phrases() -> dict[str, str]:
    phrases: dict[str, str] = {}
    for rule, spoken in _rows("furniture.tsv"):
        for phrase in spoken.split(" | "):
            phrases.setdefault(phrase.strip(_MARKS), rule)
    return phrases


@cache
def _shapes(kind: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Give all shapes of one kind as one pattern, and the rule that each of its groups stands for."""
    words = {f"<{name[1:]}>": pattern for name, pattern in _rows("shapes.tsv") if name.startswith("=")}
    rules: dict[str, str] = {}
    patterns: list[str] = []
    for rule, pattern in _rows("shapes.tsv"):
        if rule[0] not in "=+" and rule.startswith("~") == bool(kind):
            spelled = re.sub("<[a-z]+>", lambda name: words[name[0]], pattern)
            patterns.append(f"(?P<_{len(patterns)}>{spelled})")
            rules[f"_{len(rules)}"] = rule.removeprefix("~")
    return re.compile("|".join(patterns), re.DOTALL), rules


@cache
def _hints(kind: str) -> tuple[str, ...]:
    return tuple(next(spoken for name, spoken in _rows("shapes.tsv") if name == f"+{kind}").split(" | "))


@cache
def _first_hints() -> frozenset[str]:
    return frozenset(_hints("first"))


@cache
def _word_hints() -> frozenset[str]:
    return frozenset(_hints("anywhere"))


def _rows(name: str) -> Iterator[tuple[str, str]]:
    for line in (Path(__file__).parent / name).read_text("utf-8").splitlines():
        if line and not line.startswith("# "):
            first, _, rest = line.partition("\t")
            yield first, rest
