"""The thresholds that hold: those that a maintenance run applied last, else those that newsfold is shipped with."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from ingest.cluster.replay import SHIPPED_THRESHOLDS, Thresholds
from storage import tables
from storage.reading import Reader
from storage.rows import insert_rows
from storage.tables import core

_THRESHOLD = core(tables.Threshold)
_LAST = "SELECT copy_least, coverage_least FROM threshold ORDER BY id DESC LIMIT 1"


def holding(reader: Reader) -> Thresholds:
    """Give the thresholds that hold."""
    return _thresholds(reader.rows(_LAST))


def holding_in(db: Connection) -> Thresholds:
    """Give the thresholds that hold, inside a transaction."""
    return _thresholds([tuple(row) for row in db.exec_driver_sql(_LAST)])


def write_thresholds(db: Connection, thresholds: Thresholds, *, run_id: int, now: datetime) -> None:
    """Let thresholds hold from now on."""
    number = (db.scalar(select(func.max(_THRESHOLD.c.id))) or 0) + 1
    insert_rows(db, tables.Threshold, [(number, thresholds.copy, thresholds.coverage, run_id, now)])


def _thresholds(rows: list[tuple[float, float]]) -> Thresholds:
    return Thresholds(copy=rows[0][0], coverage=rows[0][1]) if rows else SHIPPED_THRESHOLDS
