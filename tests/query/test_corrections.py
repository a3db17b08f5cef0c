"""Corrections from the command line: what they answer, and how they end."""

import json
from pathlib import Path

import pytest

from tests.query.conftest import Answer, Ask, ask_newsfold
from tests.storage.stories import add, link, story, variant


@pytest.fixture
def correct(own_url: str) -> Ask:
    """Correct a small story database of this test's own, as ines."""

    def ask(*words: str) -> Answer:
        named = () if words[0] in _READING else ("--actor", "ines")
        return ask_newsfold(*words, *named, url=own_url)

    return ask


_READING = ("stories", "story", "review", "search", "export")


def _plain(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_correction_answers_with_the_stories(correct: Ask) -> None:
    """What was said and where its variants are now stand on stdout, as a line or as JSON; the history names who."""
    line = correct("merge", "2", "1", "--note", "one furnace")
    found = json.loads(correct("split", "1", "21", "--json").stdout or "null")

    assert (line.code, line.stdout, line.stderr) == (0, "judgement 1: merge 1 2  now story 1\n", "")
    assert found is None
    assert "merge ines judgement 1: merge 1 2: one furnace" in " ".join(correct("story", "1").stdout.split())


def test_a_contradiction_ends_with_one(correct: Ask) -> None:
    """What contradicts an earlier word changes nothing, names it, and ends with exit code 1."""
    correct("not-same", "13", "51")

    answer = correct("same", "51", "13")

    assert (answer.code, answer.stdout) == (1, "")
    assert answer.stderr.startswith('newsfold: "same 13 51" contradicts judgement 1 (not-same 13 51, by ines, ')
    assert answer.stderr.endswith("): undo it first\n")


def test_saying_it_again_is_no_failure(correct: Ask) -> None:
    """The second time, the judgement that stands is printed, and stderr says that nothing was to do."""
    correct("pin", "13")

    answer = correct("pin", "13")

    assert (answer.code, answer.stderr) == (0, "newsfold: nothing to do: it is so already\n")
    assert _plain(answer.stdout) == ["pin 13 now story 1"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["merge", "1", "x"], 2),
        (["split", "1"], 2),
        (["undo", "0"], 2),
        (["merge", "1", "99"], 1),
        (["undo"], 1),
        (["pin", "13", "--note", "x" * 2_001], 1),
    ],
)
def test_what_cannot_be_done_is_one_line(correct: Ask, words: list[str], code: int) -> None:
    """Wrong usage ends with 2, what is not there with 1; nothing is on stdout."""
    answer = correct(*words)

    assert (answer.code, answer.stdout) == (code, "")
    assert answer.stderr


def test_no_database_is_made(tmp_path: Path) -> None:
    """A correction of a database that is not there fails, and makes none."""
    answer = ask_newsfold("merge", "1", "2", url=f"sqlite:///{tmp_path}/none.db")

    assert answer.code == 2
    assert answer.stderr.startswith(f"newsfold: no database at {tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_withdrawn_story_is_left_out(correct: Ask) -> None:
    """No list, search or export has it, unless asked for; its number still shows it, as withdrawn."""
    assert "story 1," in correct("search", "furnace").stdout

    correct("withdraw", "1")

    assert [row["id"] for row in json.loads(correct("stories", "--json").stdout)] == [2, 5]
    assert [row["id"] for row in json.loads(correct("stories", "--state", "withdrawn", "--json").stdout)] == [1]
    assert correct("search", "furnace").stdout == ""
    assert '"id":1,' not in correct("export").stdout
    shown = correct("story", "1")
    assert (shown.code, shown.stderr) == (0, "newsfold: story 1 was withdrawn\n")
    assert shown.lines[2].startswith("withdrawn 2")
    correct("restore", "1")
    assert [row["id"] for row in json.loads(correct("stories", "--json").stdout)] == [1, 2, 5]
    assert "story 1," in correct("search", "furnace").stdout
    assert '"id":1,' in correct("export").stdout


def test_a_withdrawn_variant_is_marked(correct: Ask) -> None:
    """A withdrawn variant stays in its story, says so, and is in no search and no export."""
    correct("withdraw", "12", "--variant")

    assert "Last furnace to go text withdrawn 2" in " ".join(correct("story", "1").stdout.split())
    assert "harbour-post" not in correct("search", "furnace").stdout
    assert "harbour-post" not in correct("export").stdout


def test_a_parted_story_says_where_it_came_from(correct: Ask) -> None:
    """The new story names the one that it was parted from, and both tell who did it."""
    answer = correct("split", "1", "13")

    assert answer.stdout == "judgement 1: split 1 13  now stories 1, 6\n"
    assert "parted from story 1" in correct("story", "6").stdout
    assert "parted ines variant 13 to story 6" in " ".join(correct("story", "1").stdout.split())


class TestReview:
    """newsfold review and newsfold judgements."""

    def test_the_most_useful_pair_comes_first(self, own_url: str, correct: Ask) -> None:
        """Pairs of stories, each once by its surest link, by score and size; what was put off comes last."""
        add(
            own_url,
            story(7, canonical_why=story(7).canonical_why),
            variant(71, 7, source="minato-shimbun"),
            variant(72, 7, relation="coverage"),
            link(51, 21, "suggested", 0.6, {"features": {}, "terms": ["tower"], "hours": 3.0}),
            link(71, 21, "suggested", 0.7, {"features": {}, "terms": [], "hours": None}),
            link(72, 21, "suggested", 0.5, {"features": {}, "terms": [], "hours": None}),
        )
        pairs = [(row["variant_a"], row["variant_b"]) for row in json.loads(correct("review", "--json").stdout)]
        correct("later", "71", "21")
        later = [(row["variant_a"], row["variant_b"]) for row in json.loads(correct("review", "--json").stdout)]

        assert pairs == [(21, 11), (71, 21), (51, 21)]
        assert later == [(21, 11), (51, 21), (71, 21)]
        lines = _plain(correct("review").stdout)
        assert lines[3] == "same 51 21? score 0.60, 3.0 h apart, shared: tower"
        assert lines[4].startswith("story 5 1 variant minato-shimbun")

    def test_what_was_decided_is_asked_no_more(self, correct: Ask) -> None:
        """A pair that is one story now, or was told apart, or withdrawn, leaves the review, and comes back undone."""
        assert len(json.loads(correct("review", "--json").stdout)) == 1

        for words in (["same", "21", "11"], ["not-same", "21", "11"], ["withdraw", "2"]):
            correct(*words)
            assert json.loads(correct("review", "--json").stdout) == []
            correct("undo")
            assert len(json.loads(correct("review", "--json").stdout)) == 1

    def test_what_was_said_is_listed(self, correct: Ask) -> None:
        """Judgements are listed newest first, of a story or of a person too, with what undid them."""
        correct("same", "21", "11", "--note", "a town's two stories")
        correct("undo")
        correct("pin", "51")

        rows = json.loads(correct("judgements", "--json").stdout)

        assert [(row["id"], row["said"], row["undone_by"]) for row in rows] == [
            (3, "pin 51", None),
            (2, "undo 1", None),
            (1, "same 11 21", 2),
        ]
        assert rows[2]["variants"] == [11, 21]
        assert [row["id"] for row in json.loads(correct("judgements", "--story", "2", "--json").stdout)] == [2, 1]
        assert _plain(correct("judgements", "--limit", "1").stdout)[1].endswith("ines pin 51")
