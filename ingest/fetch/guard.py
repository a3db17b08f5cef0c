"""What may be asked at all: which URLs, and which addresses behind their names. Pure.

    target_of(url)     by its spelling: http or https, a port of the web, a host        else ADDRESS
    refusal(address)   by what its host resolved to, when a connection is opened to it  (transport.py)

Only the second one keeps us out of private networks: a name says nothing about where it leads, and an address has
many spellings (127.1, 0x7f.1, 2130706433).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from ingest.fetch.response import Access
from ingest.outcome import Outcome, Refused
from ingest.urls import canonical_url

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = r"[a-z0-9._-]*[a-z0-9_-]|\[[0-9a-f:.]+\]"
_PLAIN = re.compile(rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?([/?][^#\x00-\x20\x7f]*)?(?:#.*)?", re.A | re.S)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I | re.A)
_LOOSE = re.compile(r"([a-z][a-z0-9+.-]*):[/\\]{2}([^/\\?#]*)([^#]*).*", re.I | re.A | re.S)
_CREDENTIALS = re.compile(r"(?<=[/\\])[^/\\?#]*@")
_BREAKS = re.compile(r"[\t\r\n]")  # dropped anywhere in a URL: https://url.spec.whatwg.org/#concept-basic-url-parser
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f]+")

# The whole IPv4 Special-Purpose Address Registry, also what it calls globally reachable: nobody publishes there.
# https://www.iana.org/assignments/iana-ipv4-special-registry (2025-10-09), and multicast (RFC 5771).
_SPECIAL_V4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a carrier",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "for protocols",
    "192.0.2.0/24": "for documentation",
    "192.31.196.0/24": "for AS112",
    "192.52.193.0/24": "for AMT",
    "192.88.99.0/24": "a 6to4 relay",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "for AS112",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
# Of IPv6 only what is given out is let through (2000::/3), less what that holds of the special-purpose registry:
# https://www.iana.org/assignments/iana-ipv6-special-registry (2025-10-09).
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = {
    "2001::/23": "for protocols (Teredo, ORCHID)",
    "2001:db8::/32": "for documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "for AS112",
    "3fff::/20": "for documentation",
}
_PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
_PRIVATE_V6 = ["::1/128", "fc00::/7", "fe80::/10"]
# Where clouds tell a machine its secrets: AWS (also ECS and EKS), Azure, Google, Oracle, Alibaba, Tencent.
_METADATA = ["169.254.169.0/24", "169.254.170.0/24", "169.254.0.23/32", "168.63.129.16/32", "192.0.0.192/32"]
_METADATA += ["100.100.100.200/32", "fd00:ec2::/32", "fd20:ce::/32"]

_SPECIAL_NETWORKS: list[tuple[Network, str]] = [
    (ip_network(text), kind) for text, kind in (_SPECIAL_V4 | _SPECIAL_V6).items()
]
_PRIVATE_NETWORKS = [ip_network(text) for text in _PRIVATE + _PRIVATE_V6]
_METADATA_NETWORKS = [ip_network(text) for text in _METADATA]


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked, without credentials and fragment."""

    url: str
    origin: str  # "https://gazette.example:443"
    host: str  # host_of(url)


def target_of(url: str, access: Access) -> Target:
    """Give what to ask for `url`; raise `Refused` (ADDRESS) unless it is http or https, on a port `access` allows.

    >>> target_of("https://me:secret@gazette.example/a#top", Access()).url
    'https://gazette.example/a'
    """
    match = _PLAIN.fullmatch(url) or _respelled(url)
    if match is None:
        begins = _SCHEME.match(url.strip())
        is_other = begins is not None and begins[1].lower() not in _DEFAULT_PORTS
        raise Refused(
            Outcome.ADDRESS, shown(url), "only http and https are asked" if is_other else "no URL with a host"
        )
    scheme, host, digits, rest = match.groups(default="")
    port = int(digits or _DEFAULT_PORTS[scheme])
    if not 0 < port < 65536 or (port not in access.ports and not access.allow_private):
        raise Refused(
            Outcome.ADDRESS, shown(url), f"port {port} is not asked; add it to the source's ports to allow it"
        )
    netloc = host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"
    path = rest if rest.startswith("/") else f"/{rest}"
    return Target(f"{scheme}://{netloc}{path}", f"{scheme}://{host}:{port}", host)


def host_of(url: str) -> str:
    """Give the host of an http or https URL in lower case, without port; "" for anything else.

    >>> host_of("https://WWW.Gazette.example:8443/a")
    'www.gazette.example'
    """
    match = _PLAIN.fullmatch(url) or _respelled(url)
    return match[2] if match else ""


def without_credentials(url: str) -> str:
    """Give `url` without user and password."""
    loose = _LOOSE.match(url) if "@" in url else None
    return _CREDENTIALS.sub("", url, count=1) if loose and "@" in loose[2] else url


def shown(url: str) -> str:
    """Give `url` as logs and rows may show it: without credentials, on one line, at most 2,000 characters."""
    return _UNPRINTABLE.sub(" ", without_credentials(url))[:2000]


@lru_cache(maxsize=4096)
def refusal(address: Address, access: Access) -> str | None:
    """Give why `address` may not be connected to; None where it may."""
    address = _unmapped(address)
    if any(address in network for network in access.networks):
        return None
    if any(address in network for network in _METADATA_NETWORKS):
        return f"{address} is where a cloud keeps its secrets"
    if access.allow_private and is_private(address):
        return None
    if kind := _kind(address):
        return f"{address} is not public ({kind})"
    return None if access.is_public else f"{address} is public; set NEWSFOLD_CONTACT before asking strangers"


def is_private(address: Address) -> bool:
    """Whether `address` is loopback, link-local or in a private network: what `allow_private` is about."""
    address = _unmapped(address)
    return any(address in network for network in _PRIVATE_NETWORKS)


def _respelled(url: str) -> re.Match[str] | None:
    """Give the parts of a URL whose host is in capitals or another script, or that has credentials or backslashes."""
    loose = _LOOSE.fullmatch(_BREAKS.sub("", url.strip()))
    if loose is None or loose[1].lower() not in _DEFAULT_PORTS:
        return None
    # Only the host is respelled: what follows it is asked for as it was given.
    front = canonical_url(f"{loose[1]}://{loose[2]}/").removesuffix("/")
    return _PLAIN.fullmatch(front + loose[3].replace("\\", "/").replace(" ", "%20"))


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _kind(address: Address) -> str | None:
    if isinstance(address, IPv6Address):
        if address not in _GLOBAL_V6:
            return "not given out"
        if (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE:  # the identifier 0000:5efe or 0200:5efe (RFC 5214, 6.1)
            return "ISATAP"
    return next((kind for network, kind in _SPECIAL_NETWORKS if address in network), None)
