"""What a load has used so far: processor time and memory, of itself, of what it started, and of its PostgreSQL server.

Where a machine is shared, seconds on the clock tell how busy the others were; processor time does not.
"""

from dataclasses import dataclass

import psutil
import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Processor seconds since the start, and bytes of memory now."""

    own_s: float = 0.0
    all_s: float = 0.0  # with the processes that it started, and the server
    server_s: float = 0.0  # of the server alone; 0 where there is none that can be looked at
    own_bytes: int = 0
    all_bytes: int = 0  # without the server's, which its processes share


class Meter:
    """Reads what loads into a database use, from now on."""

    def __init__(self, database_url: str) -> None:
        self._server = _server(database_url)
        self._before_s = self._server_s()

    def read(self, pid: int) -> Spent:
        """Give what the load of that process has used; nothing when it has ended."""
        server_s = self._server_s() - self._before_s
        try:
            load = psutil.Process(pid)
            own = load.memory_info().rss
            return Spent(
                own_s=sum(load.cpu_times()[:2]),
                all_s=_seconds(load) + server_s,
                server_s=server_s,
                own_bytes=own,
                all_bytes=own + sum(child.memory_info().rss for child in load.children(recursive=True)),
            )
        except psutil.Error:
            return Spent()

    def _server_s(self) -> float:
        return _seconds(self._server) if self._server else 0.0


def _server(database_url: str) -> psutil.Process | None:
    """Give the process that began the PostgreSQL server of a database; None where it is not one of this machine."""
    if not database_url.startswith("postgresql"):
        return None
    with psycopg.connect(database_url) as connection:
        try:
            backend = psutil.Process(connection.info.backend_pid)
            return backend.parent() if backend.name().startswith("postgres") else None
        except psutil.Error:
            return None


def _seconds(process: psutil.Process) -> float:
    """Give the processor seconds of a process and all below it, with those that have ended."""
    return sum(sum(one.cpu_times()[:4]) for one in (process, *process.children(recursive=True)))
