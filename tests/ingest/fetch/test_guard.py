"""What may be asked: by the spelling of a URL, and by the address behind its name."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.guard import host_of, refusal, shown, target_of, without_credentials
from ingest.fetch.response import PUBLIC, Access
from ingest.outcome import Outcome, Refused
from ingest.urls import canonical_url

_PRIVATE = Access(allow_private=True)
_V4 = st.ip_addresses(v=4)
_V6 = st.ip_addresses(v=6)
_PARTS = st.sampled_from(
    ["http", "://", "//", "\\", "@", ":", "80", "[", "]", "::1", "a.example", "/", "?q", "#f", " ", "Ä", "%"]
)


@given(_V4 | _V6)
def test_what_python_calls_not_global_is_refused(address: IPv4Address | IPv6Address) -> None:
    """Our table lets through no address that the standard library knows to be special."""
    assert address.is_global or refusal(address, PUBLIC)


@given(_V4)
def test_a_mapped_address_is_judged_as_what_it_is(address: IPv4Address) -> None:
    """An IPv4 address in IPv6's clothes gets the same answer, whatever the access."""
    mapped = ip_address(f"::ffff:{address}")

    for access in (PUBLIC, _PRIVATE, Access(networks=(ip_network("10.0.0.0/8"),))):
        assert refusal(address, access) == refusal(mapped, access)


@given(_V4)
def test_embedded_addresses_are_refused(address: IPv4Address) -> None:
    """NAT64, 6to4, ISATAP and IPv4-compatible addresses are refused, whatever they embed."""
    number = int(address)
    nat64 = IPv6Address(int(IPv6Address("64:ff9b::")) | number)
    six_to_four = IPv6Address(int(IPv6Address("2002::")) | number << 80)
    isatap = IPv6Address(int(IPv6Address("2600:1::5efe:0:0")) | number)
    compatible = IPv6Address(number)

    assert all(refusal(one, PUBLIC) for one in (nat64, six_to_four, isatap, compatible))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254", "168.63.129.16", "192.0.0.192"]
)
def test_metadata_needs_to_be_named(address: str) -> None:
    """A cloud's metadata stays closed with allow_private, and opens to a network that names it."""
    known = ip_address(address)

    assert refusal(known, PUBLIC)
    assert refusal(known, _PRIVATE)
    assert refusal(known, Access(networks=(ip_network(address),))) is None


def test_private_means_private() -> None:
    """allow_private opens loopback and private networks, but nothing that is neither private nor public."""
    opened = [
        "127.0.0.1",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "::1",
        "fd12::1",
        "fe80::1",
    ]
    closed = ["0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "ff02::1", "64:ff9b::7f00:1", "fec0::1"]

    assert [refusal(ip_address(one), _PRIVATE) for one in opened] == [None] * len(opened)
    assert all(refusal(ip_address(one), _PRIVATE) for one in closed)


def test_networks_open_nothing_beside_themselves() -> None:
    """Access to named networks is access to these, and to the public network."""
    access = Access(networks=(ip_network("10.1.0.0/16"),))

    assert refusal(ip_address("10.1.2.3"), access) is None
    assert refusal(ip_address("8.8.8.8"), access) is None
    assert refusal(ip_address("10.2.2.3"), access)
    assert refusal(ip_address("127.0.0.1"), access)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://gazette.example", "http://gazette.example/"),
        ("HTTPS://WWW.Gazette.Example:443/A?B#c", "https://www.gazette.example/A?B"),
        ("http://gazette.example:8080?q=1", "http://gazette.example:8080/?q=1"),
        ("http://me:secret@gazette.example/", "http://gazette.example/"),
        (" http:\\\\gazette.example\\a b\t/c\n", "http://gazette.example/a%20b/c"),
        ("http://gazette.example./a", "http://gazette.example/a"),
        ("http://bücher.example/ä", "http://xn--bcher-kva.example/ä"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://gazette.example/?utm_source=x&id=7", "https://gazette.example/?utm_source=x&id=7"),
    ],
)
def test_what_is_asked_for(url: str, expected: str) -> None:
    """The host is spelled in one way, and what follows it is asked for as it was given."""
    assert target_of(url, PUBLIC).url == expected


def test_origins_name_their_port() -> None:
    """An origin is scheme, host and port, whether the port is the default or not."""
    assert target_of("https://gazette.example/a", PUBLIC).origin == "https://gazette.example:443"
    assert target_of("http://gazette.example:8080/a", PUBLIC).origin == "http://gazette.example:8080"


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file:///etc/passwd", "data:,x", "//a.example", "", "http:///a", "http://a b/"]
)
def test_other_schemes_and_nonsense_are_refused(url: str) -> None:
    """Only http and https URLs with a host are asked."""
    with pytest.raises(Refused) as caught:
        target_of(url, _PRIVATE)

    assert caught.value.outcome is Outcome.ADDRESS


def test_ports_of_the_web_only() -> None:
    """Ports 80, 443, 8080 and 8443, those that the source allows, and any with allow_private."""
    for port in (80, 443, 8080, 8443):
        target_of(f"http://a.example:{port}/", PUBLIC)
    for port in (0, 22, 6379, 65536, 99999):
        with pytest.raises(Refused, match=f"port {port} "):
            target_of(f"http://a.example:{port}/", PUBLIC)
    target_of("http://a.example:3000/", Access(ports=frozenset({3000})))
    target_of("http://a.example:3000/", _PRIVATE)


@given(st.text() | st.lists(_PARTS).map("".join))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    """No text makes it raise anything else, and a target is its own target, and shows no credentials."""
    target = refused = None

    try:
        target = target_of(text, PUBLIC)
    except Refused as error:
        refused = error

    if refused:
        assert refused.outcome is Outcome.ADDRESS
        assert "\n" not in refused.url
    else:
        assert target is not None
        assert target_of(target.url, PUBLIC) == target
        assert target.host == host_of(text) == host_of(target.url)
        assert without_credentials(target.url) == target.url


@given(st.lists(_PARTS).map("".join))
def test_hosts_of_canonical_urls(text: str) -> None:
    """A URL has the same host before and after it is made canonical."""
    host = host_of(text)

    assert not host or host_of(canonical_url(text)) == host


def test_credentials_are_not_shown() -> None:
    """User and password go, an @ in a path stays, and what is shown is one line."""
    assert shown("http://me:secret@a.example/@desk\n") == "http://a.example/@desk "
    assert without_credentials("https://a.example/@desk") == "https://a.example/@desk"
