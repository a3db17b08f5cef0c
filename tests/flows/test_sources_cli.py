"""`newsfold sources check | import | export` as a person runs them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.looking.sources_cli import sources_app
from ingest.sources import read_sources

_ONE = '[[source]]\nkey = "gazette"\nname = "Gazette"\nfeed = "https://gazette.example/feed"\n'
_NO_FILE = "cannot be read: No such file or directory; name one with --sources"
_OPML = """<opml version="2.0"><body><outline text="Papers">
    <outline text="Gazette" xmlUrl="https://gazette.example/feed"/>
    <outline text="Ledger" xmlUrl="https://ledger.example/feed"/>
    <outline text="Mine" xmlUrl="file:///home/feed.xml"/>
</outline></body></opml>"""


class Desk:
    """A list of sources, and commands about it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sources.toml"
        self.opml = folder / "feeds.opml"

    def run(self, *arguments: str, said: str = "") -> Result:
        """Run `newsfold sources` to its end."""
        return CliRunner().invoke(sources_app, arguments, input=said, env={"NEWSFOLD_SOURCES": str(self.path)})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give a desk without a list."""
    return Desk(tmp_path)


def test_check_counts_what_is_right(desk: Desk) -> None:
    """A list without mistakes is counted, and that is success."""
    desk.path.write_text(_ONE)

    done = desk.run("check")

    assert (done.exit_code, done.stdout) == (0, f"{desk.path}: 1 source, 1 feed\n")


def test_check_names_every_mistake(desk: Desk) -> None:
    """All mistakes are told, a line each on stderr, and the exit code is that of wrong configuration."""
    desk.path.write_text(_ONE.replace("https", "gopher") + 'evry = "1h"\n')

    done = desk.run("check")

    assert done.exit_code == 2
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first.startswith(f'newsfold: {desk.path}: source "gazette": feed: ')
    assert second.endswith("there is no such key; did you mean every?")


def test_check_says_when_there_is_no_list(desk: Desk) -> None:
    """A list that is not there is one line, and no traceback."""
    done = desk.run("check")

    assert (done.exit_code, done.stderr) == (2, f"newsfold: {desk.path}: {_NO_FILE}\n")


def test_a_hostile_name_is_shown_not_obeyed(desk: Desk) -> None:
    """What is wrong with a file is told without obeying its name."""
    done = desk.run("check", "--sources", "\x1b[2J.toml")

    assert done.stderr.startswith(r"newsfold: \x1b[2J.toml: cannot be read: ")


def test_import_adds_what_is_new(desk: Desk) -> None:
    """Feeds that are no sources yet are added behind those that are; what cannot be one is told of: exit code 3."""
    desk.path.write_text(f"# mine\n{_ONE}")
    desk.opml.write_text(_OPML)

    done = desk.run("import", str(desk.opml))

    assert done.exit_code == 3
    assert "3 feeds: 1 new, 1 known, 1 bad" in done.stderr
    assert "no web address: file:///home/feed.xml" in done.stderr
    assert desk.path.read_text().startswith(f"# mine\n{_ONE}")
    assert [source.key for source in read_sources(desk.path)] == ["gazette", "ledger"]


def test_import_twice_adds_nothing(desk: Desk) -> None:
    """The same list again changes nothing."""
    desk.run("import", "-", said=_OPML)
    before = desk.path.read_text()

    done = desk.run("import", "-", said=_OPML)

    assert "3 feeds: 0 new, 2 known, 1 bad" in done.stderr
    assert desk.path.read_text() == before


def test_import_prints_where_it_is_asked_to(desk: Desk) -> None:
    """With --sources - nothing is written, and the blocks come out on stdout."""
    done = desk.run("import", "-", "--sources", "-", said=_OPML)

    assert done.stdout.count("[[source]]") == 2
    assert not desk.path.exists()


@pytest.mark.parametrize("said", ["", "<rss/>", "no list", '<!DOCTYPE o [<!ENTITY a "b">]><opml/>'])
def test_import_of_something_else_is_refused(desk: Desk, said: str) -> None:
    """What is no OPML is one line and exit code 2, and no list is made of it."""
    done = desk.run("import", "-", said=said)

    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert not desk.path.exists()


def test_import_leaves_a_broken_list_alone(desk: Desk) -> None:
    """Where the list has mistakes, they are told, and nothing is added."""
    desk.path.write_text("[[source]\n")

    done = desk.run("import", "-", said=_OPML)

    assert done.exit_code == 2
    assert desk.path.read_text() == "[[source]\n"


def test_export_gives_what_import_takes(desk: Desk) -> None:
    """What goes out as OPML comes in again as the same sources; what is no feed is told of."""
    desk.path.write_text(_ONE + '[[source]]\nkey = "site"\nsite = "https://site.example/"\n')

    done = desk.run("export")
    desk.path.unlink()
    desk.run("import", "-", said=done.stdout)

    assert "1 sources are no feeds" in done.stderr
    assert [(source.key, source.name) for source in read_sources(desk.path)] == [("gazette", "Gazette")]


def test_export_writes_a_file(desk: Desk) -> None:
    """A file named is written instead of stdout."""
    desk.path.write_text(_ONE)

    done = desk.run("export", str(desk.opml))

    assert (done.exit_code, done.stdout) == (0, "")
    assert "https://gazette.example/feed" in desk.opml.read_text()
