"""Text in any script -> tokens -> shingles, as arrays over a block of texts.

A token is a run of letters, marks and digits; in scripts written without spaces it is one character.
Case, compatibility forms (NFKC), the kind of quotes and dashes, soft hyphens and zero-width characters make no
difference. Everything is done on the UTF-8 bytes of many texts at once: a call per token, or even per text, would
cost more than the work.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

SHINGLE_TOKENS = 5
BLOCK_BYTES = 1 << 17  # texts are worked on in blocks that stay in the processor's cache

_BREAK, _WORD, _ALONE = range(3)
_LIMIT = 0x20000  # code points beyond are Han extensions, or no text
_UNSPACED = (  # scripts written without spaces between words
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # ideographic marks
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x4DBF),  # Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han compatibility
)
_APOSTROPHES = (0x02B9, 0x02BD)  # letters by category, but other hands write a quotation mark there
# Left out of words: format characters, variation selectors, Arabic stretching stroke and vowel marks, Hebrew points.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u0591-\u05bd\u0600-\u0605\u061c\u0640\u064b-\u065f\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_TAGS = re.compile("[\U000e0000-\U000e0fff]")  # invisible; apart, for they make the pattern above slower
_TOKEN_BYTES = 64  # what is hashed of a token; no word of any language is longer
_WORTH_PACKING = 256  # keys; fewer are ordered as fast without
_LEAD_OF_THREE = 0xE0  # the least first byte of a character of three bytes or more
_ROLL = np.uint64(0x9E3779B97F4A7C15)
_Hash = TypeVar("_Hash", np.uint32, np.uint64)
_UTF8_BITS = np.array([0] * 0xC0 + [0x1F] * 0x20 + [0x0F] * 0x10 + [0x07] * 0x10, np.uint32)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a block of texts.

    `offsets` has one entry more than there are texts: text i owns tokens offsets[i]:offsets[i + 1].
    """

    hashes: NDArray[np.uint64]  # of the token in lower case
    starts: NDArray[np.intp]  # of its first byte in `data`
    ends: NDArray[np.intp]  # after its last byte in `data`
    is_name: NDArray[np.bool_]  # written with a capital among its first letters
    is_number: NDArray[np.bool_]  # begins with a digit
    is_alone: NDArray[np.bool_]  # one character of a script without spaces
    offsets: NDArray[np.intp]
    data: bytes  # UTF-8 of the NFKC forms of all texts, each followed by a newline
    _runs: dict[int, NDArray[np.uint64]] = field(default_factory=dict, repr=False, compare=False)

    def runs(self, size: int) -> NDArray[np.uint64]:
        """Give a hash of every run of `size` tokens of the block, worked out once for all of its texts."""
        if size not in self._runs:
            self._runs[size] = rolled(self.hashes, size)
        return self._runs[size]


