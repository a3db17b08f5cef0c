"""sources.toml -> tuple[Source, ...]; every mistake named by source and key, all of them at once.

[defaults]
every = "30m"

[[source]]
key = "gazette"
feed = "https://gazette.example/feed.xml"
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, TypeVar  # Any: what TOML holds is anybody's

from ingest import source_fields as fields
from ingest.fetch.response import PUBLIC, Access
from ingest.urls import canonical_url

_MOST_BYTES = 64 << 20
_KINDS = ("feed", "sitemap", "site", "urls")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An RSS, Atom or JSON feed."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A sitemap, or an index of them."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A front page, which names its feed."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlList:
    """Pages by address: those that a text file lists, or those named in sources.toml."""

    path: Path | None = None
    urls: tuple[str, ...] = ()


Kind = Feed | Sitemap | Site | UrlList


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where news comes from, and what is known about it beforehand."""

    key: str  # the name used everywhere: rows, logs, --only
    name: str
    kind: Kind
    every_s: float = 1_800.0  # how often to ask while it publishes often
    language: str | None = None  # BCP 47
    country: str | None = None  # ISO 3166-1 alpha-2
    publisher: str | None = None  # the owner, for counting independent outlets
    full_text_in_feed: bool = False
    access: Access = PUBLIC
    pace_s: float | None = None  # between two requests to one host; None is the program's own


class SourcesProblem(ValueError):
    """Sources that cannot be used; `str()` has one line for each mistake."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def sources_path(given: str | None, environ: Mapping[str, str]) -> Path:
    """Give where the list of sources is: as given, else as the environment says, else here.

    >>> str(sources_path(None, {})), str(sources_path(None, {"NEWSFOLD_SOURCES": "/etc/outlets.toml"}))
    ('sources.toml', '/etc/outlets.toml')
    """
    return Path(given or environ.get("NEWSFOLD_SOURCES") or "sources.toml")


def read_sources(path: Path) -> tuple[Source, ...]:
    """Give the sources of the file at `path`, in its order.

    Raises SourcesProblem.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        remedy = "; name one with --sources" if isinstance(error, FileNotFoundError) else ""
        raise SourcesProblem([f"{path}: cannot be read: {error.strerror}{remedy}"]) from None
    if len(content) > _MOST_BYTES:
        raise SourcesProblem([f"{path}: more than {_MOST_BYTES >> 20} MiB; split it"])
    return parse_sources(content, name=str(path), folder=path.parent)


