"""The stories that a run made or changed are found through an index."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up one step."""
    op.create_index("ix_change_run", "change", ["run_id", "story_id", "kind"], unique=False)


def downgrade() -> None:
    """Go back one step."""
    op.drop_index("ix_change_run", table_name="change")
