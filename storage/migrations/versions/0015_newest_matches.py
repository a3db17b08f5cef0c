"""PostgreSQL's index of texts knows where the newest are, and which words there are."""

from alembic import op

from storage.asking.search import SEARCH_SLICES

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up one step."""
    for statement in SEARCH_SLICES[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Go back one step."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE search_word")
        op.execute("DROP INDEX ix_search_newest")
        op.execute("CREATE INDEX ix_search_document ON search USING gin (document)")
