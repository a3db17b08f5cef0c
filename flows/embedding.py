"""The model of words that a run uses, where one is named."""

from flows.settings import SettingProblem, Settings
from ingest.cluster.embeddings import Embedder, EmbeddingProblem, read_embedder


def embedder_of(settings: Settings) -> Embedder | None:
    """Read the model of words that is named, if one is. Raises SettingProblem."""
    if settings.embeddings is None:
        return None
    try:
        return read_embedder(settings.embeddings)
    except EmbeddingProblem as problem:
        raise SettingProblem(f"NEWSFOLD_EMBEDDINGS: {problem}") from problem
