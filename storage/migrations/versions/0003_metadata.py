"""What pages say about themselves: the day as readers saw it, the last change, section, picture and publisher."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXTS = ("modified_from", "section", "publisher")


def upgrade() -> None:
    """Go up one step."""
    op.add_column("variant", sa.Column("published_on", sa.String(), nullable=True))
    op.add_column("variant", sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True))
    for name in _TEXTS:
        op.add_column("variant", sa.Column(name, sa.String(), nullable=True))
    op.add_column("variant", sa.Column("image", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go down one step."""
    for name in ("image", *reversed(_TEXTS), "modified_at", "published_on"):
        op.drop_column("variant", name)
