"""Thresholds that were applied, rejections in the order in which they are listed, and the words of the search."""

import sqlalchemy as sa
from alembic import op

from storage.asking.search import SEARCH_WORDS

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


_PLACE = ["run_id", "last_at", "url_key"]
_REJECTIONS = {"run_id": [], "outcome": ["outcome"], "source": ["source"]}


def upgrade() -> None:
    """Go up one step."""
    for name, first in _REJECTIONS.items():
        op.drop_index(f"ix_rejection_{name}", table_name="rejection")
        op.create_index(f"ix_rejection_{name}", "rejection", [*first, *_PLACE], unique=False)
    op.create_table(
        "threshold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copy_least", sa.Float(), nullable=False),
        sa.Column("coverage_least", sa.Float(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for statement in SEARCH_WORDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Go back one step."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_word")
    op.drop_table("threshold")
    for name in _REJECTIONS:
        op.drop_index(f"ix_rejection_{name}", table_name="rejection")
        op.create_index(f"ix_rejection_{name}", "rejection", [name], unique=False)
