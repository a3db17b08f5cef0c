"""A text that one host gives for page after page is no article."""

from datetime import UTC, datetime

from flows.loading.boilerplate import Boilerplate
from ingest.cluster.analysis import analyse
from ingest.document import Article, Prepared
from ingest.outcome import Outcome, Rejection
from tests.storage.articles import article, prose, rejection

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_WALL = "Please switch on scripts in your browser to read on, and tell us that we may keep cookies on your machine."


def _prepared(*articles: Article) -> list[Prepared]:
    return analyse(list(articles))


def _outcomes(items: list[Prepared | Rejection]) -> list[Outcome | None]:
    return [item.outcome if isinstance(item, Rejection) else None for item in items]


def test_1_17_the_same_text_on_three_pages() -> None:
    """MUST_HANDLE 1.17: on three addresses of one host it is boilerplate; what stands beside it is kept, in order."""
    walls = _prepared(*(article(f"gazette/{number}", _WALL, raw_key=number) for number in range(3)))
    (news,) = _prepared(article("gazette/news", prose(1)))
    gone = rejection("gazette/gone", Outcome.GONE)

    sifted = Boilerplate().sifted([walls[0], news, walls[1], gone, walls[2]], now=_NOW)

    assert _outcomes(sifted) == [Outcome.BOILERPLATE, None, Outcome.BOILERPLATE, Outcome.GONE, Outcome.BOILERPLATE]
    assert (sifted[1], sifted[3]) == (news, gone)
    assert sifted[4] == Rejection(
        source="gazette",
        url="https://gazette.example/2",
        outcome=Outcome.BOILERPLATE,
        detail="3 pages of this host had this very text in one run",
        at=_NOW,
        raw_key=2,
    )


def test_1_17_two_pages_are_not_enough() -> None:
    """MUST_HANDLE 1.17: an article may stand at two addresses of its host, and at any number of hosts."""
    twice = [article(f"gazette/{number}", prose(1)) for number in range(2)]
    everywhere = [article(f"courier-{number}/1", prose(1)) for number in range(5)]

    assert _outcomes(Boilerplate().sifted(_prepared(*twice, *everywhere), now=_NOW)) == [None] * 7


def test_1_17_a_page_that_comes_again_is_one_page() -> None:
    """MUST_HANDLE 1.17: an article that is fetched thrice in a run is no boilerplate."""
    same = [article("gazette/1", prose(1)) for _ in range(3)]

    assert _outcomes(Boilerplate().sifted(_prepared(*same), now=_NOW)) == [None] * 3


def test_1_17_pages_of_one_run_are_counted_together() -> None:
    """MUST_HANDLE 1.17: the third page is refused though it comes in a later batch; another run begins anew."""
    run = Boilerplate()
    batches = [_prepared(article(f"gazette/{number}", _WALL)) for number in range(4)]

    sifted = [_outcomes(run.sifted(batch, now=_NOW)) for batch in batches]

    assert sifted == [[None], [None], [Outcome.BOILERPLATE], [Outcome.BOILERPLATE]]
    assert _outcomes(Boilerplate().sifted(batches[3], now=_NOW)) == [None]


def test_1_17_a_batch_that_is_judged_again_is_judged_alike() -> None:
    """MUST_HANDLE 1.17: a step that is tried again counts nothing twice."""
    run = Boilerplate()
    batch = _prepared(*(article(f"gazette/{number}", _WALL) for number in range(2)))

    assert [_outcomes(run.sifted(batch, now=_NOW)) for _ in range(3)] == [[None] * 2] * 3


def test_1_17_with_and_without_www_is_one_host() -> None:
    """MUST_HANDLE 1.17: hosts are told apart as they are elsewhere."""
    urls = ("https://www.gazette.example/1", "https://gazette.example/2", "http://www.gazette.example/3")
    batch = _prepared(*(article("gazette/1", _WALL, url=url) for url in urls))

    assert _outcomes(Boilerplate().sifted(batch, now=_NOW)) == [Outcome.BOILERPLATE] * 3


def test_1_17_paths_are_no_host() -> None:
    """MUST_HANDLE 1.17: files and lines without an address are of no host, and may repeat one another."""
    same = [article("inbox/1", prose(1), url=f"inbox/texts.jsonl#{number}") for number in range(5)]

    assert _outcomes(Boilerplate().sifted(_prepared(*same), now=_NOW)) == [None] * 5


def test_1_17_a_long_run_remembers_the_last_texts() -> None:
    """MUST_HANDLE 1.17: what is remembered is bounded; a text that keeps coming is never forgotten."""
    run = Boilerplate(texts=5)
    news = iter(_prepared(*(article(f"gazette/news-{number}", prose(number)) for number in range(12))))
    walls = _prepared(*(article(f"gazette/{number}", _WALL) for number in range(4)))

    sifted = [_outcomes(run.sifted([wall, next(news), next(news), next(news)], now=_NOW))[0] for wall in walls]

    assert sifted == [None, None, Outcome.BOILERPLATE, Outcome.BOILERPLATE]


def test_1_17_short_texts_count_by_the_letter() -> None:
    """MUST_HANDLE 1.17: a text too short to be matched is still the same text; others as short are others."""
    same = [article(f"gazette/{number}", "Not found.", title=f"Page {number}") for number in range(3)]
    others = [article(f"gazette/other-{number}", f"Result: {number}.") for number in range(3)]

    sifted = Boilerplate().sifted(_prepared(*same, *others), now=_NOW)

    assert not any(item.is_matchable for item in _prepared(*same))
    assert _outcomes(sifted) == [Outcome.BOILERPLATE] * 3 + [None] * 3
