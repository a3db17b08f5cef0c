"""`newsfold clean`: one document, cleaned before one's eyes."""

import gzip
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.looking import clean_drawing, clean_report
from flows.looking.beside import Run, runs
from ingest.clean import clean
from ingest.document import Article
from ingest.outcome import Outcome, Rejection
from tests.ingest.clean.documents import NOW, PARAGRAPHS, page, page_document, text_document
from tests.newsroom import Newsroom, Outlet

_TITLE = "Harbour of Port Vela reopens"
_DUMP = "\n".join(["Home", "Politics", _TITLE, "By Ana Ruiz", *PARAGRAPHS, "2 Comments", "Leave a comment"])
_PAGE = page(body="<ul><li>First pier: open</li><li>Second pier: shut</li></ul>").replace(
    "<body>", "<body><nav><a href='/'>Coast Review</a></nav>"
)
_OF_RUNS = {Outcome.NOT_A_FEED, Outcome.BOILERPLATE, Outcome.TIMEOUT}  # which no single document can end as
_LONG = "\n".join("Forty words say little by themselves and so there are many of them here. " * 3 for _ in range(4))


@pytest.fixture
def gazette() -> Iterator[Outlet]:
    """Give an outlet that has published a story."""
    with Newsroom() as room:
        outlet = room.outlet("gazette")
        outlet.publish("storm", title="Storm shuts the harbour", text=_LONG)
        yield outlet


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Give the file of a page dump."""
    path = tmp_path / "storm.txt"
    path.write_text(_DUMP, encoding="utf-8")
    return path


def run(*words: str | Path, stdin: bytes | None = None, **environment: str | None) -> Result:
    """Run `newsfold clean` to its end."""
    env = {"NEWSFOLD_PACE_MS": "0", "NEWSFOLD_CONTACT": None, **environment}
    return CliRunner(env=env).invoke(app, ["clean", *map(str, words)], input=stdin)


def documents(*words: str | Path, stdin: bytes | None = None) -> list[dict[str, Any]]:  # Any: JSON
    """Give what `--json` prints."""
    done = run(*words, "--json", stdin=stdin)
    assert (done.exit_code, done.stderr) == (0, ""), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def refused(*words: str | Path, stdin: bytes | None = None, code: int = 3) -> str:
    """Give the one line that says why there is no article."""
    done = run(*words, stdin=stdin)
    assert (done.exit_code, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    return str(line)


def test_a_dump_is_printed_as_an_article(dump: Path) -> None:
    """Title, who wrote it, and the paragraphs are printed, and nothing else of the dump."""
    done = run(dump)

    assert (done.exit_code, done.stderr) == (0, "")
    head = [_TITLE, f"Ana Ruiz · en · {dump.parent.name}\nstorm.txt"]
    assert "\n\n".join([*head, *PARAGRAPHS]) + "\n" == done.stdout


def test_what_went_is_shown_with_its_rule(dump: Path) -> None:
    """In a pipe each line of the document stands once: two spaces before it, or a minus and the rule."""
    lines = run(dump, "--removed").stdout.splitlines()

    assert [line for line in lines if line.startswith("  ")] == [f"  {paragraph}" for paragraph in PARAGRAPHS]
    assert "- [comments] 2 Comments" in lines
    assert "- [byline] By Ana Ruiz" in lines
    assert sum(line.startswith(("  ", "- [")) for line in lines) == _DUMP.count("\n") + 1
    assert lines[-1].startswith("3 lines kept, 6 removed: ")


def test_json_has_all_that_an_article_has(dump: Path) -> None:
    """Each field of an article is in its JSON, with the removed lines and their rules."""
    (document,) = documents(dump)

    assert list(document) == [field.name for field in fields(Article)]
    assert document["text"] == "\n".join(PARAGRAPHS)
    assert document["byline"] == "Ana Ruiz"
    assert {"line": "2 Comments", "rule": "comments"} in document["removed"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_stream_is_what_it_holds(pack: Any) -> None:  # Any: either is called with bytes
    """What comes on standard input is told apart by its content, packed or not."""
    line = json.dumps({"text": _DUMP, "url": "https://coast.example/storm"}).encode() + b"\n"

    (from_page,) = documents("-", stdin=pack(_PAGE.encode()))
    (from_dump,) = documents("-", stdin=pack(_DUMP.encode()))
    from_lines = documents("-", stdin=pack(line * 2))

    assert from_page["text"].startswith("\n".join(PARAGRAPHS))
    assert from_page["removed"][0] == {"line": "Coast Review", "rule": "not-article"}
    assert from_dump["text"] == "\n".join(PARAGRAPHS)
    assert from_dump["url"] == "stdin"
    assert [document["url"] for document in from_lines] == ["https://coast.example/storm"] * 2


def test_many_documents_are_parted(tmp_path: Path) -> None:
    """The documents of one file are printed one below the other, and those that are none are told of."""
    path = tmp_path / "wire.jsonl"
    wall = "Please enable JavaScript and disable your ad blocker to continue."
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in (_DUMP, wall, _DUMP)), encoding="utf-8")

    done = run(path)

    assert done.exit_code == 3
    assert done.stdout.count("\n---\n") == 1
    assert done.stdout.count(PARAGRAPHS[0]) == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("newsfold: wire.jsonl#L2: wall: ")


def test_a_folder_is_looked_through(dump: Path) -> None:
    """Of a folder each document is printed."""
    (dump.parent / "b.html").write_text(_PAGE, encoding="utf-8")

    assert [document["url"] for document in documents(dump.parent)] == ["b.html", "storm.txt"]


def test_no_article_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    """What is refused ends with exit code 3, and a line with its outcome and what can be done."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 ")
    (tmp_path / "empty").mkdir()

    assert refused("-", stdin=b"").startswith("newsfold: stdin: no_text: ")
    assert refused(tmp_path / "a.pdf") == "newsfold: a.pdf: binary: PDF; give its text or HTML"
    assert "no document in it; give " in refused(tmp_path / "empty")
    for outcome in (outcome for outcome in Outcome if not outcome.is_stored and outcome not in _OF_RUNS):
        line = clean_report.refusal(Rejection(source="", url="a.html", outcome=outcome, detail="thus", at=NOW))
        assert line.startswith(f"a.html: {outcome}: thus; ")


