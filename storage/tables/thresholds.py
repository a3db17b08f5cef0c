"""The table of the thresholds that stories are made by: the last row holds."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.columns import at_column


class Threshold(SQLModel, table=True):
    """Thresholds that a run applied to all that was stored, and that whatever comes later is decided by."""

    id: int = Field(primary_key=True)
    copy_least: float  # share of the shorter text
    coverage_least: float  # score
    run_id: int = Field(foreign_key="run.id")
    at: datetime = Field(sa_column=at_column())
