"""A batch of a load cleaned and signed: where it was read, or by a helper on any machine."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.loading.batches import Batch
from ingest.document import Article, Prepared, RawDocument
from ingest.load import FileEnd
from ingest.outcome import Outcome, Rejection
from ingest.prepare import clean_whole, sign_all
from ingest.site_lines import KnownFurniture
from ingest.workers import Workers
from storage.running.runs import Tally

Known = Callable[[Sequence[RawDocument]], Sequence[tuple[str, Outcome] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A batch, cleaned and signed by what was known then."""

    number: int
    rejected: tuple[Rejection, ...]  # as they were read
    fresh: tuple[RawDocument, ...]  # those never met before, as they came: what is rejected is kept
    cleaned: tuple[Article | Rejection, ...]  # of those never met before, with the lines of their sites
    prepared: tuple[Prepared | Rejection, ...]  # the same, without them
    known: Tally  # those met before
    file_key: int | None  # as in Batch
    end: FileEnd | None


def sign_batch(batch: Batch, pages: Workers, *, now: datetime, known: Known, furniture: KnownFurniture) -> Signed:
    """Clean and analyse those documents of a batch that were never met before."""
    raws = [document for document in batch.documents if isinstance(document, RawDocument)]
    met = known(raws)
    fresh = [raw for raw, outcome in zip(raws, met, strict=True) if outcome is None]
    cleaned = clean_whole(fresh, pages, now=now)
    return Signed(
        number=batch.number,
        rejected=tuple(document for document in batch.documents if isinstance(document, Rejection)),
        fresh=tuple(fresh),
        cleaned=tuple(cleaned),
        prepared=tuple(sign_all(cleaned, now=now, furniture=furniture)),
        known=Counter(outcome for outcome in met if outcome is not None),
        file_key=batch.file_key,
        end=batch.end,
    )
