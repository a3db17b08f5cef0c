"""The page, as people use it, in Debian's Chromium."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.query.serve.newsstand import Served
from tests.storage.articles import article, newsdesk, prose

OpenPage = Callable[..., Page]
PAGES = (
    "/",
    "/?fold=copies",
    "/search?q=ferry",
    "/timeline",
    "/review",
    "/sources",
    "/runs",
    "/rejections",
    "/waiting",
    "/judgements",
    "/keys",
    "/login",
)

# Contrast of every text with what it stands on, by WCAG 2's own formula; what is worse than 4.5.
_CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [.2126, .7152, .0722][at], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = rgb(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const worse = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !node.checkVisibility() || node.closest("button:disabled")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) worse.push([node.tagName, walk.currentNode.data.trim(), (a + .05) / (b + .05)]);
  }
  return worse;
}"""
# What a screen reader needs: names, landmarks, one first heading, ids that are one of a kind, tables with heads.
_NAMELESS = """() => {
  const said = (node) => (node.getAttribute("aria-label") || node.textContent || node.title || "").trim()
    || [...(node.labels || [])].map((label) => label.textContent.trim()).join("");
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  return [
    ...[...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary, svg[role=img]")]
      .filter((node) => !said(node)).map((node) => node.outerHTML),
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id ${id} twice`),
    ...["main", "header", "footer"].filter((name) => document.querySelectorAll(name).length !== 1),
    ...(document.querySelectorAll("h1").length === 1 ? [] : ["h1"]),
    ...(document.documentElement.lang ? [] : ["lang"]),
    ...[...document.querySelectorAll("table")].filter((table) => !table.querySelector("th")).map(() => "no heads"),
    ...[...document.querySelectorAll("[tabindex]")].filter((node) => node.tabIndex > 0).map((node) => node.outerHTML),
  ];
}"""


def test_a_story_is_found_unfolded_and_explained(own_stand: Served, open_page: OpenPage) -> None:
    """By keyboard alone: search, unfold the story, open it, and see why its variants are together."""
    page = open_page(own_stand.base)

    page.keyboard.press("/")
    page.keyboard.type("furnace")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=furnace"))
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(re.compile("open="))
    assert "and 1 copy: harbour" in page.locator("tr.under").inner_text()
    page.locator("[data-row].here [data-head]").press("Enter")
    page.wait_for_url(re.compile("/stories/"))
    assert page.locator("h1").inner_text() == "Orrin Steel to close last furnace"
    assert "1 independent of 2" in page.locator(".facts").inner_text()
    page.keyboard.press("w")

    reasons = page.locator("section[aria-labelledby=why]").inner_text()
    assert "of the shorter text" in reasons
    assert "shared passages" in reasons


def test_two_variants_are_compared(own_stand: Served, open_page: OpenPage) -> None:
    """The key d compares A with B: numbers that differ come first, then both texts with what differs marked."""
    page = open_page(f"{own_stand.base}/?q=furnace")
    page.locator("td.story > a").first.click()
    page.wait_for_load_state()

    page.keyboard.press("d")
    page.wait_for_url(re.compile("differences"))

    first = page.locator("section[aria-labelledby=first]").inner_text()
    assert "720" in first
    assert "640" in first
    assert page.locator(".side del").count() > 0
    assert page.locator(".side ins").count() > 0


def test_revisions_stand_in_a_matrix(own_stand: Served, open_page: OpenPage) -> None:
    """What an outlet changed is one step from the matrix of revisions."""
    page = open_page(f"{own_stand.base}/?state=corrected")
    page.locator("td.story > a").first.click()
    page.wait_for_load_state()

    page.locator("section[aria-labelledby=revisions] a", has_text="what changed").click()

    assert page.locator(".side del").all_inner_texts() == ["October,", "640"] or page.locator(".side del").count() == 2


def test_a_listing_is_saved_as_csv(own_stand: Served, open_page: OpenPage, tmp_path: Path) -> None:
    """CSV beside a listing saves its rows under a name of ours."""
    page = open_page(f"{own_stand.base}/?outlet=gazette")

    with page.expect_download() as download:
        page.locator("a[download]", has_text="CSV").click()

    download.value.save_as(tmp_path / "saved.csv")
    assert download.value.suggested_filename == "newsfold-stories.csv"
    assert (tmp_path / "saved.csv").read_bytes().count(b"\r\n") == 7


def test_every_count_leads_to_its_rows(own_stand: Served, open_page: OpenPage) -> None:
    """A facet's count is the number of rows that it leads to."""
    page = open_page(own_stand.base)
    facets = [
        (str(link.get_attribute("href")), int(link.locator(".num").inner_text()))
        for link in page.locator(".facets a").all()
    ]

    assert facets
    for address, count in facets:
        assert own_stand.ask(address).text.count("<tr data-row") == count, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_by_all(own_stand: Served, open_page: OpenPage, scheme: str) -> None:
    """On every page texts stand out from their ground, and whatever can be used has a name."""
    page = open_page(own_stand.base, color_scheme=scheme)
    story = own_stand.ask("/api/search?q=furnace").json()[0]
    pair = f"a={story['variant_id']}.1&b={story['variant_id']}"
    more = (f"/stories/{story['story_id']}", f"/stories/{story['story_id']}/differences?{pair}", "/stories/99999")

    for path in (*PAGES, *more):
        page.goto(own_stand.base + path)
        assert page.evaluate(_CONTRAST) == [], path
        assert page.evaluate(_NAMELESS) == [], path


