"""What articles mean, by a model of words of one's own."""

from pathlib import Path

import numpy as np
import pytest

from ingest.cluster.embeddings import EmbeddingProblem, read_embedder
from tests.storage.articles import article
from tests.word_model import write_model

_WORDS = [("dam", "damm"), ("valley", "tal"), ("harbour", "hafen"), ("strike", "streik")]


def test_a_meaning_does_not_depend_on_the_language(tmp_path: Path) -> None:
    """Words of one meaning give one meaning; an article of other words has another, and each is of unit length."""
    embedder = read_embedder(write_model(tmp_path / "words", _WORDS))

    dam, damm, harbour = embedder.meanings(
        [
            article("a/1", "The dam above the valley"),
            article("b/1", "Der Damm über dem Tal"),
            article("c/1", "A strike in the harbour"),
        ]
    )

    assert dam is not None
    assert damm is not None
    assert harbour is not None
    assert float(dam.vector @ damm.vector) == pytest.approx(1, abs=0.01)
    assert abs(float(dam.vector @ harbour.vector)) < 0.5
    assert np.linalg.norm(harbour.vector.astype(np.float64)) == pytest.approx(1, abs=0.01)
    assert dam.model == damm.model == embedder.name


def test_the_headline_is_read_too(tmp_path: Path) -> None:
    """The headline counts, and what an outlet puts behind it does not."""
    embedder = read_embedder(write_model(tmp_path / "words", _WORDS))

    bare, titled = embedder.meanings(
        [
            article("a/1", "It happened today."),
            article("a/2", "It happened today.", title="A dam has burst today - Harbour Post"),
        ]
    )
    [dam] = embedder.meanings([article("a/3", "The dam")])

    assert bare is None
    assert titled is not None
    assert dam is not None
    assert float(titled.vector @ dam.vector) == pytest.approx(1, abs=0.01)


def test_a_model_is_known_by_its_weights(tmp_path: Path) -> None:
    """The same words with other weights are another model, wherever it lies and whatever it is called."""
    one, other = (read_embedder(write_model(tmp_path / str(seed) / "words", _WORDS, seed=seed)) for seed in (1, 2))

    again = read_embedder(write_model(tmp_path / "again" / "words", _WORDS, seed=1))

    assert one.name == again.name != other.name
    assert one.name.startswith("words ")


def test_nothing_is_made_of_no_articles(tmp_path: Path) -> None:
    """A batch without articles is no trouble."""
    assert read_embedder(write_model(tmp_path / "words", _WORDS)).meanings([]) == []


@pytest.mark.parametrize("broken", ["nothing", "empty", "torn weights", "torn words"])
def test_a_folder_that_is_no_model_is_named(tmp_path: Path, broken: str) -> None:
    """One line names the folder, and what is wrong with it; nothing is downloaded in its place."""
    folder = tmp_path / "words"
    if broken == "empty":
        folder.mkdir()
    if broken.startswith("torn"):
        write_model(folder, _WORDS)
        (folder / ("model.safetensors" if broken == "torn weights" else "tokenizer.json")).write_bytes(b"{")

    with pytest.raises(
        EmbeddingProblem, match=r"words: (no config.json in it; name|cannot be read as a model)"
    ) as found:
        read_embedder(folder)

    assert "\n" not in str(found.value)
