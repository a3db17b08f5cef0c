"""What is asked of two articles that may report one event, and what each answer weighs: the model of coverage.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FEATURES = (
    "cosine",  # of all terms
    "headline",  # cosine of the headlines' terms
    "lead",  # cosine of the terms of headlines and first paragraphs
    "names_least",  # share of one article's names that the other has, by rarity: the lower of the two
    "names_most",  # and the higher
    "numbers",  # cosine of the numbers
    "shared",  # log of 1 and the summed rarity of shared terms
    "headline_found",  # share of one's headline that stands anywhere in the other, the higher of the two
    "rarest",  # rarity of the rarest shared terms: their 8-norm
    "undated",  # 1 where either date is missing or a guess: such a pair is weighed by weights of its own
    "days",  # time between, log of 1 and days: what of it is under three days,
    "weeks",  # what is between these and a month,
    "months",  # and what is beyond, to a season: no date is wrong enough to tell against all else
    "crowd",  # of an undated pair, log of how many times 500 articles it was found among: time does not part them
    "few",  # log of how many times fewer than 50 articles a pair was found among: of a handful everything is rare
    "meaning",  # cosine of both meanings, less what articles of two events have; 0 where either is not known
)
TIMES = ("days", "weeks", "months")
_LATE_HOURS = 30 * 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The weights of the features and the thresholds of the decision."""

    name: str
    weights: tuple[float, ...]  # in the order of FEATURES
    undated: tuple[float, ...]  # the same for pairs of which a date is missing or a guess
    bias: float
    join: float  # mean score between the articles of two groups from which they are one story
    late: float  # score of two articles a month and more apart that counts: a follow-up is a story of its own
    suggest: float  # best score from which a person is asked
    usual: float  # cosine of the meanings of candidates as often of one event as of two
    abroad: float  # cosine of the meanings from which articles in two languages are suggested

    def weights_of(self, features: Mapping[str, float]) -> dict[str, float]:
        """Give the weights by which a pair of these features is scored."""
        return dict(zip(FEATURES, self.undated if features["undated"] else self.weights, strict=True))

    def joins(self, score: float, hours: float | None) -> bool:
        """Tell whether a score is enough for articles published so many hours apart."""
        return score >= self.least(hours)

    def least(self, hours: float | None) -> float:
        """Give the score from which articles published so many hours apart are joined; None: nobody knows."""
        return self.late if _is_late(hours) else self.join

    def counted(self, score: float, hours: float | None) -> float:
        """Give what the score of a pair is between groups; 0 of a follow-up that would be a story of its own."""
        return 0.0 if _is_late(hours) and score < self.late else score


def read_model(path: Path) -> Model:
    """Read a model as coverage.toml holds one."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    dated, undated = (tuple(float(told[row].get(name, 0)) for name in FEATURES) for row in ("weights", "undated"))
    said = {**told["thresholds"], **told["meaning"]}
    return Model(name=told["name"], weights=dated, undated=undated, bias=float(told["bias"]), **said)


def _is_late(hours: float | None) -> bool:
    return hours is not None and hours > _LATE_HOURS


SHIPPED = read_model(Path(__file__).with_name("coverage.toml"))
MODEL, BIAS = SHIPPED.name, SHIPPED.bias
JOIN, SUGGEST = SHIPPED.join, SHIPPED.suggest
