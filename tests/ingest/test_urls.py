"""One page, one address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.urls import MAX_CHARS, canonical_url, host, is_opaque, is_web

_PAGE = "https://gazette.example/2026/05/harbour?id=7"
_URLS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["http://", "HTTPS://", "https:\\\\", "http:///", " https://", "ftp://", ""]),
    st.sampled_from(
        [
            "Gazette.example",
            "www.gazette.example:443",
            "a:b@gazette.example:80",
            "[::1]:8080",
            "bücher.example.",
            "①②⑦.⓪.⓪.①",
            "%00",
            "",
        ]
    ),
    st.text(alphabet="/\\.%2eEaf;jsessionid=x é\ud800", max_size=40).map(lambda path: f"/{path}"),
    st.text(alphabet="&=?utm_fbclidxyzé%a7 \n", max_size=40).map(lambda query: f"?{query}"),
    st.text(max_size=10).map(lambda fragment: f"#{fragment}"),
)


_WRAPPERS = st.sampled_from(
    [
        "https://www.google.com/url?rct=j&url=",
        "https://l.facebook.com/l.php?u=",
        "https://gazette-example.cdn.ampproject.org/c/s/",
        "https://www.google.com/amp/s/",
    ]
)
_WRAPPED = st.builds(lambda wrappers, url: "".join(wrappers) + url, st.lists(_WRAPPERS, max_size=6), _URLS)


@given(st.one_of(st.text(), _URLS, _WRAPPED))
def test_canonical_url_is_idempotent_and_never_raises(url: str) -> None:
    """MUST_HANDLE 8.1: reading a canonical address again changes nothing, whatever the string was."""
    canonical = canonical_url(url)

    assert canonical == canonical_url(canonical)


@given(_URLS)
def test_a_host_is_the_same_for_every_spelling(url: str) -> None:
    """An address and its canonical form have one host."""
    assert host(url) == host(canonical_url(url))


@given(st.text())
def test_what_is_no_web_address_is_given_back(text: str) -> None:
    """A path, a file name or any other string stays as it is."""
    path = f"archive/{text}"

    assert path == canonical_url(path)
    assert host(path) == ""


@pytest.mark.parametrize(
    "spelling",
    [
        "https://gazette.example:443/2026/05/harbour?id=7",
        "HTTPS://GAZETTE.example/2026/05/harbour?id=7#comments",
        "https://gazette.example/2026/05/harbour?utm_source=feed&utm_medium=rss&id=7",
        "https://gazette.example/2026/05/harbour?id=7&fbclid=AbC&gclid=1",
        "https://gazette.example/2026/05/harbour?mc_cid=1&id=7&mc_eid=2",
        "https://reader:secret@gazette.example/2026/05/harbour?id=7",
        "https://gazette.example/2026/./05/x/../harbour?id=7&",
        "https://gazette.example./2026/05/harbour;jsessionid=99?id=7",
        "  https:\\\\gazette.example\\2026\\05\\harbour?id=7\n",
    ],
)
def test_spellings_of_one_page_are_one_address(spelling: str) -> None:
    """Case, default port, fragment, credentials and tracking parameters make no other page."""
    assert canonical_url(spelling) == _PAGE


@pytest.mark.parametrize(
    "other",
    [
        "https://gazette.example/2026/05/harbour?id=8",
        "https://gazette.example/2026/05/harbour",
        "https://gazette.example/2026/05/harbour?id=7&page=2",
        "https://gazette.example:8443/2026/05/harbour?id=7",
        "http://gazette.example/2026/05/harbour?id=7",
        "https://gazette.example/2026/05/Harbour?id=7",
    ],
)
def test_8_3_parameters_that_select_the_article_stay(other: str) -> None:
    """Two pages that differ by a number stay two."""
    assert canonical_url(other) != _PAGE


def test_parameter_order_makes_no_other_page() -> None:
    """The same parameters in another order are the same page."""
    assert canonical_url("https://gazette.example/a?b=2&a=1") == canonical_url("https://gazette.example/a?a=1&b=2")


def test_names_in_other_scripts_become_ascii() -> None:
    """A host is written as the network writes it."""
    assert canonical_url("https://Bücher.example/ä") == "https://xn--bcher-kva.example/%C3%A4"
    assert host("https://www.Bücher.example/") == "xn--bcher-kva.example"


def test_8_4_an_endless_address_is_cut() -> None:
    """No address is longer than the column that keeps it."""
    url = "https://gazette.example/" + "é" * 20_000

    canonical = canonical_url(url)

    assert len(canonical) <= MAX_CHARS
    assert canonical == canonical_url(canonical)


def test_only_http_and_https_are_web() -> None:
    """Other schemes are no addresses of pages."""
    assert is_web("http://gazette.example")
    assert not is_web("ftp://gazette.example/a")
    assert not is_web("javascript:alert(1)")
    assert not is_web("http://")


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://gazette-example.cdn.ampproject.org/c/s/gazette.example/2026/05/harbour?id=7",
        "https://gazette-example.cdn.ampproject.org/v/s/gazette.example/2026/05/harbour?id=7&utm_source=amp",
        "https://www.google.com/amp/s/gazette.example/2026/05/harbour?id=7",
        "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fgazette.example%2F2026%2F05%2Fharbour%3Fid%3D7&ct=ga",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fgazette.example%2F2026%2F05%2Fharbour%3Fid%3D7%26fbclid%3Dx&h=AT",
    ],
)
def test_8_2_an_address_inside_another_is_found(wrapped: str) -> None:
    """MUST_HANDLE 8.2: caches and click counters that name their page are that page."""
    assert canonical_url(wrapped) == _PAGE


@pytest.mark.parametrize(
    ("url", "opaque"),
    [
        ("https://news.google.com/rss/articles/CBMiK2h0dHBz?oc=5", True),
        ("https://apple.news/AbCdEf", True),
        ("https://news.google.com/home", False),
        (_PAGE, False),
        ("inbox/a.html", False),
    ],
)
def test_links_that_do_not_say_their_page(url: str, opaque: bool) -> None:
    """An aggregator's own link, which only a browser can follow, is told from a page's."""
    assert is_opaque(url) is opaque
