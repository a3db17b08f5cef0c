"""Walls: pages that ask for something instead of giving the article, or in the middle of it.

Two unrelated walls are one text to every measure of sameness, so they must not get as far as being compared.
walls.tsv holds what they say, in the languages of news sites.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ingest.scripts import words_in

MAX_WORDS = 120  # a longer text is an article, even one about cookies or paywalls
_MAX_CHARS = 1_000
_MAX_WORDS_OF_NOTICE = 300  # but for a notice that speaks to its reader all along
_MAX_CHARS_OF_NOTICE = 2_500
_MIN_SHARE = 0.25  # of the words of a text that the sentences with wall phrases must hold
_MIN_SHARE_OF_REPORT = 0.7  # the same where somebody is quoted: news about walls
_MIN_SHARE_OF_NOTICE = 0.5
_MIN_SHARE_OF_TITLE = 0.4
_ADDRESSES = 4  # words to the reader that a notice has at least

_NOT_FOUND = "the page was not found"
_TITLE_WORDS = 10
_TEASER_WORDS = 20  # fewer before the request to pay are no teaser, but a part of the wall
_WHOLE_WORDS = 300  # with more before it, an article is whole unless it breaks off: the request stands on every page
_REQUEST_WORDS = 80  # of the request to pay, with all that stands behind it
_REQUEST_LINE_WORDS = 25
_LINES_BEHIND = 8  # the article, among which the request stands
_CUT_MARKS = ("…", "...", "[…]", "[...]", "(…)", "(...)", "‥")

_REPORT = re.compile(
    r"\b(?:said|says|told|announced|according to|reported|ruled|sagte|teilte|laut|zufolge|déclaré|selon|dijo|según"
    r"|afirmó|ha detto|secondo|disse|segundo|zei|volgens|dedi|söyledi|açıkladı|сообщил\w*|заявил\w*|сказал\w*|по словам"
    r"|قال|وقال|أعلن\w*|powiedział\w*|poinformował\w*|według|säger|enligt|sier|ifølge|siger|sanoi|mukaan|řekl\w*|uvedl\w*"
    r"|mondta|közölte|a declarat|повідоми\w+|за словами|είπε|δήλωσε)\b"
    r"|表示|宣布|报道|報導|述べた|発表した|明らかにした|によると"
    r"|밝혔다|말했다|전했다|따르면|ने कहा|ने बताया|के अनुसार|กล่าวว่า"
)
_TO_READER = re.compile(
    r"\b(?:you|your|we|our|please|sie|ihr|ihre|ihren|ihrem|wir|unsere|vous|votre|nous|notre|usted|tu|tus|nosotros|você|seu"
    r"|nós|noi|tuo|je|uw|wij|siz|biz|вы|ваш\w*|мы|ви|ми|twój|twoje|nasz\w*|du|din|vi|vår\w*|anda|kami|bạn)\b"
    r"|您|你|我们|我們|あなた|お客様|ください|귀하|하세요|합니다|आप|हम|คุณ|أنت|نحن"
)
_BETWEEN_NAMES = re.compile(r"\s+(?:[|–—·•»]|-{1,2})\s+|\s*[|｜]\s*")  # of a page, of its section and of its site
_CUT = "+cut"
_WORD = r"\b"
_PREFIXED = re.compile(
    "[\u0590-\u06ff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)  # words that others lean on
_SENTENCE = re.compile(r"[^.!?。！？।؟\n]+[.!?。！？।؟]*")


def wall_of(text: str) -> str | None:
    """Give what kind of wall a short `text` is; None for an article, however short."""
    if len(text) > _MAX_CHARS_OF_NOTICE or text.count(" ") > _MAX_WORDS_OF_NOTICE:  # quickly, most texts
        return None
    if (words := words_in(text)) > _MAX_WORDS_OF_NOTICE:
        return None
    lower = _plain(text)
    is_report = _REPORT.search(lower) is not None
    least = words * (_MIN_SHARE_OF_REPORT if is_report else _MIN_SHARE)
    if len(text) > _MAX_CHARS or words > MAX_WORDS:
        if is_report or len(_TO_READER.findall(lower)) < _ADDRESSES:
            return None
        least = words * _MIN_SHARE_OF_NOTICE
    for kind, phrases in _patterns().items():
        spoken = [sentence for sentence in _SENTENCE.findall(lower) if phrases.search(sentence)]
        if sum(map(words_in, spoken)) >= max(1, least) and (not is_report or any(map(_TO_READER.search, spoken))):
            return kind
    return None


def is_not_found(title: str) -> bool:
    """Tell whether a title or a heading says of its own page that it is not there.

    >>> is_not_found("Page not found | The Gazette"), is_not_found("Man not found in Port Vela")
    (True, False)
    """
    return any(map(_says_not_found, _BETWEEN_NAMES.split(title)))


def _says_not_found(title: str) -> bool:
    words = words_in(title)
    if not 0 < words <= _TITLE_WORDS or title.endswith("?"):
        return False
    said = sum(words_in(found[0]) for found in _patterns()[_NOT_FOUND].finditer(_plain(title)))
    return said >= max(1, _MIN_SHARE_OF_TITLE * words)


def request_after(lines: Sequence[str]) -> int | None:
    """Give the place of the line that asks to pay or to log in for the rest of the article; None where all is there."""
    behind = 0
    for at in range(len(lines) - 1, 0, -1):
        words = lines[at].count(" ") + 1 if lines[at].isascii() else words_in(lines[at])
        behind += words
        if behind > _REQUEST_WORDS:
            return None
        if words <= _REQUEST_LINE_WORDS and asks_for_more(lines[at]):
            while at > 1 and words_in(lines[at - 1]) <= _REQUEST_LINE_WORDS and asks_for_more(lines[at - 1]):
                at -= 1  # noqa: PLW2901  the first of several
            before = sum(map(words_in, lines[:at]))
            is_cut = before >= _TEASER_WORDS and (before <= _WHOLE_WORDS or breaks_off(lines[at - 1]))
            return at if is_cut else None
    return None


def is_followed_by_request(visible: Sequence[str], article: Sequence[str]) -> bool:
    """Tell whether `article`, lines among the `visible` ones, breaks off at a request to pay or to log in."""
    if not article or (sum(map(words_in, article)) > _WHOLE_WORDS and not breaks_off(article[-1])):
        return False
    places = [at for at, line in enumerate(visible) if article[-1] in (line, f"- {line}")]
    return bool(places) and any(map(asks_for_more, visible[places[-1] + 1 : places[-1] + 1 + _LINES_BEHIND]))


def asks_for_more(line: str) -> bool:
    """Tell whether a line asks to pay or to log in for the rest of an article."""
    lower = _plain(line)
    return _cut().search(lower) is not None and _REPORT.search(lower) is None


def breaks_off(line: str) -> bool:
    """Tell whether a line ends in a mark of what is left out."""
    return line.endswith(_CUT_MARKS)


def _plain(text: str) -> str:
    return text.lower().replace("’", "'")


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Give what each kind of wall says."""
    rows = _rows()
    kinds = dict.fromkeys(kind for kind, _ in rows if kind != _CUT)
    return {kind: _any_of([phrase for named, phrase in rows if named == kind]) for kind in kinds}


@cache
def _cut() -> re.Pattern[str]:
    return _any_of([phrase for kind, phrase in _rows() if kind == _CUT])


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    """Give one expression for many phrases: grouped by first letter, it passes most places five times as fast."""
    letters: dict[str, list[str]] = {}
    for phrase in phrases:
        start = phrase[0] if _PREFIXED.match(phrase) else rf"\b{phrase[0]}"
        letters.setdefault(start, []).append(phrase[1:])
    groups = [f"{letter.removeprefix(_WORD)}(?:{'|'.join(rests)})" for letter, rests in letters.items()]
    bounded = [group for letter, group in zip(letters, groups, strict=True) if letter.startswith(_WORD)]
    anywhere = [group for letter, group in zip(letters, groups, strict=True) if not letter.startswith(_WORD)]
    return re.compile("|".join(([rf"{_WORD}(?:{'|'.join(bounded)})"] if bounded else []) + anywhere))


def _rows() -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / "walls.tsv").read_text("utf-8").splitlines()
    split = (line.split("\t") for line in lines if not line.startswith("# "))
    return [(kind, phrase) for kind, phrases in split for phrase in phrases.split(" | ")]
