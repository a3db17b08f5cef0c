"""Files with invented news in them, each article about something else."""

import json
import random
from pathlib import Path

_SYLLABLES = (
    "ba be bo da de do fa fe ga go ka ke ko la le lo ma me mo na ne no pa pe ra re ro sa se so ta te to va ve".split()
)


def article(number: int) -> str:
    """Give a text of sixty words that has hardly one in common with any other number's."""
    chance = random.Random(number)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 5))) for _ in range(60)]
    sentences = [" ".join(words[first : first + 12]).capitalize() + "." for first in range(0, 60, 12)]
    return "\n".join(sentences)


def write_jsonl(path: Path, numbers: range, *, host: str = "gazette.example") -> Path:
    """Write one article a line."""
    lines = (
        json.dumps({"url": f"https://{host}/{number}", "title": article(number)[:40], "text": article(number)})
        for number in numbers
    )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
