"""What the outlet wrote, and nothing else: bytes to Article.

    decode | (parse, extract | line rules) | walls, shells | facts | Article

Pure: the time is passed in, and nothing is read but the document.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.clean.credit import credit_of
from ingest.clean.dates import date_in_url, dates_in, first_told
from ingest.clean.decode import decode, well_formed
from ingest.clean.furniture import SHORT, byline_of
from ingest.clean.language import detect, is_plausible, tag
from ingest.clean.lines import Cleaned, clean_lines, clean_paragraphs
from ingest.clean.masthead import Masthead, read_masthead
from ingest.clean.people import named, people_in
from ingest.clean.published import Dates, When, changed_after, first_believable, first_published
from ingest.clean.sheet import TITLE_RULE, is_sentence, split_lines
from ingest.clean.walls import is_followed_by_request, is_not_found, request_after, wall_of
from ingest.document import Article, DateOrigin, RawDocument, Removed, Stated
from ingest.outcome import Outcome, Refused
from ingest.scripts import words_in
from ingest.urls import canonical_url, host

if TYPE_CHECKING:
    from ingest.clean.page import Page

_RULES = 8  # raised whenever a rule, a phrase or an order of sources changes
CLEANER = f"newsfold {_RULES}, trafilatura {version('trafilatura')}"

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_MIN_WORDS = 10  # of a page, or of a headline that is all there is; a text may have one
_LONG_CHARS = 400  # that hold more words than that
_FEW_LINES = 3
_LONGEST_LINE = 2_000  # characters of a title
_ABOVE_TEXT = 2  # lines of the article above its byline: a standfirst of two
_NOBODY = Stated()
_NO_DATES = Dates()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one kind of document gives: its text, and who says what about it."""

    cleaned: Cleaned
    url: str
    title: str = ""
    bylines: Sequence[str] = ()
    languages: Sequence[str] = ()
    dates: Dates = _NO_DATES
    section: str | None = None
    image: str | None = None
    publisher: str | None = None
    page: "Page | None" = None
    visible: Sequence[str] = ()  # the lines of the page
    shell: str | None = None  # what the page is in place of an article
    is_teaser: bool = False


def clean(raw: RawDocument, *, now: datetime) -> Article:
    """Give the article in `raw`; `now` bounds what counts as a published date.

    Raises Refused with BINARY, UNDECODABLE, NO_TEXT, TOO_SHORT, WALL or TOO_COMPLEX.
    """
    text = decode(raw)
    found = _from_page(raw, text) if is_html(raw) else _from_text(raw, text)
    stated = raw.stated or _NOBODY
    byline = _byline(stated, found)
    if byline:
        found = replace(found, cleaned=_without_byline(found.cleaned, byline))
    body = "\n".join(found.cleaned.lines)
    _refuse(raw, found, body)
    published = _published(stated, found, raw.url, now)
    modified = changed_after(published, found.dates.changed, now=now)
    return Article(
        source=source_of(raw, found.url),
        url=found.url,
        title=found.title,
        text=body,
        byline=byline,
        credit=credit_of(
            body, byline, [removed.line for removed in found.cleaned.removed if removed.rule in _CREDITING]
        )
        or _line(stated.credit),
        published_at=published.at if published else None,
        published_on=published.on if published else None,
        published_from=published.origin if published else None,
        fetched_at=raw.fetched_at,
        language=_language(stated, found, body),
        cleaner=CLEANER,
        raw_key=raw.raw_key,
        text_from=raw.text_from,
        media=stated.media,
        modified_at=modified.at if modified else None,
        modified_from=modified.origin if modified else None,
        section=found.section,
        image=found.image,
        publisher=found.publisher,
        removed=found.cleaned.removed,
        is_teaser=found.is_teaser,
    )


_CREDITING = frozenset({"byline", "copyright", "photo-credit", "author-note", "not-article"})


def is_html(raw: RawDocument) -> bool:
    """Whether the document is a page rather than a text."""
    return raw.media_type in _HTML


def source_of(raw: RawDocument, url: str) -> str:
    """Give the source's key: named by someone, else the host of `url`, else the folder."""
    return raw.source or host(url) or raw.folder


