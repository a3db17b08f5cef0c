"""The part of a text that answers a query, with what matches marked."""

import re

from storage.asking.terms import Query
from storage.asking.words import folded


def passage(text: str, query: Query, *, width: int = 180) -> str:
    r"""Give about `width` characters of `text` in one line, around the first match, with matches between « and ».

    >>> from storage.asking.terms import parse_query
    >>> passage("The tram was approved. Oil\nprices rose.", parse_query("oil ris* rose"))
    'The tram was approved. «Oil» prices «rose».'
    """
    spans = _matches(text, query)
    first, last = spans[0] if spans else (0, 0)
    start = _word_start(text, first - width // 3, first) if first > width // 3 else 0
    end = _word_end(text, last, max(start + width, last))
    parts, at = [], start
    for opening, closing in spans:
        if closing <= end:
            parts += [text[at:opening], "«", text[opening:closing], "»"]
            at = closing
    line = " ".join("".join([*parts, text[at:end]]).split())
    return f"{'… ' if start else ''}{line}{' …' if end < len(text) else ''}"


def _word_start(text: str, start: int, stop: int) -> int:
    space = text.find(" ", start, stop)
    return start if space < 0 else space + 1


def _word_end(text: str, start: int, stop: int) -> int:
    space = text.rfind(" ", start, stop) if stop < len(text) else -1
    return min(stop, len(text)) if space < 0 else space


def _matches(text: str, query: Query) -> list[tuple[int, int]]:
    """Give where the terms stand in `text`: first character, and the one after the last."""
    if not query.terms:
        return []
    spelled, origins = [" "], [0]
    for at, char in enumerate(text):
        for letter in folded(char):
            if letter != " " or spelled[-1] != " ":
                spelled.append(letter)
                origins.append(at)
    patterns = (" ".join(map(re.escape, term.words)) + ("[^ ]*" if term.is_prefix else "") for term in query.terms)
    pattern = re.compile(f"(?<= )(?:{'|'.join(patterns)})(?= |$)")
    return [(origins[match.start()], origins[match.end() - 1] + 1) for match in pattern.finditer("".join(spelled))]
