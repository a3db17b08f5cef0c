"""newsfold tune: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest

from tests.query.conftest import Ask


def test_counts_and_examples(ask: Ask) -> None:
    """A table of what is and what would be stands above the changes, each with the stories now and then."""
    answer = ask("tune", "--coverage-threshold", "0.8")

    plain = [" ".join(line.split()) for line in answer.lines]
    assert (answer.code, answer.stderr) == (0, "")
    assert plain[1:4] == [
        "copy threshold 0.55 0.55",
        "coverage threshold 0.5 0.8 1 link would tie no more",
        "stories 3 4 0 would lead to others, 1 would be split, 1 would have another canonical variant",
    ]
    assert plain[5:] == [
        "changes 1 of 1, the biggest first",
        "split, another canonical variant",
        "now story 1 3 variants variant 11 speaks Orrin Steel to close last furnace",
        "then story 1 2 variants variant 12 speaks (first by address) Last furnace to go",
        "then a new story 1 variant variant 13 speaks (the only variant) Mayor pleads for delay",
    ]


def test_a_file_says_the_thresholds_and_options_win(ask: Ask, tmp_path: Path) -> None:
    """What no option says is the file's; a file that cannot be used is named."""
    file = tmp_path / "thresholds.toml"
    file.write_text("copy = 0.99\ncoverage = 0.8\n")

    found = json.loads(ask("tune", "--settings", str(file), "--coverage-threshold", "0.6", "--json").stdout)
    missing = ask("tune", "--settings", str(tmp_path / "none.toml"))

    assert found["then"] == {"copy": 0.99, "coverage": 0.6}
    assert (missing.code, missing.stdout) == (2, "")
    assert missing.stderr.startswith(f"newsfold: {tmp_path}/none.toml: cannot be read")


def test_json_is_one_document(ask: Ask) -> None:
    """For programs, all of it is one document."""
    found = json.loads(ask("tune", "--copy-threshold", "0.99", "--json").stdout)

    assert found["then"] == {"copy": 0.99, "coverage": 0.5}
    assert found["counts"] == {"changes": 1, "merged": 0, "split": 1, "canonical": 1, "gained": 1}
    assert found["examples"][0]["split"] == [1]


def test_without_thresholds_nothing_would_change(ask: Ask) -> None:
    """As they are, the thresholds change nothing, and stderr says so."""
    answer = ask("tune")

    assert (answer.code, answer.stderr) == (0, "newsfold: nothing would change\n")
    assert "changes" not in answer.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--copy-threshold", "0.5"],
        ["--copy-threshold", "x"],
        ["--coverage-threshold", "0.34"],
        ["--coverage-threshold", "1.01"],
        ["--coverage-threshold", "nan"],
        ["--limit", "0"],
    ],
)
def test_wrong_values_are_one_clear_line(ask: Ask, words: list[str]) -> None:
    """What is no threshold, or lies below what is kept, ends with 2, and the option is named."""
    answer = ask("tune", *words)

    assert (answer.code, answer.stdout) == (2, "")
    assert f"{words[0]}: give a" in answer.stderr


def test_help_says_what_it_cannot_tell(ask: Ask) -> None:
    """Help names the pairs that are not known, and says that nothing is changed."""
    said = " ".join(ask("tune", "--help").stdout.split())

    assert "Nothing is changed." in said
    assert "never candidates" in said
