"""A temporary Prefect server, for a flow run where none is configured.

Prefect can start one by itself, but that one survives a kill -9 of its flow for ever,
shares one database with any other run beside it, and talks into our terminal.
This one ends when the pipe to its standard input closes, which happens however its owner ends.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.folders import free_folder

_START_TIMEOUT_S = 90.0
_STOP_TIMEOUT_S = 5.0
_HOST = "127.0.0.1"


class ServerProblem(Exception):
    """The server did not start; `str()` is one line."""


@contextmanager
def temporary_server(data: Path) -> Iterator[Callable[[], None]]:
    """Point this process's environment at a Prefect server of its own, and give what waits until it answers.

    Enter before the first import of Prefect, which reads the environment once, and wait after it: both take seconds.
    """
    with free_folder(data / "prefect") as home, socket.create_server((_HOST, 0)) as listener:
        os.environ["PREFECT_HOME"] = str(home)
        for name in ("no_proxy", "NO_PROXY"):  # we, and Prefect's client, would ask a proxy for it
            os.environ[name] = ",".join(filter(None, [os.environ.get(name), _HOST]))
        with (home / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-P", "-m", "flows.server", str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C is ours to answer: the server goes after the flow
            )
        url = os.environ["PREFECT_API_URL"] = f"http://{_HOST}:{listener.getsockname()[1]}/api"
        listener.close()
        try:
            yield lambda: _wait(url, server, home / "server.log")
        finally:
            _stop(server)


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not _answers(url):
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServerProblem(f"the temporary Prefect server did not start: see {log}")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=_START_TIMEOUT_S):  # noqa: S310 - our own URL
            return True
    except OSError:
        return False


def _stop(server: "subprocess.Popen[bytes]") -> None:
    assert server.stdin is not None
    server.stdin.close()
    try:
        server.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _serve(listener: int) -> None:
    """Serve until standard input ends."""
    threading.Thread(target=_end_with_owner, daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=True, final=True)
    uvicorn.Server(uvicorn.Config(app, fd=listener, log_level="error", lifespan="on")).run()


def _end_with_owner() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
