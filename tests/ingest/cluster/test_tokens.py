"""Tokens and shingles: the same words are the same tokens, however they are written and whatever stands beside them."""

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.tokens import BLOCK_BYTES, SHINGLE_TOKENS, Tokens, blocks, numbered, ordered, shingles, tokenise

_ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # half pairs too
_SCRIPTS = "aZ09ñÉßİж中あกि한ـ\u0301\u00ad\u200b \n'’-𠮷😀"
_MIXED_TEXT = st.text(st.sampled_from(_SCRIPTS), max_size=60)
_TEXTS = st.lists(_ANY_TEXT | _MIXED_TEXT, max_size=6)

_CHINESE = "港务局周三表示，大桥将关闭九周进行维修。工程师发现四个支座中有两个开裂。"
_CHINESE_AGAIN = "港务局周四表示，大桥将关闭九周进行维修。工程师发现四个支座中有两个开裂。"
_CHINESE_OTHER = "博物馆昨天展出一批从未公开过的古代地图，观众可以免费参观到年底。"
_JAPANESE = "港湾局は水曜日、橋を九週間閉鎖すると発表した。"
_JAPANESE_OTHER = "図書館が新しい分館を来月開くと市長は述べた。"
_THAI = "การท่าเรือจะปิดสะพานเป็นเวลาเก้าสัปดาห์"
_THAI_OTHER = "ห้องสมุดแห่งใหม่เปิดให้บริการวันจันทร์นี้"
_KHMER = "ស្ពាននឹងត្រូវបិទរយៈពេលប្រាំបួនសប្តាហ៍"


def words(text: str) -> list[str]:
    """Give the tokens of one text as it writes them."""
    return _written(tokenise([text]), 0)


def keys(text: str) -> list[int]:
    """Give the hashes of the tokens of one text."""
    return [int(value) for value in tokenise([text]).hashes]


def shingle_set(text: str) -> set[int]:
    """Give the distinct shingles of one text."""
    tokens = tokenise([text])
    return {int(value) for value in shingles(tokens, tokens.offsets[:-1], tokens.offsets[1:])[0]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The 3 men's café, again!", ["The", "3", "men", "s", "café", "again"]),
        ("Мост закроют 14 июня.", ["Мост", "закроют", "14", "июня"]),
        ("大桥关闭9周", ["大", "桥", "关", "闭", "9", "周"]),
        ("東京タワーで fire", ["東", "京", "タ", "ワ", "ー", "で", "fire"]),
        ("กิน ข้าว", ["ก", "ิ", "น", "ข", "้", "า", "ว"]),
        ("पुल नौ सप्ताह बंद", ["पुल", "नौ", "सप्ताह", "बंद"]),
        ("الجِسْر مُغلَق، تسعة", ["الجسر", "مغلق", "تسعة"]),
        ("다리가 9주 동안", ["다리가", "9주", "동안"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        ("ﬁne Ａｐｒｉｌ ２", ["fine", "April", "2"]),
        ("a_b \t c\u00a0d", ["a", "b", "c", "d"]),
        ("", []),
        ("... — !", []),
    ],
)
def test_scripts(text: str, expected: list[str]) -> None:
    """A token is a run of letters, marks and digits, or one character where words are not parted."""
    assert words(text) == expected


def test_case_makes_no_difference() -> None:
    """Capitals change what a token is, not which."""
    shouted, quiet = tokenise(["ÉCOLE Москва NASA"]), tokenise(["école москва nasa"])

    assert shouted.hashes.tolist() == quiet.hashes.tolist()
    assert shouted.is_name.tolist() == [True, True, True]
    assert quiet.is_name.tolist() == [False, False, False]


def test_names_and_numbers_are_told() -> None:
    """A token with a capital among its first letters may be a name; one that begins with a digit is a number."""
    tokens = tokenise(["iPhone 12th McKay 大 x9 Ωμέγα"])

    assert _written(tokens, 0) == ["iPhone", "12th", "McKay", "大", "x9", "Ωμέγα"]
    assert tokens.is_name.tolist() == [True, False, True, False, False, True]
    assert tokens.is_number.tolist() == [False, True, False, False, False, False]
    assert tokens.is_alone.tolist() == [False, False, False, True, False, False]


@pytest.mark.parametrize("text", [_CHINESE, _JAPANESE, _THAI, _KHMER])
def test_7_2_scripts_without_spaces_have_shingles(text: str) -> None:
    """MUST_HANDLE 7.2: a text in a script without spaces has about as many shingles as characters."""
    assert len(shingle_set(text)) > len(text) / 2


@pytest.mark.parametrize(
    ("one", "other"), [(_CHINESE, _CHINESE_OTHER), (_JAPANESE, _JAPANESE_OTHER), (_THAI, _THAI_OTHER), (_THAI, _KHMER)]
)
def test_7_2_unrelated_texts_without_spaces_share_nothing(one: str, other: str) -> None:
    """MUST_HANDLE 7.2: two unrelated texts in a script without spaces are not one story."""
    assert shingle_set(one) & shingle_set(other) == set()


def test_7_2_near_duplicates_without_spaces_are_alike() -> None:
    """MUST_HANDLE 7.2: one changed character leaves most shingles of a Chinese text as they were."""
    one, other = shingle_set(_CHINESE), shingle_set(_CHINESE_AGAIN)

    assert len(one & other) / len(one | other) > 0.6


@pytest.mark.parametrize(
    "text", ["Žluťoučký kůň, Ünïcödé", "Việt Nam và Đà Nẵng", "한국어 기사", "ガギグ", "Йод и ёлка"]
)
def test_7_3_nfc_and_nfd_are_twins(text: str) -> None:
    """MUST_HANDLE 7.3: composed and decomposed forms are the same tokens."""
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)

    assert composed != decomposed
    assert keys(composed) == keys(decomposed)


