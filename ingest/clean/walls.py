"""Walls: pages that ask for something instead of giving the article.

Two unrelated walls are one text to every measure of sameness, so they must not get as far as being compared.
"""

import re
from functools import cache
from pathlib import Path

MAX_WORDS = 120  # a longer text is an article, even one about cookies or paywalls
_MAX_CHARS = 1_000
_MIN_SHARE = 0.25  # of the words of a text that the sentences with wall phrases must hold
_MIN_SHARE_OF_REPORT = 0.7  # the same where somebody is quoted: news about walls

_REPORT = re.compile(
    r"\b(?:said|says|told|announced|according to|reported|ruled|sagte|teilte|laut|zufolge|déclaré|selon|dijo|según"
    r"|afirmó|ha detto|secondo|disse|segundo|zei|volgens|dedi|söyledi|açıkladı|сообщил\w*|заявил\w*|сказал\w*|по словам"
    r"|قال|وقال|أعلن\w*)\b|表示|宣布|报道|述べた|発表した|明らかにした"
)
_TO_READER = re.compile(
    r"\b(?:you|your|we|our|please|sie|ihr|ihre|wir|unsere|vous|votre|nous|notre|usted|tu|tus|nosotros|você|seu|nós|noi|tuo"
    r"|je|uw|wij|siz|biz|вы|ваш\w*|мы)\b|您|你|我们|あなた"
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def words_in(text: str) -> int:
    """Count words; where a script sets no spaces between them, two characters count as one.

    >>> words_in("Ships are back"), words_in("港口恢复通航")
    (3, 3)
    """
    if text.isascii():
        return len(text.split())
    return len(_UNSPACED.sub(" ", text).split()) + len(_UNSPACED.findall(text)) // 2


def wall_of(text: str) -> str | None:
    """Give what kind of wall a short `text` is; None for an article, however short."""
    if len(text) > _MAX_CHARS or (words := words_in(text)) > MAX_WORDS:
        return None
    lower = text.lower().replace("’", "'")
    is_report = _REPORT.search(lower) is not None
    least = words * (_MIN_SHARE_OF_REPORT if is_report else _MIN_SHARE)
    for kind, phrases in _patterns():
        spoken = [sentence for sentence in _SENTENCE.findall(lower) if phrases.search(sentence)]
        if sum(map(words_in, spoken)) >= max(1, least) and (not is_report or any(map(_TO_READER.search, spoken))):
            return kind
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    lines = (Path(__file__).parent / "walls.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return tuple((kind, re.compile(phrases)) for kind, phrases in rows)
