"""Where a URL, a redirect, a name or a robots.txt would like us to go; the number is the row's in the list."""

import asyncio
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from ingest.fetch.guard import refusal
from ingest.fetch.response import PUBLIC, Access, Response
from ingest.outcome import IngestError, Outcome, Refused, Unavailable
from tests.ingest.fetch.asking import LOOPBACK, ask, ask_all, client, failure
from tests.newsroom import Newsroom, Outlet

_PUBLIC_ADDRESS = "93.184.215.14"


@pytest.fixture(scope="module")
def room() -> Iterator[Newsroom]:
    """Give a newsroom for all tests of this file; its first outlet has 127.0.0.1."""
    with Newsroom() as newsroom:
        newsroom.outlet("home").publish("secret")
        yield newsroom


@pytest.fixture
def home(room: Newsroom) -> Outlet:
    """Give the outlet on 127.0.0.1, which most of the hostile spellings mean."""
    outlet = room.outlet("home")
    outlet.log.connections = 0
    outlet.forget()
    return outlet


def _only(*outlets: Outlet) -> Access:
    """Give access to the ports of these outlets, and to the address of the first alone."""
    ports = frozenset(outlet.port for outlet in outlets)
    return Access(networks=(ip_network(outlets[0].host),), ports=ports)


class _Names:
    """A resolver that answers each look-up with the next of its answers, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked = 0
        self._answers = answers

    async def __call__(self, _: str) -> list[str]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return answer


_SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "017700000001",
    "127.000.000.001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST.",
    "127.0.0.1.",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "%31%32%37.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[fe80::1%25lo]",
    "user:secret@127.0.0.1",
    "gazette.example@127.0.0.1",
]


@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_2_01_spellings_of_loopback(home: Outlet, spelling: str) -> None:
    """However loopback is spelled, no connection is made."""
    error = failure(f"http://{spelling}:{home.port}/news/secret", access=Access(ports=frozenset({home.port})))

    assert error.outcome in {Outcome.ADDRESS, Outcome.UNREACHABLE}  # a spelling may be no name at all to this system
    assert home.log.connections == 0


@pytest.mark.parametrize("spelling", ["127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "0"])
def test_2_01_spellings_are_understood(home: Outlet, spelling: str) -> None:
    """A spelling that the system understands is refused for its address, for good."""
    error = failure(f"http://{spelling}:{home.port}/news/secret", access=Access(ports=frozenset({home.port})))

    assert isinstance(error, Refused)
    assert error.outcome == Outcome.ADDRESS


def test_2_01_the_name_is_kept(home: Outlet) -> None:
    """The address that was checked is connected to, and the server is told the name."""
    came = ask(f"http://home.example:{home.port}/news/secret", resolve=_Names(["127.0.0.1"]))

    assert came.status == 200
    assert {visit.headers["host"] for visit in home.visits} == {f"home.example:{home.port}"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_2_02_redirect_inwards(room: Newsroom, home: Outlet, status: int) -> None:
    """A redirect from an allowed host to an address that is refused opens no connection."""
    open_ = room.outlet("open")
    url = open_.redirect("/away", home.url("/news/secret"), status=status)

    error = failure(url, access=_only(open_, home))

    assert isinstance(error, Refused)
    assert error.outcome == Outcome.ADDRESS
    assert open_.fetched("/away") > 0
    assert home.log.connections == 0


def test_2_02_robots_inwards(room: Newsroom, home: Outlet) -> None:
    """A robots.txt that redirects inwards is not followed there."""
    open_ = room.outlet("robots inwards")
    url = open_.publish("ferry")
    open_.redirect("/robots.txt", home.url("/robots.txt"))

    ask_all(url, access=_only(open_, home))

    assert open_.fetched("/robots.txt") == 1
    assert home.log.connections == 0


def test_2_02_less_access_uses_no_connection_of_more(home: Outlet) -> None:
    """A connection that one source was allowed serves no other source."""
    url = home.url("/news/secret")
    public = Access(ports=frozenset({home.port}))

    async def both() -> tuple[Response, IngestError]:
        async with client() as asking:
            allowed = await asking.get(url, access=LOOPBACK)
            with pytest.raises(IngestError) as caught:
                await asking.get(url, access=public)
            return allowed, caught.value

    allowed, error = asyncio.run(both())

    assert allowed.status == 200
    assert error.outcome == Outcome.ADDRESS


_HOSTILE = [
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2600:1f18::5efe:7f00:1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", _HOSTILE)
def test_2_03_addresses_that_are_not_public(address: str) -> None:
    """An address outside the public network is refused, as a name's and as it stands."""
    literal = f"[{address}]" if ":" in address else address

    by_name = failure("http://gazette.example/", resolve=_Names([address]), access=PUBLIC)
    as_it_stands = failure(f"http://{literal}/", access=PUBLIC)

    assert [type(error) for error in (by_name, as_it_stands)] == [Refused, Refused]
    assert [error.outcome for error in (by_name, as_it_stands)] == [Outcome.ADDRESS, Outcome.ADDRESS]


@pytest.mark.parametrize(
    "address", ["1.1.1.1", _PUBLIC_ADDRESS, "172.32.0.1", "100.128.0.1", "2600:1f18::1", "2a00:1450:4001::1"]
)
def test_2_03_addresses_that_are_public(address: str) -> None:
    """An address of the public network is not refused, nor when it is written as a mapped one."""
    mapped = [] if ":" in address else [ip_address(f"::ffff:{address}")]

    assert [refusal(one, PUBLIC) for one in (ip_address(address), *mapped)] == [None] * (1 + len(mapped))


