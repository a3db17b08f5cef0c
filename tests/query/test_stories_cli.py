"""The command line asks what the store can answer: filters, facets, timelines, pages."""

import json

import pytest

from tests.query.conftest import Ask, ask_newsfold


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--independent", "2"], ["1"]),
        (["--state", "suggested"], ["1", "2"]),
        (["--state", "withdrawn"], []),
        (["--country", "br"], ["2"]),
        (["--until", "2026-05-15"], ["5"]),
        (["--published-since", "2026-05-20"], ["1", "2"]),
        (["--seen-since", "2026-05-20", "--language", "ja"], ["5"]),
        (["--text", "furnace NOT whales"], ["1"]),
        (["--text", "title:delay OR title:baleias"], ["1", "2"]),
        (["--order", "independent"], ["1", "2", "5"]),
        (["--publisher", "nobody"], []),
        (["--run", "2"], []),
        (["--run", "1", "--outcome", "new_story"], ["1"]),
    ],
)
def test_filters_are_those_of_the_store(own_url: str, words: list[str], ids: list[str]) -> None:
    """Each option says what the stories listed have in common."""
    answer = ask_newsfold("stories", *words, "--jsonl", url=own_url)

    assert [str(json.loads(line)["id"]) for line in answer.lines] == ids


def test_a_story_says_how_many_are_independent(ask: Ask) -> None:
    """Beside the raw count stands how many independent voices there are, and below whose they are."""
    listed, shown = ask("stories"), ask("story", "1")

    assert listed.lines[1].split()[3:8] == ["covered,", "suggested", "2", "of", "3"]
    assert shown.lines[1].startswith("covered, 2 independent of 3 variants from 3 sources")
    below = shown.lines[shown.lines.index("independent voices") + 1 :]
    assert below[0].split() == ["Northwire", "wire", "11,", "12", "northwire,", "harbour-post"]
    assert below[1].split() == ["lowland-ledger", "outlet", "13"]


def test_facets_count_what_the_stories_have_in_common(ask: Ask) -> None:
    """--facets gives the values of each facet with how many stories have them."""
    table, lines = ask("stories", "--facets"), ask("stories", "--facets", "--jsonl", "--kind", "covered")

    assert ["language", "1", "pt"] in [line.split() for line in table.lines]
    assert ["independent", "1", "2", "or", "more"] in [line.split() for line in table.lines]
    found = [json.loads(line) for line in lines.lines]
    assert {"facet": "kind", "value": "covered", "count": 1, "is_exact": True} in found


def test_a_timeline_has_a_bar_for_each_day(ask: Ask) -> None:
    """--timeline counts variants by the day on which they were published."""
    table, as_json = ask("stories", "--timeline", "day"), ask("stories", "--timeline", "hour", "--json")

    assert table.lines[1].split()[:3] == ["2026-05-20", "00:00", "5"]
    assert [(bucket["at"], bucket["variants"]) for bucket in json.loads(as_json.stdout)] == [
        ("2026-05-20T09:00:00Z", 4),
        ("2026-05-20T10:00:00Z", 1),
    ]


def test_a_page_says_how_to_go_on(ask: Ask) -> None:
    """Beside a page that is not the last stands the cursor of the next one."""
    first = ask("stories", "--limit", "2", "--jsonl")
    cursor = first.stderr.split("--cursor ")[1].strip()

    rest = ask("stories", "--limit", "2", "--jsonl", "--cursor", cursor)

    assert [json.loads(line)["id"] for line in (*first.lines, *rest.lines)] == [1, 2, 5]
    assert rest.stderr == ""


@pytest.mark.parametrize(
    "words",
    [["--cursor", "x"], ["--order", "size"], ["--state", "odd"], ["--independent", "0"], ["--until", "soon"]],
)
def test_what_nothing_can_be_is_wrong_usage(ask: Ask, words: list[str]) -> None:
    """A wrong value ends with 2 and one line that says what to write."""
    answer = ask("stories", *words)

    assert answer.code == 2
    assert answer.stdout == ""


def test_two_kinds_of_counts_are_not_asked_at_once(ask: Ask) -> None:
    """Facets and a timeline in one question are refused: one of them would go unanswered."""
    answer = ask("stories", "--facets", "--timeline", "day")

    assert (answer.code, answer.stdout) == (2, "")
    assert "give one of --facets and --timeline" in answer.stderr
