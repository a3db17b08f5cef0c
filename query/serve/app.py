"""The application: every room of it, and the gate before them."""

from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from query.serve import feeding, forms, house, judged, metrics, pages, reads, review_page, story_page, writes
from query.serve.describing import describe
from query.serve.gate import App, Gate, Heads
from query.serve.metrics import Counting, Figures
from query.serve.problems import handle_problems
from query.serve.serving import Serving
from query.serve.waiting import Waiting

_STATIC = Path(__file__).parent / "static"
_ROUTERS = (
    feeding.router,  # before the files of stories, whose form is any other
    reads.router,
    house.router,
    review_page.router,
    judged.router,
    writes.router,
    house.watched,
    metrics.router,
    pages.router,
    story_page.router,
    review_page.pages,
    judged.pages,
    forms.router,
)
_ABOUT = (
    "Many outlets' articles, few stories: lists, one story with its reasons, differences, and corrections by people. "
    "Reads are open on loopback alone; writes need a token of `newsfold token make`. "
    "Every error is application/problem+json."
)


def make_app(serving: Serving) -> App:
    """Give the application that answers for `serving`, behind its gate."""
    figures = Figures()
    return Gate(Counting(Heads(make_rooms(serving, figures)), figures), serving)


def make_rooms(serving: Serving, figures: Figures) -> FastAPI:
    """Give all rooms."""
    app = FastAPI(
        title="newsfold",
        version=version("newsfold"),
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # would load its script from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.serving, app.state.figures, app.state.waiting = serving, figures, Waiting()
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    handle_problems(app)
    describe(app, serving)
    return app
