"""`newsfold compare`: two variants or files, the verdict first."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from newsfold import app
from tests.flows.newsstand import write_jsonl
from tests.storage.articles import article, newsdesk
from tests.storage.test_groups import _DAM, _DAM_AGAIN, _TITLES

Compare = Callable[..., Result]

_RACE = """Nobody had won the cheese race of Orrin three times before Maud Baker, 67, came down the hill on Sunday
with a wheel of nine kilograms under each arm. Her grandson, who fell at the second gate, was third. The prize is
the cheese."""


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Run the command in a folder with three page dumps, where no database is."""
    titles = (*_TITLES[:2], "Baker, 67, wins the cheese race again")
    for name, title, text in zip(("dam", "again", "race"), titles, (_DAM, _DAM_AGAIN, _RACE), strict=True):
        (tmp_path / f"{name}.txt").write_text(f"{title}\n\n{text}\n")
    environment = {"NEWSFOLD_DATABASE_URL": f"sqlite:///{tmp_path}/newsfold.db"}

    def run(*words: str) -> Result:
        named = [
            str(tmp_path / word) if word.partition("#")[0].endswith((".txt", ".jsonl")) else word for word in words
        ]
        return CliRunner(env=environment).invoke(app, ["compare", *named])

    return run


@pytest.fixture
def stored(tmp_path: Path) -> None:
    """Store one report."""
    with newsdesk(f"sqlite:///{tmp_path}/newsfold.db") as desk:
        desk.load(article("gazette/1", _DAM, title=_TITLES[0]))


def test_two_files_of_one_event(compare: Compare) -> None:
    """The first line is the verdict; without a database the shipped background tells what is rare."""
    found = compare("dam.txt", "again.txt")

    assert found.exit_code == 0
    assert found.stdout.startswith("coverage: the same event in other words, score ")
    assert "names among them: " in found.stdout
    assert "the shipped background (no database at " in found.stdout


def test_two_files_apart(compare: Compare) -> None:
    """Of two that are nothing to one another it is told what was missing; the command has done what it was asked."""
    found = compare("dam.txt", "race.txt")

    assert found.exit_code == 0
    assert found.stdout.startswith("apart: ")
    assert "missed by 0." in found.stdout
    assert "missing to join: " in found.stdout
    assert "missing to be suggested: " in found.stdout


_DRAW = """The numbers of the regional draw of {day} are {numbers}. Nobody had all six of them right, so that {sum}
crowns stay in the pot for the next draw, which is held in the town hall of {town} from eight in the evening. Tickets
are sold until six at every kiosk, and those who win have ninety days to bring theirs to the office in {street} Street,
where {name} hands out the prizes on weekdays between nine and noon. Children may watch, but take no part."""


def test_two_fillings_of_one_form(compare: Compare, tmp_path: Path) -> None:
    """However much they share, storing keeps them apart, and the verdict says so, and why."""
    first = {"day": "Monday", "numbers": "4, 11, 19, 23, 38 and 40", "sum": "310,000", "town": "Ostmark"}
    second = {"day": "Friday", "numbers": "2, 7, 15, 28, 31 and 44", "sum": "425,000", "town": "Velm"}
    for name, said in (
        ("monday", {**first, "street": "Mill", "name": "Ida Sorn"}),
        ("friday", {**second, "street": "Quay", "name": "Karl Brandt"}),
    ):
        (tmp_path / f"{name}.txt").write_text(f"The draw of {said['day']}\n\n{_DRAW.format(**said)}\n")

    found = compare("monday.txt", "friday.txt")

    assert found.stdout.startswith("apart: two fillings of one form")


def test_reports_a_season_apart(compare: Compare, tmp_path: Path) -> None:
    """What would be one event by its words is told to be one affair, with the score that its distance asks for."""
    told = [("2026-01-05", _DAM, _TITLES[0]), ("2026-03-30", _DAM_AGAIN, _TITLES[1])]
    rows = [{"title": title, "text": text, "date": day} for day, text, title in told]
    (tmp_path / "dams.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    found = compare("dams.jsonl#1", "dams.jsonl#2")

    assert not found.stdout.startswith("coverage")
    assert "joins from 0.95" in found.stdout


@pytest.mark.usefixtures("stored")
def test_a_variant_and_a_file(compare: Compare) -> None:
    """A number is a variant, whose story is weighed as a whole; rarity is the database's."""
    found = compare("dam.txt", "1")

    assert found.stdout.startswith("copy: the same text, 100% of the shorter runs beside the other")
    assert "variant 1 of story 1" in found.stdout
    assert "from the 1 variants of the database" in found.stdout


@pytest.mark.usefixtures("stored")
def test_json(compare: Compare) -> None:
    """--json holds the verdict, both sides and all figures."""
    found = json.loads(compare("1", "again.txt", "--json").stdout)

    assert found["verdict"].startswith("coverage")
    assert (found["one"]["variant_id"], found["other"]["variant_id"]) == (1, None)
    assert found["finding"]["event"]["gave"]["bias"] < 0
    assert found["finding"]["text"]["hurdles"][0]["is_met"] is False


def test_one_document_of_many(compare: Compare, tmp_path: Path) -> None:
    """A file of many documents must be told which: the second, say."""
    write_jsonl(tmp_path / "wire.jsonl", range(3))

    unsaid, said, beyond = (compare(f"wire.jsonl{which}", "dam.txt") for which in ("", "#2", "#4"))

    assert (unsaid.exit_code, said.exit_code, beyond.exit_code) == (1, 0, 1)
    assert "https://gazette.example/1" in said.stdout
    remedy = f'3 documents in it; name one of them, such as "{tmp_path}/wire.jsonl#1"\n'
    assert unsaid.stderr == f"newsfold: {tmp_path}/wire.jsonl: {remedy}"
    assert beyond.stderr == f"newsfold: {tmp_path}/wire.jsonl#4: {remedy}"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("dam.txt", "nowhere.txt"), 2, "no such file"),
        (("dam.txt", "12"), 2, "no database"),
        (("dam.txt", "empty.txt"), 1, "empty.txt: "),
        (("dam.txt", "again.txt", "--db", "sqlite:///nowhere/at.db"), 2, "no database at nowhere/at.db"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    compare: Compare, tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    """What is missing is named, on one line."""
    (tmp_path / "empty.txt").write_text("\n")

    found = compare(*words)

    assert found.exit_code == code
    assert says in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.usefixtures("stored")
def test_an_unknown_variant(compare: Compare) -> None:
    """A number that no variant has is said to be none."""
    found = compare("dam.txt", "12")

    assert (found.exit_code, found.stderr) == (1, "newsfold: no variant 12: newsfold story ID lists those of a story\n")
