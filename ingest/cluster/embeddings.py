"""What articles mean, as a local model of static word vectors says it: an extra, off unless its folder is named.

A model is a folder as model2vec writes one; any sentence model can be made into such with model2vec's `distill`.
Nothing is downloaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xxhash
from numpy.typing import NDArray

from ingest.cluster.profile import own_headline
from ingest.cluster.vectors import Meaning
from ingest.document import Article

if TYPE_CHECKING:
    from model2vec import StaticModel

_FILES = ("config.json", "model.safetensors", "tokenizer.json")
_READ = 2_000  # characters of a text: as far as the news of it goes
_CHUNK = 1 << 20


class EmbeddingProblem(ValueError):
    """A model that cannot be used; `str()` is one line: the folder and the remedy."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """A model, read."""

    name: str  # of its folder, and a key of its weights: meanings of two models never meet
    _model: "StaticModel"

    def meanings(self, articles: Sequence[Article]) -> list[Meaning | None]:
        """Give the meaning of each article's headline and beginning; None where the model knows no word of it."""
        if not articles:
            return []
        texts = [f"{own_headline(article.title)}\n{article.text[:_READ]}" for article in articles]
        rows = np.asarray(self._model.encode(texts, use_multiprocessing=False), np.float32)
        return [self._meaning(row) for row in rows]

    def _meaning(self, row: NDArray[np.float32]) -> Meaning | None:
        length = float(np.linalg.norm(row))
        return Meaning(self.name, (row / length).astype(np.float16)) if length > 0 else None


def read_embedder(folder: Path) -> Embedder:
    """Read the model in a folder. Raises EmbeddingProblem."""
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise EmbeddingProblem(f"{folder}: no {missing[0]} in it; name the folder of a model2vec model")
    try:
        from model2vec import StaticModel
    except ImportError:
        raise EmbeddingProblem(f'{folder}: a model needs model2vec: pip install "newsfold[embed]"') from None
    try:
        model = StaticModel.from_pretrained(folder)
    except Exception as error:  # tokenizers raises nothing narrower, and what it reads is whatever someone named
        raise EmbeddingProblem(f"{folder}: cannot be read as a model: {str(error)[:200]}") from error
    return Embedder(f"{folder.name} {_key(folder)}", model)


def _key(folder: Path) -> str:
    """Give a key of what the model is made of."""
    digest = xxhash.xxh3_64()
    for name in _FILES:
        with (folder / name).open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
