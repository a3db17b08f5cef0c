"""Documents in processes that can be killed."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime

import psutil
import pytest

from ingest.clean.pages import clean_all
from ingest.document import Article, RawDocument
from ingest.outcome import Outcome, Rejection
from ingest.workers import Workers
from tests.ingest.clean.documents import NOW, TEXT, page, page_document, text_document

# 19,000 paragraphs and nothing else: below the limit on elements, and minutes of work for the extractor.
_SLOW = "<html><body>" + "<p>aa b" * 19_000
_HUNGRY = "<html><body><article>" + "".join(f"<p>{'word ' * 2_000}{number}</p>" for number in range(480))


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Give two workers with little time."""
    with Workers(workers=2, timeout_s=2.0) as pages:
        clean_all([page_document(page())] * 2, pages, now=NOW)
        yield pages


def _outcomes(results: list[Article | Rejection]) -> list[Outcome | None]:
    return [result.outcome if isinstance(result, Rejection) else None for result in results]


def _working() -> list[psutil.Process]:
    """Give the processes that clean: grandchildren, started by the fork server."""
    return [process for process in psutil.Process().children(recursive=True) if process.ppid() != os.getpid()]


def test_documents_come_back_in_order(workers: Workers) -> None:
    """Texts and pages end where they stood, one result each."""
    raws: list[RawDocument] = []
    for number in range(12):
        url = f"https://coast.example/{number}"
        raws.append(page_document(page(), url=url) if number % 3 else text_document(TEXT, url=url))

    results = clean_all(raws, workers, now=NOW)

    assert [result.url for result in results] == [raw.url for raw in raws]
    assert _outcomes(results) == [None] * 12
    assert results == clean_all(raws, workers, now=NOW)


def test_a_slow_page_is_ended_and_its_neighbours_are_not(workers: Workers) -> None:
    """A page that takes too long costs its own time and nothing else."""
    good, slow = page_document(page()), page_document(_SLOW, url="https://www.coast.example/slow?utm_source=x")

    results = clean_all([good, slow, good, good], workers, now=NOW)

    assert _outcomes(results) == [None, Outcome.TIMEOUT, None, None]
    assert results[1] == Rejection(
        source="coast.example",
        url="https://www.coast.example/slow",
        outcome=Outcome.TIMEOUT,
        detail="not read within 2 s",
        at=NOW,
        raw_key=slow.raw_key,
        body_bytes=len(slow.body),
    )


def test_a_hungry_page_is_ended_and_its_neighbours_are_not() -> None:
    """A page that needs more memory than allowed is tried twice, each time in a fresh worker."""
    good, hungry = page_document(page()), page_document(_HUNGRY)

    with Workers(workers=1, memory_bytes=150_000_000) as workers:
        results = clean_all([good, hungry, good], workers, now=NOW)

    assert _outcomes(results) == [None, Outcome.MEMORY, None]


def test_a_killed_worker_loses_no_document(workers: Workers) -> None:
    """A worker killed from outside is replaced, whether it works or waits, and its page is cleaned again."""
    raws = [page_document(page(), url=f"https://coast.example/{number}") for number in range(60)]
    done = threading.Event()

    def kill() -> None:
        while not done.wait(0.3):
            for process in _working()[:1]:
                process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    results = clean_all(raws, workers, now=NOW)
    done.set()
    killer.join()
    for process in _working():
        process.kill()

    assert [result.url for result in results] == [raw.url for raw in raws]
    assert set(_outcomes(results)) <= {None, Outcome.MEMORY}  # twice killed is final
    assert _outcomes(clean_all(raws[:3], workers, now=NOW)) == [None] * 3


def test_workers_that_cannot_start_end_the_pages() -> None:
    """Where no worker comes up, every page ends, and the texts are cleaned."""
    raws = [page_document(page()), text_document(TEXT), page_document(page())]

    with Workers(workers=1, memory_bytes=2**70) as workers:  # more than the kernel can count
        results = clean_all(raws, workers, now=NOW)

    assert _outcomes(results) == [Outcome.FAILED, None, Outcome.FAILED]


def test_a_fault_of_ours_is_logged_and_ends_one_document(workers: Workers, caplog: pytest.LogCaptureFixture) -> None:
    """An exception that nobody foresaw ends its document, tells where it happened, and shows no text."""
    unforeseen = datetime(2026, 8, 1)  # noqa: DTZ001  # without a zone: comparing it with the page's date fails
    dated = page(head='<meta name="date" content="2026-05-13">')

    with caplog.at_level(logging.ERROR):
        results = clean_all([page_document(dated), text_document("Ships went out.")], workers, now=unforeseen)

    assert _outcomes(results) == [Outcome.FAILED, None]
    assert isinstance(results[0], Rejection)
    assert results[0].detail.startswith("TypeError: ")
    assert "Traceback" in caplog.text
    assert "Port Vela" not in caplog.text


def test_text_starts_no_process() -> None:
    """Texts are cleaned where they are: no process, and no library for pages."""
    code = (
        "import sys, psutil; from ingest.clean.pages import clean_all; from ingest.workers import Workers;"
        "from tests.ingest.clean.documents import NOW, TEXT, text_document;"
        "pages = Workers(workers=2); clean_all([text_document(TEXT)] * 3, pages, now=NOW);"
        "sys.exit(len(psutil.Process().children()) + any(name in sys.modules for name in ('trafilatura', 'lxml')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_leaving_ends_the_workers() -> None:
    """No worker outlives its owner, also where an exception ends it."""
    before = set(_working())

    with suppress(KeyboardInterrupt), Workers(workers=1) as workers:
        clean_all([page_document(page())], workers, now=NOW)
        started = set(_working()) - before
        raise KeyboardInterrupt

    assert started
    assert psutil.wait_procs(started, timeout=5)[1] == []


def test_no_worker_outlives_a_parent_that_is_killed() -> None:
    """Ctrl-C ends the workers, and so does the sudden end of the program."""
    code = (
        "from ingest.clean.pages import clean_all; from ingest.workers import Workers\n"
        "from tests.ingest.clean.documents import *\n"
        "with Workers(workers=1) as pages:\n"
        "    clean_all([page_document(page())], pages, now=NOW)\n"
        "    print('ready', flush=True)\n"
        "    while True: clean_all([page_document(page())], pages, now=NOW)\n"
    )
    command = [sys.executable, "-c", code]
    with ExitStack() as parents:
        for number in (signal.SIGINT, signal.SIGKILL):
            parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            parents.enter_context(parent)
            parents.callback(_end_and_check, parent, number)


def _end_and_check(parent: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    assert parent.stdout is not None
    parent.stdout.readline()
    processes = psutil.Process(parent.pid).children(recursive=True)
    parent.send_signal(number)
    assert len(processes) >= 2
    assert psutil.wait_procs(processes, timeout=10)[1] == []
