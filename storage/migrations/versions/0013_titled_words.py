"""Words of titles have lexemes of their own in PostgreSQL's index."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Words have no quotation marks (storage/asking/words.py); until now those of a title weighed A.
_TITLED = """
    UPDATE search SET document = titled.words || document FROM (
        SELECT s.variant_id, CAST(string_agg('''^' || w.lexeme || ''':' || array_to_string(w.positions, ','), ' ')
            AS tsvector) AS words
        FROM search s CROSS JOIN unnest(ts_filter(s.document, '{a}')) w GROUP BY s.variant_id) titled
    WHERE titled.variant_id = search.variant_id"""
_UNTITLED = """
    UPDATE search SET document = setweight(ts_delete(document, plain.titled), 'A', plain.words) FROM (
        SELECT s.variant_id, array_agg(w.lexeme) AS titled, array_agg(substr(w.lexeme, 2)) AS words
        FROM search s CROSS JOIN unnest(s.document) w WHERE w.lexeme LIKE '^%' GROUP BY s.variant_id) plain
    WHERE plain.variant_id = search.variant_id"""


def upgrade() -> None:
    """Go up one step."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_TITLED)


def downgrade() -> None:
    """Go back one step; a word of a title counts as one of it wherever it stands."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_UNTITLED)
