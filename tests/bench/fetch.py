"""make bench-fetch: pages a second from fifty hosts, next to Scrapy doing the same job, and whether we stay polite.

    python -m tests.bench.fetch [--hosts N] [--pages N] [--rounds N]

A newsroom in a process of its own serves every host on its own loopback address, each answer after 20 ms; each host
is asked one thing at a time. Client and peer take turns within one run, since machines are noisy; figures are medians,
processor time and peak memory those of the client's process, its start left out. The newsroom counts how many
requests a host had at once and how long it was left alone between two. Scrapy lives in .venv-peers, made from
requirements.peers.txt when it is not there.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from ingest.fetch.client import Client
from ingest.fetch.crawl import Crawl
from ingest.fetch.guard import host_of
from ingest.fetch.hosts import LoneHosts
from ingest.fetch.response import Access
from tests.bench.peers import ROOT, figures_of, python_of
from tests.newsroom import Newsroom
from tests.newsroom_pages import Outlet, Story, invented, page
from tests.newsroom_server import gzipped

_LATENCY_S = 0.02
_PACE_S = 0.2
_PACED_PAGES = 5
_LOOPBACK = Access(allow_private=True)
_FIRST = datetime(2026, 11, 2, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one client needed for one job."""

    pages: int
    body_bytes: int
    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the newsroom saw of one job."""

    most_at_once: int  # requests to one host
    least_interval_s: float  # between the end of one request to a host and the beginning of the next
    robots: int  # how many hosts were asked for their robots.txt
    unserved: int  # requests answered with anything but 200


def main() -> int:
    """Run both clients in turn; 1 when politeness or the count of pages is not kept."""
    if sys.argv[1:2] == ["--serve"]:
        return _serve(*map(int, sys.argv[2:]))
    if sys.argv[1:2] == ["--client"]:
        return asyncio.run(_fetch(sys.argv[2], float(sys.argv[3])))
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--hosts", type=int, default=50)
    asked.add_argument("--pages", type=int, default=100, help="of each host (100)")
    asked.add_argument("--rounds", type=int, default=3, help="of each client (3)")
    given = asked.parse_args()
    with _Served(given.hosts, given.pages) as served:
        broken = [*_compare(served, given.rounds), *_paced(served)]
    for line in broken:
        print(f"NOT KEPT: {line}")
    return 1 if broken else 0


def _compare(served: "_Served", rounds: int) -> list[str]:
    """Let newsfold and Scrapy take turns; give what was not kept."""
    peer = _peer()
    print(
        f"{len(served.urls):,} pages of {served.hosts} hosts, {_LATENCY_S * 1000:.0f} ms each, one at a time per host"
    )
    print(f"{'':>10} {'pages/s':>8} {'CPU s':>7} {'CPU ms/page':>12} {'peak MB':>8} {'kB/page':>8}   at once per host")
    ours: list[Figures] = []
    theirs: list[Figures] = []
    broken = []
    for _ in range(rounds):
        figures, seen = served.job(_newsfold, served.urls, 0.0)
        ours.append(figures)
        broken += _mistakes(figures, seen, expected=len(served.urls), hosts=served.hosts)
        _show("newsfold", figures, seen)
        figures, seen = served.job(peer, served.urls, 0.0)
        theirs.append(figures)
        _show("Scrapy", figures, seen)
        if figures.pages != len(served.urls):
            broken.append(f"Scrapy fetched {figures.pages:,} pages, so nothing is compared")
    pairs = list(zip(ours, theirs, strict=True))
    speed = statistics.median(mine.pages / mine.wall_s / (its.pages / its.wall_s) for mine, its in pairs)
    work = statistics.median(mine.cpu_s / its.cpu_s for mine, its in pairs)
    memory = statistics.median(mine.peak_mb / its.peak_mb for mine, its in pairs)
    rate = statistics.median(mine.pages / mine.wall_s for mine in ours)
    bound = served.hosts / _LATENCY_S
    print(
        f"newsfold / Scrapy, medians: pages a second {speed:.2f}, processor time {work:.2f}, peak memory {memory:.2f}"
    )
    print(f"newsfold {rate:,.0f} pages a second of {bound:,.0f} that the latency leaves possible")
    return broken


def _paced(served: "_Served") -> list[str]:
    """Let newsfold fetch a few pages at a pace; give what was not kept."""
    urls = served.urls[: served.hosts * _PACED_PAGES]
    figures, seen = served.job(_newsfold, urls, _PACE_S)
    print(
        f"at a pace of {_PACE_S:g} s: {len(urls)} pages in {figures.wall_s:.1f} s, at most {seen.most_at_once} at once "
        f"per host, never less than {seen.least_interval_s:.4f} s between two"
    )
    broken = _mistakes(figures, seen, expected=len(urls), hosts=served.hosts)
    if seen.least_interval_s < _PACE_S:
        broken.append(f"a host was left alone for {seen.least_interval_s:.4f} s only, at a pace of {_PACE_S:g} s")
    return broken


def _mistakes(figures: Figures, seen: Seen, *, expected: int, hosts: int) -> list[str]:
    broken = []
    if figures.pages != expected or seen.unserved:
        broken.append(f"{figures.pages:,} pages of {expected:,} came, {seen.unserved} requests got no page")
    if seen.most_at_once > 1:
        broken.append(f"a host had {seen.most_at_once} requests at once")
    if seen.robots != hosts:
        broken.append(f"{seen.robots} robots.txt of {hosts} hosts were asked for")
    return broken


def _show(name: str, figures: Figures, seen: Seen) -> None:
    print(
        f"{name:>10} {figures.pages / figures.wall_s:8.0f} {figures.cpu_s:7.2f} "
        f"{figures.cpu_s / max(figures.pages, 1) * 1000:12.3f} {figures.peak_mb:8.0f} "
        f"{figures.body_bytes / max(figures.pages, 1) / 1000:8.1f}   {seen.most_at_once}",
        flush=True,
    )


Job = Callable[[Path, float], Figures]


def _newsfold(urls: Path, pause_s: float) -> Figures:
    return _run([sys.executable, "-m", "tests.bench.fetch", "--client", str(urls), str(pause_s)])


def _peer() -> Job:
    """Give Scrapy, installed at the first time."""
    python = python_of(".venv-peers", "requirements.peers.txt")
    script = ROOT / "tests" / "bench" / "scrapy_peer.py"
    return lambda urls, pause_s: _run([python, script, urls, str(pause_s)])


def _run(command: Sequence[str | Path]) -> Figures:
    return Figures(**figures_of(command, timeout_s=600))


async def _fetch(path: str, pause_s: float) -> int:
    """Be newsfold's client: fetch the pages that a file lists, and print the figures."""
    urls = await asyncio.to_thread(lambda: Path(path).read_text().split())
    pages = body_bytes = 0
    began, used = time.monotonic(), time.process_time()

    async with Client("newsfold-bench/1", LoneHosts(), pace_s=pause_s, clock=lambda: datetime.now(UTC)) as client:

        async def visit(url: str) -> None:
            nonlocal pages, body_bytes
            response = await client.get(url, access=_LOOPBACK)
            pages += response.status == 200
            body_bytes += len(response.body)

        async with Crawl(visit, host=host_of) as crawl:
            for url in urls:
                crawl.put(url)
            await crawl.drain()
    said = {
        "pages": pages,
        "body_bytes": body_bytes,
        "wall_s": time.monotonic() - began,
        "cpu_s": time.process_time() - used,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(said))
    return 0


