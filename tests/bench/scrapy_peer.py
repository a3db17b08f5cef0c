"""Fetch a list of pages with Scrapy, as politely as newsfold: its half of tests/bench/fetch.py.

    .venv-peers/bin/python tests/bench/scrapy_peer.py FILE_OF_URLS PAUSE_S    prints figures as JSON

Stands alone: Scrapy lives in an environment without newsfold.
"""

import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy  # type: ignore[import-not-found, unused-ignore]  # not in our environment
from scrapy.crawler import CrawlerProcess  # type: ignore[import-not-found, unused-ignore]  # as above


class Pages(scrapy.Spider):  # type: ignore[misc, unused-ignore]  # as above
    """Ask for every page, and count what came."""

    name = "pages"
    urls: tuple[str, ...] = ()
    fetched = 0
    body_bytes = 0

    async def start(self) -> AsyncIterator[Any]:  # Any: Scrapy's request
        """Give all requests."""
        for url in self.urls:
            yield scrapy.Request(url, callback=self.count, dont_filter=True)

    def count(self, response: Any) -> None:  # Any: Scrapy's response
        """Count one page."""
        Pages.fetched += response.status == 200
        Pages.body_bytes += len(response.body)


def main(path: str, pause_s: float) -> None:
    """Fetch, and print the figures."""
    Pages.urls = tuple(Path(path).read_text().split())
    process = CrawlerProcess(
        {
            "USER_AGENT": "newsfold-bench/1",
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": 64,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": pause_s,
            "RANDOMIZE_DOWNLOAD_DELAY": False,
            # What its guide advises for many hosts at once:
            # https://docs.scrapy.org/en/2.13/topics/broad-crawls.html (2025-05-08)
            "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.DownloaderAwarePriorityQueue",
            "REACTOR_THREADPOOL_MAXSIZE": 20,
            "CONCURRENT_ITEMS": 1,  # it starts so many tasks for each page, and there are no items
            "COOKIES_ENABLED": False,
            "LOG_ENABLED": False,
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
        }
    )
    process.crawl(Pages)
    began, used = time.monotonic(), time.process_time()
    process.start()
    said = {
        "pages": Pages.fetched,
        "body_bytes": Pages.body_bytes,
        "wall_s": time.monotonic() - began,
        "cpu_s": time.process_time() - used,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
