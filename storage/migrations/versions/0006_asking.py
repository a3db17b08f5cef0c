"""What stories are found by: cards, marks, and whose the outlets are."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KNOWN = "publisher IS NOT NULL"
_SEVERAL = "size > 1"


def upgrade() -> None:
    """Go up one step; the cards of what is stored are made when all steps are gone (storage.upgrading.upgrade)."""
    op.create_table(
        "outlet",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "card",
        sa.Column("story_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("independent", sa.Integer(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("facets", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"]),
        sa.PrimaryKeyConstraint("story_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_card_changed", "card", ["last_seen_at", "story_id"])
    op.create_index("ix_card_newest", "card", ["first_seen_at", "story_id", "last_seen_at"])
    op.create_index("ix_card_independent", "card", ["independent", "last_seen_at", "story_id"])
    op.create_index("ix_card_published", "card", ["published_at", "last_seen_at", "story_id"])
    op.create_index(
        "ix_card_size",
        "card",
        ["size", "last_seen_at", "story_id"],
        sqlite_where=sa.text(_SEVERAL),
        postgresql_where=sa.text(_SEVERAL),
    )
    op.create_table(
        "mark",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("story_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "last_seen_at", "story_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_variant_place", "variant", ["id", "story_id"])
    op.create_index(
        "ix_variant_publisher",
        "variant",
        ["story_id", "id", "publisher"],
        sqlite_where=sa.text(_KNOWN),
        postgresql_where=sa.text(_KNOWN),
    )


def downgrade() -> None:
    """Go back one step."""
    op.drop_index("ix_variant_publisher", table_name="variant")
    op.drop_index("ix_variant_place", table_name="variant")
    op.drop_table("mark")
    op.drop_table("card")
    op.drop_table("outlet")
