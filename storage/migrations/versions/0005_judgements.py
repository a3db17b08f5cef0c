"""What people say about stories, and what it needs: founders, lineage, withdrawals."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PARTIAL = {
    "ix_story_withdrawn": ("story", ["id"], "withdrawn_at IS NOT NULL"),
    "ix_variant_withdrawn": ("variant", ["story_id", "id"], "withdrawn_at IS NOT NULL"),
    "ix_link_suggested": ("link", ["variant_a", "variant_b", "score"], "relation = 'suggested'"),
}
# A story began with the variant whose address its first change names.
_FOUNDERS = """
    UPDATE story SET founder_id = begun.variant_id
    FROM (
        SELECT c.story_id AS story_id, min(v.id) AS variant_id
        FROM change c JOIN variant v ON v.url = c.detail JOIN story s ON s.id = c.story_id
        WHERE c.kind = 'created' AND (s.merged_into IS NOT NULL OR v.story_id = s.id) GROUP BY c.story_id
    ) AS begun
    WHERE begun.story_id = story.id"""
_OLDEST = """
    UPDATE story SET founder_id = (SELECT min(v.id) FROM variant v WHERE v.story_id = story.id)
    WHERE founder_id = 0 AND merged_into IS NULL AND EXISTS (SELECT 1 FROM variant v WHERE v.story_id = story.id)"""


def upgrade() -> None:
    """Go up one step."""
    op.add_column("story", sa.Column("founder_id", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("story", sa.Column("split_from", sa.BigInteger(), nullable=True))
    op.add_column("story", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("variant", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_FOUNDERS)
    op.execute(_OLDEST)
    op.create_index("ix_story_founder_id", "story", ["founder_id"], unique=False)
    for name, (table, columns, where) in _PARTIAL.items():
        condition = sa.text(where)
        op.create_index(name, table, columns, unique=False, sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "judgement",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"]),
        sa.ForeignKeyConstraint(["undoes"], ["judgement.id"]),
        sa.ForeignKeyConstraint(["undone_by"], ["judgement.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_judgement_story_id", "judgement", ["story_id"], unique=False)
    op.create_table(
        "party",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("judgement_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"]),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"]),
        sa.PrimaryKeyConstraint("variant_id", "judgement_id"),
    )
    op.create_index("ix_party_judgement_id", "party", ["judgement_id"], unique=False)


def downgrade() -> None:
    """Go back one step."""
    op.drop_index("ix_party_judgement_id", table_name="party")
    op.drop_table("party")
    op.drop_index("ix_judgement_story_id", table_name="judgement")
    op.drop_table("judgement")
    for name, (table, _, where) in _PARTIAL.items():
        condition = sa.text(where)
        op.drop_index(name, table_name=table, sqlite_where=condition, postgresql_where=condition)
    op.drop_index("ix_story_founder_id", table_name="story")
    op.drop_column("variant", "withdrawn_at")
    for name in ("withdrawn_at", "split_from", "founder_id"):
        op.drop_column("story", name)
