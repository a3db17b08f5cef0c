"""Whatever is stored or asked, it is shown as text: no script runs, and the page is built as ever."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from ingest.document import Article
from ingest.safe import visible
from storage.reading import chunks
from tests.query.serve.conftest import copied
from tests.query.serve.newsstand import Served, served
from tests.query.serve.payloads import ADDRESSES, PAYLOADS, RAN
from tests.storage.articles import article, newsdesk, prose

_AT_ONCE = 10  # variants of one story: as many payloads are on its page
_ASKED = ("/?q=", "/search?q=", "/?outlet=", "/rejections?source=", "/login?next=")
_PLAIN = re.compile(r"^(plain\d+|northwire|harbour|gazette|ardmouth|vesper)$")  # sources
# Of what a page is built: its elements, each with the names of its attributes and of the element that it stands in,
# and where what can be followed leads.
_BUILD = """(root) => [...new Set([...(root ?? document).querySelectorAll("*")].map((node) => [
  node.parentElement?.tagName, node.tagName, ...[...node.attributes].map((each) => each.name).sort(),
  /^(https?:)?$/.test(node.protocol ?? "") ? "" : node.protocol].join(" ")))]"""
# The same of pages that the browser reads, but does not show.
_BUILDS = f"""(texts) => texts.map((text) => ({_BUILD})(new DOMParser().parseFromString(text, "text/html")))"""


@pytest.fixture(scope="module")
def hostile(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve stories whose every field is hostile, and one of each shape that is not."""
    with served(copied(filled, tmp_path_factory.mktemp("hostile"))) as stand:
        with newsdesk(stand.url) as desk:
            addresses = cycle((*ADDRESSES, *(f"https://hostile.example/{payload}" for payload in PAYLOADS)))
            for story, some in enumerate(chunks(PAYLOADS, _AT_ONCE)):
                said = [(payload, f"{next(addresses)}{story}") for payload in some]
                desk.load(*(_article(story, payload, url) for payload, url in said))
            desk.load(*(_plain(number, 700) for number in range(_AT_ONCE)), *(_plain(number, 800) for number in (90,)))
        yield stand


def _article(story: int, payload: str, url: str) -> Article:
    said = {"title": payload, "byline": payload, "section": payload, "credit": payload, "publisher": payload}
    text = f"{prose(500 + story, 30)}\n{payload}\n{payload} {payload}"
    return article(f"hostile/{story}", text, source=payload, url=url, **said)


def _plain(number: int, seed: int) -> Article:
    said = {
        "byline": f"Ida Moll {number}",
        "section": "Harbour",
        "credit": f"Wire {number}",
        "publisher": f"P {number}",
    }
    address = {"url": f"inbox/{number}.txt"} if number % 2 else {}
    text = f"{prose(seed, 30)}\nIt was the end of paper {number}.\nNumber {number} it was."
    return article(f"plain{number}/{seed}", text, title=f"Plain words {number}", **address, **said)


def _built(page: Page, address: str) -> set[str]:
    page.goto(address)
    return set(page.evaluate(_BUILD))


def test_10_03_stored_texts_are_texts(hostile: Served, open_page: Callable[..., Page]) -> None:
    """MUST_HANDLE 10.3: pages of hostile stories are built as those of plain ones, and no script of theirs runs."""
    page = open_page(hostile.base)
    stories = hostile.ask("/api/stories?limit=1000").json()["stories"]
    mine = [story for story in stories if not _PLAIN.search(story["sources"][0])]
    plain = [story["id"] for story in stories if story not in mine]
    usual = {part for story in plain for part in _built(page, f"{hostile.base}/stories/{story}")}

    for story in mine:
        assert _built(page, f"{hostile.base}/stories/{story['id']}") <= usual
        assert page.title() != RAN
        assert page.locator(".text").count() == story["size"]
        assert page.locator("h1").text_content() == visible(story["title"])
    assert sum(story["size"] for story in mine) == len(PAYLOADS)
    for path in ("/", "/?fold=copies", "/timeline", "/sources", "/runs", f"/api/stories/{mine[0]['id']}"):
        page.goto(hostile.base + path)
        assert page.title() != RAN
        assert page.locator("iframe, img, style, base, meta[http-equiv], form form, object, embed").count() == 0


