"""The last runs of a flow, and those of a flow run of Prefect, are found through indexes."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up one step."""
    op.create_index("ix_run_flow", "run", ["flow", "id"], unique=False)
    op.create_index("ix_run_prefect_id", "run", ["prefect_id"], unique=False)


def downgrade() -> None:
    """Go back one step."""
    op.drop_index("ix_run_prefect_id", table_name="run")
    op.drop_index("ix_run_flow", table_name="run")
