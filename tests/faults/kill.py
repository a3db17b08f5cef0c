"""Kill a load again and again, let one run to its end, and compare with a load that nobody hurt.

python -m tests.faults.kill [--documents 2000] [--kills 20] [--db URL_OF_AN_EMPTY_DATABASE]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from storage.check import check
from storage.reading import DatabaseProblem, reading
from tests.bench.texts import texts

Stories = frozenset[frozenset[str]]
_MOMENT_S = 0.3
_LOOK_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurt:
    """What is left after the kills and one whole run."""

    killed: int  # loads that were killed before they had ended
    problems: tuple[str, ...]  # what `newsfold db check` finds
    stories: Stories  # the URLs of each story's variants
    report: dict[str, object]  # of the last run


def write_documents(path: Path, count: int) -> None:
    """Write made documents as JSON lines."""
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


def load(documents: Path, url: str, *, batch: int) -> dict[str, object]:
    """Load to the end; give the report."""
    done = subprocess.run(command(documents, url), env=environment(batch), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"load ended with {done.returncode}: {done.stderr}")
    report: dict[str, object] = json.loads(done.stdout)
    return report


def loading(documents: Path, url: str, *, batch: int) -> "subprocess.Popen[bytes]":
    """Begin to load, as a process of its own."""
    return subprocess.Popen(
        command(documents, url),
        env=environment(batch),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def hurt(documents: Path, url: str, *, count: int, kills: int, batch: int, seed: int = 1) -> Hurt:
    """Kill `kills` loads of the `count` documents, then load to the end.

    Each is killed a random moment after a growing part of the documents is stored, so that all kills together meet
    the whole of the work, however fast the machine is.
    """
    chance = Random(seed)
    were_killed = sum(
        killed(documents, url, batch=batch, beyond=count * number // kills, delay_s=chance.uniform(0, _MOMENT_S))
        for number in range(kills)
    )
    report = load(documents, url, batch=batch)
    return Hurt(killed=were_killed, problems=tuple(check(url)), stories=partition(url), report=report)


def partition(url: str) -> Stories:
    """Give the stories as sets of URLs."""
    members: dict[int, set[str]] = {}
    with reading(url) as reader:
        for story_id, variant in reader.rows("SELECT story_id, url FROM variant"):
            members.setdefault(story_id, set()).add(variant)
    return frozenset(frozenset(variants) for variants in members.values())


def stored(url: str) -> int:
    """Count the variants; 0 where there is no database yet."""
    try:
        with reading(url) as reader:
            return int(reader.rows("SELECT count(*) FROM variant")[0][0])
    except DatabaseProblem:
        return 0


def main() -> int:
    """Run it at full size, and tell."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--documents", type=int, default=2_000)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--db", help="an empty database to hurt; an SQLite file of its own when not given")
    args = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsfold-kill-") as folder:
        documents = Path(folder, "documents.jsonl")
        write_documents(documents, args.documents)
        whole = load(documents, f"sqlite:///{folder}/whole.db", batch=50)
        print(f"unhurt: {whole}")
        url = args.db or f"sqlite:///{folder}/hurt.db"
        found = hurt(documents, url, count=args.documents, kills=args.kills, batch=50)
        same = found.stories == partition(f"sqlite:///{folder}/whole.db")
        print(f"killed {found.killed} of {args.kills}; the last run: {found.report}")
        print(
            f"check: {list(found.problems) or 'sound'}; stories and variants {'the same' if same else 'NOT THE SAME'}"
        )
    return 0 if same and not found.problems else 1


def killed(documents: Path, url: str, *, batch: int, beyond: int, delay_s: float) -> bool:
    """Start a load, and kill it `delay_s` after `beyond` documents are stored; False when it had ended by then."""
    with loading(documents, url, batch=batch) as process:
        while process.poll() is None and stored(url) < beyond:
            time.sleep(_LOOK_S)
        try:
            process.wait(delay_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return True
    return False


def command(documents: Path, url: str) -> list[str]:
    """Give what loads the documents."""
    return [sys.executable, "-m", "newsfold", "load", str(documents), "--db", url, "--json", "--no-prefect"]


def environment(batch: int) -> dict[str, str]:
    """Give the environment of a load in batches of that size."""
    return {**os.environ, "NEWSFOLD_BATCH_DOCUMENTS": str(batch)}


if __name__ == "__main__":
    sys.exit(main())