class _Served:
    """The newsroom in its own process; a context manager."""

    def __init__(self, hosts: int, pages: int) -> None:
        command = [sys.executable, "-m", "tests.bench.fetch", "--serve", str(hosts), str(pages)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._folder = tempfile.TemporaryDirectory(prefix="newsfold-bench-")
        self.hosts = hosts
        self.urls: list[str] = self._heard()  # one page of each host, then the next of each

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def job(self, run: Job, urls: Sequence[str], pause_s: float) -> tuple[Figures, Seen]:
        """Let a client fetch these pages; give its figures, and what was seen of it."""
        path = Path(self._folder.name, "urls")
        path.write_text("\n".join(urls))
        figures = run(path, pause_s)
        assert self._process.stdin is not None
        self._process.stdin.write("report\n")
        self._process.stdin.flush()
        return figures, Seen(**self._heard())

    def _heard(self) -> Any:  # Any: what the server prints
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def _serve(hosts: int, pages: int) -> int:
    """Be the newsroom: print the URLs, then for each line that is read what was seen since the last."""
    with Newsroom() as room:
        outlets = [room.outlet(f"outlet-{number}") for number in range(hosts)]
        urls: list[str] = []
        for number in range(pages):
            article = _article(number)
            made = [(outlet, article.replace("{outlet}", outlet.name).encode()) for outlet in outlets]
            urls += [outlet.put(f"/news/{number}", body) for outlet, body in made]
            for _, body in made:
                gzipped(body)  # kept, so that no client waits for it
        for outlet in outlets:
            outlet.robots("User-agent: *\nDisallow: /desk/\n")
            outlet.latency_s = _LATENCY_S
        print(json.dumps(urls), flush=True)
        for _ in sys.stdin:
            intervals = [interval for outlet in outlets for interval in room.intervals(outlet)]
            seen = {
                "most_at_once": max(room.max_at_once(outlet) for outlet in outlets),
                "least_interval_s": min(intervals, default=0.0),
                "robots": sum(outlet.fetched("/robots.txt") for outlet in outlets),
                "unserved": sum(visit.status != 200 for outlet in outlets for visit in outlet.visits),
            }
            for outlet in outlets:
                outlet.forget()
            print(json.dumps(seen), flush=True)
    return 0


def _article(number: int) -> str:
    """Give a page of some 8 kB; the outlet's name is still to be set in."""
    text = "\n".join(invented(number * 20 + part)[1] for part in range(10))
    at = _FIRST + timedelta(minutes=number)
    story = Story(
        slug=str(number), title=invented(number)[0], text=text, byline="Ada Quill", published_at=at, updated_at=at
    )
    return page(Outlet(name="{outlet}", base="http://{outlet}.example"), story, [])


if __name__ == "__main__":
    sys.exit(main())
