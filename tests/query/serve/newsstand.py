"""A small newsroom's stories, really stored, and a server that answers for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uvicorn

from ingest.document import Article
from query.serve.app import make_app
from query.serve.deadlines import Punctual
from query.serve.serving import LOOPBACK, Serving, bind
from storage import tables
from storage.access.tokens import make_token
from storage.asking.search import catch_up
from storage.database import connect, writing
from storage.readers import Readers
from storage.stories.cards import refresh_cards, stories_of
from tests.storage.articles import NOON, article, newsdesk, prose, published
from tests.storage.stories import replace as replace_rows

FURNACE = """Orrin Steel will close its last furnace at Brackenhythe in October, the company said on Wednesday.
The works council, which was told an hour before, called the decision a betrayal in instalments.
The plant has lost money since 2019, and 640 of its 2,100 jobs go by the end of the year.
Hanna Dreyer, who speaks for the council, asked the regional government for talks before Friday.
A buyer from Port Elland had looked at the site twice and did not come back, two people said."""
CORRECTED = FURNACE.replace("640 of its", "720 of its").replace("October", "November")
REPRINT = FURNACE.replace("Hanna Dreyer, who speaks for the council,", "Hanna Dreyer of the council") + (
    "\nReporting by our business desk."
)
FERRY = """The night ferry between Quenby and Haldrun ran aground on a sandbank with 212 people on board.
Nobody was hurt, and the coastguard took the passengers ashore in small boats before dawn.
The captain told the harbour office that a buoy had been missing since the storm on Sunday.
The line said that its second ship would take over the route from Thursday noon."""
SHUTTLE = """Commuters on the southern shore were told to expect crowded buses until the weekend.
A spokeswoman for the operator said that refunds would be paid without forms, by telephone.
Islanders said they had asked for a second landing stage for years; a petition lies with the prefect."""


_EVIDENCE = (
    '{"terms": ["Quenby", "ferry"], "hours": 1.0, "features": {"cosine": 0.2}, "gave": {"cosine": 2.2, "bias": -3.1}}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server, its database, and tokens for it."""

    base: str
    url: str
    client: httpx.Client
    reads: str
    writes: str

    def ask(self, path: str, **more: Any) -> httpx.Response:  # Any: httpx's own
        """Ask without a token."""
        return self.client.get(self.base + path, **more)

    def post(self, path: str, body: object, *, token: str | None = None, key: str | None = None) -> httpx.Response:
        """Send a document, with the write token unless another is given."""
        headers = {"Authorization": f"Bearer {token or self.writes}"} | ({"Idempotency-Key": key} if key else {})
        return self.client.post(self.base + path, json=body, headers=headers)


def fill(url: str) -> None:
    """Store the newsroom's articles: furnace (two copies, one corrected), a ferry and its consequence, and singles."""
    with newsdesk(url) as desk:
        desk.load(*articles())
        desk.load(replace(_furnace(CORRECTED), raw_key=99), now=NOON + timedelta(hours=5))
        pair = desk.variants("id")
        run = desk.run_id
    one, other = sorted((pair["ardmouth/ferry"], pair["vesper/buses"]))
    suggested: Any = {"relation": "suggested", "score": 0.46, "scheme": "s", "run_id": run}
    replace_rows(url, tables.Link(variant_a=other, variant_b=one, evidence=_EVIDENCE, **suggested))
    engine = connect(url)
    with writing(engine) as db:
        refresh_cards(db, stories_of(db, (one, other)))
    engine.dispose()
    catch_up(url)


def articles() -> list[Article]:
    """Give what the outlets published, in the order in which it came."""
    singles = [
        article(f"gazette/{number}", prose(number + 40), title=f"Council paper {number}", **published(number - 30))
        for number in range(6)
    ]
    return [
        *singles,
        _furnace(FURNACE),
        article("harbour/furnace", REPRINT, title="Last furnace to go", byline="Ida Moll", **published(-1)),
        article("ardmouth/ferry", FERRY, title="Night ferry aground off Quenby", **published(-4)),
        article("vesper/buses", SHUTTLE, title="Crowded buses until the weekend", language="en-GB", **published(-3)),
    ]


def _furnace(text: str) -> Article:
    return article("northwire/furnace", text, title="Orrin Steel to close last furnace", **published(-2))


@contextmanager
def served(url: str, **more: Any) -> Iterator[Served]:  # Any: fields of Serving
    """Serve a migrated database on loopback, and make two tokens."""
    engine = connect(url)
    now = datetime.now(UTC)
    _, reads = make_token(engine, name="reader", scope="read", now=now)
    _, writes = make_token(engine, name="Ines Ahlqvist", scope="write", now=now)
    engine.dispose()
    listening = bind("127.0.0.1", 0)
    said: Any = {"is_open": True, "names": LOOPBACK, "sources": "/nowhere.toml"} | more  # Any: as above
    readers = Readers(url)
    serving = Serving(readers=readers, **said)
    app = make_app(serving)
    config = uvicorn.Config(app, http=Punctual, log_level="critical", lifespan="off", ws="none", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with httpx.Client(timeout=30, verify=False) as client:  # one: each makes a TLS context of its own
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            yield Served(base=base, url=url, client=client, reads=reads, writes=writes)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        readers.close()