def test_10_03_differences_of_hostile_texts_are_texts(hostile: Served, open_page: Callable[..., Page]) -> None:
    """MUST_HANDLE 10.3: two hostile texts side by side are built as two plain ones are."""
    page = open_page(hostile.base)
    stories = hostile.ask("/api/stories?limit=1000").json()["stories"]
    paths: dict[bool, list[str]] = {True: [], False: []}
    for story in stories:
        variants = [variant["id"] for variant in hostile.ask(f"/api/stories/{story['id']}").json()["variants"]]
        pairs = zip(variants[::2], variants[1::2], strict=False)
        is_plain = bool(_PLAIN.search(story["sources"][0]))
        paths[is_plain] += [f"/stories/{story['id']}/differences?a={a}&b={b}" for a, b in pairs]

    usual, built = (_read(page, hostile, paths[is_plain]) for is_plain in (True, False))

    assert len(built) >= len(PAYLOADS) // 2 - len(stories)
    assert [parts for parts in built if not parts <= set().union(*usual)] == []


def test_10_03_questions_are_texts(hostile: Served, open_page: Callable[..., Page]) -> None:
    """MUST_HANDLE 10.3: a hostile question is shown as it was asked, in a page that is built as ever."""
    page = open_page(hostile.base)
    words = ("zzzqqq", "furnace", "paper", "northwire", "plain1")
    usual = set().union(*_read(page, hostile, [f"{path}{word}" for path in _ASKED for word in words] + ["/"]))

    for path in _ASKED:
        asked = [path + quote(payload) for payload in _joined(900 if path.endswith("?q=") else 200)]
        assert [parts - usual for parts in _read(page, hostile, asked) if not parts <= usual] == [], path
        page.goto(hostile.base + asked[0])
        assert page.title() != RAN


def _read(page: Page, stand: Served, paths: list[str]) -> list[set[str]]:
    answers = [stand.ask(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return [set(parts) for parts in page.evaluate(_BUILDS, [answer.text for answer in answers])]


def _joined(room: int) -> list[str]:
    """Give all payloads in few questions."""
    joined = [""]
    for payload in PAYLOADS:
        joined = [*joined[:-1], f"{joined[-1]} {payload}"] if len(joined[-1] + payload) < room else [*joined, payload]
    return joined


def test_10_03_links_lead_to_the_web_alone(hostile: Served) -> None:
    """MUST_HANDLE 10.3: an address is a link only where it is http or https, and leads there without a referrer."""
    for story in hostile.ask("/api/stories?limit=1000").json()["stories"]:
        text = hostile.ask(f"/stories/{story['id']}").text
        links = re.findall(r"<a\b[^>]*>", text)
        assert not [link for link in links if not re.search(r'href="(https?:|[/#?])', link)]
        assert not [link for link in links if re.search(r'href="https?:', link) and "noopener noreferrer" not in link]


def test_10_06_a_saved_file_has_a_name_of_ours(hostile: Served) -> None:
    """MUST_HANDLE 10.6: whatever is asked and found, the name that a browser saves it under holds nothing of it."""
    for asked in ("../../etc/passwd", "..\\..\\x", "/etc/%2e%2e/x\r\nX: y", 'a";filename=evil.html'):
        for listing, name in (("stories", "outlet"), ("search", "q"), ("rejections", "source")):
            answer = hostile.ask(f"/api/{listing}.csv?{name}={quote(asked)}")
            said = answer.headers["content-disposition"]
            assert (answer.status_code, said) == (200, f'attachment; filename="newsfold-{listing}.csv"')


def test_10_03_every_answer_has_its_headers(hostile: Served) -> None:
    """MUST_HANDLE 10.3: whatever is answered says what a browser must not do."""
    for path in ("/", "/api/stories", "/static/keys.js", "/nothing", "/api/stories.csv", "/stories/x"):
        headers = hostile.ask(path).headers
        assert "'unsafe" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
        assert "charset=utf-8" in headers["content-type"] or "json" in headers["content-type"]


def test_10_03_no_page_has_script_or_style_of_its_own(hostile: Served) -> None:
    """MUST_HANDLE 10.3: what the policy forbids is not in the templates either."""
    for path in ("/", "/login", "/keys", "/stories/1"):
        text = hostile.ask(path).text
        assert re.findall(r"<script(?! src=)|<style|<[a-z][^>]*\s(?:on\w+|style)=", text) == []
    assert json.loads(hostile.ask("/api/facets").text)["count"] > len(PAYLOADS) / _AT_ONCE
