"""Clean, then analyse: what arrived becomes what is stored, or a rejection."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from ingest.clean.pages import clean_all
from ingest.cluster.analysis import analyse
from ingest.document import Article, Prepared, RawDocument
from ingest.outcome import Outcome, Rejection
from ingest.site_lines import Furniture, KnownFurniture, site_of, without
from ingest.workers import Workers

log = logging.getLogger(__name__)


def _nothing_known(_sites: Collection[str]) -> Furniture:
    return {}


def prepare(
    raws: Sequence[RawDocument], workers: Workers, *, now: datetime, furniture: KnownFurniture = _nothing_known
) -> list[Prepared | Rejection]:
    """Clean and analyse one batch, in its order; `furniture` is asked once for the sites it is of.

    What goes wrong with a document is its rejection, never an exception.
    """
    return sign_all(clean_whole(raws, workers, now=now), now=now, furniture=furniture)


def clean_whole(raws: Sequence[RawDocument], workers: Workers, *, now: datetime) -> list[Article | Rejection]:
    """Clean one batch, in its order; what is known of the sites takes nothing from it yet."""
    return _or_from_feed(raws, clean_all(raws, workers, now=now), workers, now=now)


def sign_all(
    cleaned: Sequence[Article | Rejection], *, now: datetime, furniture: KnownFurniture
) -> list[Prepared | Rejection]:
    """Analyse what clean_whole() gave, in its order, without the lines that are known as the sites' own."""
    return sign_again(cleaned, (), now=now, furniture=furniture)


def sign_again(
    cleaned: Sequence[Article | Rejection],
    before: Sequence[Prepared | Rejection],
    *,
    now: datetime,
    furniture: KnownFurniture,
) -> list[Prepared | Rejection]:
    """Give what sign_all() gives, by what it gave `before`, when less was known of the sites."""
    left = _without_furniture(cleaned, furniture, now=now)
    known = {
        at: item
        for at, item in enumerate(before)
        if (isinstance(item, Prepared) and item.article == left[at])
        or (isinstance(item, Rejection) and item.outcome is Outcome.FAILED)
    }
    wanted = [item for at, item in enumerate(left) if isinstance(item, Article) and at not in known]
    analysed = iter(_analyse(wanted, now=now))
    return [item if isinstance(item, Rejection) else known.get(at) or next(analysed) for at, item in enumerate(left)]


def _or_from_feed(
    raws: Sequence[RawDocument], cleaned: list[Article | Rejection], workers: Workers, *, now: datetime
) -> list[Article | Rejection]:
    """Let the feed's text stand in for the pages that hold no article."""
    lacking = [at for at, raw in enumerate(raws) if raw.feed_text and isinstance(cleaned[at], Rejection)]
    carried = [raws[at].carried(raws[at].feed_text or "") for at in lacking]
    for at, item in zip(lacking, clean_all(carried, workers, now=now), strict=True):
        if isinstance(item, Article):
            cleaned[at] = replace(item, raw_key=raws[at].raw_key)  # what arrived is the page
    return cleaned


def _without_furniture(
    cleaned: Sequence[Article | Rejection], furniture: KnownFurniture, *, now: datetime
) -> list[Article | Rejection]:
    """Take the lines that are known as a site's own from its articles; one that has no others is none."""
    sites = [site_of(item.url) if isinstance(item, Article) else "" for item in cleaned]
    known = furniture({*sites} - {""}) if any(sites) else {}
    if not known:
        return list(cleaned)
    left: list[Article | Rejection] = []
    for item, site in zip(cleaned, sites, strict=True):
        if isinstance(item, Article) and site in known:
            less = without(item, known[site])
            left.append(less if less.text else _furniture_alone(item, now=now))
        else:
            left.append(item)
    return left


def _furniture_alone(article: Article, *, now: datetime) -> Rejection:
    return Rejection(
        source=article.source,
        url=article.url,
        outcome=Outcome.BOILERPLATE,
        detail="nothing but lines that this site has on many pages",
        at=now,
        raw_key=article.raw_key,
    )


def _analyse(articles: Sequence[Article], *, now: datetime) -> list[Prepared | Rejection]:
    try:
        return [*analyse(articles)]
    except Exception as error:
        if len(articles) == 1:
            log.exception("cannot analyse %s", articles[0].url)
            return [_failed(articles[0], error, now=now)]
    # One of them cannot be analysed: each for itself, so that only the culprit is lost.
    return [result for article in articles for result in _analyse([article], now=now)]


def _failed(article: Article, error: Exception, *, now: datetime) -> Rejection:
    return Rejection(
        source=article.source,
        url=article.url,
        outcome=Outcome.FAILED,
        detail=f"{type(error).__name__} while analysing the text; the log has the traceback",
        at=now,
        raw_key=article.raw_key,
    )
