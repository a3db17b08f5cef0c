"""Bytes to text: what an outlet wrote, in the encoding it wrote it in.

Asked in this order: byte order mark, transport, the page's own declaration, UTF-8, a detector.
Bytes that are UTF-8, and hardly by chance, outweigh a declaration: files that are saved anew keep their old one.
"""

import re
import unicodedata
from codecs import utf_8_decode
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ingest.clean.legacy import guess
from ingest.document import RawDocument
from ingest.outcome import Outcome, Refused

_BINARY = (
    b"%PDF", b"\x89PNG", b"PK\x03\x04", b"PK\x05\x06", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!",
    b"\x7fELF", b"RIFF", b"ID3\x03", b"OggS", b"\x00\x00\x01\x00", b"BZh9", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"wOF2",
)  # fmt: skip
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_ISO_2022_JP = b"\x1b$B"  # from here on, two bytes a character
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13)) + b"\x7f"
_HIGH = bytes(range(128, 256))

_MAX_BAD_SHARE = 0.01  # a page may have this share of bytes that its encoding does not know
_MAX_CONTROL_SHARE = 0.05
_FEW_CONTROLS = 8
_WIDE_BYTES = 400
_MIN_ZEROS = 0.4
_MAX_BAD_TEXT_SHARE = 0.10
_DETECT_BYTES = 16_384
_FEW_SEQUENCES = 3  # of UTF-8: legacy text that happens to read so holds one or two
_DECLARATION_BYTES = 4_096  # the standard says 1,024; pages are not so strict

_DECLARATION = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""",
    re.I | re.A,
)
_MARKUP = re.compile(rb"<(?:script|style)\b.*?(?:</(?:script|style)\b|\Z)|<[^>]{0,2000}>", re.I | re.S)
_CONTROL_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode(raw: RawDocument) -> str:
    r"""Give the text of a document: NFC, lines ended by "\n", no control characters, no lone surrogates.

    Raises Refused: BINARY for what is no text at all, UNDECODABLE where no encoding fits.
    """
    body = raw.body
    if body.startswith(_BINARY):
        raise Refused(Outcome.BINARY, raw.url, f"starts like a binary file: {body[:4]!r}")
    label = raw.charset.strip().lower() if raw.charset else None
    plain = body.translate(None, _CONTROLS)
    controls = len(body) - len(plain)
    if raw.media_type == "text/plain" and not controls and _labels().get(label or "utf-8", "utf-8") == "utf-8":
        try:
            return tidy(body.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    if controls > max(_FEW_CONTROLS, len(body) * _MAX_CONTROL_SHARE) and not _has_wide_units(body, label):
        raise Refused(Outcome.BINARY, raw.url, f"{controls} of {len(body)} bytes are control characters")
    for codec in _declared(body, label):
        text = _decoded(body, codec)
        if text is not None:
            return tidy((_as_utf8(body, text) if codec != "utf-8" else None) or text)
    return tidy(_undeclared(raw))


def tidy(text: str) -> str:
    r"""Give `text` as NFC, its lines ended by "\n", without a byte order mark."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text
    if "\u2028" in text or "\u2029" in text or "\x85" in text:
        text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n")
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def well_formed(text: str) -> str:
    """Give a string of unknown origin without control characters and lone surrogates: SQL and hashes refuse both."""
    if text.isascii() and text.isprintable():
        return text
    text = _CONTROL_TEXT.sub("", text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return tidy(text)


def _declared(body: bytes, label: str | None) -> Iterator[str]:
    """Give the codecs that someone names, most trusted first."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            yield codec
    if label in _labels():
        yield _labels()[label]
    declared = _DECLARATION.search(body, 0, _DECLARATION_BYTES)
    if declared:
        codec = _labels().get((declared[1] or declared[2]).decode("ascii", "replace").lower(), "")
        # A declaration that could be read byte by byte is not UTF-16, whatever it says (WHATWG, "prescan").
        yield "utf-8" if codec.startswith("utf-16") else codec


@cache
def _labels() -> dict[str, str]:
    lines = (Path(__file__).parent / "encodings.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return {label: codec for codec, labels in rows for label in labels.split()}


def _decoded(body: bytes, codec: str) -> str | None:
    """Give the text if `codec` knows nearly all of its bytes, else None."""
    if not codec:
        return None
    text = body.decode(codec, "replace")
    if text.count("\ufffd") > max(1, len(body) * _MAX_BAD_SHARE) + body.count(b"\xef\xbf\xbd"):
        return None
    return _CONTROL_TEXT.sub("", text)


def _as_utf8(body: bytes, declared: str) -> str | None:
    """Give a body that is UTF-8, its end cut perhaps, as such; `declared` is how it reads as what it is said to be.

    Encodings with several bytes a character are no proof against chance: one that knows all bytes is believed.
    """
    is_one_byte = len(declared) == len(body.translate(None, _CONTROLS))
    if not is_one_byte and "\ufffd" not in declared:
        return None
    try:
        text, _ = utf_8_decode(body)
    except UnicodeDecodeError:
        return None
    sequences = len(text) - len(body.translate(None, _HIGH))
    return _CONTROL_TEXT.sub("", text) if sequences >= _FEW_SEQUENCES else None


def _has_wide_units(body: bytes, label: str | None) -> bool:
    """Whether zeros belong to the encoding, which has two bytes a character; or escapes, which switch its tables."""
    codecs = {*_declared(body, label), *_wide(body)}
    return any(codec.startswith(("utf-16", "iso2022")) for codec in codecs)


def _wide(body: bytes) -> Iterator[str]:
    """Give the encodings that their bytes give away: UTF-16 of mostly Latin letters, escapes to Japanese."""
    start = body[:_WIDE_BYTES]
    for codec, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        if start[high::2].count(0) > _MIN_ZEROS * len(start) / 2 and start[1 - high :: 2].count(0) == 0:
            yield codec
    if _ISO_2022_JP in body:
        yield "iso2022_jp"


def _undeclared(raw: RawDocument) -> str:
    body = raw.body
    for codec in _wide(body):
        if (text := _decoded(body, codec)) is not None:
            return text
    damaged = body.decode("utf-8", "replace")
    bad = damaged.count("\ufffd") - body.count(b"\xef\xbf\xbd")
    high = len(body) - len(body.translate(None, _HIGH))
    if high > 2 * bad and (text := _decoded(body, "utf-8")) is not None:
        return text
    sample = _sample(body)
    # One bad byte in a text that is ASCII otherwise may be its only accent, or damage.
    guessed = guess(sample) or ("utf-8" if bad == 1 else _by_detector(sample))
    found = _CONTROL_TEXT.sub("", body.decode(guessed, "replace")) if guessed else "\ufffd" * 2
    if found.count("\ufffd") > max(1, len(found) * _MAX_BAD_TEXT_SHARE):
        raise Refused(Outcome.UNDECODABLE, raw.url, "no encoding fits; declare one")
    return found


def _sample(body: bytes) -> bytes:
    """Give bytes from around the first that is no ASCII, without markup."""
    plain = _MARKUP.sub(b" ", body[: 16 * _DETECT_BYTES]).translate(None, _CONTROLS.replace(b"\x1b", b""))
    first = next((at for at, byte in enumerate(plain) if byte >= 128), 0)
    start = max(0, first - _DETECT_BYTES // 2)
    return plain[start : start + _DETECT_BYTES]


def _by_detector(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # 60 ms to import, and few documents need it

    best = from_bytes(sample).best()
    return best.encoding if best else None
