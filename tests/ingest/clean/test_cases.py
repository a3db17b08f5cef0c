"""Golden cases: a page as it arrived, and the article that was in it."""

import tomllib
from datetime import UTC
from pathlib import Path

import pytest

from ingest.clean import clean
from ingest.document import Article, RawDocument
from ingest.outcome import Refused
from tests.ingest.clean.documents import NOW

_CASES = sorted((Path(__file__).parents[2] / "cases" / "clean").iterdir())
_WANTED = {"page.html", "page.txt"}


def _clean(case: Path) -> Article | Refused:
    page = next(path for path in case.iterdir() if path.name in _WANTED)
    raw = RawDocument(
        source=None,
        folder="cases",
        url=f"{case.name}/{page.name}",
        fetched_at=NOW,
        body=page.read_bytes(),
        media_type="text/html" if page.suffix == ".html" else "text/plain",
    )
    try:
        return clean(raw, now=NOW)
    except Refused as refused:
        return refused


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_page_gives_its_article(case: Path) -> None:
    """A page gives its article and nothing else; where a case lists them, it tells what it left out and why."""
    expected = tomllib.loads((case / "article.toml").read_text("utf-8"))

    got = _clean(case)

    if isinstance(got, Refused):
        assert expected == {"outcome": got.outcome.value, "detail": got.detail}
        return
    told = {"removed": [[removed.rule, removed.line] for removed in got.removed]} if "removed" in expected else {}
    actual = {
        "title": got.title,
        "url": got.url,
        "source": got.source,
        "byline": got.byline,
        "credit": got.credit,
        "language": got.language,
        "published_at": got.published_at.astimezone(UTC) if got.published_at else None,
        "published_from": got.published_from.value if got.published_from else None,
        "text": got.text,
        **told,
    }
    assert expected == {name: value for name, value in actual.items() if value is not None}


def test_there_are_cases() -> None:
    """Cases are found on disk: none found means that none is checked."""
    assert len(_CASES) >= 42
