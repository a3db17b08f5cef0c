"""Two processes that load overlapping halves at the same time leave what one after the other would."""

from storage.check import check
from tests.storage.articles import drifting, expected_groups, newsdesk
from tests.storage.together import DOCUMENTS, SEED, together


def test_9_10_overlapping_loads(database_url: str) -> None:
    """MUST_HANDLE 9.10: both end without a lock error, and the stories are those of one load."""
    third = DOCUMENTS // 3

    together(("load", database_url, "0", str(2 * third)), ("load", database_url, str(third), str(DOCUMENTS)))

    with newsdesk(database_url) as desk:
        assert desk.stories() == expected_groups(drifting(SEED, DOCUMENTS, foreign=True))
        assert desk.counts()["variant"] == DOCUMENTS
        assert desk.counts()["revision"] == 0
    assert check(database_url) == []