@pytest.mark.parametrize("answer", [[_PUBLIC_ADDRESS, "127.0.0.1"], ["127.0.0.1", _PUBLIC_ADDRESS], ["2600::1", "::1"]])
def test_2_04_name_with_a_public_and_a_private_address(home: Outlet, answer: list[str]) -> None:
    """A name is refused if any of its addresses is."""
    access = Access(ports=frozenset({home.port}))

    error = failure(f"http://gazette.example:{home.port}/", resolve=_Names(answer), access=access)

    assert (type(error), error.outcome) == (Refused, Outcome.ADDRESS)
    assert home.log.connections == 0


def test_2_04_name_without_an_address() -> None:
    """A name that has no address, or none that is one, is a failure like any other."""
    empty = failure("http://gazette.example/", resolve=_Names([]), access=PUBLIC)

    assert isinstance(empty, Unavailable)
    assert empty.outcome == Outcome.UNREACHABLE  # not ROBOTS: nobody is there whose rules could be asked for


@pytest.mark.parametrize("first", ["allowed", "refused"])
def test_2_05_name_that_changes_its_answer(room: Newsroom, home: Outlet, first: str) -> None:
    """The address that was checked is the one that is used, at every look-up anew."""
    open_ = room.outlet(f"open {first}", port=home.port)
    open_.publish("ferry")
    answers = [[open_.host], [home.host]] * 20
    names = _Names(*(answers if first == "allowed" else answers[1:]))
    urls = [f"http://gazette.example:{home.port}/news/ferry"] * 3

    for _ in range(10):
        for came in ask_all(*urls, resolve=names, access=_only(open_)):
            assert isinstance(came, Response) or came.outcome in {Outcome.ADDRESS, Outcome.ROBOTS}, came

    assert open_.fetched("/news/ferry") > 0
    assert home.log.connections == 0


def test_2_05_one_look_up_per_connection(room: Newsroom) -> None:
    """A name is looked up once for each connection."""
    open_ = room.outlet("one look-up")
    names = _Names([open_.host])

    ask_all(*[f"http://gazette.example:{open_.port}/{number}" for number in range(5)], resolve=names)

    assert names.asked == open_.log.connections
    assert open_.log.connections <= 2


@pytest.mark.parametrize("port", [0, 1, 21, 22, 23, 25, 110, 2375, 3306, 5432, 6379, 9200, 11211, 65535, 65536])
def test_2_06_ports(port: int) -> None:
    """Ports that are not the web's are refused before the name is looked up."""
    names = _Names([_PUBLIC_ADDRESS])

    error = failure(f"http://gazette.example:{port}/", resolve=names, access=PUBLIC)

    assert (type(error), error.outcome) == (Refused, Outcome.ADDRESS)
    assert names.asked == 0


def test_2_06_redirect_to_another_port(room: Newsroom, home: Outlet) -> None:
    """A redirect to a port that is not allowed, even of the same address, opens no connection."""
    open_ = room.outlet("other port")
    access = Access(networks=(ip_network("127.0.0.0/8"),), ports=frozenset({open_.port}))

    error = failure(open_.redirect("/away", home.url("/news/secret")), access=access)

    assert (type(error), error.outcome) == (Refused, Outcome.ADDRESS)
    assert home.log.connections == 0


def test_2_08_what_a_page_names_is_not_fetched(room: Newsroom, home: Outlet) -> None:
    """Nothing that stands in a page is asked for."""
    open_ = room.outlet("names others")
    secret = home.url("/news/secret")
    page = (
        f'<html><head><meta http-equiv="refresh" content="0;url={secret}"><link rel="canonical" href="{secret}">'
        f'<link rel="stylesheet" href="{secret}"><meta property="og:url" content="{secret}">'
        f'<link rel="amphtml" href="{secret}"></head><body><img src="{secret}"><iframe src="{secret}"></iframe></body>'
    )

    came = ask(open_.put("/", page))

    assert came.url == open_.url("/")
    assert [visit.path for visit in open_.visits] == ["/robots.txt", "/"]
    assert home.log.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "-",
        "",
        " ",
        "/etc/passwd",
        "feed.xml",
        "../../etc/passwd",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "FILE:/etc/passwd",
        "data:,hello",
        "javascript:alert(1)",
        "ftp://gazette.example/",
        "gopher://gazette.example:70/_",
        "unix:/var/run/docker.sock",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
        "http:",
        "http://",
        "http:///",
        "http://:80/",
        "https://[",
        "https://[::1",
        "http://a:b:c/",
        "http://gazette.example:http/",
        "http://\0/",
        "http://gaz ette.example/",
        "//gazette.example/",
        "http://" + "a" * 100_000,
        "http://" + "a." * 200 + "example/",
        "http://-/",
        "http://\ud800/",
    ],
)
def test_2_09_what_is_no_web_address(url: str) -> None:
    """Only http and https URLs with a host are asked at all: neither paths nor other schemes."""
    names = _Names([])

    error = failure(url, access=LOOPBACK, resolve=names)

    assert error.outcome == Outcome.ADDRESS or (isinstance(error, Unavailable) and url.startswith("http://"))


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"])
def test_2_10_metadata_stays_closed(address: str) -> None:
    """Where private addresses are allowed, a cloud's metadata are not; only naming their network opens them."""
    error = failure("http://gazette.example/", resolve=_Names([address]), access=LOOPBACK)
    named = Access(networks=(ip_network(address),))

    assert (type(error), error.outcome) == (Refused, Outcome.ADDRESS)
    assert refusal(ip_address(address), LOOPBACK) is not None
    assert refusal(ip_address(address), named) is None or "ffff" in address
