"""Peers, each in an environment of its own beside ours, made at the first time from its file of pinned versions."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def python_of(environment: str, listed: str) -> Path:
    """Give the Python of the `environment`, a folder at the root, with the packages `listed` in a file there."""
    python = ROOT / environment / "bin" / "python"
    ready = ROOT / environment / ".ready"
    if not ready.exists() or ready.read_bytes() != (ROOT / listed).read_bytes():
        print(f"making {environment}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", ROOT / environment], check=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "-r", str(ROOT / listed)], check=True)
        ready.write_bytes((ROOT / listed).read_bytes())
    return python


def figures_of(command: Sequence[str | Path], *, timeout_s: float) -> Any:  # Any: what a client prints
    """Run a client to its end; give the JSON of its last line."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=timeout_s)
    return json.loads(done.stdout.splitlines()[-1])