@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_shows_all_without_moving_sideways(own_stand: Served, open_page: OpenPage, *, scripts: bool) -> None:
    """At 390 pixels no page is wider than the phone, with JavaScript and without."""
    page = open_page(own_stand.base, viewport={"width": 390, "height": 844}, java_script_enabled=scripts)
    story = own_stand.ask("/api/search?q=furnace").json()[0]["story_id"]

    for path in (*PAGES, f"/stories/{story}"):
        page.goto(own_stand.base + path)
        box = page.locator("main").bounding_box()
        assert box is not None
        assert box["width"] <= 390, path
        assert not scripts or page.evaluate("document.documentElement.scrollWidth") <= 390, path


@pytest.mark.parametrize("width", [390, 1280])
def test_no_word_is_too_long_for_a_page(own_stand: Served, open_page: OpenPage, width: int) -> None:
    """A headline, an outlet, an address and a note that nothing breaks are broken: no page becomes wider than it is."""
    long = "brackenhythe" * 60
    named = {"title": long, "byline": long, "credit": long, "source": long, "url": f"https://gazette.example/{long}"}
    with newsdesk(own_stand.url) as desk:
        for text in (f"{prose(900)}\n{long}", f"{prose(900)}\n{long} 17 {long}"):
            desk.load(article("gazette/long", text, **named))
    [story] = [each["id"] for each in own_stand.ask("/api/stories").json()["stories"] if each["title"] == long]
    [variant] = [each["id"] for each in own_stand.ask(f"/api/stories/{story}").json()["variants"]]
    own_stand.post(f"/api/stories/{story}/pin", {"variant": variant, "note": long})
    page = open_page(own_stand.base, viewport={"width": width, "height": 844})

    texts = f"/stories/{story}/differences?a={variant}.1&b={variant}"
    for path in ("/", f"/?outlet={long[:200]}", f"/search?q={long}", f"/stories/{story}", texts, "/judgements"):
        page.goto(own_stand.base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def _log_in(page: Page, stand: Served) -> None:
    page.goto(f"{stand.base}/login")
    page.locator("#token").fill(stand.writes)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/$"))


def test_two_stories_are_merged_by_keyboard_and_undone(own_stand: Served, open_page: OpenPage) -> None:
    """Mark two stories and merge them, follow the old address of one to the other, and undo it: all by keys."""
    page = open_page(own_stand.base)
    _log_in(page, own_stand)
    page.goto(f"{own_stand.base}/?outlet=gazette&order=newest")
    numbers = [int(str(row.get_attribute("id"))[1:]) for row in page.locator("[data-row]").all()][:2]
    page.wait_for_load_state()

    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    page.keyboard.press("m")
    page.wait_for_url(re.compile("done="))

    kept, gone = min(numbers), max(numbers)
    assert page.url.startswith(f"{own_stand.base}/stories/{kept}?")
    assert "Ines Ahlqvist" in page.locator("[role=status]").inner_text()
    old = own_stand.ask(f"/stories/{gone}")
    assert (old.status_code, old.headers["location"]) == (308, f"/stories/{kept}")
    assert own_stand.ask(f"/api/stories/{gone}").headers["location"] == f"/api/stories/{kept}"
    page.goto(f"{own_stand.base}/stories/{gone}")
    assert page.url == f"{own_stand.base}/stories/{kept}"
    page.wait_for_load_state()
    page.keyboard.press("u")
    page.wait_for_url(re.compile("done="))
    assert own_stand.ask(f"/stories/{gone}").status_code == 200


def test_the_review_queue_takes_one_key(own_stand: Served, open_page: OpenPage) -> None:
    """A pair that waits is shown with both texts, and one key decides it."""
    page = open_page(own_stand.base)
    _log_in(page, own_stand)
    page.goto(f"{own_stand.base}/review")
    assert "Night ferry aground off Quenby" in page.locator(".queue").inner_text()
    assert "Crowded buses until the weekend" in page.locator(".queue").inner_text()
    assert "…" not in page.locator(".sides").inner_text()  # both texts are whole
    page.wait_for_load_state()

    page.keyboard.press("n")
    page.wait_for_url(re.compile("done="))

    assert "Nothing waits for you." in page.locator(".queue").inner_text()
    page.keyboard.press("u")
    page.wait_for_url(re.compile(r"/stories/\d+\?done="))
    assert len(own_stand.ask("/api/review").json()) == 1


def test_variants_are_split_off_and_pinned(own_stand: Served, open_page: OpenPage) -> None:
    """On a story's page, marked variants are split off, or one of them is pinned, with a note that is kept."""
    page = open_page(own_stand.base)
    _log_in(page, own_stand)
    page.goto(f"{own_stand.base}/?q=furnace")
    page.locator("td.story > a").first.click()
    page.wait_for_load_state()

    page.locator("[data-row] input[name=variant]").nth(1).check()
    page.locator("input[name=note][form=edit]").fill("the desk's own version")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.wait_for_url(re.compile("done="))
    assert page.locator("h1").inner_text() == "Last furnace to go"
    assert "the desk's own version" in page.locator("[role=status]").inner_text()
    page.locator("[data-row] input[name=variant]").nth(1).check()
    page.keyboard.press("s")
    page.wait_for_load_state()
    page.wait_for_function("document.querySelector('[role=status]').innerText.includes('split')")

    assert len(own_stand.ask("/api/search?q=furnace").json()) == 2
    assert len({hit["story_id"] for hit in own_stand.ask("/api/search?q=furnace").json()}) == 2
