"""A run says that it goes on, also while nothing is stored: one that was killed is then seen to say nothing."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from flows.patience import first_line, is_of_database
from storage.database import Engine
from storage.reading import DatabaseProblem
from storage.running.runs import give_sign

log = logging.getLogger(__name__)

SIGN_EVERY_S = 20.0  # storage.watching.journal.SILENT_AFTER is some of these


def signs_of_life(
    engine: Engine, run: int, *, ending: threading.Event, clock: Callable[[], datetime], every_s: float = SIGN_EVERY_S
) -> threading.Thread:
    """Give a thread, not started yet, that gives a sign of the run's life now and then until it is ending."""

    def go_on() -> None:
        while not ending.wait(every_s):
            try:
                give_sign(engine, run, now=clock())
            except Exception as error:
                if not (isinstance(error, DatabaseProblem) or is_of_database(error)):
                    raise
                log.debug("run %d could not say that it goes on: %s", run, first_line(error))

    return threading.Thread(target=go_on, name=f"signs of life of run {run}", daemon=True)
