"""A model of words for the tests: a real one, small enough to be made on the spot."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

_DIMENSIONS = 48


def write_model(folder: Path, meanings: Iterable[Sequence[str]], *, seed: int = 7) -> Path:
    """Write a model in which the words of each group mean the same, and those of two groups have nothing in common."""
    chance = np.random.default_rng(seed)
    words, rows = ["[UNK]"], [np.zeros(_DIMENSIONS)]
    for group in meanings:
        direction = chance.normal(size=_DIMENSIONS)
        for word in group:
            words.append(word)
            rows.append(direction / np.linalg.norm(direction))
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    StaticModel(np.stack(rows).astype(np.float32), tokenizer, normalize=True).save_pretrained(folder)
    return folder
