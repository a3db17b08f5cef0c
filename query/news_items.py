"""Stories as news items for other programs: ninjs 3.0 and schema.org NewsArticle, told by the canonical variant.

ninjs: https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json; NewsArticle: https://schema.org/NewsArticle
"""

from collections.abc import Mapping, Sequence

from query.export import Record
from query.feeds import story_uri, web_address
from storage.views import StorySummary, VariantView

_NINJS = {
    "name": "ninjs",
    "version": "3.0",
    "schema": "https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json",
}


def ninjs(story: StorySummary, variants: Sequence[VariantView], *, base: str | None) -> Record:
    """Give a story as a ninjs 3.0 item; the other variants are its associations."""
    speaker = variants[0]
    item: dict[str, object] = {
        "uri": story_uri(story, variants, base),
        "standard": _NINJS,
        "type": "text",
        "firstCreated": story.first_seen_at,
        "versionCreated": story.last_seen_at,
        "pubStatus": "canceled" if story.is_withdrawn else "usable",
        "altIds": [{"role": "story", "value": str(story.id)}],
        **_content(speaker),
        "bodies": [_body(speaker.text)],
    }
    if image := web_address(speaker.image or ""):
        item["renditions"] = [{"name": "main", "href": image}]
    associations = [
        {"name": variant.relation, "uri": address, "type": "text", **_content(variant)}
        for variant in variants[1:]
        if (address := web_address(variant.url))
    ]
    return item | ({"associations": associations} if associations else {})


def news_article(story: StorySummary, variants: Sequence[VariantView], *, base: str | None) -> Record:
    """Give a story as a schema.org NewsArticle in JSON-LD; a date that is missing or a guess is not told."""
    speaker = variants[0]
    published_at = speaker.published_at if speaker.published_from != "guess" else None
    said: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": story_uri(story, variants, base),
        "headline": story.title,
        "articleBody": speaker.text,
        "publisher": {"@type": "Organization", "name": speaker.publisher or speaker.source},
        "isAccessibleForFree": not speaker.is_teaser,
    }
    return said | _given(
        {
            "datePublished": published_at,
            "dateModified": speaker.modified_at or published_at,
            "url": web_address(speaker.url),
            "inLanguage": speaker.language,
            "author": {"@type": "Person", "name": speaker.byline} if speaker.byline else None,
            "creditText": speaker.credit,
            "articleSection": speaker.section,
            "image": web_address(speaker.image or ""),
        }
    )


def _content(variant: VariantView) -> dict[str, object]:
    """Give what holds for a story's own item and for an associated one."""
    sources = [{"name": variant.source, "role": "publisher"}]
    sources += [{"name": variant.credit, "role": "originator"}] if variant.credit else []
    return {
        "headlines": [{"role": "main", "contentType": "text/plain", "value": variant.title}],
        "representationType": "partial" if variant.is_teaser else "full",
        "infoSources": sources,
        **_given(
            {
                "contentCreated": variant.published_at,
                "language": variant.language,
                "by": variant.byline,
                "copyrightHolder": variant.publisher,
            }
        ),
    }


def _body(text: str) -> dict[str, object]:
    return {
        "role": "main",
        "contentType": "text/plain",
        "charCount": len(text),
        "wordCount": len(text.split()),
        "value": text,
    }


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
