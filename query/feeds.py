"""Stories as a feed: Atom with tombstones, JSON Feed. One entry a story, updated when the story changes.

Atom: RFC 4287, https://www.rfc-editor.org/rfc/rfc4287; deleted entries: RFC 6721. JSON Feed 1.1:
https://www.jsonfeed.org/version/1.1/
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from query.export import Record
from storage.views import StorySummary, VariantView

ATOM, TOMBSTONES = "http://www.w3.org/2005/Atom", "http://purl.org/atompub/tombstones/1.0"
SUMMARY_CHARS = 400

# What XML 1.0 has no way to write: https://www.w3.org/TR/xml/#charsets
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as a feed tells it."""

    story: StorySummary
    variants: Sequence[VariantView]  # the canonical one first
    changed_at: datetime  # when a text of it came, or a person changed it

    @property
    def published_at(self) -> datetime:
        """Give when the first of its outlets published it; where none says, when it was first seen."""
        dates = [
            variant.published_at
            for variant in self.variants
            if variant.published_at is not None and variant.published_from != "guess"
        ]
        return min(dates, default=self.story.first_seen_at)


def story_uri(story: StorySummary, variants: Sequence[VariantView], base: str | None) -> str:
    """Give what a story is known by elsewhere: its page under `base`, else a name made of its first variant."""
    if base is not None:
        return f"{base.rstrip('/')}/stories/{story.id}"
    first = min(variants, key=lambda variant: variant.id)
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{first.url}#story-{story.id}')}"


def web_address(url: str) -> str | None:
    """Give an address that may be a link: of the web, and of no script."""
    return url if re.match(r"https?://[^\s]+\Z", url, re.IGNORECASE) else None


def atom(stories: Iterable[Told], *, title: str, base: str | None, now: datetime) -> bytes:
    """Give an Atom feed of these stories; a withdrawn one is a deleted entry."""
    all_told = list(stories)
    ET.register_namespace("", ATOM)
    ET.register_namespace("at", TOMBSTONES)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", base or f"urn:uuid:{uuid5(NAMESPACE_URL, f'newsfold feed {title}')}")
    _add(feed, "title", title)
    _add(feed, "updated", _time(max((told.changed_at for told in all_told), default=now)))
    _add(_add(feed, "author"), "name", "newsfold")
    for told in all_told:
        if told.story.is_withdrawn:
            ref = story_uri(told.story, told.variants, base)
            ET.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", {"ref": ref, "when": _time(told.changed_at)})
        else:
            _entry(feed, told, base)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"


def json_feed(stories: Iterable[Told], *, title: str, base: str | None) -> Record:
    """Give a JSON Feed of these stories; those withdrawn are left out, for it knows no deleted items."""
    items = [_item(told, base) for told in stories if not told.story.is_withdrawn]
    feed: dict[str, object] = {"version": "https://jsonfeed.org/version/1.1", "title": title}
    return feed | ({"home_page_url": base} if base else {}) | {"items": items}


def _entry(feed: ET.Element, told: Told, base: str | None) -> None:
    """Add a story; what its dates mean is in sections 4.2.9 and 4.2.15 of RFC 4287."""
    story, variants = told.story, told.variants
    speaker = variants[0]
    entry = _add(feed, "entry")
    _add(entry, "id", story_uri(story, variants, base))
    _add(entry, "title", story.title or story.url)
    _add(entry, "updated", _time(told.changed_at))
    _add(entry, "published", _time(told.published_at))
    _add(_add(entry, "author"), "name", speaker.byline or speaker.source)
    page = story_uri(story, variants, base) if base is not None else web_address(speaker.url)
    if page:
        _add(entry, "link", rel="alternate", href=page)
    else:
        _add(entry, "content", speaker.text, type="text")  # an entry without a page has to have its content
    for variant in variants:
        if (address := web_address(variant.url)) and address != page:
            language = {"hreflang": variant.language} if variant.language else {}
            _add(entry, "link", rel="related", href=address, title=variant.source, **language)
    _add(entry, "summary", _summary(speaker.text), type="text")
    _add(entry, "category", term=story.kind)
    _add(entry, "category", term="independent", label=f"{story.independent} independent of {story.size}")
    if story.is_corrected:
        _add(entry, "category", term="corrected")


def _item(told: Told, base: str | None) -> Record:
    story, variants = told.story, told.variants
    speaker = variants[0]
    item: dict[str, object] = {
        "id": story_uri(story, variants, base),
        "title": story.title,
        "content_text": speaker.text,
        "summary": _summary(speaker.text),
        "date_published": told.published_at,
        "date_modified": told.changed_at,
        "authors": [{"name": speaker.byline or speaker.source}],
        "tags": [story.kind, f"{story.independent} independent of {story.size}"],
    }
    addresses = {
        "url": web_address(speaker.url),
        "image": web_address(speaker.image or ""),
        "language": speaker.language,
    }
    return item | {name: value for name, value in addresses.items() if value}


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    written = {key: _UNWRITABLE.sub("\ufffd", value) for key, value in attributes.items()}
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", written)
    element.text = _UNWRITABLE.sub("\ufffd", text) if text is not None else None
    return element


def _summary(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SUMMARY_CHARS else f"{flat[:SUMMARY_CHARS].rpartition(' ')[0]} …"


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
