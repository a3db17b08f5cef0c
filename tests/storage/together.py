"""Processes that write at the same time: each makes ready, and all begin at one word.

python -m tests.storage.together upgrade URL
python -m tests.storage.together write URL LOG TIMES
python -m tests.storage.together load URL FIRST AFTER
python -m tests.storage.together lease URL OWNER
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from storage.database import connect, writing
from storage.running.leases import lease_sources
from storage.upgrading import upgrade

_ROOT = Path(__file__).parents[2]
_BATCH = 20
SEED, DOCUMENTS = 5, 200


def together(*commands: tuple[str, ...]) -> list[str]:
    """Run the commands above at once; give what each printed. Raises RuntimeError with its words when one fails."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.storage.together", *command],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=120) for process in started]
    for process, (_, said) in zip(started, ended, strict=True):
        if process.returncode:
            raise RuntimeError(said)
    return [printed.strip() for printed, _ in ended]


def main(what: str, url: str, *more: str) -> None:
    """Do one command, once told to."""
    if what == "load":
        from tests.storage.articles import drifting, newsdesk

        articles = drifting(SEED, DOCUMENTS, foreign=True)[int(more[0]) : int(more[1])]
    print("ready", flush=True)
    sys.stdin.readline()
    if what == "upgrade":
        print(len(upgrade(url)))
    elif what == "write":
        _write(url, Path(more[0]), int(more[1]))
    elif what == "lease":
        _lease(url, more[0])
    else:
        with newsdesk(url) as desk:
            desk.load(*articles, batch=_BATCH)


def _write(url: str, log: Path, times: int) -> None:
    """Note in `log` when this process is inside the write transaction."""
    engine = connect(url)
    with log.open("ab", buffering=0) as notes:  # appended in one piece each
        for _ in range(times):
            with writing(engine):
                notes.write(f"in {os.getpid()}\n".encode())
                time.sleep(0.002)
                notes.write(f"out {os.getpid()}\n".encode())
    engine.dispose()


def _lease(url: str, owner: str) -> None:
    """Ask for forty sources, one by one; print those that were had."""
    engine = connect(url)
    sources = [f"source-{number}" for number in range(40)]
    print(*(source for source in sources if not lease_sources(engine, [source], owner=owner, seconds=60.0)))
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
