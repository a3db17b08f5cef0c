"""What stored articles mean: kept with them, part of their score, and how the same event is found abroad."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from ingest.cluster.decide import Relation
from ingest.cluster.embeddings import Embedder, read_embedder
from ingest.cluster.explain import probability
from query.why import outside, why
from storage import tables
from storage.asking.comparing import compare_pair
from storage.queries import get_story, list_places
from storage.reading import reading
from storage.store import Store
from storage.tables import Meaning
from tests.storage.articles import Newsdesk, article, place_of, prose, published
from tests.word_model import write_model

_WORDS = [
    *(("dam", "damm"), ("valley", "tal"), ("crack", "riss"), ("village", "dorf"), ("evacuated", "evakuiert")),
    *(("harbour", "hafen"), ("strike", "streik"), ("lorries", "lastwagen"), ("ferry", "fähre"), ("pay", "lohn")),
]
_DAM = (
    "Three people were led out of the village below the dam on Monday after a crack was found in its wall. The valley "
    "was evacuated before nightfall, and engineers will look at the crack in the morning, the county said."
)
_DAMM = (
    "Nach einem Riss in der Mauer ist am Montag das Dorf unterhalb der Talsperre geräumt worden. Der Damm wird am "
    "Morgen untersucht, das Tal bleibt bis dahin evakuiert, wie der Landkreis am späten Abend mitteilte."
)
_HAFEN = (
    "Im Hafen ruht die Arbeit: ein Streik um mehr Lohn hält Lastwagen und Fähre fest. Verhandelt wird erst wieder am "
    "Donnerstag, teilte die Gewerkschaft mit, und bis dahin bleibt der Hafen für alle geschlossen, die liefern wollen."
)


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """Give a model of the words of two events, in two languages."""
    return read_embedder(write_model(tmp_path_factory.mktemp("model") / "words", _WORDS))


@pytest.fixture
def meant(desk: Newsdesk, embedder: Embedder) -> Newsdesk:
    """Give a store that asks the model."""
    desk.store = Store(desk.engine, embedder=embedder)
    return desk


def suggestions(desk: Newsdesk) -> set[tuple[str, str]]:
    """Give the places of pairs that someone is asked about, the later first."""
    places = {number: place_of(url) for number, url in desk.rows(tables.Variant, "id", "url")}
    links = desk.rows(tables.Link, "variant_a", "variant_b", "relation")
    return {(places[later], places[earlier]) for later, earlier, relation in links if relation == "suggested"}


@pytest.mark.parametrize("batch", [1, 10])
def test_one_event_in_two_languages_is_suggested(meant: Newsdesk, batch: int) -> None:
    """The report from abroad is a story of its own, with the other one suggested; other events are not."""
    meant.load(
        article("gazette/1", _DAM, **published(0)),
        article("kurier/1", _HAFEN, language="de", **published(1)),
        article("bote/1", _DAMM, language="de", **published(2)),
        batch=batch,
    )

    assert suggestions(meant) == {("bote/1", "gazette/1")}
    assert len(set(meant.variants("story_id").values())) == 3


def test_one_event_in_two_languages_is_never_missing_to_join(meant: Newsdesk) -> None:
    """Where meaning lifts the score above what words gave, a comparison and a story's reasons name the languages."""
    meant.load(article("gazette/1", _DAM, **published(0)), article("bote/1", _DAMM, language="de", **published(2)))
    url = meant.engine.url.render_as_string(hide_password=False)

    found = compare_pair(url, 1, 2).finding.event
    with reading(url) as reader:
        story = get_story(reader, 1)
        assert story is not None
        [link] = why(story, list_places(reader, outside(story))).links

    assert found.score > probability(found.log_odds)
    assert (found.is_foreign, found.relation, found.suggest_missed_by) == (True, Relation.SUGGESTED, 0.0)
    assert link.against[-1] == "different languages (de, en): the score is held down"


def test_without_a_model_nothing_is_said_of_meaning(desk: Newsdesk) -> None:
    """Nobody has named a model: no row is kept, and nothing is suggested across languages."""
    desk.load(article("gazette/1", _DAM, **published(0)), article("bote/1", _DAMM, language="de", **published(2)))

    assert desk.rows(Meaning) == []
    assert suggestions(desk) == set()


def test_weeks_tell_against_one_event_abroad(meant: Newsdesk) -> None:
    """Two reports that mean the same, a season apart, are of two events."""
    meant.load(
        article("gazette/1", _DAM, **published(0)), article("bote/1", _DAMM, language="de", **published(24 * 80))
    )

    assert suggestions(meant) == set()


def test_a_store_that_is_opened_again_knows_what_it_knew(meant: Newsdesk, embedder: Embedder) -> None:
    """What is in memory is rebuilt from the table."""
    meant.load(article("gazette/1", _DAM, **published(0)), article("post/1", prose(3), **published(0)))
    meant.store = Store(meant.engine, embedder=embedder)

    meant.load(article("bote/1", _DAMM, language="de", **published(2)))

    assert suggestions(meant) == {("bote/1", "gazette/1")}


def test_a_revised_text_means_what_it_says_by_now(meant: Newsdesk, embedder: Embedder) -> None:
    """Its row is replaced, and later articles meet the new meaning alone."""
    first = article("bote/1", _HAFEN, language="de", **published(0))
    meant.load(first)

    meant.load(replace(first, text=_DAMM, raw_key=first.raw_key + 1))
    meant.load(article("gazette/1", _DAM, **published(2)))

    [wanted] = embedder.meanings([replace(first, text=_DAMM)])
    kept = dict(meant.rows(Meaning, "variant_id", "vector"))
    assert wanted is not None
    assert kept[1] == wanted.vector.tobytes()
    assert len(kept) == len(meant.rows(Meaning, "id")) == 2
    assert suggestions(meant) == {("gazette/1", "bote/1")}


def test_another_model_begins_anew(meant: Newsdesk, tmp_path: Path) -> None:
    """Meanings of two models are never compared."""
    other = read_embedder(write_model(tmp_path / "others", _WORDS, seed=9))
    meant.load(article("gazette/1", _DAM, **published(0)))
    meant.store = Store(meant.engine, embedder=other)

    meant.load(article("bote/1", _DAMM, language="de", **published(2)))

    assert suggestions(meant) == set()
    assert len({row[0] for row in meant.rows(Meaning, "model")}) == 2


def test_meaning_is_a_feature_with_its_share_of_the_score(meant: Newsdesk) -> None:
    """Two reports in one language: the evidence tells how near their meanings are, and what that gave."""
    again = (
        "A crack in the wall of the dam has emptied the village below it. All were evacuated on Monday evening; nobody "
        "in the valley may go home before engineers have seen the crack, says the county, which led out three of them."
    )
    meant.load(article("gazette/1", _DAM, **published(0)), article("ledger/1", again, **published(3)))

    [(evidence,)] = meant.rows(tables.Link, "evidence")
    told = orjson.loads(evidence)
    found = compare_pair(meant.engine.url.render_as_string(hide_password=False), 1, 2).finding.event

    assert told["features"]["meaning"] > 0
    assert told["gave"]["meaning"] > 0
    assert found.features["meaning"] == pytest.approx(told["features"]["meaning"], abs=1e-3)
