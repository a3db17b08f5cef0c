"""Which encoding with one byte a letter a text is in: the one in which it reads as some language.

For each language and each encoding that its news came in, letters and words are asked: do the characters beyond ASCII
belong to its alphabet, in places where such characters stand, and how many words are its function words?
A detector that looks at letters alone takes Spanish in one encoding for Polish in another.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.clean.language import tally

_SAMPLE_BYTES = 4_000
_LEAST_FIT = 0.9  # share of the characters beyond ASCII that stand where their language has them
_LEAST_FIT_ALONE = 0.97  # the same where no words speak for it, as in Thai
_LEAST_VOTES = 0.08  # of the words that must be function words, where there are spaces between words
_LEAST_LATIN_VOTES = 0.04  # a menu has few, and its other words are plain ASCII
_LONGEST_WORD = 15
_FIT_POWER = 12  # a letter in twenty that is wrong costs half of what the words say

_SYMBOLS = frozenset("“”„‟‘’‚‹›«»–—…•·°©®™€£¥§¿¡\u00a0\u00ad½¼¾²³µ×†")
_LEADING = frozenset("„¿¡")  # never behind a letter
_DASHES = frozenset("–—")
_INNER = frozenset("’·\u00ad–—")  # may stand between two letters
_ODD = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class _Tongue:
    """One language, as it was written before UTF-8."""

    language: str
    codecs: tuple[str, ...]  # most used first
    letters: frozenset[str]  # beyond ASCII, lower and upper case
    is_latin: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """A sample in one encoding."""

    misplaced: int  # how many characters beyond ASCII stand where none can
    mixed: int  # how many stand beside a letter of ASCII
    words: int
    votes: dict[str, int]  # function words by language


def guess(sample: bytes) -> str | None:
    """Give Python's name of the encoding of `sample`; None where it does not read as a language in any.

    >>> guess("La alcaldesa anunció que los niños podrán volver mañana al colegio.".encode("cp1252"))
    'cp1252'
    """
    first = next((at for at, byte in enumerate(sample) if byte >= 128), len(sample))
    sample = sample[max(0, first - _SAMPLE_BYTES // 2) :][:_SAMPLE_BYTES]
    codecs = {codec for tongue in _tongues() for codec in tongue.codecs}
    odd = {codec: Counter(_ODD.findall(sample.decode(codec, "replace"))) for codec in codecs}
    readings: dict[str, _Reading] = {}
    best, best_score = None, 0.0
    for tongue in _tongues():
        for codec in tongue.codecs:
            known = sum(count for char, count in odd[codec].items() if char in tongue.letters or char in _SYMBOLS)
            if not known or known < _LEAST_FIT * odd[codec].total():
                continue
            if codec not in readings:
                readings[codec] = _read(sample.decode(codec, "replace"))
            score = _score(readings[codec], tongue, known, odd[codec].total())
            if score > best_score:
                best, best_score = codec, score
    return best


def _score(reading: _Reading, tongue: _Tongue, known: int, total: int) -> float:
    """Give how well a reading reads as one language; 0 where it does not."""
    fit = (known - reading.misplaced - (0 if tongue.is_latin else reading.mixed)) / total
    votes = reading.votes.get(tongue.language, 0)
    if reading.words * _LONGEST_WORD < total:
        return fit if fit >= _LEAST_FIT_ALONE else 0.0
    least = (_LEAST_LATIN_VOTES if tongue.is_latin else _LEAST_VOTES) * reading.words
    if fit < _LEAST_FIT or votes < least or 2 * votes < max(reading.votes.values(), default=0):
        return 0.0
    return fit**_FIT_POWER * (1 + votes)


def _read(text: str) -> _Reading:
    words = text.lower().split()
    places = [found.start() for found in _ODD.finditer(text)]
    text = f" {text} "
    return _Reading(
        sum(_is_misplaced(*text[at : at + 3]) for at in places),
        sum(text[at + 1].isalpha() and (_is_plain(text[at]) or _is_plain(text[at + 2])) for at in places),
        len(words),
        tally(words),
    )


def _is_misplaced(before: str, char: str, after: str) -> bool:
    if char.isalpha():
        is_alone = before.isspace() and after.isspace()
        return (char.isupper() and before.islower()) or (is_alone and not tally([char.lower()]))
    if unicodedata.category(char) == "Mn":
        return not before.isalpha() and unicodedata.category(before) != "Mn"
    if char in _LEADING:
        return before.isalpha()
    if char in _DASHES and before.isalpha() and after.isspace():
        return True
    return char not in _INNER and before.islower() and after.islower()


def _is_plain(char: str) -> bool:
    return char.isascii() and char.isalpha()


@cache
def _tongues() -> tuple[_Tongue, ...]:
    lines = (Path(__file__).parent / "letters.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return tuple(_tongue(language, codecs, letters) for language, codecs, letters in rows)


def _tongue(language: str, codecs: str, letters: str) -> _Tongue:
    lower = "".join(letters.split(" "))
    is_latin = any("LATIN" in unicodedata.name(char, "") for char in lower)
    return _Tongue(language, tuple(codecs.split()), frozenset(lower + lower.upper()), is_latin)
