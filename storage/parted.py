"""What people hold apart, as a condition in SQL: for whoever reads suggestions, and for who checks that it holds."""

# CROSS JOIN: SQLite then begins with the few variants of a story, whatever it knows of the tables.
_PARTED = """EXISTS (
    SELECT 1 FROM variant mine CROSS JOIN party p CROSS JOIN judgement j CROSS JOIN party q CROSS JOIN variant theirs
    WHERE mine.story_id = {one}.story_id AND p.variant_id = mine.id AND p.side < 2
    AND j.id = p.judgement_id AND j.undone_by IS NULL AND j.kind IN ('not-same', 'split', 'move')
    AND q.judgement_id = j.id AND q.side = 1 - p.side AND theirs.id = q.variant_id
    AND theirs.story_id = {other}.story_id
    UNION ALL SELECT 1 FROM story this JOIN story that ON (this.withdrawn_at IS NULL) <> (that.withdrawn_at IS NULL)
    WHERE this.id = {one}.story_id AND that.id = {other}.story_id)"""


def parted(one: str, other: str) -> str:
    """Give the condition that the stories of two variants, by their names in a statement, must not become one.

    A person parted something of the one from something of the other, or withdrew one of them.
    """
    return _PARTED.format(one=one, other=other)