def test_what_is_not_there_is_misuse() -> None:
    """A missing file, a scheme that nobody asks by and no name at all end with exit code 2."""
    assert "no such file or folder" in refused("nowhere.html", code=2)
    assert "give an address that begins with https://" in refused("ftp://gazette.example/a", code=2)
    assert "give a file" in refused("", code=2)
    assert "give an address" in refused("http://", "--allow-private", code=2)


def test_a_page_of_the_web_is_asked_for_politely(gazette: Outlet) -> None:
    """A page is fetched by the rules of a refresh, robots.txt first, and keeps its address."""
    (document,) = documents(gazette.url("/news/storm"), "--allow-private")

    assert document["title"] == "Storm shuts the harbour"
    assert document["url"] == gazette.url("/news/storm")
    assert document["source"] == gazette.host
    assert [visit.path for visit in gazette.visits] == ["/robots.txt", "/news/storm"]


def test_a_page_that_cannot_be_had_says_why(gazette: Outlet) -> None:
    """A ban, a status and a private address are one line each, with exit code 3."""
    gazette.robots("User-agent: *\nDisallow: /news")

    assert ": robots: " in refused(gazette.url("/news/storm"), "--allow-private")
    assert ": gone: HTTP 404; " in refused(gazette.url("/nothing"), "--allow-private")
    done = run(gazette.url("/news/storm"), NEWSFOLD_CONTACT="desk@gazette.example")
    assert (done.exit_code, done.stdout) == (3, "")
    assert ": address: " in done.stderr


