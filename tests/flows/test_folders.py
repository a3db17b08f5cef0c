"""Folders that belong to one process at a time."""

import subprocess
import sys
from pathlib import Path

from flows.folders import free_folder, passing_folder

_ANOTHER = """
import sys
from pathlib import Path
from flows.folders import {kind}
with {kind}(Path(sys.argv[1]){rest}) as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


def _another_process(kind: str, parent: Path) -> "subprocess.Popen[str]":
    program = _ANOTHER.format(kind=kind, rest=', "run-7"' if kind == "passing_folder" else "")
    return subprocess.Popen(
        [sys.executable, "-c", program, str(parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _first_line(process: "subprocess.Popen[str]") -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_a_passing_folder_is_gone_afterwards(tmp_path: Path) -> None:
    """A passing folder exists for its block, and nothing of it afterwards."""
    with passing_folder(tmp_path, "run-1") as folder:
        (folder / "batch").write_bytes(b"x")
        existed = folder.is_dir()

    assert existed
    assert not folder.exists()


def test_what_a_killed_process_leaves_is_swept(tmp_path: Path) -> None:
    """The folder of a process that was killed is removed by the next, that of a living one is not."""
    with _another_process("passing_folder", tmp_path) as dead, _another_process("passing_folder", tmp_path) as living:
        leftover, in_use = _first_line(dead), _first_line(living)
        dead.kill()
        dead.wait()

        with passing_folder(tmp_path, "run-8"):
            survivors = {folder.name for folder in tmp_path.iterdir() if folder.is_dir()}

        living.communicate()
    assert leftover.name not in survivors
    assert in_use.name in survivors


def test_two_processes_never_share_a_free_folder(tmp_path: Path) -> None:
    """A second process gets the second folder, and a later one the first again, with what is in it."""
    with _another_process("free_folder", tmp_path) as first:
        taken = _first_line(first)
        with free_folder(tmp_path) as beside:
            (beside / "kept").touch()
        first.communicate()
    with free_folder(tmp_path) as again:
        pass

    assert (taken, beside, again) == (tmp_path / "1", tmp_path / "2", tmp_path / "1")
    assert (tmp_path / "2" / "kept").exists()
