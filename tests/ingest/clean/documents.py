"""Documents to clean, made from little."""

from datetime import UTC, datetime

from ingest.document import RawDocument, Stated

NOW = datetime(2026, 8, 1, tzinfo=UTC)

PARAGRAPHS = (
    "Ships are back in the harbour of Port Vela, the mayor said on Friday after a week of repairs to the main pier.",
    "The storm had pushed a crane off its rails, and two dozen ships waited outside the bay until divers were done.",
    "Insurers will pay half of the damage, the harbour operator said, and the county has promised a loan for the rest.",
)
TEXT = "\n".join(PARAGRAPHS)


def text_document(
    body: str | bytes, *, stated: Stated | None = None, url: str = "storm.txt", charset: str | None = None
) -> RawDocument:
    """Give a text as it arrives."""
    return _document(body, "text/plain", stated=stated, url=url, charset=charset)


def page_document(
    body: str | bytes, *, stated: Stated | None = None, url: str = "https://coast.example/storm"
) -> RawDocument:
    """Give a page as it arrives."""
    return _document(body, "text/html", stated=stated, url=url, charset=None)


def page(*, head: str = "", body: str = "", title: str = "Harbour reopens after storm") -> str:
    """Give the markup of a page with an article."""
    article = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><article><h1>{title}</h1>{article}{body}</article></body></html>"
    )


def _document(
    body: str | bytes, media_type: str, *, stated: Stated | None, url: str, charset: str | None
) -> RawDocument:
    return RawDocument(
        source=None,
        folder="archive",
        url=url,
        fetched_at=NOW,
        body=body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body,
        media_type=media_type,
        charset=charset,
        stated=stated,
    )
