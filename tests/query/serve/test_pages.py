"""What the pages say, read as text: each count leads to its rows, and what is wrong is said in words."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from query.serve.pictures import draw
from query.serve.rendering import link
from storage import tables
from storage.asking import Bucket
from storage.database import connected
from tests.query.serve.newsstand import Served, served
from tests.query.test_sources_cli import ago, failing, poll
from tests.storage.live import poll as listed
from tests.storage.live import save
from tests.storage.stories import NOON, add, fill, story, variant


def _log_in(stand: Served) -> str:
    """Let the client be known by its session, and give what its forms send back."""
    stand.client.post(f"{stand.base}/login", data={"token": stand.writes})
    found = re.search(r'name="form" value="([^"]+)"', stand.ask("/").text)
    assert found is not None
    return found[1]


def _press(stand: Served, action: str, **sent: object) -> tuple[int, str, str]:
    """Press a button; give the status, where it leads, and what is said."""
    answer = stand.client.post(f"{stand.base}/do/{action}", data={"form": _log_in(stand), **sent})
    return answer.status_code, answer.headers.get("location", ""), answer.text


@given(hours=st.lists(st.integers(0, 200_000), min_size=1, max_size=30, unique=True))
def test_every_bar_of_a_timeline_stands_in_its_picture(hours: list[int]) -> None:
    """However long the time, the first bar is not before the picture, and the last one not behind it."""
    buckets = [Bucket(at=NOON + timedelta(hours=hour), variants=1) for hour in sorted(hours)]

    picture = draw(buckets, step="hour", leads_to=lambda _from, _to: "#")

    assert picture is not None
    assert sum(bar.count for bar in picture.bars) == len(hours)
    assert all(bar.x >= 0 and bar.x + bar.width <= picture.width for bar in picture.bars)


def test_counts_of_some_of_the_stories_say_so(tmp_path: Path) -> None:
    """Facets and a timeline of the stories that changed last say of how many they are; of all, they say nothing."""
    url = f"sqlite:///{tmp_path}/stories.db"
    fill(url)
    with served(url) as stand:
        few = stand.ask("/").text + stand.ask("/timeline").text
        rows = [story(number) for number in range(100, 2_101)]
        add(url, *rows, *(variant(each.id, each.id, url=f"https://gazette.example/{each.id}") for each in rows))
        listed, timed = stand.ask("/").text, stand.ask("/timeline").text

    assert "stories that changed last" not in few
    assert "Counted are the 2,000 stories that changed last" in listed
    assert "Of the 2,000 stories that changed last" in timed


def test_what_a_run_stored_leads_to_its_stories(stand: Served) -> None:
    """Of each outcome of a run the count leads to the stories that it made or changed."""
    counts = dict(re.findall(r'href="/\?run=1&amp;outcome=(\w+)">(\d+) ', stand.ask("/runs").text))
    listed = {name: stand.ask(f"/api/stories?run=1&outcome={name}").json()["stories"] for name in counts}

    assert counts.keys() == {"new_story", "variant", "revised"}
    assert len(listed["new_story"]) == int(counts["new_story"])
    assert all(listed.values())
    assert all(story["size"] > 1 for story in listed["variant"])
    chips = re.findall(r'class="chip" href="([^"]+)"', stand.ask("/?run=1&outcome=variant").text)
    assert chips == ["/", "/?run=1"]  # an outcome without its run is none
    assert stand.ask("/api/stories?outcome=variant").status_code == 422


def test_what_is_wrong_is_said_in_words_between_the_links(stand: Served) -> None:
    """A page that cannot be given still leads to the others, and says what is wrong as people do."""
    wrong, missing = stand.ask("/?kind=bogus"), stand.ask("/stories/99999")

    assert (wrong.status_code, missing.status_code) == (422, 404)
    assert "<h1>This cannot be asked so</h1>" in wrong.text
    assert "kind: Input should be" in wrong.text
    assert "query.kind" not in wrong.text
    assert all('href="/review"' in page.text for page in (wrong, missing))


def test_a_filter_of_rejections_is_taken_away_alone(stand: Served) -> None:
    """Of two filters, the address that takes one away keeps the other."""
    page = stand.ask("/rejections?outcome=wall&source=gazette").text

    assert 'class="chip" href="/rejections?source=gazette"' in page
    assert 'class="chip" href="/rejections?outcome=wall"' in page


def test_how_many_sources_do_how_leads_to_them(own_stand: Served) -> None:
    """Each count of the sources that do so is a link to as many rows, on the page and in the API."""
    add(own_stand.url, poll("gazette"), poll("northwire"), failing("vesper", ago(hours=3)))
    page = own_stand.ask("/sources").text

    counts = dict(re.findall(r'href="/sources\?standing=(\w+)">\w+ (\d+)<', page))

    assert counts == {"failing": "1", "well": "2"}
    assert own_stand.ask("/sources?standing=well").text.count("<tr data-row") == 2
    assert [line["source"] for line in own_stand.ask("/api/sources?standing=well").json()] == ["gazette", "northwire"]
    assert own_stand.ask("/api/sources?standing=silent").json() == []
    assert own_stand.ask("/api/sources?standing=odd").status_code == 422


def test_how_many_pages_wait_leads_to_them(own_stand: Served) -> None:
    """The count of a source's waiting pages is a link to as many rows, of this source alone."""
    with connected(own_stand.url) as engine:
        save(engine, listed("gazette", "gazette/1", "gazette/2"), listed("vesper", "vesper/1"))

    found = re.findall(r'href="(/waiting\?source=\w+)">(\d+)<', own_stand.ask("/sources").text)

    assert sorted(int(count) for _, count in found) == [1, 2]
    for address, count in found:
        assert own_stand.ask(address).text.count("<tr data-row") == int(count)
    assert "https://www.vesper.example/1" in own_stand.ask("/waiting").text


