"""Pages on their way from the event loop to whoever prepares them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from flows.refreshing.basket import Basket, Fetched
from ingest.document import RawDocument
from ingest.fetch.pages import Page
from ingest.outcome import Outcome, Rejection

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _page(number: int, size: int = 10, *, feed_text: str | None = None) -> Fetched:
    url = f"https://gazette.example/{number}"
    raw = RawDocument(
        source="gazette",
        folder="gazette",
        url=url,
        fetched_at=_NOW,
        body=bytes(size),
        media_type="text/html",
        feed_text=feed_text,
    )
    return Fetched(source="gazette", url=url, url_key=number, page=Page(document=raw))


def _rejected(number: int) -> Fetched:
    url = f"https://gazette.example/{number}"
    rejection = Rejection(source="gazette", url=url, outcome=Outcome.GONE, detail="HTTP 410", at=_NOW)
    return Fetched(source="gazette", url=url, url_key=number, page=Page(document=rejection))


def _keys(batch: list[Fetched] | None) -> list[int | None] | None:
    return None if batch is None else [item.url_key for item in batch]


def _filled(*items: Fetched, documents: int = 3, body_bytes: int = 1_000) -> Basket:
    basket = Basket(documents=documents, body_bytes=body_bytes)
    for item in items:
        basket.put(item)
    return basket


def test_batches_are_full_and_in_order() -> None:
    """Full batches come at once; the rest comes when nothing more will, and then the end."""
    basket = _filled(*map(_page, range(7)))

    batches = [_keys(basket.take(wait_s=60)) for _ in range(2)]
    basket.close()
    batches += [_keys(basket.take(wait_s=60)) for _ in range(3)]

    assert batches == [[0, 1, 2], [3, 4, 5], [6], None, None]


def test_a_batch_is_full_by_its_bytes() -> None:
    """Large pages make small batches, a feed's text counted in; what is larger than any batch is one by itself."""
    basket = _filled(_page(0, 600), _page(1, 100, feed_text="a" * 500), _page(2, 5_000), _page(3), documents=99)
    basket.close()

    batches = [_keys(basket.take(wait_s=60)) for _ in range(4)]

    assert batches == [[0, 1], [2], [3], None]


def test_a_page_does_not_wait_long_for_others() -> None:
    """What there is comes once the oldest has waited its time, and not before."""
    basket = Basket(documents=99, body_bytes=1_000)
    began = time.monotonic()
    basket.put(_page(0))

    batch = basket.take(wait_s=0.1)

    assert _keys(batch) == [0]
    assert 0.1 <= time.monotonic() - began < 1.0


def test_what_a_batch_leaves_has_waited_too() -> None:
    """A page that no batch had room for is not made to wait anew."""
    basket = _filled(*map(_page, range(4)))
    time.sleep(0.5)
    assert _keys(basket.take(wait_s=60)) == [0, 1, 2]
    began = time.monotonic()

    batch = basket.take(wait_s=2)

    assert _keys(batch) == [3]
    assert time.monotonic() - began < 1.9


def test_taking_waits_for_what_comes() -> None:
    """Who takes from an empty basket is woken by the page that fills a batch, and by the end."""
    basket = Basket(documents=2, body_bytes=1_000)
    with ThreadPoolExecutor(1) as taker:
        first = taker.submit(basket.take, wait_s=60)
        for number in range(2):
            time.sleep(0.02)
            assert not first.done()
            basket.put(_page(number))
        assert _keys(first.result(1)) == [0, 1]
        last = taker.submit(basket.take, wait_s=60)
        time.sleep(0.02)
        assert not last.done()
        basket.close()

        assert last.result(1) is None


def test_a_full_basket_says_so() -> None:
    """Two batches, by number or by bytes, are as much as should be fetched ahead."""
    basket = Basket(documents=2, body_bytes=1_000)
    said = []
    for number in range(4):
        said.append(basket.is_full)
        basket.put(_rejected(number))
    said.append(basket.is_full)
    basket.take(wait_s=60)
    said.append(basket.is_full)

    assert said == [False, False, False, False, True, False]
    assert _filled(_page(0, 2_000), documents=99).is_full


def test_taking_frees_the_bytes() -> None:
    """What was taken does not fill the basket any more."""
    basket = _filled(_page(0, 5_000), documents=99)

    batch = basket.take(wait_s=60)

    assert (_keys(batch), basket.is_full) == ([0], False)


@given(
    st.lists(st.integers(0, 500), max_size=40),
    st.integers(1, 8),
    st.integers(1, 1_000),
)
def test_nothing_is_lost(sizes: list[int], documents: int, body_bytes: int) -> None:
    """Every page comes once, in order, in batches that are never empty nor larger than allowed, but for one page."""
    basket = _filled(*map(_page, range(len(sizes)), sizes), documents=documents, body_bytes=body_bytes)
    basket.close()

    batches: list[list[Fetched]] = []
    while (batch := basket.take(wait_s=0)) is not None:
        batches.append(batch)

    assert [item.url_key for batch in batches for item in batch] == list(range(len(sizes)))
    assert all(0 < len(batch) <= documents for batch in batches)
    assert all(sum(sizes[item.url_key or 0] for item in batch[:-1]) < body_bytes for batch in batches)


def test_many_may_put_at_once() -> None:
    """Pages of several threads all come."""
    basket = Basket(documents=7, body_bytes=10_000)

    def fill(first: int) -> None:
        for number in range(first, first + 100):
            basket.put(_page(number))

    threads = [threading.Thread(target=fill, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    basket.close()

    found: list[int | None] = []
    while (batch := basket.take(wait_s=0)) is not None:
        found += [item.url_key for item in batch]

    assert sorted(key or 0 for key in found) == list(range(300))
