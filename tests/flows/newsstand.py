"""Files with invented news in them, each article about something else."""

import json
import random
from pathlib import Path

from flows.open_run import now_utc
from storage.reading import reading
from storage.views import RunView
from storage.watching.journal import list_runs

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstv" for vowel in "aeo"]


def article(number: int) -> str:
    """Give a text of sixty words that has hardly one in common with any other number's."""
    chance = random.Random(number)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 5))) for _ in range(60)]
    sentences = [" ".join(words[first : first + 12]).capitalize() + "." for first in range(0, 60, 12)]
    return "\n".join(sentences)


def write_jsonl(path: Path, numbers: range, *, host: str = "gazette.example") -> Path:
    """Write one article a line."""
    with path.open("w", encoding="utf-8") as file:
        for number in numbers:
            text = article(number)
            said = {"url": f"https://{host}/{number}", "title": text[:40], "text": text, "language": "en"}
            file.write(json.dumps(said) + "\n")
    return path


def runs_of(database_url: str) -> list[RunView]:
    """Give the runs of a story database, the newest first."""
    with reading(database_url) as reader:
        return list_runs(reader, now=now_utc(), limit=10)
