"""What the API lets people correct, and whom it lets."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.query.conftest import refuse_writes
from tests.query.serve.newsstand import Served, served


def _pair(stand: Served) -> tuple[int, int]:
    """Give two single stories, the older first."""
    found = stand.ask("/api/stories?outlet=gazette&order=newest&limit=2").json()["stories"]
    one, other = sorted(story["id"] for story in found)
    return one, other


def test_stories_are_merged_and_parted_again(own_stands: Served) -> None:
    """A merge redirects the younger story's address for good, says who and why, and can be undone."""
    kept, gone = _pair(own_stands)

    done = own_stands.post(f"/api/stories/{gone}/merge", {"other": kept, "note": "one paper"})

    assert (done.status_code, done.json()["is_new"], done.json()["stories"]) == (200, True, [kept])
    moved = own_stands.ask(f"/api/stories/{gone}")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/api/stories/{kept}")
    changes = own_stands.ask(f"/api/stories/{kept}").json()["changes"]
    assert [change["actor"] for change in changes if "one paper" in change["detail"]] == ["Ines Ahlqvist"]
    undone = own_stands.post(f"/api/judgements/{done.json()['judgement']}/undo", {})
    assert undone.status_code == 200
    assert own_stands.ask(f"/api/stories/{gone}").status_code == 200


def test_a_withdrawn_story_is_gone_and_comes_back(own_stands: Served) -> None:
    """The address of a withdrawn story is 410 until it is restored, and no list has it."""
    story, _ = _pair(own_stands)

    own_stands.post(f"/api/stories/{story}/withdraw", {"note": "retracted"})

    gone = own_stands.ask(f"/api/stories/{story}")
    assert (gone.status_code, gone.json()["title"]) == (410, "Gone")
    for path in (f"/api/stories/{story}/ninjs", f"/api/timeline?story={story}", f"/stories/{story}"):
        assert own_stands.ask(path).status_code == 410, path
    assert story not in [each["id"] for each in own_stands.ask("/api/stories?limit=100").json()["stories"]]
    assert own_stands.post(f"/api/stories/{story}/restore", {}).status_code == 200
    assert own_stands.ask(f"/api/stories/{story}").status_code == 200


def test_variants_are_split_off_moved_and_pinned(own_stands: Served) -> None:
    """Variants leave for a story of their own, go to another one, and speak for it."""
    story = own_stands.ask("/api/search?q=furnace").json()[0]["story_id"]
    variants = {each["source"]: each["id"] for each in own_stands.ask(f"/api/stories/{story}").json()["variants"]}

    pinned = own_stands.post(f"/api/stories/{story}/pin", {"variant": variants["harbour"]})
    assert pinned.status_code == 200
    assert own_stands.ask(f"/api/stories/{story}").json()["title"] == "Last furnace to go"
    split = own_stands.post(f"/api/stories/{story}/split", {"variants": [variants["harbour"]]})
    other = own_stands.ask("/api/stories?outlet=harbour").json()["stories"][0]["id"]
    assert (split.status_code, other != story) == (200, True)
    target, _ = _pair(own_stands)
    assert own_stands.post(f"/api/variants/{variants['harbour']}/move", {"story": target}).status_code == 200
    assert len(own_stands.ask(f"/api/stories/{target}").json()["variants"]) == 2
    assert own_stands.post(f"/api/stories/{story}/pin", {"variant": variants["harbour"]}).status_code == 404


def test_a_variant_is_withdrawn_and_shown_again(own_stand: Served) -> None:
    """One variant alone is taken out, over the API and by the page's button, and its story stays."""
    story = own_stand.ask("/api/search?q=furnace").json()[0]["story_id"]
    variants = [each["id"] for each in own_stand.ask(f"/api/stories/{story}").json()["variants"]]

    done = own_stand.post(f"/api/variants/{variants[0]}/withdraw", {"note": "on request"})

    assert (done.status_code, done.json()["said"]) == (200, f"withdraw --variant {variants[0]}")
    assert [hit["variant_id"] for hit in own_stand.ask("/api/search?q=furnace").json()] == variants[1:]
    assert '<span class="tag withdrawn">withdrawn</span>' in own_stand.ask(f"/stories/{story}").text
    assert own_stand.post(f"/api/variants/{variants[0]}/restore", {}).status_code == 200
    assert len(own_stand.ask("/api/search?q=furnace").json()) == 2


