"""What travels between a server and us: what may be asked, what a request says, what an answer is."""

from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

WEB_PORTS = frozenset({80, 443, 8080, 8443})
BUSY = frozenset({429, 503})  # statuses that ask for rest: RFC 6585, section 4, and RFC 9110, section 15.6.4
_TOO_MANY, _UNSAID_S = 429, 60.0  # who is asked too much, and does not say for how long, rests so long
_PASSING = frozenset({408, 425, 429})  # RFC 9110, section 15.5.9; RFC 8470, section 5.2; RFC 6585, section 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where requests for one source may go beside the public network."""

    allow_private: bool = False  # loopback, private and link-local addresses, but never a cloud's metadata
    networks: tuple[IPv4Network | IPv6Network, ...] = ()  # or these alone
    ports: frozenset[int] = WEB_PORTS
    is_public: bool = True  # whether anything but those may be asked: not by who does not say how to be reached

    @property
    def asks_strangers(self) -> bool:
        """Whether the source is beyond what is private: then those who are asked must be told who asks."""
        return not self.allow_private and not self.networks


PUBLIC = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost us."""

    total_s: float = 30.0  # from the first byte sent to the last one read, all redirects included
    idle_s: float = 10.0  # between two reads
    header_bytes: int = 64 * 1024
    wire_bytes: int = 10 << 20  # of a body as it travels
    body_bytes: int = 10 << 20  # of a body decoded
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to ask again with: opaque to us."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The final answer to a request, after its redirects."""

    asked: str  # the URL we were given
    url: str  # the one that answered
    moved_to: str | None  # where 301 and 308 alone led, up to the first other redirect; None when they led nowhere
    status: int
    media_type: str  # lower case, no parameters; "" when the server does not say
    charset: str | None  # what Content-Type claims; not trusted
    body: bytes  # decoded from its content coding; empty unless the status is 200
    validators: Validators = field(default_factory=Validators)
    retry_after_s: float | None = None  # Retry-After, seconds from now, 60 to 86,400
    fetched_at: datetime  # UTC, aware


def status_may_pass(status: int) -> bool:
    """Whether the same request may have another status later: the server's trouble, or the moment's.

    >>> [status for status in (200, 304, 404, 410, 429, 500, 503) if status_may_pass(status)]
    [429, 500, 503]
    """
    return status in _PASSING or 500 <= status < 600


def rest_s(status: int, retry_after_s: float | None) -> float | None:
    """Give the seconds of rest that an answer asks for; None where it asks for none.

    >>> rest_s(503, 5.0), rest_s(503, None), rest_s(429, None), rest_s(500, 5.0)
    (5.0, None, 60.0, None)
    """
    if status not in BUSY:
        return None
    return _UNSAID_S if retry_after_s is None and status == _TOO_MANY else retry_after_s
