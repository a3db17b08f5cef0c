"""What asking each source came to, kept with the run that asked it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up one step."""
    op.add_column("run", sa.Column("sources", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Go back one step."""
    op.drop_column("run", "sources")
