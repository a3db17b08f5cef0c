"""Bytes to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean.decode import decode, well_formed
from ingest.outcome import Outcome, Refused
from tests.ingest.clean.documents import page_document, text_document

_SPANISH = "La inundación llegó al puerto el viernes, según la alcaldía. Los pescadores volverán mañana. " * 20
# One text in each legacy encoding that news still comes in, undeclared.
_RUSSIAN = "Мэр города сообщил в пятницу, что движение по мосту будет восстановлено на следующей неделе."
_JAPANESE = "市長は金曜日、橋が来週再開されると発表した。工事費は予想を下回ったという。住民の声も上がっている。"
_LEGACY = {
    "cp1252": "Die Bürgermeisterin sagte am Freitag, die Straße müsse geöffnet werden. Über die Gründe schwieg sie.",
    "cp1250": "Policie v pátek uvedla, že řidič přejížděl železniční přejezd rychle a žádný cestující nebyl zraněn.",
    "iso8859-2": "Prezydent powiedział w środę, że rząd będzie rozmawiał z sąsiadami, a żadna decyzja nie zapadła.",
    "cp1251": _RUSSIAN,
    "koi8-r": _RUSSIAN,
    "iso8859-7": "Ο δήμαρχος δήλωσε την Παρασκευή ότι η γέφυρα θα ανοίξει ξανά την επόμενη εβδομάδα στην πόλη.",
    "cp1254": "Belediye başkanı köprünün gelecek hafta açılacağını ve çalışmaların daha ucuz olduğunu söyledi.",
    "cp1255": "ראש העיר אמר ביום שישי כי הגשר ייפתח מחדש בשבוע הבא. לדבריו, העבודות עלו פחות מן הצפוי.",
    "cp1256": "قال رئيس البلدية يوم الجمعة إن الجسر سيفتح من جديد الأسبوع المقبل وإن السكان راضون عن الأعمال.",
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "gb18030": "市长周五表示，大桥将于下周重新开放。他说，工程费用低于预期，居民对此表示欢迎。交通已经恢复。",
    "big5": "市長週五表示，大橋將於下週重新開放。他說，工程費用低於預期，居民對此表示歡迎。交通已經恢復。",
    "cp949": "시장은 금요일에 다리가 다음 주에 다시 열릴 것이라고 밝혔다. 그는 공사 비용이 적게 들었다고 말했다.",
}
_LABELS = {
    "iso8859-2": "iso-8859-2",
    "iso8859-7": "iso-8859-7",
    "cp932": "shift_jis",
    "euc_jp": "euc-jp",
    "cp949": "euc-kr",
}


def test_3_1_one_bad_byte_changes_one_character() -> None:
    """A page in UTF-8 with one bad byte stays UTF-8."""
    body = _SPANISH.encode().replace(b"viernes", b"v\xffernes", 1)

    assert decode(page_document(body)) == _SPANISH.replace("viernes", "v\ufffdernes", 1)


def test_3_2_a_cut_character_changes_nothing_else() -> None:
    """A page cut inside a character stays UTF-8."""
    body = _SPANISH.encode() + "ó".encode()[:1]

    assert decode(page_document(body)) == _SPANISH + "\ufffd"


@given(st.text(alphabet=st.characters()))
def test_3_3_no_string_keeps_a_lone_surrogate(text: str) -> None:
    """Every string becomes one that can be stored and hashed."""
    clean = well_formed(text + "\ud800")

    assert clean.encode("utf-8").decode("utf-8") == clean
    assert clean.endswith("\ufffd")


def test_3_4_control_characters_are_gone() -> None:
    """NUL and its neighbours are dropped; tabs and line ends stay."""
    assert decode(text_document("Ships\0 are\x07 back\tin\r\nthe harbour\n")) == "Ships are back\tin\nthe harbour\n"


@pytest.mark.parametrize(
    "label", ["utf-7", "unicode_escape", "punycode", "idna", "zlib_codec", "\xe0\x80\x8f", "utf-8\0", "rot13"]
)
def test_3_5_only_labels_of_the_web_count(label: str) -> None:
    """An encoding that browsers do not know counts as undeclared."""
    assert decode(text_document("Hafen wieder geöffnet +AGE-", charset=label)) == "Hafen wieder geöffnet +AGE-"


@pytest.mark.parametrize("stale", ["iso-8859-1", "windows-1251", "windows-1252", "windows-874"])
@pytest.mark.parametrize("end", [b"", "ó".encode()[:1]])
def test_a_stale_declaration_does_not_outweigh_bytes_that_are_utf_8(stale: str, end: bytes) -> None:
    """A page that was saved anew in UTF-8 reads as UTF-8, whole or cut, whoever says that it is Latin."""
    declared = f'<meta charset="{stale}">{_SPANISH}'.encode() + end

    assert decode(page_document(declared)).endswith(_SPANISH)
    assert decode(text_document(_SPANISH.encode() + end, charset=stale)) == _SPANISH


@pytest.mark.parametrize(("encoding", "label"), [("cp932", "shift_jis"), ("gb18030", "gbk"), ("euc_jp", "euc-jp")])
def test_a_stale_east_asian_declaration_has_to_read_badly(encoding: str, label: str) -> None:
    """UTF-8 is believed where the declared encoding does not know all bytes, and not where it does."""
    text = _LEGACY[encoding]

    assert decode(text_document(text.encode(), charset=label)) == text
    assert decode(text_document(text.encode(encoding), charset=label)) == text


def test_what_may_be_utf_8_by_chance_stays_as_declared() -> None:
    """Two sequences, or one byte that is none of UTF-8, leave the word to the declaration."""
    for said in ("The price was Â£2, or Â£3.", _SPANISH.replace("ó", "Ã³") + "ñ"):
        assert decode(text_document(said.encode("cp1252"), charset="windows-1252")) == said


@pytest.mark.parametrize("encoding", _LEGACY)
def test_3_7_legacy_encodings_are_found(encoding: str) -> None:
    """A text in an old encoding is read though nobody says which it is."""
    text = _LEGACY[encoding]

    assert decode(text_document(text.encode(encoding))) == text


@pytest.mark.parametrize("encoding", _LEGACY)
def test_3_7_a_declared_encoding_wins(encoding: str) -> None:
    """What the transport or the page declares is believed before any guess."""
    label = _LABELS.get(encoding, encoding)
    text = _LEGACY[encoding]
    page = f'<html><head><meta charset="{label}"></head><body>{text}</body></html>'

    assert decode(text_document(text.encode(encoding), charset=label)) == text
    assert decode(page_document(page.encode(encoding))) == page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_in_every_form(encoding: str) -> None:
    """A byte order mark is believed, and UTF-16 is seen without one."""
    assert decode(text_document(_SPANISH.encode(encoding))) == _SPANISH


def test_text_is_composed() -> None:
    """Letters with separate accents become the letters that search and hashes expect."""
    assert decode(text_document("Inundacio\u0301n")) == "Inundación"


def test_noise_is_refused() -> None:
    """Bytes that no encoding explains are no text."""
    with pytest.raises(Refused) as refused:
        decode(text_document(bytes(range(1, 256)) * 8))

    assert refused.value.outcome in (Outcome.BINARY, Outcome.UNDECODABLE)
