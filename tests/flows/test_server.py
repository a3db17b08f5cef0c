"""The temporary Prefect server ends with its owner; that it serves is shown by test_cli.py."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

_OWNER = """
import os, sys
from pathlib import Path
from flows.server import temporary_server
with temporary_server(Path(sys.argv[1])):
    print(os.environ["PREFECT_API_URL"], flush=True)
    sys.stdin.read()
"""


def _is_listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def test_a_killed_owner_takes_its_server_along(tmp_path: Path) -> None:
    """After kill -9 of the owner, no server listens any more; before it, one does."""
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    port = urlsplit(owner.stdout.readline().strip()).port or 0
    listened = _is_listening(port)

    owner.kill()
    owner.communicate()
    deadline = time.monotonic() + 10
    while _is_listening(port) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert listened
    assert not _is_listening(port)
