"""The pages of a source that wait are listed in the order of an index."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAME = "ix_address_source"


def _put(columns: list[str]) -> None:
    where = sa.text("state = 'waiting'")
    op.drop_index(_NAME, table_name="address", sqlite_where=where, postgresql_where=where)
    op.create_index(_NAME, "address", columns, unique=False, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Go up one step."""
    _put(["source", "host", "next_try_at", "url_key", "state"])


def downgrade() -> None:
    """Go back one step."""
    _put(["source", "host", "next_try_at", "state"])
