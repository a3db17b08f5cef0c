"""What is hurt: a load, a refresh or a maintenance, each a process of its own, and how far it is."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from typer.testing import CliRunner

from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.settings import read_settings
from newsfold import app
from storage.database import connected, writing
from tests.bench.texts import texts
from tests.faults.stores import figure
from tests.flows.newsroom_sources import source, write_sources
from tests.newsroom import Newsroom

_LOOK_S = 0.01
_LEASE_S = 2
_BATCH = 15
_PAGES = 30  # of an outlet: fewer than its feed has room for
_OWN = "Readers of this paper are asked to write to the desk before the evening edition closes."
_STORED = "('new_story', 'variant')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A command that changes a database, and how far it is."""

    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    done: str  # SQL that counts the documents it has done
    counted: str  # SQL that gives how many its runs say they have done
    before: Callable[[str], None] = lambda _: None  # gives a new database what the work begins with
    rest_s: float = 0.0  # until what a killed run held is free
    meets_all: bool = False  # each run meets every document
    groups: str = "story_id"  # what all variants of a group share in the end, in whatever order they came

    def command(self, url: str) -> list[str]:
        """Give the command."""
        return [sys.executable, "-m", "newsfold", *self._arguments(url)]

    def environment(self) -> dict[str, str]:
        """Give its environment."""
        return {**os.environ, **self._settings()}

    def begin(self, url: str, *, stderr: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
        """Begin, as a process of its own."""
        return subprocess.Popen(
            self.command(url),
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )

    def finish(self, url: str) -> dict[str, object]:
        """Work to the end, in this process; give the report. Raises RuntimeError where it does not end well."""
        time.sleep(self.rest_s)
        done = CliRunner().invoke(app, self._arguments(url), env=self._settings())
        if done.exit_code != 0:
            raise RuntimeError(f"{self.name} ended with {done.exit_code}: {done.stderr}") from done.exception
        report: dict[str, object] = json.loads(done.stdout)
        return report

    def wait(self, process: "subprocess.Popen[bytes]", url: str, *, beyond: int) -> None:
        """Wait until more than `beyond` documents are done, or the process has ended."""
        while process.poll() is None and figure(url, self.done) < beyond:
            time.sleep(_LOOK_S)

    def killed(self, url: str, *, beyond: int, delay_s: float) -> bool:
        """Begin, and kill it `delay_s` after `beyond` documents are done; False when it had ended by then."""
        with self.begin(url) as process:
            self.wait(process, url, beyond=beyond)
            with suppress(subprocess.TimeoutExpired):
                process.wait(delay_s)
            if process.poll() is not None:
                return False
            os.killpg(process.pid, signal.SIGKILL)
        return True

    def _arguments(self, url: str) -> list[str]:
        return [*self.arguments, "--db", url, "--json", "--no-prefect"]

    def _settings(self) -> dict[str, str]:
        return {"NEWSFOLD_BATCH_DOCUMENTS": f"{_BATCH}", "NEWSFOLD_WORKERS": "1", **self.environ}


def load_of(documents: Path, count: int) -> Work:
    """Give the load of so many made documents, written to a file."""
    _write_documents(documents, count)
    return Work(
        name="load",
        arguments=("load", str(documents)),
        done="SELECT count(*) FROM variant",
        counted=f"SELECT sum(count) FROM tally WHERE outcome IN {_STORED}",
        meets_all=True,
    )


def refresh_of(folder: Path, room: Newsroom, count: int) -> Work:
    """Give the refresh of so many pages of a newsroom's outlets, which run near copies of one another's."""
    outlets = [room.outlet(f"outlet{number}") for number in range(-(-count // _PAGES))]
    for number, made in enumerate(texts(count)):
        outlets[number % len(outlets)].publish(f"page-{number}", title=made.title, text=made.text)
    sources = write_sources(folder, *map(source, outlets))
    return Work(
        name="refresh",
        arguments=("refresh", "--sources", str(sources), *(f"--only={outlet.name}" for outlet in outlets)),
        environ={
            "NEWSFOLD_DATA": str(folder / "data"),
            "NEWSFOLD_PACE_MS": "0",
            "NEWSFOLD_LEASE_S": f"{_LEASE_S}",
        },
        done="SELECT count(*) FROM variant",
        counted=f"SELECT sum(count) FROM tally WHERE outcome IN {_STORED}",
        rest_s=_LEASE_S + 0.5,
        groups="coalesce(copy_of, id)",  # pages come in another order each time, which coverage is not free of
    )


def maintain_of(folder: Path, count: int) -> Work:
    """Give the maintenance of so many documents that an earlier release signed, and that loses every other a line."""
    documents = folder / "site.jsonl"
    with documents.open("w", encoding="utf-8") as lines:
        for made in texts(count):
            said = {"url": f"https://gazette.example/{made.number}", "title": made.title, "language": "en"}
            lines.write(json.dumps(said | {"text": f"{made.text}\n{_OWN}" if made.number % 2 else made.text}) + "\n")

    def loaded(url: str) -> None:
        settings = read_settings({"NEWSFOLD_DATA": str(folder / "data"), "NEWSFOLD_WORKERS": "1"}, database_url=url)
        run_load([str(documents)], source=None, settings=settings, watch=Watcher())
        with connected(url) as engine, writing(engine) as db:
            db.execute(text("UPDATE variant SET scheme = 'earlier', signature = :none"), {"none": bytes(512)})
            db.execute(text("DELETE FROM segment WHERE kind = 'band'"))

    return Work(
        name="maintain",
        arguments=("maintain",),
        environ={"NEWSFOLD_DATA": str(folder / "data"), "NEWSFOLD_LEASE_S": f"{_LEASE_S}"},
        rest_s=_LEASE_S + 0.5,
        done="SELECT count(*) FROM revision",
        counted="SELECT sum(count) FROM tally WHERE outcome = 'recleaned'",
        before=loaded,
    )


def _write_documents(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for made in texts(count):
            line = {
                "url": made.url,
                "title": made.title,
                "text": made.text,
                "source": made.source,
                "language": "en",
                "published_at": made.published_at.isoformat(),
            }
            lines.write(json.dumps(line) + "\n")
