"""What can befall work while it runs: each kind of fault hits one, and says whether it was still at work then."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import psycopg

from storage.reading import sqlite_path
from tests.faults.work import Work
from tests.postgres import keep_commits

Hit = Callable[..., bool]

_MOMENT_S = 0.3
_LOOK_S = 0.01
_PATIENCE_S = 120.0
_BLOCK = 512  # bytes, in which POSIX counts `ulimit -f`


def kill(work: Work, url: str, *, beyond: int, chance: Random) -> bool:
    """Kill a process outright, a moment after `beyond` documents are done."""
    return work.killed(url, beyond=beyond, delay_s=chance.uniform(0, _MOMENT_S))


def fill_disk(work: Work, url: str, *, beyond: int, chance: Random) -> bool:  # noqa: ARG001  as others
    """Let no file of a process grow beyond a little more than the database has now."""
    path = sqlite_path(url)
    grown = max((file.stat().st_size for file in path.parent.glob(f"{path.name}*")), default=0)
    blocks = (grown + chance.randrange(1 << 14, 1 << 18)) // _BLOCK
    limited = ["sh", "-c", 'ulimit -f "$0"; exec "$@"', str(blocks), *work.command(url)]
    done = subprocess.run(limited, env=work.environment(), capture_output=True, text=True, check=False)
    return _ended_early(work, done.returncode, done.stderr)


def _ended_early(work: Work, code: int, said: str) -> bool:
    """Tell whether a full disk ended it. Raises RuntimeError where that was not said in one line, with what to do."""
    if code not in (0, 1, 2) or "Traceback" in said or (code == 1 and "disk" not in said):
        raise RuntimeError(f"on a full disk, a {work.name} ended with {code}: {said}")
    return code != 0


def fill_server(work: Work, url: str, *, beyond: int, chance: Random) -> bool:
    """Let no file grow much beyond the articles' own, for the PostgreSQL processes that work for it."""
    with work.begin(url, stderr=subprocess.PIPE) as process:
        work.wait(process, url, beyond=max(1, beyond))
        with psycopg.connect(url, autocommit=True) as server:
            [(grown,)] = server.execute("SELECT pg_relation_size('variant')")
            others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            for (pid,) in server.execute(others).fetchall():
                _limit_files(pid, grown + chance.randrange(1 << 12, 1 << 14))
        _, said = process.communicate(timeout=_PATIENCE_S)
    return _ended_early(work, process.returncode, said.decode())


def _limit_files(pid: int, most_bytes: int) -> None:
    """Let a process, whoever's it is, write to no file beyond so many bytes."""
    with suppress(FileNotFoundError):  # it has ended
        owner = Path(f"/proc/{pid}").stat().st_uid
        subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={most_bytes}:"], user=owner, check=True)


def crash_server(work: Work, url: str, *, beyond: int, chance: Random) -> bool:
    """Kill a process of the PostgreSQL server, which drops everybody, recovers, and lets the work go on by itself."""
    keep_commits(url)
    with work.begin(url) as process:
        work.wait(process, url, beyond=beyond)
        time.sleep(chance.uniform(0, _MOMENT_S))
        was_alive = process.poll() is None
        with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as server:
            others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            pids = [pid for (pid,) in server.execute(others)]
            if pids:
                os.kill(chance.choice(pids), signal.SIGKILL)
        process.wait(_PATIENCE_S)
    _wait_for_server(url)
    return was_alive


def _wait_for_server(url: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        with suppress(psycopg.Error), psycopg.connect(url):
            return
        time.sleep(_LOOK_S)
    raise RuntimeError("the server did not come back")
