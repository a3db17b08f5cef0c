"""The API does what its own description says, whatever is sent: schemathesis asks."""

import subprocess
import sys
from pathlib import Path

from tests.query.serve.newsstand import Served, served

_CONFIG = """
[[operations]]
include-path = "/api/stories"
include-method = "GET"
# A cursor is one that an answer gave: no schema can say which texts are.
checks.positive_data_acceptance.enabled = false

[[operations]]
include-method = "POST"
# 422 too where something else was asked under the same Idempotency-Key: that is in no schema.
checks.positive_data_acceptance.enabled = false
"""


def _ask(base: str, token: str, folder: Path, *more: str) -> str:
    """Let schemathesis ask; give what it said where something is wrong."""
    config = folder / "schemathesis.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{base}/api/openapi.json"]
    bounds = ["--generation-deterministic", "--no-color", "--header", f"Authorization: Bearer {token}", *more]
    ended = subprocess.run([*words, *bounds], cwd=folder, capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout[-6_000:] + ended.stderr[-2_000:]


def test_no_read_breaks_its_description(own_stand: Served, tmp_path: Path) -> None:
    """Where every read needs a token, whatever is asked is answered as described: statuses, shapes, media types."""
    with served(own_stand.url, is_open=False, names=None) as stand:
        reads = ("--include-method", "GET", "--phases", "fuzzing", "--max-examples", "12")
        assert _ask(stand.base, stand.reads, tmp_path, *reads) == ""


def test_no_write_breaks_its_description(own_stand: Served, tmp_path: Path) -> None:
    """Whatever is sent to be written is answered as described, and the database stays sound."""
    from storage.check import check

    writes = ("--include-method", "POST", "--phases", "fuzzing", "--max-examples", "12")

    assert _ask(own_stand.base, own_stand.writes, tmp_path, *writes) == ""
    assert check(own_stand.url) == []
