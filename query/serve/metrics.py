"""Figures for whoever watches the server: what it answered and how fast, and how the house stands."""

import time
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from query.serve.callers import Reads, serving_of
from query.serve.gate import App, Message, Receive, Send
from query.serve.problems import responses
from query.serve.store_figures import StoreCollector
from query.serve.waiting import waiting_of
from storage.watching.readiness import standing

router = APIRouter(tags=["watch"], responses=responses(401, 421, 503))
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)


class Figures:
    """What one server counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "newsfold_http_answers",
            "Answers by room and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "newsfold_http_seconds",
            "Time to an answer's beginning.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        gauges = {
            "sources_failing": "Sources that fail or are retired.",
            "rejections": "Documents that did not make it, counted up to a thousand.",
            "review_pairs": "Suggested pairs that wait for a person, counted up to a thousand.",
            "last_run_started_seconds": "When the last run began.",
            "last_run_met": "Documents that the last run met.",
        }
        self.house = {name: Gauge(f"newsfold_{name}", says, registry=self.registry) for name, says in gauges.items()}
        self.store = StoreCollector()
        self.registry.register(self.store)


class Counting:
    """Counts every answer under the room that gave it: addresses themselves are without number."""

    def __init__(self, app: App, figures: Figures) -> None:
        self._app, self._figures = app, figures

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began, status = time.perf_counter(), 500

        async def count(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._figures.seconds.labels(_room(scope)).observe(time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, count)
        finally:
            if scope["type"] == "http":
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._figures.answers.labels(method, _room(scope), status).inc()


@router.get(
    "/metrics",
    response_model=None,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Figures"}},
)
def show_metrics(request: Request, _: Reads) -> Response:
    """Give the figures in the text format of Prometheus."""
    figures: Figures = request.app.state.figures
    now = datetime.now(UTC)
    with serving_of(request).reading() as reader:
        found, waiting = standing(reader, now=now), waiting_of(request).count(reader)
        figures.store.look(reader, now=now)
    figures.house["sources_failing"].set(found.failing)
    figures.house["rejections"].set(found.rejections)
    figures.house["review_pairs"].set(waiting)
    if found.last_run is not None:
        figures.house["last_run_started_seconds"].set(found.last_run.started_at.timestamp())
        figures.house["last_run_met"].set(found.last_run.met or 0)
    return Response(generate_latest(figures.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _room(scope: Message) -> str:
    return str(getattr(scope.get("route"), "path", "none"))
