"""What `newsfold` answers, and how it ends."""

import fcntl
import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from ingest.document import Removed
from newsfold import app
from storage.views import StorySummary
from tests.query.conftest import Ask, ask_newsfold
from tests.storage.stories import add, rejection, replace, story, variant

COMMANDS = [
    ["stories"],
    ["story", "1"],
    ["search", "furnace"],
    ["runs"],
    ["rejections"],
    ["export"],
    ["sources", "list"],
    ["db", "check"],
]


def _run(*words: str, url: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the program as a process of its own."""
    program = "import newsfold; newsfold.main()"
    env = {**os.environ, "NEWSFOLD_DATABASE_URL": url, **environment}
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, env=env, check=False)


class TestStories:
    """newsfold stories."""

    def test_each_story_is_a_line_with_its_outlets(self, ask: Ask) -> None:
        """A listing is newest first, with the canonical variant's source and how many others there are."""
        answer = ask("stories")

        assert answer.code == 0
        assert [line.split()[0] for line in answer.lines] == ["id", "1", "2", "5"]
        assert "northwire +2" in answer.lines[1]
        assert answer.lines[1].endswith("Orrin Steel to close last furnace")
        assert answer.stderr == ""

    def test_variants_stand_below_their_story(self, ask: Ask) -> None:
        """--variants shows relation, similarity, source, title and address of each."""
        answer = ask("stories", "--variants", "--limit", "1")

        assert answer.lines[0].startswith(
            "story 1  covered, 2 independent of 3 variants from 3 sources, seen 2026-05-20 10:00 to"
        )
        assert answer.lines[2].split() == [
            "copy",
            "0.97",
            "harbour-post",
            "Last",
            "furnace",
            "to",
            "go",
            "https://harbour-post.example/12",
        ]
        assert len(answer.lines) == 4

    def test_conditions_narrow_the_listing(self, ask: Ask) -> None:
        """Every condition of the command reaches the question."""
        ids = {
            tuple(words): [entry["id"] for entry in json.loads(ask("stories", "--json", *words).stdout)]
            for words in (
                ["--since", "2026-05-20"],
                ["--source", "lowland-ledger"],
                ["--language", "pt"],
                ["--min-variants", "2"],
                ["--kind", "single"],
                ["--limit", "1"],
            )
        }

        assert list(ids.values()) == [[1], [1], [2], [1], [2, 5], [1]]

    def test_nothing_found_is_said_beside_the_data(self, ask: Ask) -> None:
        """An empty listing has no data, and is no failure."""
        plain, as_json, as_csv = (ask("stories", "--source", "nobody", *form) for form in ([], ["--json"], ["--csv"]))

        assert (plain.code, plain.stdout, plain.stderr) == (0, "", "newsfold: nothing found\n")
        assert json.loads(as_json.stdout) == []
        assert as_csv.lines == [",".join(field.name for field in fields(StorySummary))]


class TestStory:
    """newsfold story ID."""

    def test_a_story_says_why_it_is_one(self, ask: Ask) -> None:
        """Variants, links with their evidence in words, and why one speaks for all, with the losers."""
        answer = ask("story", "1")

        text = " ".join(answer.stdout.split())
        assert "story 1: Orrin Steel to close last furnace" in text
        assert "12 copy of 11 0.97 harbour-post 2026-05-20 09:00 Last furnace to go" in text
        assert "12 and 11 copy 0.97 Jaccard 0.97; containment 1.00; 41 shared shingles" in text
        assert "13 and 11 coverage 0.74 shared terms: furnace, mayor; 4 h apart" in text
        assert "cosine" not in text
        assert "21 and 11 suggested 0.45 held apart;" in text
        assert "not 13 the longest (lowland-ledger)" in text
        assert "2026-05-20 10:00 created newsfold by variant 11" in text

    def test_an_absorbed_story_answers_with_the_one_that_is_left(self, ask: Ask) -> None:
        """An old number still leads there, and stderr says so."""
        answer = ask("story", "4", "--json")

        assert answer.stderr == "newsfold: story 4 was merged into story 1\n"
        assert json.loads(answer.stdout)["id"] == 1
        assert json.loads(answer.stdout)["asked_for"] == 4

    def test_texts_and_removed_lines_are_shown_when_asked_for(self, own_url: str) -> None:
        """--text shows what was kept of an article, --removed what was not, with the rule."""
        replace(own_url, variant(51, 5, text="First.\nSecond.", removed=(Removed("Back to \x1bTop", "furniture"),)))

        without = ask_newsfold("story", "5", url=own_url)
        answer = ask_newsfold("story", "5", "--text", "--removed", url=own_url)

        assert "Second." not in without.stdout
        assert answer.lines[-2:] == ["First.", "Second."]
        assert ["51", "furniture", "Back", "to", "\\x1bTop"] in [line.split() for line in answer.lines]

    def test_a_text_that_was_read_in_the_feed_says_so(self, own_url: str) -> None:
        """Beside a variant whose page could not be had, and above its text, stands where this was read."""
        replace(own_url, variant(51, 5, text_from="feed", media='["https://northwire.example/a.jpg"]'))

        lines = [" ".join(line.split()) for line in ask_newsfold("story", "5", "--text", url=own_url).lines]
        (found,) = json.loads(ask_newsfold("story", "5", "--json", url=own_url).stdout)["variants"]

        assert any("Title 51 text from the feed https://northwire.example/51" in line for line in lines)
        assert "text of variant 51, northwire, from the feed" in lines
        assert (found["text_from"], found["media"]) == ("feed", ["https://northwire.example/a.jpg"])
        assert "from the page" not in ask_newsfold("story", "1", "--text", url=own_url).stdout

    def test_what_its_page_says_is_shown(self, own_url: str) -> None:
        """The answer as JSON has what a page says about itself, and where its dates are from."""
        changed = datetime(2026, 5, 20, 11, tzinfo=UTC)
        said = {"section": "Coast", "publisher": "Northwire", "image": "https://northwire.example/a.jpg"}
        times = {"published_on": "2026-05-19", "modified_at": changed, "modified_from": "json-ld"}
        replace(own_url, variant(51, 5, removed=(), **said, **times))

        (found,) = json.loads(ask_newsfold("story", "5", "--json", url=own_url).stdout)["variants"]

        assert {name: found[name] for name in said} == said
        assert (found["published_on"], found["published_from"]) == ("2026-05-19", "meta")
        assert (found["modified_at"], found["modified_from"]) == ("2026-05-20T11:00:00Z", "json-ld")

    def test_a_teaser_says_so(self, own_url: str) -> None:
        """Beside a variant that is the beginning of an article, and above its text, stands that the rest is missing."""
        replace(own_url, variant(51, 5, is_teaser=True))

        lines = [" ".join(line.split()) for line in ask_newsfold("story", "5", "--text", url=own_url).lines]
        (found,) = json.loads(ask_newsfold("story", "5", "--json", url=own_url).stdout)["variants"]

        assert any("Title 51 text cut: the rest is to be paid for" in line for line in lines)
        assert "text of variant 51, northwire, cut: the rest is to be paid for" in lines
        assert found["is_teaser"] is True

    def test_a_number_never_given_fails(self, ask: Ask) -> None:
        """A story that does not exist is one line and exit code 1."""
        answer = ask("story", "99")

        assert (answer.code, answer.stdout, answer.stderr) == (
            1,
            "",
            "newsfold: no story 99: newsfold stories lists them\n",
        )


class TestSearch:
    """newsfold search QUERY."""

    def test_what_waits_is_indexed_first(self, own_url: str) -> None:
        """A search finds what no run has indexed yet."""
        answer = ask_newsfold("search", "works", "council", url=own_url)

        assert answer.code == 0
        assert answer.lines[0].startswith("Orrin Steel to close last furnace  story 1, northwire, 2026-05-20 09:00")
        assert "«works» «council»" in answer.stdout

    def test_quotes_of_the_shell_reach_the_query(self, own_url: str) -> None:
        """One argument or several, the query is the same."""
        phrase = ask_newsfold("search", '"council works"', url=own_url)
        words = ask_newsfold("search", "council works", "--jsonl", url=own_url)

        assert phrase.stdout == ""
        assert [json.loads(line)["variant_id"] for line in words.lines] == [11, 12]

    @pytest.mark.parametrize(
        ("query", "says"),
        [("***", "no word to search for"), (" ".join(map(str, range(99))), "only the first 64 words")],
    )
    def test_what_a_query_cannot_say_is_told(self, own_url: str, query: str, says: str) -> None:
        """No query is wrong; what is not searched for is said on stderr."""
        answer = ask_newsfold("search", query, "--json", url=own_url)

        assert (answer.code, answer.stdout) == (0, "[]\n")
        assert says in answer.stderr

    def test_what_cannot_be_found_yet_is_counted(self, own_url: str) -> None:
        """While someone else writes, the answer is what is indexed, and stderr tells how much is not."""
        with Path(f"{own_url.removeprefix('sqlite:///')}-writer").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answer = ask_newsfold("search", "furnace", url=own_url)

        assert (answer.code, answer.stdout) == (0, "")
        assert "5 variants cannot be found yet" in answer.stderr


class TestJournal:
    """newsfold runs, newsfold rejections."""

    def test_a_run_tells_what_became_of_its_documents(self, ask: Ask) -> None:
        """The counts of a run stand in one line."""
        assert "3 new_story, 2 variant, 1 damaged, 1 wall" in ask("runs").stdout
        assert json.loads(ask("runs", "--json").stdout)[0]["state"] == "partly"

    def test_10_08_a_rejection_tells_why_without_obeying_it(self, ask: Ask) -> None:
        """MUST_HANDLE 10.8: control characters in a message are shown, not sent to the terminal."""
        answer = ask("rejections", "--outcome", "damaged", "--run", "1")

        assert r"line 3 is no JSON: \x1b[31mred\x1b[0m" in answer.stdout
        assert "\x1b" not in answer.stdout
        assert len(answer.lines) == 2


class TestDatabase:
    """newsfold db."""

    def test_a_database_is_made_once(self, tmp_path: Path) -> None:
        """Upgrading makes the schema, and upgrading again does nothing."""
        url = f"sqlite:///{tmp_path}/new.db"

        first, second = (ask_newsfold("db", "upgrade", "--json", url=url) for _ in range(2))

        assert (first.code, second.code) == (0, 0)
        assert json.loads(first.stdout) != []
        assert json.loads(second.stdout) == []
        assert ask_newsfold("stories", url=url).code == 0

    def test_what_does_not_fit_together_is_a_failure(self, tmp_path: Path) -> None:
        """A sound database ends with 0, one that is not with 1 and a line for each problem."""
        url = f"sqlite:///{tmp_path}/new.db"
        ask_newsfold("db", "upgrade", url=url)

        sound = ask_newsfold("db", "check", url=url)
        add(url, story(1))
        broken = ask_newsfold("db", "check", url=url)

        assert (sound.code, sound.stdout, sound.stderr) == (0, "", "newsfold: the database is sound\n")
        assert broken.code == 1
        assert broken.lines


class TestProblems:
    """How commands end when something is wrong."""

    @pytest.mark.parametrize("command", COMMANDS)
    def test_a_missing_database_is_a_line_and_code_2(self, tmp_path: Path, command: list[str]) -> None:
        """Every reading command says where it looked, and makes nothing."""
        answer = ask_newsfold(*command, url=f"sqlite:///{tmp_path}/none.db")

        assert answer.code == 2
        assert answer.stderr.startswith(f"newsfold: no database at {tmp_path}/none.db")
        assert answer.stderr.count("\n") == 1
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        "words",
        [
            ["stories", "--json", "--csv"],
            ["stories", "--limit", "0"],
            ["stories", "--limit", "-1"],
            ["stories", "--limit", "1000000000000"],
            ["stories", "--limit", "ten"],
            ["stories", "--min-variants", "0"],
            ["stories", "--since", "yesterday"],
            ["stories", "--since", "999999w"],
            ["stories", "--kind", "plural"],
            ["rejections", "--outcome", "new_story"],
            ["rejections", "--run", "x"],
            ["story"],
            ["story", "x"],
            ["story", "0"],
            ["story", str(2**63)],
            ["stories", "--run", str(2**31)],
            ["report", "abc"],
            ["report", "99999999999999999999"],
            ["replay", "--run", "99999999999999999999"],
            ["load", ".", "--workers", "some"],
            ["load", ".", "--shards", "0"],
            ["refresh", "--workers", "257"],
            ["hooks", "test", "abc"],
            ["hooks", "remove", str(2**31)],
            ["search"],
            ["nonsense"],
            ["storis"],
            ["db", "nonsense"],
            ["stories", "--sinc", "24h"],
            ["stories", "--outcome", "variant"],
            ["stories", "--order", "best"],
            ["export", "--format", "atom", "--json"],
            ["export", "--format", "atom", "--base", "foo"],
            ["export", "--base", "https://news.example"],
            ["report", "1", "--since", "7d"],
            ["report", "--since", "2999-01-01"],
        ],
    )
    def test_wrong_usage_is_code_2_and_no_data(self, ask: Ask, words: list[str]) -> None:
        """A wrong word on the command line is explained on stderr, in one line that says where to read on."""
        answer = ask(*words)

        assert (answer.code, answer.stdout) == (2, "")
        assert re.fullmatch(r"newsfold: .+ [Ss]ee newsfold( \w+)* --help\n", answer.stderr)

    def test_a_reader_that_has_enough_is_no_failure(self, own_url: str) -> None:
        """A closed pipe ends a command quietly."""
        add(own_url, *(rejection(number, "wall") for number in range(10, 3_000)))
        program = f"{sys.executable} -c 'import newsfold; newsfold.main()' rejections --csv --limit 5000"

        ended = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {program} | head -n 1"],
            env={**os.environ, "NEWSFOLD_DATABASE_URL": own_url},
            capture_output=True,
            text=True,
            check=False,
        )

        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.startswith("source,url,outcome")

    def test_a_full_disk_is_a_line_and_code_1(self, own_url: str) -> None:
        """What cannot be written is not passed over."""
        with Path("/dev/full").open("w") as full:
            ended = subprocess.run(
                [sys.executable, "-c", "import newsfold; newsfold.main()", "export"],
                env={**os.environ, "NEWSFOLD_DATABASE_URL": own_url},
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )

        assert (ended.returncode, ended.stderr) == (1, "newsfold: cannot write: No space left on device\n")

    def test_a_headline_comes_out_in_any_locale(self, own_url: str) -> None:
        """Where the terminal knows ASCII only, other letters are written as escapes."""
        ended = _run("stories", url=own_url, PYTHONIOENCODING="ascii", LC_ALL="C")

        assert ended.returncode == 0
        assert r"\u6771\u4eac" in ended.stdout

    def test_an_argument_that_is_no_text_finds_nothing(self, own_url: str) -> None:
        """Bytes that are no UTF-8 on the command line are an odd query, not a traceback."""
        ended = _run("search", os.fsdecode(b"\xff furnace"), url=own_url)

        assert (ended.returncode, ended.stderr) == (0, "")
        assert "«furnace»" in ended.stdout


