"""Pages: templates in which every text is text, and the few ways in which they write values."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from ingest.outcome import Outcome
from ingest.safe import visible
from query.parquet import is_installed
from query.serve.etags import tagged
from query.terminal.since import span
from storage.happened import HAPPENED

if TYPE_CHECKING:
    from storage.cursors import Page

_LINKED = ("http", "https")
_TITLE_CHARS = 240  # of a title in a list; its story's page has it whole


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
) -> Response:
    """Give the page that a template makes of `values`."""
    bar = getattr(request.state, "bar", None)
    text = _environment().get_template(template).render(**values, bar=bar, path=request.url.path)
    response = HTMLResponse(text, status, headers=headers)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return tagged(request, response) if status == 200 else response


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("query.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "time": write_time,
        "ago": _ago,
        "number": _number,
        "web": web_address,
        "seen": visible,
        "score": _score,
        "words": _words,
        "brief": _brief,
    }
    forms = ("json", "csv", "jsonl", "parquet")
    made.globals |= {
        "link": link,
        "file_forms": forms if is_installed() else forms[:3],
        "happened": HAPPENED,
        "refusals": {outcome.value for outcome in Outcome if not outcome.is_stored},
    }
    return made


def link(path: str, **query: object) -> str:
    """Give an address on this server; what is None or empty is left out.

    >>> link("/", outlet="gazette", kind=None)
    '/?outlet=gazette'
    """
    said = {name: _plain(value) for name, value in query.items() if value not in (None, "")}
    return f"{quote(path)}?{urlencode(said)}" if said else quote(path)


def turns(request: Request, found: "Page[Any]") -> dict[str, str]:  # Any: whatever it lists
    """Give the addresses of the first and of the next page of a listing, where there are such pages."""
    said = {name: value for name, value in request.query_params.items() if name not in ("cursor", "done")}
    leads = {
        "first": link(request.url.path, **said) if "cursor" in request.query_params else "",
        "next": link(request.url.path, **said, cursor=found.next_cursor) if found.next_cursor else "",
    }
    return leads if any(leads.values()) else {}


def web_address(url: str) -> str | None:
    """Give an address that may be linked to; None where it is none of the web.

    >>> [web_address(url) for url in ("https://a.example/1", "javascript:alert(1)", "inbox/a.txt")]
    ['https://a.example/1', None, None]
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_plain = url.isprintable() and not any(char.isspace() or char == "\\" for char in url)
    return url if parts.scheme in _LINKED and parts.hostname and is_plain else None


def write_time(at: datetime | None) -> str:
    """Write a time as people read it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def _ago(at: datetime | None) -> str:
    """Write how long ago that was, in one unit."""
    if at is None:
        return ""
    past = max(datetime.now(UTC) - at, timedelta())
    return span(past.total_seconds()).replace(".0 ", " ")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _brief(text: str) -> str:
    return text if len(text) <= _TITLE_CHARS else text[:_TITLE_CHARS].rstrip() + "…"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _plain(value: Any) -> str:  # Any: whatever a filter holds
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
