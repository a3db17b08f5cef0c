"""XML without its dangers: no entities but characters, no other document, no end of depth or length.

Read by expat, from bytes that were made UTF-8 and mended first: what feeds in the wild most often get wrong (a bare
"&", "&nbsp;", a control character, a wrong encoding) costs nobody an entry.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from html.entities import html5
from typing import Protocol
from xml.parsers import expat
from xml.sax.saxutils import escape

from ingest.clean.decode import decode
from ingest.document import RawDocument
from ingest.outcome import Outcome, Refused

_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13)) + b"\x7f"
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # U+FFFE and U+FFFF, which XML 1.0 (2.2) does not allow
_REPLACED = b"\xef\xbf\xbd"
_REFERENCE = re.compile(  # to anything but the five characters that XML names itself
    rb"&(?!(?:amp|lt|gt|quot|apos);)(?:#(?:[0-9]+|[xX][0-9a-fA-F]+);|[a-zA-Z][a-zA-Z0-9]{1,31};)?"
)
MOST_NESTED = 10_000  # of elements one in another: each takes expat 150 bytes until it ends
_MOST_MENDED = 1_000_000  # references; each takes 100 bytes for a while
_LONGEST_NUMBER = 11  # of a reference: "&#1114111;"
_JUNK_BYTES = 4_096  # what some programs print before the document
_GAP = re.compile(rb"[\s>]*")  # with what ends a document type with declarations
_HTML = re.compile(rb"\s+html\b", re.I)
_DOCTYPE = re.compile(rb"<!doctype", re.I)
_TAG = re.compile(rb"<([^\s<>/!?]{1,100})")


class Reader(Protocol):
    """What is told of a document, in its order; names are as written, prefix and all."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""

    def end(self, name: str) -> None:
        """Take in the end of an element."""

    def text(self, data: str) -> None:
        """Take in characters; those of one element may come in pieces."""


class Enough(Exception):
    """Raised by a reader that wants no more of the document; with what is wrong with it, if anything is."""


def read_xml(document: bytes, reader: Reader, url: str) -> str | None:
    """Tell `reader` of a document from mended(); give what is wrong with it where its end is never reached.

    Raises Refused with MALFORMED where entities are declared, before any of them could be used.
    """
    parser = new_parser(url)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        # At once: expat before 2.6 takes a time that grows with the square of a long token which comes in pieces.
        parser.Parse(document, True)  # noqa: FBT003  pyexpat takes no names
    except Enough as enough:
        return str(enough) or None
    except expat.ExpatError as error:
        return in_words(error)
    return None


def new_parser(url: str, *, between: str | None = None) -> expat.XMLParserType:
    """Give a parser that refuses declared entities; with `between`, names are namespace, that, local part."""

    def refuse(*_: object) -> None:
        raise Refused(Outcome.MALFORMED, url, "declares entities; such a document is never read")

    parser = expat.ParserCreate("utf-8", between)
    parser.EntityDeclHandler = refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def in_words(error: expat.ExpatError) -> str:
    """Give what is wrong with a document, and where."""
    return f"not well-formed in line {error.lineno}: {expat.ErrorString(error.code)}"


def mended(body: bytes, *, url: str, charset: str | None) -> bytes:
    """Give a document as UTF-8 without a declaration, its references to characters being ones that XML knows.

    Raises Refused with BINARY or UNDECODABLE.
    """
    document = as_utf8(body, url=url, charset=charset)
    begin = document.find(b"<?xml ", 0, _JUNK_BYTES)
    document = document[begin:] if begin > 0 else document.lstrip()
    if document.startswith(b"<?xml "):
        document = document[document.find(b"?>", 0, _JUNK_BYTES) + 2 :].lstrip()
    for wrong in _NO_CHARACTERS:
        document = document.replace(wrong, _REPLACED)
    return b"".join(_mended(document)) if b"&" in document else document


def as_utf8(body: bytes, *, url: str, charset: str | None) -> bytes:
    """Give a text as UTF-8, without byte order mark and control characters.

    Raises Refused with BINARY or UNDECODABLE.
    """
    if body.isascii() and b"\0" not in body and b"\x1b" not in body:  # the latter switches the tables of ISO 2022
        return body.translate(None, _CONTROLS)
    raw = RawDocument(
        source=None,
        folder="",
        url=url,
        fetched_at=datetime.fromtimestamp(0, UTC),  # of no matter here
        body=body,
        media_type="application/xml",
        charset=charset,
    )
    return decode(raw).encode("utf-8", "replace")


def root_of(document: bytes) -> str:
    """Give the name of the first element of a document from mended(), as written; "html" for any HTML, "" for none.

    >>> root_of(b"<!-- made today --><rss version='2.0'>")
    'rss'
    """
    at = root_at(document)
    if (declared := _DOCTYPE.match(document, at)) is not None and _HTML.match(document, declared.end()):
        return "html"
    return name_at(document, at)


def root_at(document: bytes) -> int:
    """Give the place where the first element begins, or else what is neither comment nor instruction nor DTD."""
    at = 0
    while (gap := _GAP.match(document, at)) is not None and (at := gap.end()) < len(document):
        if document.startswith(b"<!--", at):
            at = _behind(document, b"-->", at)
        elif document.startswith(b"<?", at):
            at = _behind(document, b"?>", at)
        elif (declared := _DOCTYPE.match(document, at)) is not None:
            if _HTML.match(document, declared.end()):
                return at
            subset, close = document.find(b"[", at), document.find(b">", at)
            at = _behind(document, b"]" if 0 <= subset < close else b">", at)
        else:
            return at
    return len(document)


def name_at(document: bytes, at: int) -> str:
    """Give the name of the element whose tag begins at a place, as written; "" where none does."""
    found = _TAG.match(document, at)
    return found[1].decode("utf-8", "replace") if found else ""


def local(name: str) -> str:
    """Give a name without its prefix, in lower case."""
    return name.rpartition(":")[2].lower()


def _behind(document: bytes, mark: bytes, at: int) -> int:
    found = document.find(mark, at)
    return found + len(mark) if found >= 0 else len(document)


def _mended(document: bytes) -> Iterator[bytes]:
    """Give the pieces of a document; what stands in CDATA sections stays."""
    at = 0
    left = _MOST_MENDED
    while (start := document.find(b"<![CDATA[", at)) >= 0 and left > 0:
        piece, mended_here = _REFERENCE.subn(_reference, document[at:start], left)
        left -= mended_here
        yield piece
        end = document.find(b"]]>", start)
        at = end + 3 if end >= 0 else len(document)
        yield document[start:at]
    yield _REFERENCE.sub(_reference, document[at:], left) if left > 0 else document[at:]


def _reference(found: re.Match[bytes]) -> bytes:
    written = found[0]
    if written.startswith(b"&#"):
        # What HTML makes of a number is what was meant: 150 is a dash, a surrogate is U+FFFD.
        text = unescape(written.decode("ascii")) if len(written) <= _LONGEST_NUMBER else "\ufffd"
        return escape(text.replace("\f", " ")).encode()
    known = html5.get(written[1:].decode("ascii"))
    return escape(known).encode() if known is not None else b"&amp;" + written[1:]
