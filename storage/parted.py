"""What people hold apart, as a condition in SQL: for whoever reads suggestions, and for who checks that it holds."""

_PARTED = """EXISTS (
    SELECT 1 FROM variant a JOIN party p ON p.variant_id = a.id AND p.side < 2
    JOIN judgement j ON j.id = p.judgement_id AND j.undone_by IS NULL AND j.kind IN ('not-same', 'split', 'move')
    JOIN party q ON q.judgement_id = j.id AND q.side = 1 - p.side JOIN variant b ON b.id = q.variant_id
    WHERE a.story_id = {one}.story_id AND b.story_id = {other}.story_id
    UNION ALL SELECT 1 FROM story x JOIN story y ON (x.withdrawn_at IS NULL) <> (y.withdrawn_at IS NULL)
    WHERE x.id = {one}.story_id AND y.id = {other}.story_id)"""


def parted(one: str, other: str) -> str:
    """Give the condition that the stories of two variants, by their names in a statement, must not become one.

    A person parted something of the one from something of the other, or withdrew one of them.
    """
    return _PARTED.format(one=one, other=other)
