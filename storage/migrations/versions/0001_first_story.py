"""The first schema: stories, variants, links, indexes, runs, and full text search."""

import sqlalchemy as sa
from alembic import op

from storage.asking.search import SEARCH_SCHEMA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up one step."""
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("met", sa.Integer(), nullable=True),
        sa.Column("prefect_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_segment_kind", "segment", ["kind", "level"], unique=False)
    op.create_table(
        "story",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("canonical_why", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["story.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_story_last_seen_at", "story", ["last_seen_at", "id"], unique=False)
    op.create_index("ix_story_merged_into", "story", ["merged_into"], unique=False)
    op.create_table(
        "taken",
        sa.Column("file_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("cleaner", sa.String(), nullable=False),
        sa.Column("tally", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("file_key"),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.ForeignKeyConstraint(
            ["story_id"],
            ["story.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_change_story_id", "change", ["story_id"], unique=False)
    op.create_table(
        "rejection",
        sa.Column("url_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw_key", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("cleaner", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.PrimaryKeyConstraint("url_key"),
    )
    op.create_index("ix_rejection_outcome", "rejection", ["outcome"], unique=False)
    op.create_index("ix_rejection_raw_key", "rejection", ["raw_key"], unique=False)
    op.create_index("ix_rejection_run_id", "rejection", ["run_id"], unique=False)
    op.create_index("ix_rejection_source", "rejection", ["source"], unique=False)
    op.create_table(
        "tally",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "source", "outcome"),
    )
    op.create_table(
        "variant",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("copy_of", sa.BigInteger(), nullable=True),
        sa.Column("twin_of", sa.BigInteger(), nullable=True),
        sa.Column("is_canonical", sa.Boolean(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.BigInteger(), nullable=False),
        sa.Column("raw_key", sa.BigInteger(), nullable=False),
        sa.Column("text_key", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("byline", sa.Text(), nullable=True),
        sa.Column("credit", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_from", sa.String(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("shingles", sa.Integer(), nullable=False),
        sa.Column("cleaner", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("removed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["story_id"],
            ["story.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("url_key"),
    )
    op.create_index(
        "ix_variant_canonical",
        "variant",
        ["story_id"],
        unique=True,
        sqlite_where=sa.text("is_canonical"),
        postgresql_where=sa.text("is_canonical"),
    )
    op.create_index(
        "ix_variant_copy_of",
        "variant",
        ["copy_of"],
        unique=False,
        sqlite_where=sa.text("copy_of IS NOT NULL"),
        postgresql_where=sa.text("copy_of IS NOT NULL"),
    )
    op.create_index("ix_variant_raw_key", "variant", ["raw_key"], unique=False)
    op.create_index("ix_variant_source", "variant", ["source", "story_id"], unique=False)
    op.create_index("ix_variant_language", "variant", ["language", "story_id"], unique=False)
    op.create_index("ix_variant_story_id", "variant", ["story_id"], unique=False)
    op.create_index(
        "ix_variant_twin_of",
        "variant",
        ["twin_of"],
        unique=False,
        sqlite_where=sa.text("twin_of IS NOT NULL"),
        postgresql_where=sa.text("twin_of IS NOT NULL"),
    )
    op.create_table(
        "link",
        sa.Column("variant_a", sa.BigInteger(), nullable=False),
        sa.Column("variant_b", sa.BigInteger(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.ForeignKeyConstraint(
            ["variant_a"],
            ["variant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["variant_b"],
            ["variant.id"],
        ),
        sa.PrimaryKeyConstraint("variant_a", "variant_b"),
    )
    op.create_index("ix_link_variant_b", "link", ["variant_b"], unique=False)
    op.create_table(
        "revision",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_key", sa.BigInteger(), nullable=False),
        sa.Column("raw_key", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["variant.id"],
        ),
        sa.PrimaryKeyConstraint("variant_id", "number"),
    )
    op.create_index("ix_revision_raw_key", "revision", ["raw_key"], unique=False)
    op.create_table(
        "unsearched",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["variant.id"],
        ),
        sa.PrimaryKeyConstraint("variant_id"),
    )
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        # Hashes do not pack; lz4 packs texts at a fraction of the usual cost, where it is built in.
        packers = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
        if op.get_bind().scalar(sa.text(packers)):
            op.execute("ALTER TABLE variant ALTER COLUMN text SET COMPRESSION lz4")
        for column in ("signature", "profile", "removed"):
            op.execute(f"ALTER TABLE variant ALTER COLUMN {column} SET STORAGE EXTERNAL")
        for column in ("keys", "values"):
            op.execute(f'ALTER TABLE segment ALTER COLUMN "{column}" SET STORAGE EXTERNAL')
    for statement in SEARCH_SCHEMA[dialect]:
        op.execute(statement)


def downgrade() -> None:
    """Go back one step."""
    op.execute("DROP TABLE search")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_row")

    op.drop_table("unsearched")
    op.drop_index("ix_revision_raw_key", table_name="revision")
    op.drop_table("revision")
    op.drop_index("ix_link_variant_b", table_name="link")
    op.drop_table("link")
    op.drop_index(
        "ix_variant_twin_of",
        table_name="variant",
        sqlite_where=sa.text("twin_of IS NOT NULL"),
        postgresql_where=sa.text("twin_of IS NOT NULL"),
    )
    op.drop_index("ix_variant_story_id", table_name="variant")
    op.drop_index("ix_variant_language", table_name="variant")
    op.drop_index("ix_variant_source", table_name="variant")
    op.drop_index("ix_variant_raw_key", table_name="variant")
    op.drop_index(
        "ix_variant_copy_of",
        table_name="variant",
        sqlite_where=sa.text("copy_of IS NOT NULL"),
        postgresql_where=sa.text("copy_of IS NOT NULL"),
    )
    op.drop_index(
        "ix_variant_canonical",
        table_name="variant",
        sqlite_where=sa.text("is_canonical"),
        postgresql_where=sa.text("is_canonical"),
    )
    op.drop_table("variant")
    op.drop_table("tally")
    op.drop_index("ix_rejection_source", table_name="rejection")
    op.drop_index("ix_rejection_run_id", table_name="rejection")
    op.drop_index("ix_rejection_raw_key", table_name="rejection")
    op.drop_index("ix_rejection_outcome", table_name="rejection")
    op.drop_table("rejection")
    op.drop_index("ix_change_story_id", table_name="change")
    op.drop_table("change")
    op.drop_table("taken")
    op.drop_index("ix_story_merged_into", table_name="story")
    op.drop_index("ix_story_last_seen_at", table_name="story")
    op.drop_table("story")
    op.drop_index("ix_segment_kind", table_name="segment")
    op.drop_table("segment")
    op.drop_table("run")
