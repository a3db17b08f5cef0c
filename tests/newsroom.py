"""A pretend newsroom on loopback: outlets that publish, amend, redirect, throttle, lie and break down.

    with Newsroom() as room:
        gazette = room.outlet("gazette")
        url = gazette.publish("storm", title="Storm over Port Vela", text="...")
        ...ask for gazette.url("/feed.xml"), url
        gazette.amend("storm", text="...")
        assert room.max_at_once(gazette) == 1

Each outlet has a loopback address and a port of its own, so it is a host of its own. The server runs in a thread of
its own: every method may be called from a test, be it asynchronous or not.
"""

import asyncio
import threading
import time
import zlib
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count, pairwise
from typing import Literal, Self, TypeVar

from tests import newsroom_pages as pages
from tests.newsroom_server import Answer, Close, Door, Hang, Lie, Log, Reply, Visit, gzipped

Result = TypeVar("Result")
_FIRST = datetime(2026, 11, 2, 8, tzinfo=UTC)
_HTML = "text/html; charset=utf-8"
_PRINTED = {
    "/": (_HTML, pages.front_page),
    "/feed.xml": ("application/rss+xml", pages.rss),
    "/atom.xml": ("application/atom+xml", pages.atom),
    "/feed.json": ("application/feed+json", pages.json_feed),
    "/news-sitemap.xml": ("application/xml", pages.news_sitemap),
    "/sitemap_index.xml": ("application/xml", pages.sitemap_index),
}
_PACKED = {"/news-sitemap.xml.gz": "/news-sitemap.xml", "/sitemap_index.xml.gz": "/sitemap_index.xml"}
_IN_FEED = 50


