"""What `newsfold --help` says of itself."""

import re
from typing import Any

import pytest
from typer.main import get_command

from newsfold import app
from tests.query.conftest import ask_newsfold

_PROGRAM: Any = get_command(app)  # Any: Typer's own classes have no public names
_GROUPS = sorted(name for name, command in _PROGRAM.commands.items() if hasattr(command, "commands"))
_COMMANDS = [
    *([name] for name in _PROGRAM.commands if name not in _GROUPS),
    *([group, name] for group in _GROUPS for name in _PROGRAM.commands[group].commands),
]


@pytest.mark.parametrize("group", [[], *([name] for name in _GROUPS)])
def test_each_command_is_told_in_one_whole_phrase(group: list[str]) -> None:
    """The list of commands has them all, once, and no line of it breaks off."""
    said = ask_newsfold(*group, "--help", url="").stdout
    known = _PROGRAM.commands[group[0]].commands if group else _PROGRAM.commands

    listed = re.findall(r"^  ([a-z][a-z-]*) +(\S.*)$", said, re.M)

    assert sorted(name for name, _ in listed) == sorted(known)
    assert [line for _, line in listed if not line.endswith(".") or line.endswith("...")] == []


@pytest.mark.parametrize("command", _COMMANDS)
def test_help_is_of_what_is_typed(command: list[str]) -> None:
    """Arguments stand as they are typed, each with what it is: no type of Python's, no brackets within brackets."""
    said = ask_newsfold(*command, "--help", url="").stdout

    arguments = said.partition("\nArguments:\n")[2].partition("\n\n")[0]
    assert re.search(r"<\w+|\{|\[\[|x[<>]=|\[required\]", said) is None
    assert [line for line in arguments.splitlines() if len(line.split()) < 2] == []
