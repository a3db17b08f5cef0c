"""News-like texts without end, the same for the same seed: what the benchmarks and the fault tests load.

Common words follow Zipf's law, every event brings names and numbers of its own, and three documents of ten are
near-duplicates of one shortly before: word for word, with a few words changed, cut, or with a paragraph put before.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

_SYLLABLES = [
    c + v
    for c in [
        "b",
        "d",
        "f",
        "g",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "t",
        "v",
        "w",
        "z",
        "br",
        "dr",
        "kl",
        "st",
        "tr",
    ]
    for v in ["a", "e", "i", "o", "u", "ai", "or", "en"]
]
_COMMON = 4_000
_WORDS_OF_TEXT = 560
_RECENT = 2_000
_START = datetime(2025, 1, 1, tzinfo=UTC)  # a million end in December; what is dated into the future loses its date


@dataclass(frozen=True, slots=True)
class Made:
    """One made document."""

    number: int
    event: int  # documents of one event are near-duplicates of one another
    url: str
    source: str
    title: str
    text: str
    published_at: datetime


def texts(count: int, *, seed: int = 1, first: int = 0) -> Iterator[Made]:
    """Make `count` documents, numbered from `first`."""
    chance = Random(f"{seed} {first}")
    common = [_word(Random(f"common {rank}")) for rank in range(_COMMON)]
    weights = [1 / (rank + 2) for rank in range(_COMMON)]
    recent: deque[Made] = deque(maxlen=_RECENT)
    for number in range(first, first + count):
        if recent and chance.random() < 0.3:
            made = _near(chance, recent[chance.randrange(len(recent))], number, common)
        else:
            words = chance.choices(common, weights, k=_WORDS_OF_TEXT)
            made = _new(chance, number, words)
        recent.append(made)
        yield made


def _new(chance: Random, number: int, words: list[str]) -> Made:
    names = [_word(chance).title() for _ in range(8)]
    numbers = [str(chance.randrange(20, 90_000)) for _ in range(5)]
    for place in range(0, len(words), 9):
        words[place] = chance.choice(names if chance.random() < 0.7 else numbers)
    sentences, begin = [], 0
    while begin < len(words):
        size = chance.randrange(9, 26)
        sentences.append(" ".join(words[begin : begin + size]).capitalize() + ".")
        begin += size
    paragraphs = [" ".join(sentences[place : place + 3]) for place in range(0, len(sentences), 3)]
    title = " ".join([names[0], *words[40:44], names[1], numbers[0]])
    return _made(chance, number, number, title, "\n".join(paragraphs))


def _near(chance: Random, model: Made, number: int, common: list[str]) -> Made:
    paragraphs = model.text.split("\n")
    match chance.randrange(4):
        case 0:
            pass
        case 1:
            words = model.text.split(" ")
            for _ in range(len(words) // 25):
                words[chance.randrange(len(words))] = chance.choice(common)
            paragraphs = " ".join(words).split("\n")
        case 2:
            paragraphs = paragraphs[: max(2, len(paragraphs) * 3 // 4)]
        case _:
            paragraphs = [" ".join(chance.choices(common, k=30)).capitalize() + ".", *paragraphs]
    return _made(chance, number, model.event, model.title, "\n".join(paragraphs))


def _made(chance: Random, number: int, event: int, title: str, text: str) -> Made:
    source = f"news{chance.randrange(400)}.example"
    at = _START + timedelta(seconds=30 * number)
    return Made(number, event, f"https://{source}/a/{number}", source, title, text, at)


def _word(chance: Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.choice((1, 2, 2, 3))))
