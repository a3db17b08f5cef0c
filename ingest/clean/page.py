"""HTML: one parse, then the article out of it (trafilatura's work) and all that was around it."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ingest.clean.comments import unname_article
from ingest.clean.decode import well_formed
from ingest.clean.furniture import SHORT, is_marker, rule_of
from ingest.document import Removed
from ingest.outcome import Outcome, Refused

MAX_CHARS = 5_000_000  # of markup, without scripts
_MAX_ELEMENTS = 20_000  # trafilatura is quadratic: 50,000 paragraphs take it 17 s
_MAX_SPAN = 10  # 20 x 20 cells that span 100 each take it more than 60 s
_MAX_ATTRIBUTES = 1_000  # libxml2 is quadratic: 40,000 take it 17 s
_LONG_TAG_CHARS = 2 * _MAX_ATTRIBUTES
_MAX_REMOVED = 2_000
_PICTURES = 5

_INVALID = "\ufffe\uffff"
_SCRIPT = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</(?:script|style)\b", re.IGNORECASE)
_DATA = re.compile(r"""(["'(])data:[^"')]{1000,}""")
_DECLARED = re.compile(r"\A\s*<\?xml[^>]*\?>")

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports every page it makes nothing of; we count them
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A parsed page, fit to be extracted."""

    tree: HtmlElement
    is_reduced: bool  # too many elements for trafilatura: the text is taken as it stands
    asks_for_script: bool  # the markup has little but scripts
    has_pictures: bool  # as many as a gallery


def parse(text: str, url: str) -> Page:
    """Give the tree of a page, within what its extraction may cost.

    Raises Refused: TOO_COMPLEX for a page that is too large or too deep even so, NO_TEXT for an empty one.
    """
    if len(text) > MAX_CHARS:
        text = _without_scripts(text)
    if len(text) > MAX_CHARS:
        raise Refused(Outcome.TOO_COMPLEX, url, f"{len(text)} characters of markup, more than {MAX_CHARS}")
    for invalid in _INVALID:
        text = text.replace(invalid, "")
    text = "<".join(map(_shortened, _DECLARED.sub("", text).split("<")))
    if not text.strip():
        raise Refused(Outcome.NO_TEXT, url, "an empty page")
    tree = _tree(text, url)
    for cell in tree.iter("td", "th"):
        for name in ("colspan", "rowspan"):
            if len(span := cell.get(name) or "") > 1:
                cell.set(name, _bounded(span))
    for unseen in list(tree.iter("svg", "math", "template")):
        if unseen.getparent() is not None:
            unseen.drop_tree()
    unname_article(tree)
    scripts = sum(1 for _ in tree.iter("script"))
    elements = sum(1 for _ in tree.iter(etree.Element))
    return Page(
        tree=tree,
        is_reduced=elements > _MAX_ELEMENTS,
        asks_for_script=scripts > 0 and elements - scripts < 60,
        has_pictures=sum(1 for _ in tree.iter("img", "amp-img")) >= _PICTURES,
    )


def extract(page: Page) -> list[str]:
    """Give the paragraphs of the article; none where trafilatura finds none."""
    return _extracted(page, fast=False)


def extract_fast(page: Page) -> list[str]:
    """Give what trafilatura's own rules take for the article when in doubt, without asking others."""
    return _extracted(page, fast=True)


def _extracted(page: Page, *, fast: bool) -> list[str]:
    from trafilatura import bare_extraction  # 0.4 s to import, and text documents need none of it

    try:
        found = bare_extraction(page.tree, include_comments=False, with_metadata=False, fast=fast, favor_recall=fast)
    # What it raises on odd trees (an <html> inside an <svg>, broken tables): the page is then read as it stands.
    except (
        AssertionError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
        etree.LxmlError,
    ):
        return []
    text = "" if found is None or isinstance(found, dict) else found.text or ""
    return [line for part in well_formed(text).split("\n") if (line := part.strip())]


def guess_date(page: Page, *, now: datetime) -> datetime | None:
    """Give htmldate's best guess of the day the page was published."""
    from htmldate import find_date  # 0.1 s to import, and 1.6 s in its first use

    try:
        found = find_date(page.tree, original_date=True, outputformat="%Y-%m-%d", max_date=now)
    except (
        AttributeError,
        IndexError,
        KeyError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
        etree.LxmlError,
    ):
        return None
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else None


def not_in_article(
    visible: list[str], article: list[str], *, title: str, named: tuple[Removed, ...]
) -> tuple[Removed, ...]:
    """Give the visible lines that the article does not hold, each with the rule that knows it, else "not-article".

    `named` are lines that rules took out of the article already.
    """
    kept = {*article, *(line.removeprefix("- ") for line in article), title}
    whole = "\n".join(article)
    rules = {removed.line.removeprefix("- "): removed.rule for removed in named}
    removed = [*_named_lines((line for line in visible if line not in kept and line not in whole), rules)]
    seen = set(visible)
    removed += [line for line in named if line.line.removeprefix("- ") not in seen]
    if len(removed) > _MAX_REMOVED:
        rest = len(removed) - _MAX_REMOVED
        return (*removed[:_MAX_REMOVED], Removed(f"... and {rest} more lines", "not-article"))
    return tuple(removed)


def _named_lines(lines: Iterator[str], rules: dict[str, str]) -> Iterator[Removed]:
    section = ""
    for line in lines:
        rule = rules.get(line) or (rule_of(line) if len(line) < SHORT else None)
        if rule in ("comments", "related"):
            section = rule if is_marker(line) or rule == "comments" else ""
        elif rule in ("copyright", "back-to-top", "cookie-notice"):
            section = ""
        yield Removed(line, rule or section or "not-article")


def _tree(text: str, url: str) -> HtmlElement:
    for huge in (False, True):
        parser = HTMLParser(
            encoding="utf-8",
            huge_tree=huge,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
            default_doctype=False,
        )
        try:
            tree = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
        except etree.ParserError as error:
            raise Refused(Outcome.NO_TEXT, url, "no element in it") from error
        # libxml2 stops at its limits without an error, and gives what it has read so far.
        limits = [
            entry.message
            for entry in parser.error_log
            if entry.type_name in ("ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR", "ERR_NO_MEMORY")
        ]
        if not limits:
            return tree
    raise Refused(Outcome.TOO_COMPLEX, url, limits[0])


def _bounded(span: str) -> str:
    """Give how many cells one of a table spans, _MAX_SPAN at most; 1 where that is no number.

    >>> _bounded("12"), _bounded("07"), _bounded("100000"), _bounded("2x")
    ('10', '7', '1', '1')
    """
    return str(min(_MAX_SPAN, int(span)) if span.isdecimal() and len(span) < 6 else 1)


def _shortened(piece: str) -> str:
    """Drop the attributes of a tag that has too many; `piece` begins behind "<", and goes to the next."""
    if len(piece) < _LONG_TAG_CHARS:
        return piece
    tag, bracket, rest = piece.partition(">")
    if len(tag) < _LONG_TAG_CHARS or not tag[0].isalpha():
        return piece
    many = max(tag.count("="), len(tag.split(None, _MAX_ATTRIBUTES + 1)) - 1) > _MAX_ATTRIBUTES
    return f"{tag.split(None, 1)[0]}{bracket}{rest}" if many else piece


def _without_scripts(text: str) -> str:
    """Cut scripts, styles and data: addresses out of a page, in one linear walk."""
    kept: list[str] = []
    at = 0
    for start in _SCRIPT.finditer(text):
        if start.start() < at:
            continue
        end = _SCRIPT_END.search(text, start.end())
        if end is None:
            break
        kept.append(text[at : start.start()])
        at = end.start()
    kept.append(text[at:])
    return _DATA.sub(r"\1", "".join(kept))