def parse_sources(content: bytes, *, name: str, folder: Path) -> tuple[Source, ...]:
    """Give the sources that TOML states; `name` begins each mistake, files of addresses lie relative to `folder`.

    Raises SourcesProblem.
    """
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SourcesProblem([f"{name}: not UTF-8 from byte {error.start} on"]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourcesProblem([f"{name}: not TOML: {error}"]) from None
    whole = _Table(document, name, [])
    defaults = whole.inner("defaults", whole.take("defaults", fields.table, {}))
    entries: list[dict[str, Any]] = whole.take("source", fields.tables, [])
    whole.finish()
    common = _settings(defaults, {})
    defaults.finish()
    named = [(_label(entry, number), entry) for number, entry in enumerate(entries, 1)]
    sources = [(label, _source(whole.inner(label, entry), common, folder)) for label, entry in named]
    mistakes = [*whole.mistakes, *_repeated(sources, name)]
    if mistakes:
        raise SourcesProblem(mistakes)
    return tuple(source for _, source in sources if source is not None)


class _Table:
    """A table of TOML, taken apart key by key; what nobody asked for is a mistake."""

    def __init__(self, values: Mapping[str, Any], label: str, mistakes: list[str]) -> None:
        self.values = dict(values)
        self.label = label
        self.mistakes = mistakes
        self.known: list[str] = []

    def inner(self, label: str, values: Mapping[str, Any]) -> "_Table":
        return _Table(values, f"{self.label}: {label}", self.mistakes)

    def take(self, key: str, read: Callable[[Any], T], default: T) -> T:
        self.known.append(key)
        if key not in self.values:
            return default
        try:
            return read(self.values.pop(key))
        except ValueError as error:
            self.wrong(f"{key}: {error}")
            return default

    def wrong(self, mistake: str) -> None:
        self.mistakes.append(f"{self.label}: {mistake}")

    def finish(self) -> None:
        for key in self.values:
            near = get_close_matches(key, self.known, 1)
            known = f"did you mean {near[0]}?" if near else f"known are {', '.join(self.known)}"
            self.wrong(f"{key[:80]!r}: there is no such key; {known}")


def _source(table: _Table, common: Mapping[str, Any], folder: Path) -> Source | None:
    """Give the source, or None after telling why there is none."""
    if "key" not in table.values:
        table.wrong("key: every source needs one")
    key = table.take("key", fields.key, "")
    name = table.take("name", fields.text, key)
    given = [kind for kind in _KINDS if kind in table.values]
    if len(given) != 1:
        table.wrong(f"give exactly one of {', '.join(_KINDS)}" + (f", not {' and '.join(given)}" if given else ""))
    feed = table.take("feed", fields.web_address, "")
    sitemap = table.take("sitemap", fields.web_address, "")
    site = table.take("site", fields.web_address, "")
    urls = table.take("urls", lambda value: _url_list(value, folder), None)
    settings = _settings(table, common)
    table.finish()
    kind: Kind | None = urls
    if feed:
        kind = Feed(url=feed)
    elif sitemap:
        kind = Sitemap(url=sitemap)
    elif site:
        kind = Site(url=site)
    return Source(key=key, name=name, kind=kind, **settings) if key and kind is not None else None


def _settings(table: _Table, common: Mapping[str, Any]) -> dict[str, Any]:
    """Give what defaults and sources can both say, as arguments of Source; `common` stands where `table` is silent."""
    simple: dict[str, Callable[[Any], Any]] = {
        "every": fields.every_s,
        "language": fields.language,
        "country": fields.country,
        "publisher": fields.text,
        "full_text_in_feed": fields.switch,
        "pace": fields.pace_s,
    }
    said = {_ARGUMENTS.get(key, key): table.take(key, read, None) for key, read in simple.items()}
    known = common.get("access", PUBLIC)
    private = table.take("allow_private", fields.private, known.networks or known.allow_private)
    ports = table.take("ports", fields.ports, known.ports)
    networks: tuple[IPv4Network | IPv6Network, ...] = () if isinstance(private, bool) else private
    access = Access(allow_private=private is True, networks=networks, ports=ports)
    return {**common, **{key: value for key, value in said.items() if value is not None}, "access": access}


_ARGUMENTS = {"every": "every_s", "pace": "pace_s"}


def _url_list(value: Any, folder: Path) -> UrlList:
    if not isinstance(value, str):
        return UrlList(urls=fields.web_addresses(value))
    if not value or not value.isprintable() or not (folder / value).is_file():
        raise ValueError(f"{value[:80]!r}: there is no such file beside the list of sources")
    return UrlList(path=folder / value)


def _label(entry: Mapping[str, Any], number: int) -> str:
    key = entry.get("key")
    return f'source "{key[:80]}"' if isinstance(key, str) and key.isprintable() and key else f"source number {number}"


def _repeated(sources: Sequence[tuple[str, Source | None]], name: str) -> Iterator[str]:
    keys: set[str] = set()
    owners: dict[str, str] = {}
    for label, source in sources:
        if source is None:
            continue
        if source.key in keys:
            yield f"{name}: {label}: key: used twice; give each source its own"
        keys.add(source.key)
        match source.kind:
            case Feed(url=url) | Sitemap(url=url) | Site(url=url):
                owner = owners.setdefault(canonical_url(url), source.key)
                if owner != source.key:
                    yield f'{name}: {label}: the same address as source "{owner}"; keep one of them'
            case UrlList():
                pass