def _from_text(raw: RawDocument, text: str) -> _Found:
    stated = raw.stated.title if raw.stated else None
    cleaned = _with_headline(clean_lines(text, title=_line(stated)))
    masthead = _masthead_of(text, cleaned)
    around = _dates_in(cleaned.removed)
    dates = Dates(
        published=[*((DateOrigin.LINE, at) for at in masthead.dates), *around.published],
        shown=masthead.shown,
        changed=[*((DateOrigin.LINE, at) for at in masthead.changes), *around.changed],
    )
    whole = _without_request(cleaned)
    return _Found(
        cleaned=whole,
        url=canonical_url(raw.url),
        title=cleaned.title,
        bylines=masthead.bylines,
        dates=_NO_DATES if raw.stated and raw.stated.published_at else dates,
        is_teaser=len(whole.lines) < len(cleaned.lines)
        or (bool(cleaned.removed) and is_followed_by_request([*map(str.strip, text.split("\n"))], whole.lines)),
    )


def _masthead_of(text: str, cleaned: Cleaned) -> Masthead:
    """Read what stands around the headline of a page dump, above its first paragraphs: these are no masthead."""
    if not cleaned.removed:
        return read_masthead([], "")
    kept = set(cleaned.lines)
    # A standfirst stands alone, and the byline behind it; the byline may have been kept.
    lines = [
        "" if line in kept and (len(line) >= SHORT or is_sentence(line)) else " ".join(line.split())
        for line in split_lines(text)
    ]
    start = next((at for at, pair in enumerate(pairwise(lines)) if pair == ("", "")), len(lines))
    return read_masthead(lines[:start], cleaned.title)


def _with_headline(cleaned: Cleaned) -> Cleaned:
    """Give a text that repeats its headline and says no more that headline back: such is a flash."""
    if cleaned.lines or len(cleaned.removed) != 1 or cleaned.removed[0].rule != TITLE_RULE:
        return cleaned
    is_told = words_in(cleaned.title) >= _MIN_WORDS
    return replace(cleaned, lines=[cleaned.title], removed=()) if is_told else cleaned


def _without_request(cleaned: Cleaned) -> Cleaned:
    """Take away what asks to pay for the rest of the article, where it breaks off."""
    at = request_after(cleaned.lines)
    if at is None:
        return cleaned
    asking = (Removed(line, "paywall") for line in cleaned.lines[at:])
    return Cleaned(title=cleaned.title, lines=cleaned.lines[:at], removed=(*cleaned.removed, *asking))


def _from_page(raw: RawDocument, text: str) -> _Found:
    # Text documents, millions of them, need neither lxml nor trafilatura.
    from ingest.clean import metadata
    from ingest.clean import page as pages
    from ingest.clean.blocks import read_lines
    from ingest.clean.likely import choose
    from ingest.clean.shells import is_teaser, shell_of
    from ingest.clean.unshown import unshown

    page = pages.parse(text, raw.url)
    facts = metadata.read_facts(page.tree)
    lines = read_lines(page.tree)
    visible = [line.text for line in lines]
    url = metadata.url_of(facts, raw.url)
    title = _line(raw.stated.title if raw.stated else None) or metadata.title_of(facts, url)
    said = [line for line in lines if not line.is_comment]
    unlikely = [Removed(line.text, "comments") for line in lines if line.is_comment]
    extracted = [] if page.is_reduced else pages.extract(page)
    if extracted and said:
        chosen = choose(page, facts, said, extracted, title=title)
        unlikely += chosen.refused
        cleaned = clean_paragraphs(chosen.lines, title=title or None, spared=chosen.spared)
    else:
        cleaned = clean_lines("\n".join(line.text for line in said), title=title or None)
    masthead = read_masthead(visible, title)
    whole = _without_request(cleaned)
    is_cut = len(whole.lines) < len(cleaned.lines) or is_teaser(facts, visible, whole.lines)
    if not is_cut and (body := unshown(facts, visible, whole.lines)):
        whole = clean_paragraphs(body, title=title or None)
    removed = pages.not_in_article(visible, whole.lines, title=cleaned.title, named=(*whole.removed, *unlikely))
    around = _dates_in(cleaned.removed)
    return _Found(
        cleaned=Cleaned(title=cleaned.title, lines=whole.lines, removed=removed),
        url=url,
        title=title or cleaned.title,
        bylines=metadata.not_the_site([*facts.bylines, *masthead.bylines, *facts.marked], facts.sites),
        languages=facts.languages,
        dates=Dates(
            published=[*facts.dates, *((DateOrigin.LINE, at) for at in masthead.dates), *around.published],
            shown=masthead.shown,
            changed=[*facts.modified, *((DateOrigin.LINE, at) for at in masthead.changes), *around.changed],
        ),
        section=next(iter(facts.sections), None),
        image=metadata.image_of(facts, url, raw.stated.media if raw.stated else ()),
        publisher=next(iter(facts.publishers), None),
        page=page,
        visible=visible,
        shell=shell_of(facts, lines, raw.url),
        is_teaser=is_cut,
    )


