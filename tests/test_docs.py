"""What is written cannot lie: commands, settings and outcomes stand in the documents, and nothing else does."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from typer import Context
from typer.main import get_command

from ingest.outcome import Outcome
from ingest.sources import read_sources
from newsfold import app
from query.terminal.quick import QuickGroup

_ROOT = Path(__file__).parents[1]
_RUNBOOK = (_ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for package in ("flows", "ingest", "storage", "query")
    for path in (_ROOT / package).rglob("*.py")
)


def _section(title: str) -> str:
    return _RUNBOOK.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_outcome_is_in_the_runbook() -> None:
    """The runbook says of each outcome what to do, and of none that does not exist."""
    rows = re.findall(r"^\| `(\w+)` \|", _section("Outcomes, and what to do"), re.M)

    assert sorted(rows) == sorted(outcome.value for outcome in Outcome)


def test_the_runbook_says_which_outcomes_count() -> None:
    """The column "counts" is what makes a run end as done in part."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| *(yes)? *\|", _section("Outcomes, and what to do"), re.M)

    assert {name for name, counts in rows if counts} == {outcome.value for outcome in Outcome if outcome.is_failure}


def test_every_setting_is_in_the_runbook() -> None:
    """What the program reads of its environment is in the table, and what is there is read."""
    told = set(re.findall(r"^\| `(NEWSFOLD_\w+)`", _section("Settings"), re.M))
    read = set(re.findall(r"\"(NEWSFOLD_[A-Z_]+)\"", _CODE))

    assert told == read | {"NEWSFOLD_HOME"}  # for prefect deploy alone


def test_every_event_is_in_the_runbook() -> None:
    """Each event that a run logs, and each field of one, is named where the logs are."""
    told = set(re.findall(r"`([\w-]+)`", _section("Watch it").partition("### Logs")[2]))
    calls = [node for node in ast.walk(ast.parse(_CODE)) if isinstance(node, ast.Call)]
    said = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "event"]
    names = {name.value for call in said for name in call.args if isinstance(name, ast.Constant)}

    assert {"run-began", "run-ended", "alarm"} <= names <= told
    assert {field.arg for call in said for field in call.keywords} <= told


def test_every_command_is_in_a_document() -> None:
    """A command that --help lists is shown in the README or the runbook."""
    groups = ("sources", "hooks")
    commands = [*_commands(), *(f"{group} {name}" for group in groups for name in _commands(group))]

    assert len(commands) > 10
    assert [name for name in commands if f"newsfold {name}" not in _README + _RUNBOOK and name not in groups] == []


def test_the_example_list_of_sources_shows_every_key() -> None:
    """sources.toml at the root is free of mistakes, and no key is missing in it."""
    text = (_ROOT / "sources.toml").read_text(encoding="utf-8")
    keys = "key name feed sitemap site urls every language country publisher full_text_in_feed allow_private"

    assert len(read_sources(_ROOT / "sources.toml")) == text.count("[[source]]")
    assert [key for key in [*keys.split(), "ports", "pace"] if not re.search(rf"^{key} = ", text, re.M)] == []


def _commands(*group: str) -> list[str]:
    said = subprocess.run(
        [sys.executable, "-m", "newsfold", *group, "--help"], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    return re.findall(r"^  ([a-z][a-z-]+)  ", said.stdout, re.M)


def test_help_lists_every_command() -> None:
    """The list by purpose is written by hand: a command that it left out would be there, and nobody would know."""
    front = get_command(app)

    assert isinstance(front, QuickGroup)
    assert sorted(front.list_commands(Context(front))) == sorted(front.commands)
