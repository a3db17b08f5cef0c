"""What maintenance makes of stored articles: cleaned again, without their sites' own lines, signed as now.

Rules and signatures change from release to release. Whatever the store has of earlier ones still stands and is found
by its anchors; it is worked over in batches, the latest first, while loads and refreshes go on.
"""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from flows.logs import event
from flows.patience import patiently
from ingest.clean import CLEANER
from ingest.clean.again import clean_again, is_clean
from ingest.cluster.analysis import analyse
from ingest.cluster.signature import SCHEME
from ingest.document import Article
from ingest.outcome import Outcome
from ingest.site_lines import Furniture, site_of, without
from storage.database import Engine
from storage.running.leases import WORKING_OVER, lease_sources, release_sources, renew_sources
from storage.running.runs import Tally
from storage.upkeep.reworking import Reworked
from storage.upkeep.stored import StoredArticle, count_old, variants_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVariants:
    """Variants that are worked over in one transaction."""

    number: int  # from 1
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The same, ready to be stored."""

    number: int
    work: Reworked
    known: Tally  # those that are as they should be


def worked_over(number: int, stored: Sequence[StoredArticle], lines: Furniture) -> Ready:
    """Give a batch of stored articles as present rules and the sites' own `lines` leave them."""
    less, unsigned, named = list[Article](), list[Article](), list[Article]()
    known: Tally = Counter()
    for one in stored:
        article = one.article if is_clean(one.article.cleaner) else clean_again(one.article)
        left = without(article, lines.get(site_of(article.url), ()))
        if left.text not in (one.article.text, ""):
            less.append(left)
        elif one.scheme != SCHEME:  # an article of nothing but such lines stays: ids are for good
            unsigned.append(replace(one.article, cleaner=article.cleaner))
        elif article.cleaner != one.article.cleaner:
            named.append(replace(one.article, cleaner=article.cleaner))
        else:
            known[article.source, Outcome.UNCHANGED] += 1
    work = Reworked(recleaned=tuple(analyse(less)), resigned=tuple(analyse(unsigned)), named=tuple(named))
    return Ready(number=number, work=work, known=known)


def count_variants(engine: Engine, sites: Collection[str]) -> int:
    """Count the variants that are to be worked over."""
    if not sites:
        return count_old(engine, cleaner=CLEANER)
    return sum(1 for _ in variants_of(engine, sites, cleaner=CLEANER))


class Turn:
    """The right to work over the variants, which one maintenance at a time has: a lease, like that of a source."""

    def __init__(self, engine: Engine, *, owner: str, lease_s: float) -> None:
        self._engine = engine
        self._owner = owner
        self._lease_s = lease_s
        self.is_ours = False

    def take(self) -> bool:
        """Take it where it is free; tell whether it is ours."""
        held = patiently(lambda: lease_sources(self._engine, [WORKING_OVER], owner=self._owner, seconds=self._lease_s))
        self.is_ours = not held
        for other in held.values():
            said = event("maintenance-held", owner=other.owner)
            log.warning("another maintenance, %s, works over the variants", other.owner, extra=said)
        return self.is_ours

    def renew(self) -> None:
        """Give a sign of life."""
        patiently(lambda: renew_sources(self._engine, self._owner, seconds=self._lease_s))

    def give_back(self) -> None:
        """Let another have it."""
        if self.is_ours:
            patiently(lambda: release_sources(self._engine, self._owner))
