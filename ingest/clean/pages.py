"""Cleaning of many documents at once: pages in workers that can be killed, texts where they are.

The rules for texts are linear, and a process would cost more than the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.clean import clean, is_html, source_of
from ingest.document import Article, RawDocument
from ingest.outcome import Rejection
from ingest.serve import Failure
from ingest.urls import canonical_url
from ingest.workers import Workers


@dataclass(frozen=True, slots=True)
class Cleaning:
    """One document to clean."""

    raw: RawDocument
    now: datetime

    @property
    def name(self) -> str:
        """The document's URL or path."""
        return self.raw.url

    def run(self) -> Article:
        """Clean it."""
        return clean(self.raw, now=self.now)


def clean_all(raws: Sequence[RawDocument], workers: Workers, *, now: datetime) -> list[Article | Rejection]:
    """Give for each document, in order, its article or why there is none."""
    texts = [at for at, raw in enumerate(raws) if not is_html(raw)]
    answers = workers.run_all([Cleaning(raw, now) for raw in raws], harmless=texts)
    return [
        _rejection(raw, answer, now=now) if isinstance(answer, Failure) else answer
        for raw, answer in zip(raws, answers, strict=True)
    ]


def _rejection(raw: RawDocument, failure: Failure, *, now: datetime) -> Rejection:
    url = canonical_url(raw.url)
    return Rejection(
        source=source_of(raw, url),
        url=url,
        outcome=failure.outcome,
        detail=failure.detail,
        at=now,
        raw_key=raw.raw_key,
        body_bytes=len(raw.body),
    )
