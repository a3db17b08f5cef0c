"""The tables: singular, one word each; the class is the word.

`_at` is an aware UTC time, `_key` a signed 64-bit hash, `_id` a foreign key, `is_` a boolean.
Nullable means "nobody said", never "not yet".
"""

from sqlalchemy import Table
from sqlmodel import SQLModel

from storage.tables.cards import Card, Mark, Outlet
from storage.tables.hooks import Heard, Hook
from storage.tables.indexes import Horizon, Meaning, Segment, SiteLine, Unsearched
from storage.tables.polls import Address, Host, Lease, Poll
from storage.tables.runs import Batch, Raw, Rejection, Run, Taken, Tally
from storage.tables.stories import Change, Judgement, Link, Party, Revision, Story, Variant
from storage.tables.thresholds import Threshold
from storage.tables.tokens import Reply, Token

__all__ = [
    "Address",
    "Batch",
    "Card",
    "Change",
    "Heard",
    "Hook",
    "Horizon",
    "Host",
    "Judgement",
    "Lease",
    "Link",
    "Mark",
    "Meaning",
    "Outlet",
    "Party",
    "Poll",
    "Raw",
    "Rejection",
    "Reply",
    "Revision",
    "Run",
    "Segment",
    "SiteLine",
    "Story",
    "Taken",
    "Tally",
    "Threshold",
    "Token",
    "Unsearched",
    "Variant",
    "core",
]


def core(model: type[SQLModel]) -> Table:
    """Give the SQLAlchemy table of a class above, for statements over many rows."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
