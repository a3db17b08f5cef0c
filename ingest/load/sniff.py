"""What kind of file this is: by its first bytes, and by its name where they do not tell."""

import re
from enum import StrEnum

import orjson

HEAD_BYTES = 64 << 10  # as much as is looked at

_PACKED = (".gz", ".zst")

# Formats that may hold an article which cannot be read here: said even where the name promises nothing.
_DOCUMENTS = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP, Word, Excel or EPUB"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Word or Excel"),
    (b"{\\rtf", "RTF"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x8b", "gzip within gzip or zstd"),
    (b"\x28\xb5\x2f\xfd", "zstd within gzip or zstd"),
    (b"BZh91AY&SY", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)
_OTHERS = (
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"RIFF", "RIFF: WebP, WAVE or AVI"),
    (b"\x7fELF", "ELF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"OggS", "Ogg"),
    (b"wOF2", "WOFF"),
    (b"wOFF", "WOFF"),
    (b"PAR1", "Parquet"),
)
_MAGIC = tuple(magic for magic, _ in (*_DOCUMENTS, *_OTHERS))
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"

# The atomic group keeps many comments from being tried in every division.
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]{0,500}>\s*)?(?>(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(
    rb"</?(?:html|head|body|title|meta|link|script|style|main|article|section|header|footer|nav|div|p|span|a|br|h[1-6]"
    rb"|ul|ol|li|table|tr|td|img|figure|blockquote|em|strong|b|i)(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_JSON_START = re.compile(rb"\s*(?:\{\s*(?:\"|\})|\[\s*[\[{\"])")
_OBJECT_START = re.compile(rb'\s*\{\s*"')
_TEXT_KEY = re.compile(rb'"(?:text|html|body|content)"\s*:')


class Kind(StrEnum):
    """What a file holds."""

    TEXT = "text"
    HTML = "html"
    JSONL = "jsonl"
    WARC = "warc"
    JSON = "json"  # one value over several lines, or one array: not a document a line
    BINARY = "binary"


_CLAIMS = {
    ".txt": Kind.TEXT,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".jsonl": Kind.JSONL,
    ".ndjson": Kind.JSONL,
    ".warc": Kind.WARC,
}


def claim_of(name: str) -> Kind | None:
    """Give the kind that a file name promises, packed or not; None for a name that promises nothing.

    >>> claim_of("Page.HTML.gz"), claim_of("notes.md")
    (<Kind.HTML: 'html'>, None)
    """
    name = name.lower()
    dot = name.rfind(".")
    if name[dot:] in _PACKED:
        for suffix in _PACKED:
            name = name.removesuffix(suffix)
        dot = name.rfind(".")
    return _CLAIMS.get(name[dot:]) if dot >= 0 else None


def kind_of(head: bytes, claim: Kind | None) -> Kind:
    """Give the kind of the file that begins with `head`, unpacked and in UTF-8; `claim` breaks a tie.

    A file that is called JSONL or WARC may begin with damage, and is only something else when that is sure.
    """
    if (claim is Kind.JSONL or head.lstrip()[:1] == b"{") and _has_object_line(head):
        return Kind.JSONL
    if head.startswith(b"WARC/1."):
        return Kind.WARC
    if claim is Kind.JSONL or claim is Kind.WARC:
        return _despite(head, claim)
    if binary_format(head):
        return Kind.BINARY
    if looks_like_html(head, is_claimed=claim is Kind.HTML):
        return Kind.HTML
    return Kind.JSON if claim is None and _JSON_START.match(head) else Kind.TEXT


def is_news(head: bytes, kind: Kind) -> bool:
    """Tell whether a file whose name promises nothing is worth reading, or reporting, when met in a folder.

    A README, a script or a picture is neither; a PDF may be an article, and should not go unnoticed.
    """
    match kind:
        case Kind.HTML:
            return _HTML_START.match(head) is not None
        case Kind.JSONL:
            return _TEXT_KEY.search(head) is not None
        case Kind.BINARY:
            return head.startswith(tuple(magic for magic, _ in _DOCUMENTS))
        case _:
            return kind is Kind.WARC


def binary_format(head: bytes) -> str | None:
    """Name what the bytes are when they are no text in any encoding; None for text."""
    known = known_format(head)
    if known:
        return known
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "bytes that are no text" if controls > 1 + len(head) // 50 else None


def looks_like_html(head: bytes, *, is_claimed: bool = False) -> bool:
    """Tell whether text is a web page: it starts like one, or is full of tags; where claimed, one tag is enough."""
    if _HTML_START.match(head):
        return True
    tags = len(_TAG.findall(head))
    if is_claimed:
        return tags > 0
    return tags >= 8 and (head.lstrip()[:1] == b"<" or tags * 300 >= len(head))


def known_format(head: bytes) -> str | None:
    """Name the format that a magic number at the beginning tells of; None where there is none."""
    if head.startswith(_MAGIC):
        return next(name for magic, name in (*_DOCUMENTS, *_OTHERS) if head.startswith(magic))
    return "MP4 or AVIF" if head[4:8] == b"ftyp" else None


def _despite(head: bytes, claim: Kind) -> Kind:
    if claim is Kind.WARC and (b"\nWARC/1." in head or head.startswith(b"\x1f\x8b")):  # the latter with a bad header
        return claim
    is_hollow = bool(head) and not head.strip(b"\0")  # a sparse file
    if is_hollow or known_format(head):
        return Kind.BINARY
    return Kind.HTML if _HTML_START.match(head) else claim


def _has_object_line(head: bytes) -> bool:
    lines = head.split(b"\n")
    if len(lines) == 1 and len(head) >= HEAD_BYTES:  # one line, longer than what is looked at
        return _OBJECT_START.match(head) is not None
    return any(_is_object(line) for line in lines if line.lstrip()[:1] == b"{")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
