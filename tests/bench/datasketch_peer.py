"""Find the near-duplicates of a file of texts with datasketch and SQLModel, for tests/bench/cluster.py.

    .venv-peers-datasketch/bin/python tests/bench/datasketch_peer.py TEXTS.jsonl FOLDER    prints figures as JSON

Stands alone. The careful way: a batch of 1,000 signed at once (MinHash.bulk, 128 values over five words), one index in
memory (MinHashLSH at 0.7), rows of a batch inserted together in one transaction of SQLite.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from datasketch import LeanMinHash, MinHash, MinHashLSH
from sqlmodel import Field, Session, SQLModel, create_engine

_BATCH, _WORDS = 1_000, 5
_WORD = re.compile(r"\w+")


class Article(SQLModel, table=True):
    """A text, and the first one that it resembles."""

    id: int = Field(primary_key=True)
    story_id: int = Field(index=True)
    url: str = Field(unique=True)
    source: str
    title: str
    text: str
    published_at: datetime
    signature: bytes


def main(texts: str, folder: str) -> None:
    """Find them, store all, and print the figures."""
    engine = create_engine(f"sqlite:///{folder}/articles.db")
    SQLModel.metadata.create_all(engine)
    index = MinHashLSH(threshold=0.7, num_perm=128)
    stories: list[int] = []
    used = time.process_time()
    with Path(texts).open(encoding="utf-8") as lines:
        while batch := [json.loads(line) for line in islice(lines, _BATCH)]:
            rows = []
            signatures = MinHash.bulk([list(_shingles(row["text"])) for row in batch], num_perm=128)
            for row, signature in zip(batch, signatures, strict=True):
                number = len(stories)
                alike = index.query(signature)
                stories.append(min((stories[other] for other in alike), default=number))
                index.insert(number, signature, check_duplication=False)
                rows.append(_row(number, stories[number], row, signature))
            with Session(engine) as session:
                session.add_all(rows)
                session.commit()
    print(json.dumps({"documents": len(stories), "cpu_s": time.process_time() - used}))


def _shingles(text: str) -> Iterator[bytes]:
    words = _WORD.findall(text.lower())
    yield from {" ".join(words[place : place + _WORDS]).encode() for place in range(max(len(words) - _WORDS + 1, 1))}


def _row(number: int, story: int, row: dict[str, Any], signature: MinHash) -> Article:  # Any: JSON
    lean = LeanMinHash(signature)
    packed = bytearray(lean.bytesize())
    lean.serialize(packed)
    return Article(
        id=number,
        story_id=story,
        url=row["url"],
        source=row["source"],
        title=row["title"],
        text=row["text"],
        published_at=datetime.fromisoformat(row["date"]),
        signature=bytes(packed),
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
