"""Texts in the encodings that their languages came in before UTF-8; the file is of our own writing."""

import codecs
import unicodedata
from pathlib import Path

import pytest

from ingest.clean.decode import decode
from ingest.clean.legacy import guess
from ingest.outcome import Refused
from tests.ingest.clean.documents import page_document, text_document

_FILE = Path(__file__).parents[2] / "cases" / "encodings" / "languages.tsv"
_ROWS = [line.split("\t") for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
_TEXTS = {language: text for language, _, text in _ROWS}
_PAIRS = [(language, codec) for language, encodings, _ in _ROWS for codec in encodings.split()]
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # which Vietnamese has apart from its letters
_LABELS = {  # where the web's label is not Python's name
    "cp932": "shift_jis",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "cp949": "ks_c_5601-1987",
    "euc_kr": "euc-kr",
    "cp950": "big5",
    "big5hkscs": "big5-hkscs",
    "cp874": "windows-874",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
}
_OF_NO_LABEL = {"mac-latin2"}


def _written(text: str, codec: str) -> bytes:
    """Give `text` as it was written then: without the few letters that an encoding lacks."""
    if codec == "cp1258":
        text = "".join(map(_with_tone, text))
    return text.encode(codec, "ignore")


def _with_tone(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    bare = "".join(part for part in parts if part not in _TONES)
    return unicodedata.normalize("NFC", bare) + "".join(part for part in parts if part in _TONES)


def _read(body: bytes, codec: str) -> str:
    return unicodedata.normalize("NFC", body.decode(codec))


def _is_found(language: str, codec: str, *, share: int) -> bool:
    text = _TEXTS[language]
    body = _written(text[: len(text) // share], codec)
    try:
        return _read(body, codec) == decode(text_document(body))
    except Refused:
        return False


def test_3_7_there_are_many() -> None:
    """Forty languages, in more than ninety pairs of language and encoding."""
    assert len(_TEXTS) >= 40
    assert len(_PAIRS) >= 90


@pytest.mark.parametrize(("share", "least"), [(1, 0.99), (3, 0.95)])
def test_3_7_undeclared_encodings_are_found(share: int, least: float) -> None:
    """Of texts in four sentences all but one in a hundred are read as they were written, of single sentences 95."""
    lost = [(language, codec) for language, codec in _PAIRS if not _is_found(language, codec, share=share)]

    assert len(lost) <= (1 - least) * len(_PAIRS), lost


@pytest.mark.parametrize(("language", "codec"), _PAIRS, ids="-".join)
def test_3_7_declared_encodings_always_win(language: str, codec: str) -> None:
    """A label of the transport or of the page is believed, however the bytes look."""
    if codec in _OF_NO_LABEL:
        return
    label = _LABELS.get(codec) or codecs.lookup(codec).name.replace("cp125", "windows-125").replace(
        "iso8859", "iso-8859"
    )
    page = f'<html><head><meta charset="{label}"></head><body>{_TEXTS[language]}</body></html>'
    body, markup = _written(_TEXTS[language], codec), _written(page, codec)

    assert _read(body, codec) == decode(text_document(body, charset=label))
    assert _read(markup, codec) == decode(page_document(markup))


@pytest.mark.parametrize("language", _TEXTS)
def test_3_7_utf_8_is_never_taken_for_anything_else(language: str) -> None:
    """What is UTF-8 is read as UTF-8 in every script."""
    assert decode(text_document(_TEXTS[language])) == _TEXTS[language]


def test_3_7_what_reads_as_no_language_is_left_to_others() -> None:
    """Noise, and text in ASCII alone, is in no encoding with one byte a letter."""
    assert guess(bytes(range(128, 256)) * 20) is None
    assert guess(b"The mayor said on Friday that the bridge would reopen.") is None


def test_3_1_a_stray_byte_in_ascii_is_damage_where_no_letter_fits() -> None:
    """One byte beyond ASCII is read as the letter that a language has there, else as damage."""
    text = b"The mayor said on Friday that the %b would be open to all, and that it is good for the town."

    assert "the café would" in decode(text_document(text % b"caf\xe9"))
    assert "the bri\ufffddge would" in decode(text_document(text % b"bri\xffdge"))
