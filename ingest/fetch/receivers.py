"""Whom webhooks may tell: which URLs, and which addresses behind them. Pure.

https anywhere; http in loopback and private networks alone, and both there only where that was said. What a cloud
tells a machine its secrets by is never told anything.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from ingest.fetch.guard import Target, refusal, target_of, without_credentials
from ingest.fetch.response import Access
from ingest.outcome import Outcome, Refused


def receiver_of(url: str, *, allow_private: bool) -> tuple[Target, Access]:
    """Give what to post to, and where a connection for it may lead; raise `Refused` (ADDRESS).

    >>> receiver_of("https://desk.example/hook", allow_private=False)[0].url
    'https://desk.example/hook'
    """
    if without_credentials(url) != url:
        raise Refused(Outcome.ADDRESS, url, "leave out user and password: what we send is signed")
    anywhere = Access(allow_private=True)  # its port is as good as any other: whoever makes a hook names it
    target = target_of(url, anywhere)
    is_plain = target.url.startswith("http:")
    if is_plain and not allow_private:
        raise Refused(Outcome.ADDRESS, target.url, "give https; http is for private networks, with --allow-private")
    port = urlsplit(target.origin).port
    assert port is not None  # an origin names it
    access = Access(allow_private=allow_private, ports=frozenset({port}), is_public=not is_plain)
    if why := _literal_refusal(target.host, access):
        raise Refused(Outcome.ADDRESS, target.url, why_refused(why, access))
    return target, access


def why_refused(why: str, access: Access) -> str:
    """Give why a receiver's address is refused, in the terms of hooks."""
    if not access.is_public and " is public" in why:
        return f"{why.partition(' is public')[0]} is public: http is for private networks, give https"
    if not access.allow_private and "is not public" in why:
        return f"{why}: --allow-private lets a hook lead there"
    return why


def _literal_refusal(host: str, access: Access) -> str | None:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return None  # a name: what is behind it is looked at when it is told
    return refusal(address, access)