@pytest.mark.parametrize("quote", "'’‘‛′´`ʼʻ＇")
def test_7_4_apostrophes_are_one(quote: str) -> None:
    """MUST_HANDLE 7.4: a straight apostrophe and every other are the same to a token."""
    assert keys(f"the port{quote}s bridge isn{quote}t open, {quote}yes{quote}") == keys(
        "the port's bridge isn't open, 'yes'"
    )


@pytest.mark.parametrize(("left", "right"), ["“”", "„“", "«»", "‹›", "「」", "＂＂", "``"])
def test_7_4_quotes_are_one(left: str, right: str) -> None:
    """MUST_HANDLE 7.4: curly, low, angled and straight quotes are the same to a token."""
    assert keys(f"he said {left}nine weeks{right} again") == keys('he said "nine weeks" again')


@pytest.mark.parametrize("dash", "–—‐‑‒―−﹣－")
def test_7_4_dashes_are_one(dash: str) -> None:
    """MUST_HANDLE 7.4: dashes of all lengths are the same to a token."""
    assert keys(f"nine{dash}week closure {dash} so far") == keys("nine-week closure - so far")


def test_7_5_format_characters_are_not_there() -> None:
    """MUST_HANDLE 7.5: soft hyphens, zero-width and all other format characters in words make no difference."""
    historic = {0x110BD, 0x110CD, *range(0x13430, 0x13440), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)}
    hidden = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]

    differing = [
        hex(ord(mark))
        for mark in hidden
        if ord(mark) not in historic and keys(f"the bri{mark}dge wi{mark}ll close") != keys("the bridge will close")
    ]

    assert differing == []


@pytest.mark.parametrize("mark", ["\ufe0f", "\U000e0101", "\u034f", "\u180b"])
def test_7_5_variation_selectors_are_not_there(mark: str) -> None:
    """MUST_HANDLE 7.5: what only chooses how a character looks makes no word, and parts none."""
    assert keys(f"a ❤{mark} bridge") == keys("a ❤ bridge")
    assert words(f"br{mark}idge") == ["bridge"]


def test_7_5_homoglyphs_are_safe() -> None:
    """MUST_HANDLE 7.5: a Latin word with a Cyrillic letter is another word, and no error."""
    assert len(keys("the bridgе closes")) == len(keys("the bridge closes"))
    assert keys("bridgе") != keys("bridge")


@given(_ANY_TEXT | _MIXED_TEXT)
def test_any_text_has_tokens(text: str) -> None:
    """No text is an error, half surrogate pairs included, and its tokens lie in order and apart."""
    tokens = tokenise([text])

    assert (tokens.starts < tokens.ends).all()
    assert (tokens.ends[:-1] <= tokens.starts[1:]).all()
    assert all(_written(tokens, 0))