def test_a_withdrawn_text_is_shown_nowhere(own_stands: Served) -> None:
    """Neither beside another text nor in its revisions, with its story or alone; titles and numbers stay."""
    story = own_stands.ask("/api/search?q=furnace").json()[0]["story_id"]
    variants = {each["source"]: each["id"] for each in own_stands.ask(f"/api/stories/{story}").json()["variants"]}
    one, other = variants["northwire"], variants["harbour"]
    pairs = [f"a={one}&b={one}", f"a={one}&b={other}", f"a={other}&b={one}.1"]
    shown = [f"{room}/{story}/differences?{pair}" for room in ("/api/stories", "/stories") for pair in pairs]
    forms = [f"/stories/{story}", *(f"/api/stories/{story}{form}" for form in ("", "/ninjs", "/newsarticle"))]
    forms += ["/api/stories.jsonfeed", "/api/stories.atom", "/?q=furnace", "/search?q=furnace", "/review"]
    assert [own_stands.ask(path).status_code for path in shown] == [200] * 6
    assert any("betrayal in instalments" in own_stands.ask(path).text for path in forms)

    own_stands.post(f"/api/variants/{one}/withdraw", {})
    alone = {own_stands.ask(path).status_code for path in shown}
    told = own_stands.ask(f"/api/stories/{story}").json()["variants"]
    own_stands.post(f"/api/variants/{other}/withdraw", {})
    left = [path for path in forms if "betrayal in instalments" in own_stands.ask(path).text]
    own_stands.post(f"/api/variants/{one}/restore", {})
    own_stands.post(f"/api/variants/{other}/restore", {})
    own_stands.post(f"/api/stories/{story}/withdraw", {})

    assert alone == {410}
    assert {each["source"]: bool(each["text"]) for each in told} == {"northwire": False, "harbour": True}
    assert left == []
    assert {own_stands.ask(path).status_code for path in shown} == {410}


def test_a_pair_is_put_off_over_the_api(own_stand: Served) -> None:
    """A pair in doubt can be asked about later by a program too: it stays in the review, marked."""
    [pair] = own_stand.ask("/api/review").json()

    said = {"kind": "later", "one": pair["variant_a"], "other": pair["variant_b"]}

    assert own_stand.post("/api/judgements", said).status_code == 200
    assert [each["is_later"] for each in own_stand.ask("/api/review").json()] == [True]


def test_a_contradiction_is_refused_by_name(own_stand: Served) -> None:
    """Who says the contrary of what holds is told which judgement stands against it: 409."""
    one, other = (hit["variant_id"] for hit in own_stand.ask("/api/search?q=furnace").json())

    assert own_stand.post("/api/judgements", {"kind": "same", "one": one, "other": other}).status_code == 200
    refused = own_stand.post("/api/judgements", {"kind": "not-same", "one": one, "other": other})

    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert "judgement 1" in refused.json()["detail"]


def test_a_write_under_one_key_is_done_once(own_stands: Served) -> None:
    """The same asked again under its key, even at the same time, is answered as before; something else is refused."""
    one, other = _pair(own_stands)
    path = f"/api/stories/{other}/merge"

    with ThreadPoolExecutor(4) as asking:
        answers = list(asking.map(lambda _: own_stands.post(path, {"other": one}, key="once-1"), range(4)))
    again = own_stands.post(path, {"other": one}, key="once-1")

    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [answer.json() for answer in answers if answer.status_code == 200]
    assert done
    assert all(answer == again.json() and answer["is_new"] for answer in done)
    assert again.headers["idempotency-replayed"] == "true"
    assert own_stands.post(path, {"other": one, "note": "x"}, key="once-1").status_code == 422


def test_a_database_that_cannot_be_written_is_503(own_stand: Served) -> None:
    """Where the database refuses a write, the API and the page say so, and when to ask again."""
    story, _ = _pair(own_stand)
    own_stand.client.post(f"{own_stand.base}/login", data={"token": own_stand.writes})
    form = re.search(r'name="form" value="([^"]+)"', own_stand.ask("/").text)
    assert form is not None
    refuse_writes(own_stand.url)

    path = f"/api/stories/{story}/withdraw"
    answers = [own_stand.post(path, {}), own_stand.post(path, {}, key="once")]
    button = own_stand.client.post(f"{own_stand.base}/do/withdraw", data={"story": story, "form": form[1]})

    assert [answer.status_code for answer in (*answers, button)] == [503] * 3
    assert {answer.headers["retry-after"] for answer in answers} == {"10"}


def test_a_failed_write_frees_its_key(own_stand: Served) -> None:
    """What was refused was not done: its key can be used again."""
    one, other = _pair(own_stand)

    assert own_stand.post(f"/api/stories/{one}/merge", {"other": 999_999}, key="k").status_code == 404
    assert own_stand.post(f"/api/stories/{one}/merge", {"other": other}, key="k").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *(f"/api/stories/1/{action}" for action in ("merge", "split", "pin", "withdraw", "restore")),
        *(f"/api/variants/1/{action}" for action in ("move", "withdraw", "restore")),
        *("/api/judgements", "/api/judgements/1/undo"),
    ],
)
def test_10_07_writing_needs_a_write_token(stand: Served, path: str) -> None:
    """MUST_HANDLE 10.7: no write is done without a token that may write, on loopback or elsewhere."""
    anyone = stand.client.post(stand.base + path, json={})
    reader = stand.post(path, {}, token=stand.reads)
    unknown = stand.post(path, {}, token="nf_unknown")

    assert (anyone.status_code, reader.status_code, unknown.status_code) == (401, 403, 401)


