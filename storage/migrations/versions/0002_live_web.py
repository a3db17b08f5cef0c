"""News from the live web: what is known of sources, of the pages they list, and of hosts."""

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RUN_PAIRS = 1 << 22  # of one segment row


def upgrade() -> None:
    """Go up one step."""
    op.add_column("variant", sa.Column("text_from", sa.String(), server_default="page", nullable=False))
    op.add_column("variant", sa.Column("media", sa.Text(), nullable=True))
    op.create_table(
        "poll",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("listed_url", sa.Text(), nullable=True),
        sa.Column("asked_url", sa.Text(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_key", sa.BigInteger(), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Float(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publishes_every_s", sa.Float(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "address",
        sa.Column("url_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entry_key", sa.BigInteger(), nullable=False),
        sa.Column("from_feed", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("url_key"),
    )
    op.create_index(
        "ix_address_waiting",
        "address",
        ["host", "found_at", "url_key", "next_try_at", "source", "state"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_address_source",
        "address",
        ["source", "host", "next_try_at", "state"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "host",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("robots", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_index(
        "ix_host_owner",
        "host",
        ["owner"],
        unique=False,
        sqlite_where=sa.text("owner IS NOT NULL"),
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, column in (("address", "entry"), ("host", "robots")):  # packed already
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.drop_index("ix_variant_raw_key", table_name="variant")
    _fill_raw_segments(op.get_bind())


def _fill_raw_segments(db: sa.Connection) -> None:
    """Put the raw keys, whose index is gone, into sorted runs as storage/indexes/segments.py keeps them."""
    rows = np.array(db.execute(sa.text("SELECT raw_key, id FROM variant ORDER BY raw_key")).all(), np.int64)
    insert = sa.text(
        'INSERT INTO segment (id, kind, level, count, keys, "values") '
        "VALUES (:id, 'raw', :level, :count, :keys, :held)"
    )
    first_id = (db.execute(sa.text("SELECT max(id) FROM segment")).scalar() or 0) + 1
    for number, first in enumerate(range(0, len(rows), _RUN_PAIRS)):
        run = rows[first : first + _RUN_PAIRS]
        run = run[np.argsort(run[:, 0].view(np.uint64), kind="stable")]
        values = {
            "id": first_id + number,
            "level": len(run).bit_length() // 3,
            "count": len(run),
            "keys": run[:, 0].view(np.uint64).astype("<u8").tobytes(),
            "held": run[:, 1].astype("<u4").tobytes(),
        }
        db.execute(insert, values)


def downgrade() -> None:
    """Go back one step."""
    op.drop_index(
        "ix_host_owner",
        table_name="host",
        sqlite_where=sa.text("owner IS NOT NULL"),
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.drop_table("host")
    for name in ("ix_address_source", "ix_address_waiting"):
        op.drop_index(
            name,
            table_name="address",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
    op.drop_table("address")
    op.drop_table("poll")
    op.execute("DELETE FROM segment WHERE kind = 'raw'")
    op.create_index("ix_variant_raw_key", "variant", ["raw_key"], unique=False)
    op.drop_column("variant", "media")
    op.drop_column("variant", "text_from")
