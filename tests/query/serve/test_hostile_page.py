"""Whatever is stored or asked, it is shown as text: no script runs, and the page is built as ever."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from ingest.document import Article
from tests.query.serve.newsstand import Served
from tests.storage.articles import article, newsdesk, prose

# MUST_HANDLE 10.3. Each says "ran" to the page's console if a script of it runs.
PAYLOADS = (
    "<script>document.title='ran'</script>",
    "</title><script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "\"><svg/onload=document.title='ran'>",
    "'-document.title='ran'-'",
    '" autofocus onfocus="document.title=\'ran\'" x="',
    "<iframe srcdoc=\"<script>parent.document.title='ran'</script>\">",
    "<a href=javascript:document.title='ran'>x</a>",
    "</textarea></table></main><h1>broken</h1>",
    "<!--><img src=x onerror=document.title='ran'>-->",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=document.title='ran'>",
    "<link rel=stylesheet href=//bad.example/x.css><base href=//bad.example/>",
    "<meta http-equiv=refresh content=0;url=//bad.example>",
    "&lt;script&gt;document.title='ran'&lt;/script&gt;",
    "\u2028\u202e<b>\u0000",
    "<style>body{display:none}</style>",
    "]]><x:script xmlns:x='http://www.w3.org/1999/xhtml'>document.title='ran'</x:script>",
)
_PLAIN = (
    "https://plain.example/",
    "https://northwire.example/",
    "https://gazette.example/",
    "https://ardmouth.example/",
)
_ADDRESSES = (
    "javascript:document.title='ran'//",
    "data:text/html,<script>document.title='ran'</script>",
    "vbscript:x",
    "https://bad.example/\"onmouseover=\"document.title='ran'",
    " javascript:alert(1)",
)
# Of what a page is built: its elements, each with the names of its attributes and of the element that it stands in.
_BUILD = """() => [...new Set([...document.querySelectorAll("*")].map((node) => [
  node.parentElement?.tagName, node.tagName, ...[...node.attributes].map((each) => each.name).sort()].join(" ")))]"""


@pytest.fixture
def hostile(own_stand: Served) -> Served:
    """Store stories whose every field is hostile, and one of each shape that is not."""
    with newsdesk(own_stand.url) as desk:
        desk.load(*(_article(number, payload) for number, payload in enumerate(PAYLOADS)))
        said = {"byline": "Ida Moll", "section": "Harbour"}
        desk.load(*(article(f"plain/{number}", prose(700), title="Plain words", **said) for number in range(2)))
        desk.load(
            *(
                article(f"links/{number}", prose(300 + number), title="A link", url=url, source=f"links{number}")
                for number, url in enumerate(_ADDRESSES)
            )
        )
    return own_stand


def _article(number: int, payload: str) -> Article:
    said = {"title": payload, "byline": payload, "section": payload}
    text = f"{payload} {prose(500 + number)}\n{payload}"
    return article(f"hostile/{number}", text, source=payload, **said)


def _built(page: Page, stand: Served, story: int) -> set[str]:
    page.goto(f"{stand.base}/stories/{story}")
    return set(page.evaluate(_BUILD))


def test_10_03_stored_texts_are_texts(hostile: Served, open_page: Callable[..., Page]) -> None:
    """MUST_HANDLE 10.3: pages of hostile stories are built as those of plain ones, and no script of theirs runs."""
    page = open_page(hostile.base)
    stories = hostile.ask("/api/stories?limit=1000").json()["stories"]
    plain = {
        part for story in stories if story["url"].startswith(_PLAIN) for part in _built(page, hostile, story["id"])
    }
    mine = [story["id"] for story in stories if story["url"].startswith("https://hostile.example/")]

    assert len(mine) >= len(PAYLOADS) - 2  # two may have become one story
    for story in mine:
        assert _built(page, hostile, story) <= plain
        assert page.title() != "ran"
    for path in ("/", "/?fold=copies", "/timeline", "/sources", "/runs", f"/api/stories/{mine[0]}"):
        page.goto(hostile.base + path)
        assert page.title() != "ran"
        assert page.locator("iframe, img, style, base, meta[http-equiv], form form, object, embed").count() == 0


def test_10_03_questions_are_texts(hostile: Served, open_page: Callable[..., Page]) -> None:
    """MUST_HANDLE 10.3: a hostile question is shown as it was asked, in a page that is built as ever."""
    page = open_page(hostile.base)

    for name, path in (("q", "/"), ("outlet", "/"), ("q", "/search"), ("source", "/rejections"), ("next", "/login")):
        plain = set()
        for asked in ("zzzqqq", "furnace" if name == "q" else "northwire"):
            page.goto(f"{hostile.base}{path}?{name}={asked}")
            plain |= set(page.evaluate(_BUILD))
        for payload in (" ".join(PAYLOADS[:7]), " ".join(PAYLOADS[7:14]), PAYLOADS[1]):
            page.goto(
                str(
                    hostile.client.build_request(
                        "GET", hostile.base + path, params={name: payload[: 900 if name == "q" else 200]}
                    ).url
                )
            )
            assert set(page.evaluate(_BUILD)) <= plain, (path, payload)
            assert page.title() != "ran"


def test_10_03_links_lead_to_the_web_alone(hostile: Served) -> None:
    """MUST_HANDLE 10.3: an address is a link only where it is http or https, and leads there without a referrer."""
    for story in hostile.ask("/api/stories?limit=1000").json()["stories"]:
        text = hostile.ask(f"/stories/{story['id']}").text
        links = re.findall(r"<a\b[^>]*>", text)
        assert not [link for link in links if re.search(r"href=.\s*(javascript|data|vbscript)", link, re.I)]
        assert not [link for link in links if re.search(r'href="https?:', link) and "noopener noreferrer" not in link]


def test_10_03_every_answer_has_its_headers(hostile: Served) -> None:
    """MUST_HANDLE 10.3: whatever is answered says what a browser must not do."""
    for path in ("/", "/api/stories", "/static/keys.js", "/nothing", "/api/stories.csv", "/stories/x"):
        headers = hostile.ask(path).headers
        assert "'unsafe" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_10_03_no_page_has_script_or_style_of_its_own(hostile: Served) -> None:
    """MUST_HANDLE 10.3: what the policy forbids is not in the templates either."""
    for path in ("/", "/login", "/keys", "/stories/1"):
        text = hostile.ask(path).text
        assert re.findall(r"<script(?! src=)|<style|<[a-z][^>]*\s(?:on\w+|style)=", text) == []
    assert json.loads(hostile.ask("/api/facets").text)["count"] > len(PAYLOADS)