def _refuse(raw: RawDocument, found: _Found, body: str) -> None:
    """Raise Refused for what is no article."""
    words = _MIN_WORDS if len(body) > _LONG_CHARS else words_in(body)
    # Where nearly nothing is left, what was taken for furniture may be all there is: a wall.
    seen = (
        body if words >= _MIN_WORDS else "\n".join([found.title, body, *(line.line for line in found.cleaned.removed)])
    )
    if kind := wall_of(body) or wall_of(seen) or found.shell or _missing(found):
        raise Refused(Outcome.WALL, raw.url, kind)
    if words >= _MIN_WORDS or (words and found.page is None):
        return
    if found.page is not None and found.page.has_pictures:
        raise Refused(Outcome.WALL, raw.url, "the page is a gallery without text")
    if found.page is not None and found.page.asks_for_script:
        raise Refused(Outcome.WALL, raw.url, "the page asks for JavaScript")
    if words and any(map(str.isalnum, body)):
        raise Refused(Outcome.TOO_SHORT, raw.url, f"{words} words, fewer than {_MIN_WORDS}")
    raise Refused(Outcome.NO_TEXT, raw.url, "nothing but furniture" if found.cleaned.removed else "no text in it")


def _missing(found: _Found) -> str | None:
    """Tell of a text whose title says that it is not there, and that says little else."""
    is_missing = found.page is None and len(found.cleaned.lines) <= _FEW_LINES and is_not_found(found.title)
    return "the page was not found" if is_missing else None


def _byline(stated: Stated, found: _Found) -> str | None:
    removed = (byline_of(line.line) for line in found.cleaned.removed if line.rule == "byline")
    return people_in(filter(None, (stated.byline, *found.bylines, *removed)))


def _without_byline(cleaned: Cleaned, byline: str) -> Cleaned:
    """Take away the lines above the text that name none but the people who are known to have written it."""
    people, taken = set(byline.split(", ")), set[int]()
    for at, line in enumerate(cleaned.lines):
        if at - len(taken) == _ABOVE_TEXT:
            break
        if len(line) < SHORT and not is_sentence(line) and (names := set(named(line))) and names <= people:
            taken.add(at)
    if not taken or len(taken) == len(cleaned.lines):
        return cleaned
    rest = [line for at, line in enumerate(cleaned.lines) if at not in taken]
    gone = (Removed(cleaned.lines[at], "byline") for at in sorted(taken))
    return replace(cleaned, lines=rest, removed=(*cleaned.removed, *gone))


def _published(stated: Stated, found: _Found, url: str, now: datetime) -> When | None:
    said = [(DateOrigin.STATED, stated.published_at), *found.dates.published]
    said += [(DateOrigin.URL, date_in_url(address)) for address in dict.fromkeys((found.url, url))]
    dates = [(origin, at) for origin, at in said if at]
    known = Dates(published=dates, shown=found.dates.shown, changed=found.dates.changed)
    when = first_published(known, now=now)
    if when is None and found.page is not None:
        from ingest.clean.page import guess_date

        told = first_told(found.visible)
        if told and (line := first_believable([(DateOrigin.LINE, told)], now=now)):
            return line
        guess = guess_date(found.page, now=now)
        return first_believable([(DateOrigin.GUESS, guess)] if guess else [], now=now)
    return when


def _dates_in(removed: Iterable[Removed]) -> Dates:
    """Give the dates in lines around the text."""
    lines = [line.line for line in removed if line.rule in ("dateline", "byline")]
    found = [(is_change, (DateOrigin.LINE, at)) for line in lines for is_change, at in dates_in(line)]
    return Dates(
        published=[said for is_change, said in found if not is_change],
        changed=[said for is_change, said in found if is_change],
    )


def _language(stated: Stated, found: _Found, body: str) -> str | None:
    for said in (stated.language, *found.languages):
        language = tag(said)
        if language and (said is stated.language or is_plausible(language, body)):
            return language
    return detect(body)


def _line(text: str | None) -> str | None:
    """Give a stated title as one clean line; one that is no headline by its length is cut at a word."""
    line = " ".join(well_formed(text).split()) if text else ""
    if len(line) > _LONGEST_LINE:
        line = f"{line[:_LONGEST_LINE].rpartition(' ')[0] or line[:_LONGEST_LINE]} …"
    return line or None
