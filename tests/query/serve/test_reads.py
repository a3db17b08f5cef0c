"""What the API answers to those who read."""

import csv
import io
import json
from pathlib import Path

import httpx
import pytest
from pyarrow.parquet import read_table

from query.serve import answers, reads
from query.serve.serving import LOOPBACK
from storage import tables
from storage.asking import Question, StoryPage, find_stories
from storage.asking.search import catch_up
from storage.database import connected
from storage.reading import DatabaseProblem, Reader, reading
from tests.query.serve.newsstand import Served, served
from tests.storage.live import poll, save
from tests.storage.stories import add, link, rejection, run, story, variant


def _furnace(stand: Served) -> int:
    return int(stand.ask("/api/search?q=furnace").json()[0]["story_id"])


def test_pages_follow_one_another(stand: Served) -> None:
    """The Link of each page leads to the next, and together they are all stories, each once."""
    found, path = [], "/api/stories?limit=2&order=newest"
    while path:
        answer = stand.ask(path)
        found += [story["id"] for story in answer.json()["stories"]]
        path = answer.links.get("next", {}).get("url", "")

    assert len(found) == len(set(found)) == stand.ask("/api/facets").json()["count"]


def test_filters_combine(stand: Served) -> None:
    """Each filter lets fewer stories through, and what it lets through has it."""
    answer = stand.ask("/api/stories?outlet=harbour&kind=reprinted&least_variants=2&seen_since=2020-01-01").json()

    assert [(story["size"], story["kind"]) for story in answer["stories"]] == [(2, "reprinted")]
    assert stand.ask("/api/stories?outlet=harbour&kind=single").json()["stories"] == []


def test_a_story_tells_all(stand: Served) -> None:
    """One story has its variants, links and history, and how many of them are independent."""
    story = stand.ask(f"/api/stories/{_furnace(stand)}").json()

    assert story["title"] == "Orrin Steel to close last furnace"
    assert {variant["source"] for variant in story["variants"]} == {"northwire", "harbour"}
    assert story["independent"] == 1
    assert story["links"]


def test_differences_name_numbers_first(stand: Served) -> None:
    """Of a text and its earlier revision, what differs is told word for word, numbers and names by themselves."""
    story = stand.ask(f"/api/stories/{_furnace(stand)}").json()
    northwire = next(variant["id"] for variant in story["variants"] if variant["source"] == "northwire")

    found = stand.ask(f"/api/stories/{story['id']}/differences?a={northwire}.1&b={northwire}").json()["difference"]

    assert ({"kind": "number", "one": ["640"], "other": ["720"]}) in found["replaced"]
    assert [piece["text"].strip() for piece in found["other"] if not piece["is_shared"]] == ["November", "720"]


@pytest.mark.parametrize(
    "listing", ["stories", "search", "sources", "runs", "rejections", "review", "waiting", "judgements"]
)
def test_every_listing_is_a_file_too(stand: Served, listing: str) -> None:
    """JSON, CSV, JSON lines and Parquet of a listing hold the same rows, under a name that is ours."""
    query = "?q=ferry" if listing == "search" else ""
    document, table, lines = (stand.ask(f"/api/{listing}.{form}{query}") for form in ("json", "csv", "jsonl"))

    rows = list(csv.DictReader(io.StringIO(table.text, newline="")))
    assert len(document.json()) == len(rows) == len(lines.text.splitlines())
    assert [json.loads(line) for line in lines.text.splitlines()] == document.json()
    assert table.headers["content-disposition"] == f'attachment; filename="newsfold-{listing}.csv"'
    columns = read_table(io.BytesIO(stand.ask(f"/api/{listing}.parquet{query}").content))
    header = table.text.partition("\r\n")[0].split(",")
    assert (columns.num_rows, columns.column_names) == (len(rows), header)


@pytest.mark.parametrize("listing", ["runs", "rejections", "review", "waiting", "judgements"])
def test_a_listing_goes_on_where_its_link_leads(own_stands: Served, listing: str) -> None:
    """Page after page of the API is the whole listing, the page has the same buttons, and no other text is a cursor."""
    _add_more(own_stands)
    whole = own_stands.ask(f"/api/{listing}?limit=1000").json()
    found, address = [], f"/api/{listing}?limit=1"
    while address:
        answer = own_stands.ask(address)
        found += answer.json()
        address = answer.links["next"]["url"] if "next" in answer.links else ""

    assert found == whole
    assert len(whole) > 1
    assert own_stands.ask(f"/api/{listing}?cursor=x").status_code == 422
    assert own_stands.ask(f"/api/{listing}.csv?cursor=x").status_code == 422
    if listing != "review":  # which shows twenty
        second = own_stands.ask(f"/{listing}?limit=1").text
        assert f'href="/{listing}?limit=1&amp;cursor=' in second