def test_a_token_is_asked_for_before_a_body_is_read(stand: Served) -> None:
    """Who holds no token is answered after the head of what they send: nothing is waited for, or kept."""
    head = "POST /api/stories/1/merge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

    with socket.create_connection(("127.0.0.1", int(stand.base.rpartition(":")[2])), timeout=20) as asking:
        asking.sendall(f"{head}Content-Length: 200000\r\n\r\n{{".encode())
        answer = asking.recv(100)

    assert answer.startswith(b"HTTP/1.1 401 ")


def test_10_07_forms_of_other_sites_do_nothing(own_stand: Served) -> None:
    """MUST_HANDLE 10.7: a button works for a session's own forms alone, and no session writes over the API."""
    one, other = _pair(own_stand)
    client = own_stand.client
    refused = client.post(f"{own_stand.base}/do/merge", data={"story": [one, other]})
    login = client.post(f"{own_stand.base}/login", data={"token": own_stand.writes, "next": "//bad.example"})
    forged = client.post(f"{own_stand.base}/do/merge", data={"story": [one, other], "form": "x"})
    api = client.post(f"{own_stand.base}/api/stories/{one}/merge", json={"other": other})
    form = re.search(r'name="form" value="([^"]+)"', client.get(own_stand.base).text)

    assert form is not None
    assert (refused.status_code, forged.status_code, api.status_code) == (403, 403, 401)
    assert (login.status_code, login.headers["location"]) == (303, "/")
    assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in login.headers["set-cookie"].split(";")}
    mine = client.post(f"{own_stand.base}/do/merge", data={"story": [one, other], "form": form[1]})
    assert mine.status_code == 303
    out = client.post(f"{own_stand.base}/logout", data={"form": form[1]})
    assert out.status_code == 303
    assert client.post(f"{own_stand.base}/do/merge", data={"story": [one, other], "form": form[1]}).status_code == 403


def test_10_07_another_site_logs_nobody_in(own_stand: Served) -> None:
    """MUST_HANDLE 10.7: a form of another site that sends a token of its own begins no session."""
    own = own_stand.base
    foreign = [
        *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site")),
        *({"Origin": origin} for origin in ("https://bad.example", "http://127.0.0.1.bad.example")),
    ]
    ours = [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": own}, {"Origin": "null"}, {}]

    def status(headers: dict[str, str]) -> int:
        sent = {"token": own_stand.writes}
        return own_stand.client.post(f"{own}/login", data=sent, headers=headers).status_code

    assert [status(headers) for headers in foreign] == [403] * 4
    assert [status(headers) for headers in ours] == [303] * 4


def test_a_session_ends_where_it_is_logged_out(own_stand: Served) -> None:
    """A cookie that was copied opens nothing after its browser logged out; another browser of the token stays in."""
    one, other = (_logged_in(own_stand) for _ in range(2))
    form = re.search(r'name="form" value="([^"]+)"', own_stand.ask("/", headers=one).text)
    assert form is not None

    out = own_stand.client.post(f"{own_stand.base}/logout", data={"form": form[1]}, headers=one)

    assert (out.status_code, 'newsfold_session=""' in out.headers["set-cookie"]) == (303, True)
    assert ["Log out" in own_stand.ask("/", headers=cookie).text for cookie in (one, other)] == [False, True]
    again = own_stand.client.post(f"{own_stand.base}/do/withdraw", data={"story": 1, "form": form[1]}, headers=one)
    assert again.status_code == 403


def _logged_in(stand: Served) -> dict[str, str]:
    login = httpx.post(f"{stand.base}/login", data={"token": stand.writes})
    return {"Cookie": login.headers["set-cookie"].partition(";")[0]}


def test_a_session_ends_with_its_token_and_its_server(own_stand: Served) -> None:
    """A cookie that was tampered with, or is of another server, opens nothing."""
    own_stand.client.post(f"{own_stand.base}/login", data={"token": own_stand.reads})
    cookie = own_stand.client.cookies["newsfold_session"]
    with served(own_stand.url, is_open=False, names=None) as other:
        for value in (cookie, cookie[:-2], "1.99999999999.x", "", "a.b.c"):
            assert other.ask("/api/stories", headers={"Cookie": f"newsfold_session={value}"}).status_code == 401


def test_what_is_no_document_is_refused(stand: Served) -> None:
    """Bodies that are no JSON, too long, or of another shape are refused in the one shape."""
    headers = {"Authorization": f"Bearer {stand.writes}", "Content-Type": "application/json"}
    many = [b"x" * 100_000] * 3
    no_json = {"Content-Type": "text/plain"}
    for content, more, status in (
        (b"{", {}, 422),
        (b"[" * 50_000, {}, 400),
        (b'{"other": "1 OR 1=1"}', {}, 422),
        (b'{"other": true}', {}, 422),
        (b'{"other": "2"}', {}, 422),
        (b'{"other": 2}', no_json, 415),
        (b"x" * 300_000, {}, 413),
        (iter(many), {}, 413),  # in chunks, which say no length
        (b"x" * 300_000, {"Content-Length": "0" * 14 + "300000"}, 413),
    ):
        answer = stand.client.post(f"{stand.base}/api/stories/1/merge", content=content, headers=headers | more)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
