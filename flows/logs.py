"""What a run logs: events with its number and their source, as JSON where that is asked for, and no secrets.

    log.info("polled", extra=event("polled", source=key, outcome="listed"))

As JSON each event is one line on the standard error stream: at, level, logger, event, run, flow, source, message, and
what else belongs to it. Prefect's own lines of the run come in the same form.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from ingest.safe import discreet

FORMATS = ("text", "json")
_TRACE_CHARS = 20_000
_OURS = ("flows", "ingest", "storage")
_source: ContextVar[str | None] = ContextVar("source", default=None)


def event(name: str, **fields: object) -> dict[str, object]:
    """Give the `extra` of a log call that is an event of that name; `source` is the one that it is about."""
    return {"event": name, "fields": fields}


@contextmanager
def about(source: str) -> Iterator[None]:
    """Let what is logged in the block, whoever logs it, be about a source."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


@contextmanager
def log_lines(form: str, *, run: int, flow: str) -> Iterator[None]:
    """Log this run in one of the FORMATS until the end of the block, and what others make of our events unsaid."""
    with ExitStack() as before:
        ours = [logging.getLogger(name) for name in _OURS]
        if form == "json":
            lines = _Lines(run=run, flow=flow)
            _replace(logging.getLogger(), [lines], before)
            for logger in ours:
                before.callback(logger.setLevel, logger.level)
                logger.setLevel(logging.INFO)
                # Prefect's handlers, which send what is logged to its server, stay.
                _replace(logger, [*logger.handlers, lines], before)
                before.callback(setattr, logger, "propagate", logger.propagate)
                logger.propagate = False
        for handler in {handler for logger in ours for handler in logger.handlers}:
            handler.addFilter(_unsaid)
            before.callback(handler.removeFilter, _unsaid)
        yield


def _replace(logger: logging.Logger, handlers: list[logging.Handler], before: ExitStack) -> None:
    before.callback(setattr, logger, "handlers", logger.handlers)
    logger.handlers = handlers


def _unsaid(record: logging.LogRecord) -> bool:
    """Take secrets out of a record's message."""
    record.msg, record.args = discreet(record.getMessage()), ()
    return True


class _Lines(logging.Handler):
    """Writes each record as a line of JSON."""

    def __init__(self, *, run: int, flow: str) -> None:
        super().__init__()
        self._of_run = {"run": run, "flow": flow}

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; where that cannot be done, the run goes on."""
        try:
            sys.stderr.write(f"{json.dumps(self._said(record), default=str)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.handleError(record)

    def _said(self, record: logging.LogRecord) -> dict[str, object]:
        given = getattr(record, "fields", {})
        fields: Mapping[str, object] = given if isinstance(given, Mapping) else {}
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": getattr(record, "event", "log"),
            **self._of_run,
            "source": _source.get(),
            "message": record.getMessage(),
            **fields,
        }
        said = {name: discreet(value) if isinstance(value, str) else value for name, value in said.items()}
        if record.exc_info:
            said["error"] = discreet(logging.Formatter().formatException(record.exc_info), most=_TRACE_CHARS)
        return said
