"""sources.toml: what it may say, and what it is told when it says something else."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.response import WEB_PORTS, Access
from ingest.sources import Feed, Site, Sitemap, Source, SourcesProblem, UrlList, parse_sources, read_sources

_HERE = Path()
_EXAMPLE = Path(__file__).parents[2] / "sources.toml"


def _mistakes(toml: str) -> list[str]:
    with pytest.raises(SourcesProblem) as problem:
        parse_sources(toml.encode(), name="sources.toml", folder=_HERE)
    assert str(problem.value) == "\n".join(problem.value.mistakes)
    return list(problem.value.mistakes)


def _only(toml: str) -> Source:
    (source,) = parse_sources(toml.encode(), name="sources.toml", folder=_HERE)
    return source


def test_example_has_every_kind() -> None:
    """The example list shows each kind of source, and is without mistake."""
    sources = read_sources(_EXAMPLE)

    assert {type(source.kind) for source in sources} == {Feed, Sitemap, Site, UrlList}
    assert all(".example" in str(source.kind) for source in sources)


def test_source_says_all_there_is_to_say() -> None:
    """Every key of a source reaches its value, in the units that its name says."""
    actual = _only(
        """
        [[source]]
        key = "gazette"
        name = "The Gazette"
        feed = "https://gazette.example/feed.xml"
        every = "1.5h"
        language = "pt-BR"
        country = "BR"
        publisher = "Gazette Group"
        full_text_in_feed = true
        allow_private = ["10.1.0.0/16", "fd12::/48"]
        ports = [8000]
        pace = "0.5s"
        """
    )

    assert actual == Source(
        key="gazette",
        name="The Gazette",
        kind=Feed(url="https://gazette.example/feed.xml"),
        every_s=5_400.0,
        language="pt-BR",
        country="BR",
        publisher="Gazette Group",
        full_text_in_feed=True,
        access=Access(networks=(ip_network("10.1.0.0/16"), ip_network("fd12::/48")), ports=WEB_PORTS | {8000}),
        pace_s=0.5,
    )


def test_defaults_hold_where_a_source_is_silent() -> None:
    """What [defaults] says holds for each source that does not say otherwise itself."""
    plain, own = parse_sources(
        b"""
        [defaults]
        every = "2h"
        allow_private = true
        [[source]]
        key = "plain"
        site = "https://plain.example/"
        [[source]]
        key = "own"
        site = "https://own.example/"
        allow_private = false
        """,
        name="sources.toml",
        folder=_HERE,
    )

    assert (plain.every_s, plain.access.allow_private) == (7_200.0, True)
    assert (own.every_s, own.access.allow_private) == (7_200.0, False)


def test_every_mistake_is_named_at_once() -> None:
    """All mistakes are told together, each with its source and key."""
    mistakes = _mistakes(
        """
        surces = 1
        [defaults]
        evry = "30m"
        [[source]]
        key = "Gazette!"
        feed = "ftp://gazette.example/"
        [[source]]
        key = "ledger"
        feed = "https://ledger.example/feed"
        sitemap = "https://ledger.example/sitemap.xml"
        every = "5 fortnights"
        language = "english"
        country = "UK"
        full_text_in_feed = "yes"
        allow_private = ["10.1.0.1/16"]
        ports = [0]
        pace = 2
        [[source]]
        name = "No key"
        site = "https://user:secret@nokey.example/"
        """
    )

    expected = [
        "sources.toml: 'surces': there is no such key; did you mean source?",
        "sources.toml: defaults: 'evry': there is no such key; did you mean every?",
        "sources.toml: source \"Gazette!\": key: 'Gazette!': give up to 64",
        "sources.toml: source \"Gazette!\": feed: 'ftp://gazette.example/': give an address that begins with http",
        'sources.toml: source "ledger": give exactly one of feed, sitemap, site, urls, not feed and sitemap',
        "sources.toml: source \"ledger\": every: '5 fortnights': give a time from 1s to 30d, such as 30m or 2h",
        "sources.toml: source \"ledger\": language: 'english': give a BCP 47 tag",
        "sources.toml: source \"ledger\": country: 'UK': give an ISO 3166 code of two capital letters, such as DE",
        "sources.toml: source \"ledger\": full_text_in_feed: 'yes': give true or false",
        "sources.toml: source \"ledger\": allow_private: '10.1.0.1/16': give a network such as 10.1.0.0/16",
        'sources.toml: source "ledger": ports: [0]: give a list of whole numbers from 1 to 65535',
        'sources.toml: source "ledger": pace: 2: give a time from 0s to 1h',
        "sources.toml: source number 3: key: every source needs one",
        "sources.toml: source number 3: site: leave user and password out of the address",
    ]
    assert len(mistakes) == len(expected)
    for wanted in expected:
        assert any(mistake.startswith(wanted) for mistake in mistakes), wanted
    assert "secret" not in "\n".join(mistakes)


def test_two_sources_share_neither_key_nor_address() -> None:
    """A key used twice is a mistake, and so is one address under two keys, however it is spelled."""
    mistakes = _mistakes(
        """
        [[source]]
        key = "gazette"
        feed = "https://gazette.example/feed"
        [[source]]
        key = "gazette"
        feed = "https://gazette.example/other"
        [[source]]
        key = "again"
        feed = "HTTPS://Gazette.example:443/feed#top"
        """
    )

    assert mistakes == [
        'sources.toml: source "gazette": key: used twice; give each source its own',
        'sources.toml: source "again": the same address as source "gazette"; keep one of them',
    ]


def test_addresses_come_from_a_file_beside_the_list(tmp_path: Path) -> None:
    """A list of addresses is a file beside sources.toml, and must be there."""
    (tmp_path / "pages.txt").write_text("https://gazette.example/one\n")
    there = b'[[source]]\nkey = "pages"\nurls = "pages.txt"\n'
    missing = b'[[source]]\nkey = "pages"\nurls = "nothing.txt"\n'

    (source,) = parse_sources(there, name="sources.toml", folder=tmp_path)
    with pytest.raises(SourcesProblem, match=r"urls: 'nothing\.txt': there is no such file"):
        parse_sources(missing, name="sources.toml", folder=tmp_path)

    assert source.kind == UrlList(path=tmp_path / "pages.txt")


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A list that cannot be read is one mistake with its path."""
    with pytest.raises(SourcesProblem, match=r"sources\.toml: cannot be read: No such file"):
        read_sources(tmp_path / "sources.toml")


@pytest.mark.parametrize("content", [b"[[source]", b"\xff", b"a = " + b"[" * 100_000, b"source = 3", b"defaults = []"])
def test_what_is_no_list_is_a_mistake(content: bytes) -> None:
    """Damaged TOML, other encodings and endless nesting are mistakes like any other."""
    with pytest.raises(SourcesProblem):
        parse_sources(content, name="sources.toml", folder=_HERE)


_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text(max_size=20), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
_KEYS = (
    "key", "name", "feed", "sitemap", "site", "urls", "every", "language", "country", "publisher",
    "full_text_in_feed", "allow_private", "ports", "pace", "colour",
)  # fmt: skip


def _toml(value: object) -> str:
    import json

    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value).replace("\\ud", "\\u0").replace("\x7f", "")


@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES))
def test_any_values_give_sources_or_mistakes(values: dict[str, object]) -> None:
    """Whatever the keys hold, there are sources or mistakes, and no other failure."""
    toml = "[[source]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())

    try:
        said: tuple[object, ...] = parse_sources(toml.encode(), name="sources.toml", folder=_HERE)
    except SourcesProblem as problem:
        said = problem.mistakes

    assert said
