"""Ask a server as newsfold does, from a test: one client, a few URLs, and what became of each.

python -m tests.ingest.fetch.asking URL...    in a process of its own: prints outcomes and growth in memory
"""

import asyncio
import json
import resource
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ingest.fetch.client import Client
from ingest.fetch.hosts import LoneHosts
from ingest.fetch.response import Access, Limits, Response, Validators
from ingest.outcome import IngestError

IDENTITY = "newsfold-tests/1 (+mailto:desk@gazette.example)"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOOPBACK = Access(allow_private=True)
PAGE = "<html><body><article><p>The ferry to Port Vela sails again from Monday.</p></article></body></html>"
IMPATIENT = Limits(total_s=0.3, idle_s=0.2)
QUICK = Limits(total_s=3.0, idle_s=1.0, wire_bytes=1 << 20, body_bytes=1 << 20)


def client(**options: Any) -> Client:  # Any: Client's own options, passed on
    """Give a client that does not pause, with the tests' name, clock and small limits."""
    return Client(IDENTITY, LoneHosts(), **{"limits": QUICK, "pace_s": 0.0, "clock": lambda: NOW, **options})


def ask(
    url: str,
    *,
    access: Access = LOOPBACK,
    validators: Validators | None = None,
    **options: Any,  # Any: as client()
) -> Response:
    """Give the answer to one URL, or raise what the client raises."""

    async def once() -> Response:
        async with client(**options) as asking:
            return await asking.get(url, access=access, validators=validators)

    return asyncio.run(once())


def ask_all(
    *urls: str,
    access: Access = LOOPBACK,
    validators: Validators | None = None,
    **options: Any,  # Any: as client()
) -> list[Response | IngestError]:
    """Give what became of each URL, asked one after the other by the same client."""

    async def each() -> list[Response | IngestError]:
        async with client(**options) as asking:
            return [await _outcome(asking, url, access, validators) for url in urls]

    return asyncio.run(each())


def failure(url: str, **options: Any) -> IngestError:  # Any: as client()
    """Give the error that one URL ends in; it must be one, and tell itself in one short line."""
    (came,) = ask_all(url, **options)
    assert isinstance(came, IngestError), came
    assert came.detail.isprintable(), came.detail
    assert 0 < len(came.detail) <= 1_000, came.detail
    return came


async def _outcome(asking: Client, url: str, access: Access, validators: Validators | None) -> Response | IngestError:
    try:
        return await asking.get(url, access=access, validators=validators)
    except IngestError as error:
        return error


def main(urls: Sequence[str]) -> None:
    """Print as JSON, for each URL, its outcome and by how many bytes the process grew at most until then."""
    ask_all(urls[0], limits=Limits())  # what the first request needs once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for url in urls:
        (came,) = ask_all(url, limits=Limits())
        said = came.outcome if isinstance(came, IngestError) else f"{came.status}, {len(came.body)} bytes"
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        print(json.dumps({"url": url, "said": said, "grown": grown}))


if __name__ == "__main__":
    main(sys.argv[1:])
