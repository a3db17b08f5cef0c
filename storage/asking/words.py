"""Text and queries as words, the same for every database: what the one finds, the other finds.

A word is a run of letters, marks and digits, without case, accents and vowel points, in its compatibility form;
in scripts written without spaces it is one character, so that any part of a sentence can be found.
"""

import re
import unicodedata
from functools import lru_cache

WORD_CHARS = 64  # what is kept of a longer word, in texts and in queries

_ASCII = bytes(at if chr(at).isalnum() or at > 127 else 32 for at in range(256)).lower()
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_RUNS = bytes(32 if at == 32 else ord("x") for at in range(256))
_LONG_RUN = b"x" * (WORD_CHARS + 1)
_TOO_LONG = re.compile(rf"([^ ]{{{WORD_CHARS}}})[^ ]+")
_CACHED_CHARS = 32  # a longer run is a sentence, and does not come again
_UNSPACED = re.compile(
    "[\u0e01-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17dd"  # Khmer
    "\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # ideographic marks, kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # Han
)
# Accents, Hebrew points, Arabic vowel marks and stretching, variation selectors, format characters.
_SILENT = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f"
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)


class _Classes(dict[int, int | str]):
    """What becomes of a character: itself in a word, a word of its own, or a space between words."""

    def __missing__(self, code: int) -> int | str:
        char = chr(code)
        if unicodedata.category(char)[0] not in "LMN":
            self[code] = " "
        else:
            self[code] = f" {char} " if _UNSPACED.match(char) else code
        return self[code]


_CLASSES = _Classes({ord("ı"): "i"})  # the small letter of I in every language but Turkish


def words(text: str) -> list[str]:
    """Give the words of `text`.

    >>> words("L'Équipe’s 3.5 % – İstanbul, 石油")
    ['l', 'equipe', 's', '3', '5', 'istanbul', '石', '油']
    """
    return spaced(text).split()


def spaced(text: str) -> str:
    """Give the words of `text` with one space or more between them, and perhaps around them."""
    plain = text if text.isascii() else _BEYOND_ASCII.sub(_fold_match, text)
    found = plain.encode().translate(_ASCII)
    if _LONG_RUN not in found.translate(_RUNS):  # looking for long words with the pattern costs ten times as much
        return found.decode()
    return _TOO_LONG.sub(r"\1", found.decode())


@lru_cache(maxsize=1 << 12)
def folded(char: str) -> str:
    """Give what one character of a text is within its words, a space where it is in none."""
    found = char if char.isascii() else _fold(char)
    return found.encode().translate(_ASCII).decode()


def _fold_match(run: re.Match[str]) -> str:
    return _fold_cached(run[0]) if len(run[0]) <= _CACHED_CHARS else _fold(run[0])


@lru_cache(maxsize=1 << 14)
def _fold_cached(run: str) -> str:
    return _fold(run)


def _fold(run: str) -> str:
    bare = _SILENT.sub("", unicodedata.normalize("NFKD", run).casefold())
    return unicodedata.normalize("NFC", bare).translate(_CLASSES)
