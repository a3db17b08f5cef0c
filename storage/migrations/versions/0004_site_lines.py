"""Teasers, what replaced an earlier text, and the lines that are a site's own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up one step."""
    op.add_column("variant", sa.Column("is_teaser", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_variant_teaser",
        "variant",
        ["story_id", "id"],
        unique=False,
        sqlite_where=sa.text("is_teaser"),
        postgresql_where=sa.text("is_teaser"),
    )
    op.add_column("revision", sa.Column("is_teaser", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("revision", sa.Column("reason", sa.String(), server_default="outlet", nullable=False))
    op.create_table(
        "site_line",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("line_hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("is_applied", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", "line_hash"),
    )
    op.create_index("ix_site_line_line_hash", "site_line", ["line_hash"], unique=False)


def downgrade() -> None:
    """Go back one step."""
    op.drop_index("ix_site_line_line_hash", table_name="site_line")
    op.drop_table("site_line")
    op.execute("DELETE FROM segment WHERE kind = 'line'")
    op.drop_column("revision", "reason")
    op.drop_column("revision", "is_teaser")
    op.drop_index(
        "ix_variant_teaser",
        table_name="variant",
        sqlite_where=sa.text("is_teaser"),
        postgresql_where=sa.text("is_teaser"),
    )
    op.drop_column("variant", "is_teaser")