def test_a_decision_leads_back_to_the_page_of_the_review_that_it_was_made_on(own_stand: Served) -> None:
    """Who decides on the third page of the review is not sent to the first."""
    [pair] = own_stand.ask("/api/review").json()
    both = [pair["variant_a"], pair["variant_b"]]

    status, leads_to, _ = _press(own_stand, "later", variant=both, back="review", cursor="abc")

    assert status == 303
    assert re.fullmatch(r"/review\?cursor=abc&done=\d+", leads_to)


def test_what_was_done_is_told_however_much_was_said_since(own_stand: Served) -> None:
    """The page that a correction led to says what it was, and what may be undone, also after many others."""
    said: dict[str, Any] = {"kind": "pin", "actor": "ines", "note": "", "at": NOON, "undone_by": None, "undoes": None}
    rows = [tables.Judgement(id=number, said=f"pin {number}", story_id=None, **said) for number in range(1, 603)]
    add(own_stand.url, *rows)

    assert "Done: <b>pin 7</b> by ines" in own_stand.ask("/review?done=7").text
    assert "Done:" not in own_stand.ask("/review?done=700").text


def test_two_texts_that_are_compared_are_decided_there(own_stand: Served) -> None:
    """Who may write finds yes and no beside the differences of two variants, and not of two texts of one."""
    [pair] = own_stand.ask("/api/review").json()
    asked = {"a": pair["variant_a"], "b": pair["variant_b"], "back": "review"}
    address = link(f"/stories/{pair['story_a']}/differences", **asked)
    _log_in(own_stand)

    page = own_stand.ask(address).text
    furnace = own_stand.ask("/api/stories?state=corrected").json()["stories"][0]["id"]
    corrected = next(each for each in own_stand.ask(f"/api/stories/{furnace}").json()["variants"] if each["revisions"])
    texts = link(f"/stories/{furnace}/differences", a=f"{corrected['id']}.1", b=corrected["id"])

    assert 'data-key="y"' in page
    assert 'name="back" value="review"' in page
    assert 'data-key="y"' not in own_stand.ask(texts).text


def test_what_was_said_of_any_story_is_listed_and_undone(own_stand: Served) -> None:
    """One page has what everybody said, by whom, and takes it back; of one person or one story where asked."""
    one, other = [each["id"] for each in own_stand.ask("/api/stories?outlet=gazette&limit=2").json()["stories"]]
    done = own_stand.post(f"/api/stories/{one}/withdraw", {"note": "on request"}).json()["judgement"]
    own_stand.post(f"/api/stories/{other}/withdraw", {})
    _log_in(own_stand)

    page = own_stand.ask("/judgements").text
    _press(own_stand, "undo", judgement=done)

    assert page.count('data-key="u"') == 2
    assert "on request" in page
    assert [each["kind"] for each in own_stand.ask("/api/judgements").json()] == ["undo", "withdraw", "withdraw"]
    assert f"undone by {done + 2}" in own_stand.ask("/judgements?actor=Ines+Ahlqvist").text
    assert own_stand.ask("/api/judgements?actor=nobody").json() == []
    assert [each["said"] for each in own_stand.ask(f"/api/judgements?story={other}").json()] == [f"withdraw {other}"]


def test_variants_that_a_person_put_together_are_not_said_to_be_one(own_stand: Served) -> None:
    """Where no score ties a story's variants, its page says so, and that the history knows who put them together."""
    one, other = [each["id"] for each in own_stand.ask("/api/stories?outlet=gazette&limit=2").json()["stories"]]
    own_stand.post(f"/api/stories/{one}/merge", {"other": other})

    merged = own_stand.ask(f"/stories/{min(one, other)}").text
    single = own_stand.ask("/api/stories?outlet=gazette&limit=1&kind=single").json()["stories"][0]["id"]

    assert "No score ties these variants" in merged
    assert "nothing to tie" not in merged
    assert "nothing to tie" in own_stand.ask(f"/stories/{single}").text


def test_of_several_merges_the_page_says_what_was_done_before_one_was_refused(own_stand: Served) -> None:
    """Three marked stories, of which the third may not join: what was merged before is named beside the reason."""
    singles = [each["id"] for each in own_stand.ask("/api/stories?outlet=gazette&order=newest").json()["stories"]][:3]
    variants = [own_stand.ask(f"/api/stories/{each}").json()["variants"][0]["id"] for each in singles]
    own_stand.post("/api/judgements", {"kind": "not-same", "one": variants[0], "other": variants[2]})

    status, _, said = _press(own_stand, "merge", story=singles)

    assert status == 409
    assert f"before it was done: merge {singles[1]} {singles[0]}" in said
