"""The store that questions are timed on, made small."""

from pathlib import Path
from random import Random

from storage.reading import reading
from tests.bench.asking import QUESTIONS
from tests.bench.large_store import fill


def test_every_question_can_be_asked_of_it(tmp_path: Path) -> None:
    """Its rows fit the tables as they are, and what it is timed with gets its answers."""
    url = f"sqlite:///{tmp_path}/large.db"

    stories = fill(url, variants=300)

    with reading(url) as reader:
        answers = [ask(reader, Random(7)) for part in QUESTIONS.values() for ask in part.values()]
    assert stories > 100
    assert None not in answers