class Newsroom:
    """Outlets behind one server; a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="newsroom", daemon=True)
        self._outlets: dict[str, Outlet] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def outlet(self, name: str, *, port: int = 0) -> "Outlet":
        """Give the outlet of this name: a new one, which listens, at first. The first outlet's host is 127.0.0.1."""
        if name not in self._outlets:
            number = len(self._outlets) + 1
            outlet = Outlet(name, f"127.0.{number >> 8}.{number & 255}", port=port, room=self)
            self._call(outlet.open())
            self._outlets[name] = outlet
        return self._outlets[name]

    async def resolve(self, host: str) -> list[str]:
        """Give the address of `<outlet>.example`, as a resolver would: a name for every outlet."""
        name = host.removesuffix(".example")
        if name not in self._outlets:
            raise OSError(f"no such host: {host}")
        return [self._outlets[name].host]

    def max_at_once(self, outlet: "Outlet") -> int:
        """Give the greatest number of requests to an outlet that were under way at one time."""
        now = time.monotonic()
        edges = [edge for visit in outlet.visits for edge in ((visit.began, 1), (visit.ended or now, -1))]
        running = most = 0
        for _, step in sorted(edges):
            running += step
            most = max(most, running)
        return most

    def intervals(self, outlet: "Outlet") -> list[float]:
        """Give the seconds between the end of each request and the beginning of the next."""
        visits = sorted(outlet.visits, key=lambda visit: visit.began)
        return [later.began - (earlier.ended or later.began) for earlier, later in pairwise(visits)]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _close(self) -> None:
        await asyncio.gather(*(outlet.door.close() for outlet in self._outlets.values()))

    def _call(self, work: Coroutine[object, object, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


class Outlet:
    """One news site: what an editor, and what fate, can do to it.

    Attributes that a test may set: `latency_s` before each answer, `full_text` for feeds that carry the articles
    whole, `validators` False for a server that knows no ETag and no Last-Modified.
    """

    def __init__(self, name: str, host: str, *, port: int, room: Newsroom) -> None:
        self.name = name
        self.host = host
        self.port = port
        self.latency_s = 0.0
        self.full_text = False
        self.validators = True
        self.log = Log()
        self._room = room
        self._lock = threading.Lock()
        self.door = Door(desk=self._answer, log=self.log)
        self._stories: dict[str, pages.Story] = {}
        self._made: dict[str, Reply] = {}  # what was printed since the last change
        self._fixed: dict[str, Answer] = {}  # by path: before anything printed
        self._ill: dict[str | None, Answer] = {}  # by path, None for every path: before all else
        self._numbers = count()

    # what an editor does

    def url(self, path: str) -> str:
        """Give the address of a path: "/feed.xml"."""
        return f"http://{self.host}:{self.port}{path}"

    def publish(
        self,
        slug: str,
        *,
        title: str | None = None,
        text: str | None = None,
        at: datetime | None = None,
        byline: str = "Ada Quill",
        credit: str | None = None,
        listed: bool = True,
    ) -> str:
        """Put an article on the site, and in its feeds if it is listed; give its URL.

        Headline and text are invented and unique where none is given; `at` is a minute after the last one's.
        """
        known = pages.invented(zlib.crc32(f"{self.name}/{slug}".encode()))
        with self._lock:
            when = at or _FIRST + timedelta(minutes=next(self._numbers))
            self._stories[slug] = pages.Story(
                slug=slug,
                title=known[0] if title is None else title,
                text=known[1] if text is None else text,
                byline=byline,
                published_at=when,
                updated_at=when,
                credit=credit,
                is_listed=listed,
            )
            self._fixed.pop(f"/news/{slug}", None)
            self._made.clear()
        return self.url(f"/news/{slug}")

    def amend(self, slug: str, *, text: str | None = None, title: str | None = None) -> None:
        """Change an article under its URL; it says that it was updated an hour after it last did."""
        with self._lock:
            old = self._stories[slug]
            self._stories[slug] = pages.Story(
                slug=slug,
                title=old.title if title is None else title,
                text=old.text if text is None else text,
                byline=old.byline,
                published_at=old.published_at,
                updated_at=old.updated_at + timedelta(hours=1),
                credit=old.credit,
                is_listed=old.is_listed,
            )
            self._made.clear()

    def withdraw(self, slug: str) -> None:
        """Take an article off the site: 410 from now on, and in no feed."""
        with self._lock:
            del self._stories[slug]
            self._made.clear()
            self._fixed[f"/news/{slug}"] = _plain(410, "Gone")

    def put(
        self,
        path: str,
        body: str | bytes,
        *,
        media_type: str = _HTML,
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> str:
        """Put anything at a path, with more headers, such as a Content-Length that lies; give its URL."""
        content = body.encode() if isinstance(body, str) else body
        typed = (("Content-Type", media_type),) if media_type else ()
        return self._fix(path, Reply(status=status, headers=(*typed, *headers), body=content))

    def redirect(self, path: str, to: str, *, status: int = 302) -> str:
        """Send whoever asks for a path elsewhere; give its URL."""
        return self._fix(path, Reply(status=status, headers=(("Location", to),)))

    def robots(self, said: str | bytes | int) -> None:
        """Set robots.txt, or the status it is answered with; 404 at first."""
        if isinstance(said, int):
            self._fix("/robots.txt", _plain(said, "robots"))
        else:
            self.put("/robots.txt", said, media_type="text/plain")

    def script(self, path: str, lie: Lie) -> str:
        """Answer a path by hand: `lie(reader, writer)` is called when the request was read; give its URL."""
        return self._fix(path, lie)

    def raw(self, path: str, *chunks: bytes) -> str:
        """Answer a path with exactly these bytes, and close; give its URL."""

        async def lie(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()

        return self._fix(path, lie)

    # what fate does

    def throttle(self, status: int = 429, *, retry_after: float | str | None = None, path: str | None = None) -> None:
        """Answer everything but robots.txt (or one path alone) with a status, until recover()."""
        headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
        with self._lock:
            self._ill[path] = Reply(status=status, headers=headers, body=b"Slow down.")
            if path is None:
                self._ill["/robots.txt"] = self._fixed.get("/robots.txt", _plain(404, "No rules"))

    def break_down(self, how: int | Literal["refuse", "hang", "close"] = 500, *, path: str | None = None) -> None:
        """Go down until recover(): a status for every request (or for one path), no listener, silence, or a cut."""
        if how == "refuse":
            self._room._call(self.door.close())
            return
        with self._lock:
            self._ill[path] = Hang() if how == "hang" else Close() if how == "close" else _plain(how, "Out of order")

    def recover(self) -> None:
        """End throttling and break-downs."""
        with self._lock:
            self._ill.clear()
        if not self.door.is_open:
            self._room._call(self.open())

    # what was seen

    @property
    def visits(self) -> Sequence[Visit]:
        """Every request so far, oldest first."""
        return list(self.log.visits)

    def fetched(self, path: str, *, status: int | None = None) -> int:
        """Count the requests for a path (with its query), or those that got a status."""
        return sum(visit.path == path and status in {None, visit.status} for visit in self.visits)

    def forget(self) -> None:
        """Forget all requests so far."""
        self.log.visits.clear()

    # what the server asks

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self.port = await self.door.open(self.host, self.port)

    def _answer(self, visit: Visit) -> tuple[Answer, float]:
        path = visit.path.partition("?")[0]
        with self._lock:
            for answers, key in ((self._ill, visit.path), (self._ill, path), (self._ill, None)):
                if key in answers:
                    return answers[key], self.latency_s
            for named in (visit.path, path):
                if named in self._fixed:
                    return self._fixed[named], self.latency_s
            if path not in self._made:
                self._made[path] = self._print(path)
            return self._made[path], self.latency_s

    def _print(self, path: str) -> Reply:
        """Make a page, a feed or a sitemap of what is published now."""
        outlet = pages.Outlet(name=self.name, base=self.url(""), full_text=self.full_text)
        stories = sorted(self._stories.values(), key=lambda story: story.published_at, reverse=True)
        listed = [story for story in stories if story.is_listed][:_IN_FEED]
        if path in _PACKED:
            packed = gzipped(_PRINTED[_PACKED[path]][1](outlet, listed).encode())
            return self._dated("application/gzip", packed, listed)
        if path in _PRINTED:
            media_type, made = _PRINTED[path]
            return self._dated(media_type, made(outlet, listed).encode(), listed)
        story = self._stories.get(path.removeprefix("/news/")) if path.startswith("/news/") else None
        if story is None:
            return _plain(404, "Not found")
        others = [one for one in listed if one.published_at < story.published_at]
        return self._dated(_HTML, pages.page(outlet, story, others).encode(), [story])

    def _dated(self, media_type: str, body: bytes, stories: Sequence[pages.Story]) -> Reply:
        headers = (("Content-Type", media_type),)
        if not self.validators:
            return Reply(headers=headers, body=body)
        updated = max((story.updated_at for story in stories), default=_FIRST)
        return Reply(
            headers=headers,
            body=body,
            etag=f'"{zlib.crc32(body):08x}"',
            last_modified=format_datetime(updated, usegmt=True),
        )

    def _fix(self, path: str, answer: Answer) -> str:
        with self._lock:
            self._fixed[path] = answer
        return self.url(path)


def _plain(status: int, said: str) -> Reply:
    return Reply(status=status, headers=(("Content-Type", "text/plain"),), body=said.encode())
