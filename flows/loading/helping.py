"""What a helper of a load does: it signs batches from the load's shelf until no more come.

python -m flows.loading.helping FOLDER      a helper of this process, without Prefect
"""

import logging
import os
import socket
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from uuid import uuid4

from flows.loading.batches import Batch
from flows.loading.shelf import Shelf
from flows.loading.signing import Signed, sign_batch
from flows.open_run import now_utc
from flows.patience import patiently
from flows.settings import Settings, read_settings
from ingest.clean import CLEANER
from ingest.document import RawDocument
from ingest.outcome import Outcome
from ingest.site_lines import Furniture
from ingest.workers import Workers
from storage.database import connected
from storage.store import Store

log = logging.getLogger(__name__)

_LOOK_S = 0.2


def help_load(folder: Path, settings: Settings) -> int:
    """Sign batches of the load whose shelf is in `folder`; give how many.

    Ends when no more come, or the load is gone.
    """
    shelf = Shelf(folder, helper=f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}")
    count = 0
    with (
        connected(settings.database_url) as engine,
        Workers(workers=settings.workers, timeout_s=settings.page_timeout_s) as pages,
    ):
        store = Store(engine)

        def known(raws: Sequence[RawDocument]) -> list[tuple[str, Outcome] | None]:
            return patiently(lambda: store.known(raws, cleaner=CLEANER))

        def furniture(sites: Collection[str]) -> Furniture:
            return patiently(lambda: store.furniture(sites))

        def sign(batch: Batch) -> Signed:
            return sign_batch(batch, pages, now=now_utc(), known=known, furniture=furniture)

        while True:
            is_over = shelf.is_over  # asked first: what was laid down before the end is still to be signed
            number = shelf.take()
            if number is not None:
                try:
                    shelf.sign(number, sign)
                except FileNotFoundError:
                    if folder.exists():
                        raise
                    return count  # the load is over, or gone
                count += 1
                log.info("batch %d signed", number)
            elif is_over:
                return count
            else:
                time.sleep(_LOOK_S)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s helper %(message)s")
    help_load(Path(sys.argv[1]), read_settings())