def blocks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Cut `texts` into runs (first, after last) of about BLOCK_BYTES characters each."""
    first = size = 0
    for index, text in enumerate(texts):
        size += len(text)
        if size >= BLOCK_BYTES:
            yield first, index + 1
            first, size = index + 1, 0
    if first < len(texts):
        yield first, len(texts)


def tokenise(texts: Sequence[str]) -> Tokens:
    """Give the tokens of `texts`, a block of them."""
    cased, lower = zip(*map(_fold, texts), strict=True) if texts else ((), ())
    data = b"\n".join((b"", *cased, b""))
    lowered = b"\n".join((b"", *lower, bytes(_TOKEN_BYTES)))
    starts, ends, is_alone = _borders(data)
    borders = np.fromiter(accumulate((len(part) + 1 for part in cased), initial=0), np.intp, len(texts) + 1)
    octets, lowered_octets = np.frombuffer(data, np.uint8), np.frombuffer(lowered, np.uint8)
    first, is_capital = octets[starts], octets != lowered_octets[: len(octets)]
    third = starts + 2 * (first >= _LEAD_OF_THREE)  # Vietnamese letters have their case there
    return Tokens(
        hashes=_hash(lowered, starts, ends - starts),
        starts=starts,
        ends=ends,
        is_name=is_capital[starts] | is_capital[starts + 1] | is_capital[third],
        is_number=(first >= ord("0")) & (first <= ord("9")),
        is_alone=is_alone,
        offsets=np.searchsorted(starts, borders + 1),
        data=data,
    )


def shingles(
    tokens: Tokens, first: NDArray[np.intp], after: NDArray[np.intp]
) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Give the 32-bit hash of every run of SHINGLE_TOKENS tokens inside each range first[i]:after[i] of tokens.

    The second array tells where each range's shingles begin, and has one entry more than there are ranges.
    A range of fewer tokens has no shingle. The same shingle may occur twice.
    """
    sizes = np.maximum(after - first - SHINGLE_TOKENS + 1, 0)
    offsets = np.concatenate((np.zeros(1, np.intp), np.cumsum(sizes)))
    if not offsets[-1]:
        return np.zeros(0, np.uint32), offsets
    runs = (tokens.runs(SHINGLE_TOKENS) >> np.uint64(32)).astype(np.uint32)
    ranges = zip(first.tolist(), sizes.tolist(), strict=True)
    return np.concatenate([runs[begin : begin + size] for begin, size in ranges]), offsets