def test_strangers_are_asked_by_those_alone_who_can_be_reached(gazette: Outlet) -> None:
    """Without NEWSFOLD_CONTACT nothing is asked, unless private addresses are meant."""
    assert "NEWSFOLD_CONTACT" in refused(gazette.url("/news/storm"), code=2)
    assert gazette.visits == []


def test_a_hostile_line_is_shown_not_obeyed() -> None:
    """What would steer a terminal is written as an escape, in each form; letters' own joiners stay."""
    body = _PAGE.replace("Ships are back", "Ships\x9b1m \u202eare back \u200c")

    for form in ([], ["--removed"], ["--json"]):
        done = run("-", *form, stdin=body.encode())
        assert done.exit_code == 0
        assert not set(done.stdout) & set("\x1b\x9b\u202e")
        assert "\u200c" in done.stdout


def test_lines_keep_their_order_and_their_fate() -> None:
    """Every line of a page or a text is in one run, in its order; a line that was removed once can be kept once."""
    text = "\n".join(["Sport", _TITLE, *PARAGRAPHS, "Sport", PARAGRAPHS[0] + " Again.", "Back to top"])
    raw = text_document(text)
    html = page_document(_PAGE)

    of_text = list(runs(raw, clean(raw, now=NOW)))
    of_page = list(runs(html, clean(html, now=NOW)))

    assert [line for one in of_text for line in one.lines] == text.split("\n")
    assert of_text[-1] == Run(("Back to top",), "back-to-top")
    assert of_page[0] == Run(("Coast Review",), "not-article")
    assert of_page[1].rule is None
    assert of_page[1].lines[1:4] == PARAGRAPHS


def test_a_removed_line_keeps_its_double_spaces() -> None:
    """A line with blanks side by side is shown once, removed."""
    raw = text_document(_DUMP.replace("2 Comments", "2  Comments"))

    fates = [(line, one.rule is None) for one in runs(raw, clean(raw, now=NOW)) for line in one.lines]

    assert [fate for fate in fates if "Comments" in fate[0]] == [("2  Comments", False)]


@pytest.mark.parametrize("width", [120, 60])
def test_columns_show_every_line(width: int) -> None:
    """On a terminal kept and removed lines stand beside one another, or below where there is no room."""
    raw = text_document(_DUMP)
    article = clean(raw, now=NOW)
    console = Console(width=width, record=True, force_terminal=True, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115

    clean_drawing.draw_beside(article, list(runs(raw, article)), console)

    shown = " ".join(console.export_text().split())
    for words in (_TITLE, "Ana Ruiz", "Home", "2 Comments", "comments", "two dozen ships", "3 lines kept"):
        assert words in shown
    console.file.close()


def test_a_terminal_gets_colours_and_no_color_none(dump: Path) -> None:
    """On a terminal it is drawn, unless NO_COLOR is set."""
    drawn = _on_terminal("clean", str(dump), "--removed")
    plain = _on_terminal("clean", str(dump), "--removed", NO_COLOR="1")

    assert f"\x1b[1m{_TITLE}" in drawn
    assert "\x1b" not in plain
    assert "- [comments] 2 Comments" in plain


def test_cleaning_needs_neither_prefect_nor_a_database(dump: Path) -> None:
    """A text is cleaned without Prefect, an extractor, SQL, or what asks the web; a reader may leave early."""
    code = "import sys, newsfold\ntry:\n    newsfold.main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code, "clean", str(dump)], capture_output=True, text=True, check=True)

    assert not {"prefect", "trafilatura", "sqlalchemy", "sqlite3", "httpx", "rich"} & set(ended.stderr.split())


def _on_terminal(*words: str, **environment: str) -> str:
    """Give what the program writes to a terminal."""
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(
        [sys.executable, "-m", "newsfold", *words],
        env={**env, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
        stdout=theirs,
        check=True,
    )
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 1 << 16):
            written += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    return written.decode()