class TestHelp:
    """newsfold --help."""

    def test_every_command_is_listed_and_helps_with_an_example(self) -> None:
        """Reading and loading are one program; each reading command shows how it is used."""
        listed = ask_newsfold("--help", url="").stdout

        for command in ("load", "stories", "story", "search", "runs", "rejections", "export", "sources", "db"):
            assert f"\n  {command} " in listed
        for words in (*COMMANDS, ["db", "upgrade"]):
            name = [word for word in words if word not in {"1", "furnace"}]
            assert f"Example: newsfold {' '.join(name)}" in ask_newsfold(*name, "--help", url="").stdout

    def test_the_version_is_the_packages(self) -> None:
        """--version answers before any command."""
        answer = ask_newsfold("--version", "stories", url="")

        assert (answer.code, answer.stdout) == (0, f"newsfold {version('newsfold')}\n")

    def test_shells_can_complete(self) -> None:
        """Completion of commands and options stays on."""
        ended = _run(url="", _NEWSFOLD_COMPLETE="complete_bash", COMP_WORDS="newsfold stories --min", COMP_CWORD="2")

        assert ended.stdout.split() == ["--min-variants"]
        assert app.info.name == "newsfold"


def test_the_clock_of_since_is_now(own_url: str) -> None:
    """--since counts back from now."""
    replace(own_url, story(2, last_seen_at=datetime.now(UTC)))

    assert [
        entry["id"] for entry in json.loads(ask_newsfold("stories", "--since", "1h", "--json", url=own_url).stdout)
    ] == [2]