def rolled(hashes: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Give a hash of every run of `size` of the `hashes`."""
    count = max(len(hashes) - size + 1, 0)
    runs = hashes[:count].copy()
    for ahead in range(1, size):
        runs *= _ROLL
        runs += hashes[ahead : ahead + count]
    return spread(runs)


def distinct(hashes: NDArray[_Hash]) -> NDArray[_Hash]:
    """Give the `hashes` once each, ascending: np.unique takes ten times as long over arrays of an article's size."""
    ordered = np.sort(hashes)
    once: NDArray[_Hash] = ordered[
        np.concatenate((np.ones(min(len(ordered), 1), np.bool_), ordered[1:] != ordered[:-1]))
    ]
    return once


def ordered(keys: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Give the places of the `keys` in ascending order, equal ones as they stand, and the keys in that order.

    np.argsort takes ten times as long as np.sort, so each key is sorted with its place in its lowest bits. Where that
    takes away what tells two keys apart (of 64-bit hashes: next to never), np.argsort does it after all.
    """
    bits = len(keys).bit_length()
    if len(keys) < _WORTH_PACKING:
        order = np.argsort(keys, kind="stable")
        return order, keys[order]
    spare, low = np.uint64(64 - int(keys.max()).bit_length()), np.uint64((1 << bits) - 1)
    packed = (keys << spare) & ~low
    packed |= np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    order = (packed & low).view(np.intp)
    ascending = keys[order]
    if (ascending[1:] < ascending[:-1]).any():
        order = np.argsort(keys, kind="stable")
        ascending = keys[order]
    return order, ascending


def numbered(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Give the `keys` once each, ascending, and the place of each of them among these: np.unique, but faster."""
    order, ascending = ordered(keys)
    is_new = np.concatenate((np.ones(min(len(keys), 1), np.bool_), ascending[1:] != ascending[:-1]))
    places = np.empty(len(keys), np.intp)
    places[order] = np.cumsum(is_new) - 1
    return ascending[is_new], places


def _fold(text: str) -> tuple[bytes, bytes]:
    """Give the UTF-8 of `text` in NFKC, and of the same in lower case: as many bytes."""
    if text.isascii():
        data = text.encode("ascii")
        return data, data.lower()
    # NFKC would make an acute accent, written as an apostrophe, part of the next word.
    text = unicodedata.normalize("NFKC", _IGNORABLE.sub("", text.replace("\u00b4", "'")))
    data = text.encode("utf-8", "replace")
    if b"\xf3\xa0" in data:
        text = _TAGS.sub("", text)
        data = text.encode("utf-8", "replace")
    lower = text.lower().encode("utf-8", "replace")
    # A few letters change their length with their case (Turkish dotted I): such a text goes without its capitals.
    return (data, lower) if len(data) == len(lower) else (lower, lower)


def _borders(data: bytes) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Give each token's first byte, the byte after its last, and whether it is a character that stands alone.

    `data` begins and ends with a break.
    """
    octets = np.frombuffer(data, np.uint8)
    kinds = np.frombuffer(data.translate(_ascii_kinds()), np.uint8)
    leads = np.flatnonzero(octets >= 0xC0)
    if len(leads):
        kinds = kinds.copy()
        _settle(kinds, octets, leads)
    inside = kinds != _BREAK
    turns = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, ends = turns[0::2], turns[1::2]
    alone = kinds == _ALONE
    if len(leads) and alone.any():
        cuts = np.flatnonzero((octets[1:] & 0xC0 != 0x80) & inside[1:] & inside[:-1] & (alone[1:] | alone[:-1])) + 1
        starts, ends = np.sort(np.concatenate((starts, cuts))), np.sort(np.concatenate((ends, cuts)))
    return starts, ends, alone[starts]


def _settle(kinds: NDArray[np.uint8], octets: NDArray[np.uint8], leads: NDArray[np.intp]) -> None:
    """Write into `kinds` what the characters of several bytes, which begin at `leads`, are to a token."""
    points = octets[leads] & _UTF8_BITS[octets[leads]]
    widths = 2 + (octets[leads] >= 0xE0).astype(np.intp) + (octets[leads] >= 0xF0)
    for ahead in (1, 2, 3):
        longer = np.flatnonzero(widths > ahead)
        points[longer] = (points[longer] << np.uint32(6)) | (octets[leads[longer] + ahead] & np.uint8(0x3F))
    # Beyond the table: the Han extensions stand alone, the rest is no text.
    found = np.where(
        points < _LIMIT, _point_kinds()[np.minimum(points, _LIMIT - 1)], np.where(points < 0x40000, _ALONE, _BREAK)
    )
    for ahead in range(4):
        longer = np.flatnonzero(widths > ahead)
        kinds[leads[longer] + ahead] = found[longer]


def _hash(data: bytes, starts: NDArray[np.intp], sizes: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Hash the tokens at `starts`: eight bytes at a step, all tokens at once."""
    hashes = spread((_words_at(data, starts) & _MASKS[np.minimum(sizes, 8)]) + _ROLL)
    done, longer = 8, np.flatnonzero(sizes > 8)
    while len(longer) and done < _TOKEN_BYTES:
        word = _words_at(data, starts[longer] + done) & _MASKS[np.minimum(sizes[longer] - done, 8)]
        hashes[longer] = spread(hashes[longer] * _ROLL + word)
        done += 8
        longer = longer[sizes[longer] > done]
    return hashes


def _words_at(data: bytes, starts: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Read eight bytes at each of `starts`, aligned or not, as one little-endian word."""
    words: NDArray[np.uint64] = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    return words[starts]


def spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over the word: MurmurHash3's 64-bit finaliser."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


@cache
def _ascii_kinds() -> bytes:
    return bytes(_WORD if point >= 0x80 or chr(point).isalnum() else _BREAK for point in range(256))


@cache
def _point_kinds() -> NDArray[np.uint8]:
    """Tell for each code point below _LIMIT what it is to a token; made once a process, in about 30 ms."""
    kinds = np.array([unicodedata.category(chr(point))[0] in "LMN" for point in range(_LIMIT)], np.uint8)
    for low, high in _UNSPACED:
        kinds[low : high + 1] *= _ALONE
    kinds[_APOSTROPHES[0] : _APOSTROPHES[1] + 1] = _BREAK
    return kinds
