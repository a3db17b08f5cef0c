"""What axe-core has against the pages: nothing serious, bright or dark, on a desk or on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.query.serve.newsstand import Served

OpenPage = Callable[..., Page]

_LOOKS: dict[str, dict[str, object]] = {
    "desk": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
_SERIOUS = ("serious", "critical")


def _pages(stand: Served) -> dict[str, str]:
    hits = stand.ask("/api/search?q=furnace").json()
    story = hits[0]["story_id"]
    one, other = (hit["variant_id"] for hit in hits[:2])
    unfolded = f"/?fold=copies&open={story}"
    found = {"list": "/?language=en", "unfolded list": unfolded, "story": f"/stories/{story}"}
    found |= {"differences": f"/stories/{story}/differences?a={one}&b={other}", "review": "/review"}
    return found | {
        name: f"/{name}"
        for name in ("sources", "runs", "rejections", "waiting", "judgements", "timeline", "search?q=ferry", "keys")
    }


@pytest.mark.parametrize("look", _LOOKS)
def test_axe_finds_nothing_serious(own_stand: Served, open_page: OpenPage, look: str) -> None:
    """Every page, as one who may write sees it, is free of what axe calls serious or critical."""
    page = open_page(own_stand.base + "/login", bypass_csp=True, **_LOOKS[look])
    page.fill("#token", own_stand.writes)
    page.click("main button")
    page.wait_for_url(own_stand.base + "/")
    found = {}

    for name, address in _pages(own_stand).items():
        page.goto(own_stand.base + address)
        found[name] = _faults(page)

    assert {name: faults for name, faults in found.items() if faults} == {}


def test_axe_finds_what_is_wrong(own_stand: Served, open_page: OpenPage) -> None:
    """A picture without words is found: the check looks."""
    page = open_page(own_stand.base + "/keys", bypass_csp=True)
    page.evaluate("document.querySelector('main').append(new Image())")

    assert [fault.split(":")[0] for fault in _faults(page)] == ["image-alt"]


def _faults(page: Page) -> list[str]:
    answer: dict[str, Any] = Axe().run(page).response  # Any: axe's own JSON
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]} ({len(each['nodes'])})"
        for each in answer["violations"]
        if each["impact"] in _SERIOUS
    ]