@pytest.mark.parametrize("listing", ["runs", "rejections", "waiting", "search"])
def test_a_file_is_the_whole_listing(own_stand: Served, listing: str) -> None:
    """A file has all rows, and not those of the first page alone: as many as were asked for where somebody says."""
    numbers = range(100, 170)
    add(own_stand.url, *map(run, numbers), *map(story, numbers))
    add(own_stand.url, *(rejection(number, "wall", run_id=100, source="gazette") for number in numbers))
    add(own_stand.url, *(variant(number, number, title="Paper on the furnace") for number in numbers))
    add(own_stand.url, *(tables.Unsearched(variant_id=number) for number in numbers))
    catch_up(own_stand.url)
    with connected(own_stand.url) as engine:
        save(engine, poll("gazette", *(f"gazette/{number}" for number in range(70))))
    query = "q=furnace" if listing == "search" else "source=gazette" if listing != "runs" else ""

    lines = own_stand.ask(f"/api/{listing}.jsonl?{query}").text.splitlines()

    assert len(lines) >= 70
    assert len(set(lines)) == len(lines)
    assert own_stand.ask(f"/api/{listing}.jsonl?{query}&limit=5").text.splitlines() == lines[:5]


def _add_more(stand: Served) -> None:
    for action in ("withdraw", "restore"):
        stand.post("/api/stories/1/" + action, {})
    with connected(stand.url) as engine:
        save(engine, poll("gazette", "gazette/1", "gazette/2", "other/3"), poll("harbour", "harbour/1"))
    add(stand.url, run(77))
    add(stand.url, rejection(77, "wall", run_id=77), rejection(78, "wall", run_id=77))
    with reading(stand.url) as reader:
        first, *others = (row[0] for row in reader.rows("SELECT id FROM variant WHERE source = 'gazette' ORDER BY id"))
    add(stand.url, *(link(other, first, "suggested", 0.4, {"features": {}, "terms": []}) for other in others))