@given(_TEXTS)
def test_tokens_of_a_text_do_not_depend_on_its_neighbours(texts: list[str]) -> None:
    """A text has the same tokens alone and in a block: no token spans two texts."""
    block = tokenise(texts)

    assert len(block.offsets) == len(texts) + 1
    for place, text in enumerate(texts):
        alone = tokenise([text])
        mine = slice(block.offsets[place], block.offsets[place + 1])
        assert _written(block, place) == _written(alone, 0)
        assert block.hashes[mine].tolist() == alone.hashes.tolist()
        assert block.is_name[mine].tolist() == alone.is_name.tolist()
        assert block.is_number[mine].tolist() == alone.is_number.tolist()
        assert block.is_alone[mine].tolist() == alone.is_alone.tolist()


@given(_TEXTS)
def test_shingles_of_a_text_do_not_depend_on_its_neighbours(texts: list[str]) -> None:
    """A text of n tokens has n - 4 shingles, the same alone and in a block."""
    block = tokenise(texts)

    hashes, offsets = shingles(block, block.offsets[:-1], block.offsets[1:])

    for place, text in enumerate(texts):
        alone = tokenise([text])
        mine, _ = shingles(alone, alone.offsets[:-1], alone.offsets[1:])
        assert hashes[offsets[place] : offsets[place + 1]].tolist() == mine.tolist()
        assert len(mine) == max(len(alone.hashes) - SHINGLE_TOKENS + 1, 0)


@given(st.sets(st.text(st.sampled_from("abcdefghij"), min_size=1, max_size=40), min_size=2, max_size=30))
def test_different_words_have_different_hashes(distinct: set[str]) -> None:
    """Words of up to 64 bytes that differ anywhere differ in their hash."""
    assert len(set(keys(" ".join(distinct)))) == len(distinct)


@given(st.lists(st.integers(0, BLOCK_BYTES * 2), max_size=12))
def test_blocks_are_cut_where_they_are_full(sizes: list[int]) -> None:
    """Blocks hold every text once, in order; each but the last is full with its last text, and not before."""
    texts = ["x" * size for size in sizes]

    cuts = list(blocks(texts))

    assert [place for first, after in cuts for place in range(first, after)] == list(range(len(texts)))
    for first, after in cuts:
        assert sum(sizes[first : after - 1]) < BLOCK_BYTES
        assert sum(sizes[first:after]) >= BLOCK_BYTES or after == len(texts)


@given(st.integers(0, 600), st.integers(1, 64), st.integers(0, 2**32))
def test_keys_are_ordered_as_numpy_orders_them(count: int, bits: int, seed: int) -> None:
    """Equal keys stay as they stand, whether the keys are many or few, wide, narrow or nearly the same."""
    found = np.random.default_rng(seed).integers(0, 1 << bits, count, np.uint64, endpoint=False) | np.uint64(1 << 63)
    for each in (found, found << np.uint64(1), found ^ found[:1].repeat(count) ^ np.uint64(1 << 63)):
        order, ascending = ordered(each)
        distinct, places = numbered(each)

        assert np.argsort(each, kind="stable").tolist() == order.tolist()
        assert np.sort(each).tolist() == ascending.tolist()
        assert sorted(set(each.tolist())) == distinct.tolist()
        assert distinct[places].tolist() == each.tolist()


def test_a_range_without_tokens_has_no_shingle() -> None:
    """Ranges may be empty, short and anywhere: each gets what is inside it."""
    tokens = tokenise(["a b c d e f g h", "i j k"])

    hashes, offsets = shingles(tokens, np.array([0, 3, 2, 8]), np.array([0, 7, 8, 11]))

    assert np.diff(offsets).tolist() == [0, 0, 2, 0]
    assert hashes.tolist() == shingles(tokens, np.array([2]), np.array([8]))[0].tolist()


def _written(tokens: Tokens, text: int) -> list[str]:
    mine = range(tokens.offsets[text], tokens.offsets[text + 1])
    return [tokens.data[tokens.starts[place] : tokens.ends[place]].decode() for place in mine]
