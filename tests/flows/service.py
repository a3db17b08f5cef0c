"""A service as deploy/README.md sets it up: a real Prefect server, a work pool, a worker, the deployments."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

AnswerT = TypeVar("AnswerT")

PREFECT = str(Path(sys.executable).with_name("prefect"))
_ROOT = Path(__file__).parents[2]
DEPLOYMENTS, AUTOMATIONS = _ROOT / "deploy" / "prefect.yaml", _ROOT / "deploy" / "automations.yaml"


def free_port() -> int:
    """Give a port that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(*command: str, env: Mapping[str, str], log: IO[bytes], stop: signal.Signals) -> Iterator[None]:
    """Run a process for the block; afterwards nothing of its session is left."""
    process = subprocess.Popen([PREFECT, *command], env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        process.send_signal(stop)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Service:
    """A Prefect server of the test's own, and what one asks of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.database_url = f"sqlite:///{folder}/stories.db"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "NEWSFOLD_"))},
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "NEWSFOLD_HOME": str(folder),
            "NEWSFOLD_DATABASE_URL": self.database_url,
        }

    def prefect(self, *arguments: str) -> str:
        """Give what the prefect command says."""
        return self._said([PREFECT, *arguments], self.folder)

    def python(self, *arguments: str) -> str:
        """Give what a Python program of ours says."""
        return self._said([sys.executable, *arguments], _ROOT)

    def _said(self, command: list[str], folder: Path) -> str:
        done = subprocess.run(
            command,
            env=self.env,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, what: str, **filters: object) -> list[dict[str, Any]]:  # Any: JSON
        """Give the objects of that kind that the server knows."""
        request = urllib.request.Request(
            f"{self.env['PREFECT_API_URL']}/{what}/filter",
            data=json.dumps(filters).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def is_up(self) -> bool:
        """Tell whether the server answers."""
        try:
            with urllib.request.urlopen(f"{self.env['PREFECT_API_URL']}/health", timeout=5):
                return True
        except OSError:
            return False

    def scheduled_runs(self) -> list[dict[str, Any]]:
        """Give the runs that the server's scheduler has made."""
        runs = self.ask("flow_runs", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
        return [run for run in runs if run["auto_scheduled"]]


def within(seconds: float, ask: Callable[[], AnswerT]) -> AnswerT:
    """Give the first answer of `ask` that is not empty, or the last one."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return answer


@contextmanager
def started(folder: Path, **env: str) -> Iterator[Service]:
    """Give a server with the pool and a worker, and print their log, which pytest shows when the test fails."""
    service = Service(folder, free_port())
    service.env.update(env)
    (folder / "inbox").mkdir(exist_ok=True)
    logs = folder / "service.log"
    with ExitStack() as stack:
        stack.callback(lambda: print(logs.read_text(errors="replace")[-20_000:]))
        log = stack.enter_context(logs.open("ab"))
        server = ("server", "start", "--host", "127.0.0.1", "--port", str(service.port))
        stack.enter_context(running(*server, env=service.env, log=log, stop=signal.SIGTERM))
        assert within(240, service.is_up), "the Prefect server does not start"
        service.prefect("work-pool", "create", "newsfold", "--type", "process")
        worker = ("worker", "start", "--pool", "newsfold", "--name", "w1")
        stack.enter_context(running(*worker, env=service.env, log=log, stop=signal.SIGINT))
        yield service