def test_what_has_not_changed_is_304(stand: Served) -> None:
    """An answer has an ETag, and is not sent again to who names it."""
    first = stand.ask("/api/stories")

    again = stand.ask("/api/stories", headers={"If-None-Match": f'W/{first.headers["etag"]}, "other"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"/{path}", 200) for path in ("", "metrics", "static/style.css", "api/stories.csv", "api/sources.opml")),
        ("/api/stories/999999", 404),
        ("/api/nothing", 404),
    ],
)
def test_nothing_is_kept_by_a_cache_unasked(stand: Served, path: str, status: int) -> None:
    """Every answer says who may keep it: the asker, who asks again each time."""
    answer = stand.ask(path)

    assert (answer.status_code, answer.headers["cache-control"]) == (status, "private, no-cache")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/stories/999999", 404),
        ("/api/nothing", 404),
        ("/api/stories?limit=-1", 422),
        ("/api/stories?limit=1000000000", 422),
        ("/api/stories?order=sideways", 422),
        ("/api/stories?page=1000000000000", 422),
        ("/api/stories?cursor=AAAA", 422),
        ("/api/stories?seen_since=yesterday", 422),
        ("/api/stories/0", 422),
        ("/api/stories/1/differences?a=1&b=x", 422),
        ("/api/stories/99999999999999999999", 422),
    ],
)
def test_10_04_errors_have_one_shape(stand: Served, path: str, status: int) -> None:
    """MUST_HANDLE 10.4: what is out of bounds or tampered with is refused, as problem+json that says why."""
    answer = stand.ask(path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"]
    assert problem["detail"]


def test_wrong_methods_say_which_are_right(stand: Served) -> None:
    """A method that a room does not have is 405 in the one shape, with Allow."""
    answer = stand.client.delete(f"{stand.base}/api/stories")

    assert (answer.status_code, answer.headers["allow"], answer.json()["status"]) == (405, "GET", 405)


@pytest.mark.parametrize("path", ["/", "/api/stories?limit=2", "/api/stories.csv", "/healthz", "/stories/99999"])
def test_a_head_is_what_a_get_would_begin_with(stand: Served, path: str) -> None:
    """HEAD has the status and the type of GET, its length and ETag where these are known, and no body."""
    whole = stand.ask(path)

    head = stand.client.head(stand.base + path)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert all(head.headers.get(name) == whole.headers.get(name) for name in ("content-type", "etag"))
    assert head.headers.get("content-length") == whole.headers.get("content-length")


def test_a_head_of_a_file_does_not_make_it(own_stand: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks at the head of a long file does not have all its pages read."""
    monkeypatch.setattr(answers, "_PAGE", 1)
    looked: list[str | None] = []

    def noting(reader: Reader, question: Question, *, limit: int, cursor: str | None) -> StoryPage:
        looked.append(cursor)
        return find_stories(reader, question, limit=limit, cursor=cursor)

    monkeypatch.setattr(reads, "find_stories", noting)
    own_stand.ask("/api/stories.csv")
    all_pages = len(looked)
    looked.clear()

    head = own_stand.client.head(f"{own_stand.base}/api/stories.csv")

    assert (head.status_code, head.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert all_pages > 3 > len(looked)


def test_a_file_that_breaks_off_is_seen_to(
    own_stand: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that goes away under a file ends it before its end, and the log has one line."""
    monkeypatch.setattr(answers, "_PAGE", 1)

    def first_page_only(reader: Reader, question: Question, *, limit: int, cursor: str | None) -> StoryPage:
        if cursor is not None:
            raise DatabaseProblem("stories.db cannot be used: it is gone")
        return find_stories(reader, question, limit=limit)

    monkeypatch.setattr(reads, "find_stories", first_page_only)

    with pytest.raises(httpx.RemoteProtocolError):
        own_stand.ask("/api/stories.csv")

    assert "/api/stories.csv breaks off: stories.db cannot be used: it is gone" in caplog.messages
    assert all(record.exc_info is None for record in caplog.records)


def test_an_answer_says_whether_it_is_all(stand: Served) -> None:
    """A list of stories says whether all variants that hold the text were looked at."""
    assert stand.ask("/api/stories?q=furnace").json()["is_whole"] is True


def test_10_07_other_names_are_refused(stand: Served) -> None:
    """MUST_HANDLE 10.7: asked under a name that is not its own, the server tells nothing (DNS rebinding)."""
    for name in ("rebound.example", "127.0.0.1.rebound.example", ""):
        assert stand.ask("/api/stories", headers={"Host": name}).status_code in (400, 421)
    for name in ("localhost", "127.0.0.1:1", "[::1]:8460"):
        assert stand.ask("/api/stories", headers={"Host": name}).status_code == 200


def test_10_07_elsewhere_reading_needs_a_token(own_stand: Served) -> None:
    """MUST_HANDLE 10.7: where other machines can ask, only the server's pulse and the login are open."""
    with served(own_stand.url, is_open=False, names=None) as stand:
        closed = [stand.ask(path) for path in ("/api/stories", "/metrics", "/api/stories.csv")]
        opened = stand.ask("/api/stories", headers={"Authorization": f"Bearer {stand.reads}"})
        wrong = stand.ask("/api/stories", headers={"Authorization": "Bearer nf_wrong"})
        page = stand.ask("/stories/1?done=2")

        assert [answer.status_code for answer in closed] == [401, 401, 401]
        assert closed[0].headers["www-authenticate"].startswith("Bearer")
        assert (opened.status_code, wrong.status_code) == (200, 401)
        assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fstories%2F1%3Fdone%3D2")
        assert (stand.ask("/healthz").status_code, stand.ask("/readyz").status_code) == (200, 200)


def test_10_07_behind_a_proxy_everything_needs_a_token(own_stand: Served) -> None:
    """MUST_HANDLE 10.7: a server that has a name answers to it and to localhost, and opens nothing to either."""
    with served(own_stand.url, is_open=False, names=LOOPBACK | {"news.example"}) as stand:
        known = {"Authorization": f"Bearer {stand.reads}"}
        for name in ("news.example", "localhost"):
            assert stand.ask("/api/stories", headers={"Host": name}).status_code == 401
            assert stand.ask("/api/stories", headers={"Host": name} | known).status_code == 200
        assert stand.ask("/api/stories", headers={"Host": "other.example"} | known).status_code == 421


def test_10_02_hostile_questions_are_answered(stand: Served) -> None:
    """MUST_HANDLE 10.1 and 10.2: whatever is asked, the answer is no fault of the server, and nothing changes."""
    before = stand.ask("/api/facets").json()["count"]
    hostile = [
        *('"', "'", "NEAR(a b)", "a:b", "storm -hits", "AND", "*", "^", "(" * 3_000, "OR OR", 'title:"', "NOT"),
        *(
            "' OR 1=1 --",
            "'; DROP TABLE story; --",
            '" UNION SELECT * FROM token --',
            "x' AND 1=CAST((SELECT 1) AS int)",
        ),
        *(
            "\0",
            "\ud800",
            "\u202e",
            "%00",
            "a\0b",
            "\x1b[2J",
            "𝕳𝖊𝖑𝖑𝖔" * 90,
            "a " * 3_500,
            "ﷺ" * 900,
            "{{7*7}}",
            "${7*7}",
        ),
    ]

    for text in hostile:
        for path in ("/api/stories", "/api/search", "/", "/search"):
            answer = stand.ask(path, params={"q": text.encode("utf-8", "surrogatepass")})
            assert answer.status_code in (200, 400, 422), (path, text)
            assert answer.elapsed.total_seconds() < 3
    for name in ("outlet", "publisher", "language", "country"):
        assert stand.ask("/api/stories", params={name: hostile[12]}).json()["stories"] == []
    assert stand.ask("/api/facets").json()["count"] == before


def test_10_05_no_cell_is_a_formula(own_stand: Served) -> None:
    """MUST_HANDLE 10.5: what a spreadsheet would compute stands in CSV as text, and in JSON lines as it is."""
    from tests.storage.articles import article, newsdesk, prose

    title = '=HYPERLINK("https://bad.example";"open")'
    with newsdesk(own_stand.url) as desk:
        desk.load(article("bad/1", prose(7), title=title), article("bad/2", prose(8), title="@SUM(1)"))

    table = own_stand.ask("/api/stories.csv?outlet=bad").text
    lines = own_stand.ask("/api/stories.jsonl?outlet=bad").text

    assert {row["title"] for row in csv.DictReader(io.StringIO(table, newline=""))} == {f"'{title}", "'@SUM(1)"}
    assert {json.loads(line)["title"] for line in lines.splitlines()} == {title, "@SUM(1)"}


def test_the_house_is_watched(stand: Served) -> None:
    """The server says that it lives, that its database can be written, and what it answered."""
    stand.ask("/api/stories/999999")

    assert stand.ask("/healthz").json() == stand.ask("/readyz").json() == {"status": "ok"}
    figures = stand.ask("/metrics").text
    assert 'newsfold_http_answers_total{method="GET",route="/api/stories/{story_id}",status="404"}' in figures
    assert "newsfold_last_run_met" in figures


def test_a_missing_database_is_unready(own_stand: Served) -> None:
    """Without its database the server lives, is not ready, and says so in the one shape."""
    Path(own_stand.url.removeprefix("sqlite:///")).unlink()

    rooms = ("/healthz", "/readyz", "/api/stories", "/", "/api/stories.csv", "/api/stories.json", "/api/runs.csv")
    said = [own_stand.ask(path) for path in rooms]

    assert [answer.status_code for answer in said] == [200, *[503] * 6]
    assert said[2].json()["detail"] == "the story database cannot be used"


def test_every_parameter_is_described(stand: Served) -> None:
    """The API says of each of its parameters what it does, and what the command line calls it where that differs."""
    paths = stand.ask("/api/openapi.json").json()["paths"]
    given = [
        (path, one) for path, rooms in paths.items() for room in rooms.values() for one in room.get("parameters", [])
    ]

    assert [(path, one["name"]) for path, one in given if not one.get("description")] == []
    told = {one["name"]: one["description"] for path, one in given if path == "/api/stories"}
    assert told["changed_since"] == "Last seen since; --since."
    assert [told[name].rpartition(" ")[2] for name in ("outlet", "least_independent")] == [
        "--source.",
        "--independent.",
    ]


def test_the_description_is_openapi_3_1(stand: Served) -> None:
    """The API describes itself, every error of it as problem+json."""
    described = stand.ask("/api/openapi.json").json()

    assert described["openapi"].startswith("3.1")
    errors = [
        answer["content"]
        for path in described["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status[0] in "45"
    ]
    assert {media for content in errors for media in content} == {"application/problem+json"}
