"""OPML: lists of feeds, read from other people's programs (ingest/outlines.py writes them), after https://opml.org/spec2.opml."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest import source_fields
from ingest.clean.language import tag
from ingest.fetch.entries import no_feed, plain, shown
from ingest.fetch.xml import Enough, local, mended, read_xml, root_of
from ingest.outlines import printable
from ingest.sources import Feed, Source
from ingest.urls import canonical_url, host

MOST_OUTLINES = 100_000
_TITLE_CHARS = 200
_KEY_CHARS = 48
_NO_KEY = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of an OPML list, wherever in it."""

    title: str  # "" where the list gives none
    url: str  # "" where what is given is no address of the web
    given: str  # as it stands there, shortened
    language: str | None = None


def read_opml(body: bytes, *, name: str = "-", charset: str | None = None) -> tuple[Outline, ...]:
    """Give every outline that has an address of a feed, however deep it stands, in order.

    Raises Refused: NOT_A_FEED where it is no OPML, MALFORMED where entities are declared, BINARY, UNDECODABLE.
    """
    document = mended(body, url=name, charset=charset)
    root = local(root_of(document))
    if root != "opml":
        raise no_feed(name, f"no OPML: it begins with <{root[:80]}>" if root else "no OPML")
    reader = _OutlineReader()
    problem = read_xml(document, reader, name)
    if problem and not reader.outlines:
        raise no_feed(name, f"no outline can be read: {problem}")
    return tuple(reader.outlines)


def as_toml(outlines: Iterable[Outline], *, known: Iterable[Source]) -> Iterator[str]:
    """Give a block of sources.toml for each outline whose feed is not among the `known` sources, each under a new key.

    Outlines without a usable address give none.
    """
    known = tuple(known)
    keys = _Keys(source.key for source in known)
    seen = {canonical_url(source.kind.url) for source in known if isinstance(source.kind, Feed)}
    for outline in outlines:
        page = canonical_url(outline.url)
        if not outline.url or page in seen:
            continue
        seen.add(page)
        title = outline.title or host(outline.url)
        said = {"key": keys.new(title, host(outline.url)), "name": title, "feed": outline.url}
        if outline.language:
            said["language"] = outline.language
        # What JSON escapes, TOML escapes in the same way.
        lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said.items())
        yield "\n".join(["[[source]]", *lines, ""])


class _OutlineReader:
    """A reader of XML that keeps the outlines with a feed; depth means nothing to it."""

    def __init__(self) -> None:
        self.outlines: list[Outline] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if local(name) != "outline":
            return
        said = {local(key): value for key, value in attributes.items()}
        if not (given := said.get("xmlurl", "").strip()):
            return
        self.outlines.append(
            Outline(
                title=_title(said.get("title") or said.get("text")),
                url=_usable(given),
                given=shown(given),
                language=_language(said.get("language")),
            )
        )
        if len(self.outlines) >= MOST_OUTLINES:
            raise Enough

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


class _Keys:
    """Keys of sources, each once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: Counter[str] = Counter()

    def new(self, *names: str) -> str:
        """Give a key that no source has yet, like the first of `names` that has a letter or digit."""
        slugs = (_NO_KEY.sub("-", unicodedata.normalize("NFKD", name).lower()).strip("-") for name in names)
        stem = next(filter(None, slugs), "source")[:_KEY_CHARS].rstrip("-")
        key = stem
        while key in self._taken:
            self._last[stem] += 1
            key = f"{stem}-{self._last[stem] + 1}"
        self._taken.add(key)
        return key


def _usable(given: str) -> str:
    """Give the address that a program meant which may have written "feed://host" or "feed:https://host"."""
    scheme, colon, rest = given.partition(":")
    if scheme.lower() == "feed" and colon:
        given = f"http:{rest}" if rest.startswith("//") else rest
    try:
        return source_fields.web_address(given)
    except ValueError:
        return ""


def _title(said: str | None) -> str:
    return printable(plain(said, most=_TITLE_CHARS) or "").strip()


def _language(said: str | None) -> str | None:
    try:
        return source_fields.language(tag(said))
    except ValueError:
        return None
