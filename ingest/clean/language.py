"""Which language a text is in: function words vote, scripts decide, a model settles what is left."""

import re
from collections import Counter
from functools import cache
from itertools import chain
from pathlib import Path

_SAMPLE_CHARS = 1_000  # some 170 words
_WIDE_CHARS = 4_000  # are looked at before the model, which takes a second to load
_FIRST_CHARS = 180  # enough for most texts, at a fifth of the cost
_MIN_VOTES = 3
_MIN_SHARE = 0.12  # of the words; running text has 0.3 to 0.5
_MIN_LEAD = 1.25  # over the second: near relatives share many words
_MAX_SPEAKERS = 4  # a word of more languages ("a", "de", "i") tells nothing, at a cost
_CLEAR_VOTES = 5
_CLEAR_LEAD = 2

# Scripts that one language of the news uses, or one far more than any other.
# Kana before Han: Japanese has both. Ranges from the Unicode block chart.
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("pa", re.compile("[\u0a00-\u0a7f]")),
    ("gu", re.compile("[\u0a80-\u0aff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("te", re.compile("[\u0c00-\u0c7f]")),
    ("kn", re.compile("[\u0c80-\u0cff]")),
    ("ml", re.compile("[\u0d00-\u0d7f]")),
    ("si", re.compile("[\u0d80-\u0dff]")),
    ("lo", re.compile("[\u0e80-\u0eff]")),
    ("my", re.compile("[\u1000-\u109f]")),
    ("am", re.compile("[\u1200-\u137f]")),
    ("km", re.compile("[\u1780-\u17ff]")),
)
_SHARED = {"zh": "ja", "ar": "fa ur ps", "ru": "uk bg mk sr be", "hi": "mr ne"}  # written in the same script
_OWN_SCRIPT = {language for language, _ in _SCRIPTS} | {"fa", "ur", "ps", "uk", "bg", "mk", "be", "mr", "ne"}
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]")
_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|[0-9]{3}))?(?:[-_.@].*)?")


def detect(text: str) -> str | None:
    """Give the BCP 47 tag of the language of `text`; None where too little speaks for any.

    >>> detect("Der Hafen ist nach dem Sturm wieder offen, und die Schiffe sind zurück.")
    'de'
    """
    votes = tally(text[:_FIRST_CHARS].lower().split())
    first, count, second = _lead(votes)
    if count >= _CLEAR_VOTES and count >= _CLEAR_LEAD * second:
        return first
    sample = text[:_SAMPLE_CHARS]
    words = sample.lower().split()
    votes = tally(words)
    if elected := _elected(votes, len(words)):
        return elected
    script = script_of(sample)
    if script is None:
        return _in_latin(text, words)
    rivals = _SHARED.get(script, "").split()
    return max([script, *rivals], key=lambda language: votes.get(language, 0))


def _in_latin(text: str, words: list[str]) -> str | None:
    """Settle what the `words` at its beginning leave open: prices and names, perhaps, which a table begins with."""
    if len(text) > _SAMPLE_CHARS:
        more = text[:_WIDE_CHARS].lower().split()
        if first := _elected(tally(more), len(more)):
            return first
    return _by_model(text[:_SAMPLE_CHARS]) if len(words) >= 8 else None


def tally(words: list[str]) -> dict[str, int]:
    """Count for each language how many of `words` (lower case) are among its function words."""
    return Counter(chain.from_iterable(filter(None, map(_speakers().get, words))))


def script_of(text: str) -> str | None:
    """Give the language that the script of `text` speaks for; None for Latin, or for no letters."""
    if text.isascii():
        return None
    latin = len(_LATIN.findall(text))
    counts = {language: len(letters.findall(text)) for language, letters in _SCRIPTS}
    if counts["ja"] * 10 < counts["zh"]:
        counts["ja"] = 0  # a name in kana makes no Japanese
    elif counts["ja"]:
        counts["ja"] += counts["zh"]
    best = max(counts, key=lambda language: counts[language])
    # A letter of Chinese or Korean says as much as several of Latin.
    weight = 3 if best in ("zh", "ja", "ko") else 1
    return best if counts[best] * weight > latin else None


def tag(stated: str | None) -> str | None:
    """Give a stated language as BCP 47 ("pt-BR" for "pt_BR.UTF-8"); None for what is none."""
    match = _TAG.fullmatch(stated.strip()) if stated else None
    if match is None or match[1].lower() in ("und", "mul", "xx", "zxx"):
        return None
    parts = (match[1].lower(), (match[2] or "").title(), (match[3] or "").upper())
    return "-".join(part for part in parts if part)


def is_plausible(stated: str, text: str) -> bool:
    """Whether `text` could be in the language `stated`, going by its script alone."""
    language = stated.partition("-")[0]
    if language == "sr":
        return True  # both Latin and Cyrillic
    script = script_of(text[:_SAMPLE_CHARS])
    family = {script, *_SHARED.get(script or "", "").split()}
    if language in _OWN_SCRIPT or language in _latin_languages():
        return language in family or (script is None and language not in _OWN_SCRIPT)
    return script in (None, "ru", "ar", "hi", "he")  # a language we have no words of, in a script that many share


def _elected(votes: dict[str, int], words: int) -> str | None:
    """Give the language that enough of the words speak for; None where none is far enough ahead."""
    first, count, second = _lead(votes)
    return first if count >= max(_MIN_VOTES, _MIN_SHARE * words) and count >= _MIN_LEAD * second else None


def _lead(votes: dict[str, int]) -> tuple[str, int, int]:
    """Give the language with most votes, how many, and how many the next one has."""
    first = max(votes, key=votes.__getitem__, default="")
    count, second, *_ = *sorted(votes.values(), reverse=True), 0, 0
    return first, count, second


@cache
def _latin_languages() -> frozenset[str]:
    return frozenset(language for languages in _speakers().values() for language in languages) - _OWN_SCRIPT


@cache
def _speakers() -> dict[str, tuple[str, ...]]:
    speakers: dict[str, tuple[str, ...]] = {}
    for line in (Path(__file__).parent / "words.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            language, words = line.split("\t")
            for word in words.split():
                speakers[word] = (*speakers.get(word, ()), language)
    return {word: languages for word, languages in speakers.items() if len(languages) <= _MAX_SPEAKERS}


def _by_model(sample: str) -> str | None:
    from py3langid.langid import classify  # 0.9 s and 75 MB, for few texts

    return str(classify(sample)[0])
