"""What an outlet of the pretend newsroom prints: article pages full of furniture, feeds, sitemaps and a front page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from tests.flows.newsstand import article

_RELATED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article as its outlet has it now."""

    slug: str
    title: str
    text: str  # paragraphs joined by "\n"
    byline: str
    published_at: datetime  # UTC, aware
    updated_at: datetime  # UTC, aware
    credit: str | None = None  # the wire agency that it names
    is_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Who prints: its name, and the address of its front page."""

    name: str
    base: str  # "http://127.0.0.2:40001", no slash at the end
    full_text: bool = False  # whether its feeds carry the articles whole

    def url(self, story: Story) -> str:
        """Give the address of an article."""
        return f"{self.base}/news/{story.slug}"


def page(outlet: Outlet, story: Story, others: Sequence[Story]) -> str:
    """Give an article as HTML, with the navigation, comments and links that surround one."""
    paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in story.text.split("\n"))
    related = "".join(f'<li><a href="{outlet.url(one)}">{escape(one.title)}</a></li>' for one in others[:_RELATED])
    said = json.dumps(_json_ld(story)).replace("</", "<\\/")
    credit = f"<p>({escape(story.credit)})</p>" if story.credit else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(story.title)} | {outlet.name}</title>
<link rel="canonical" href="{outlet.url(story)}">
<meta property="og:title" content={quoteattr(story.title)}>
<script type="application/ld+json">{said}</script></head>
<body><header><nav><a href="/">Front page</a> <a href="/weather">Weather</a> <a href="/sport">Sport</a></nav></header>
<main><article><h1>{escape(story.title)}</h1>
<p class="byline">By {escape(story.byline)}</p><time datetime="{story.published_at.isoformat()}">today</time>
{paragraphs}
{credit}
</article></main>
<aside class="related"><h2>Related</h2><ul>{related}</ul></aside>
<section id="comments"><h2>Comments</h2><div class="comment"><p>First!</p></div></section>
<footer><p>{outlet.name}. All rights reserved. Privacy. Subscribe to our newsletter.</p></footer>
</body></html>
"""


def front_page(outlet: Outlet, stories: Sequence[Story]) -> str:
    """Give the front page: what is new, and where the feed is."""
    listed = "".join(f'<li><a href="{outlet.url(one)}">{escape(one.title)}</a></li>' for one in stories)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{outlet.name}</title>
<link rel="alternate" type="application/rss+xml" title="{outlet.name}" href="/feed.xml"></head>
<body><nav><a href="/about">About</a></nav><ul>{listed}</ul></body></html>
"""


def rss(outlet: Outlet, stories: Sequence[Story]) -> str:
    """Give the feed as RSS 2.0."""
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{outlet.url(one)}</link>"
        f'<guid isPermaLink="false">{outlet.name}-{one.slug}</guid>'
        f"<dc:creator>{escape(one.byline)}</dc:creator>"
        f"<pubDate>{format_datetime(one.published_at)}</pubDate>"
        f"<description>{escape(_teaser(one))}</description>"
        + (f"<content:encoded>{escape(_markup(one))}</content:encoded>" if outlet.full_text else "")
        + (f"<source url={quoteattr(outlet.base)}>{escape(one.credit)}</source>" if one.credit else "")
        + "</item>"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{outlet.name}</title><link>{outlet.base}/</link><description>News</description>"
        f"<language>en</language>{items}</channel></rss>"
    )


def atom(outlet: Outlet, stories: Sequence[Story]) -> str:
    """Give the feed as Atom."""
    entries = "".join(
        f"<entry><title>{escape(one.title)}</title><link href={quoteattr(outlet.url(one))}/>"
        f"<id>tag:{outlet.name},2026:{one.slug}</id><author><name>{escape(one.byline)}</name></author>"
        f"<published>{one.published_at.isoformat()}</published><updated>{one.updated_at.isoformat()}</updated>"
        f"<summary>{escape(_teaser(one))}</summary>"
        + (f'<content type="html">{escape(_markup(one))}</content>' if outlet.full_text else "")
        + "</entry>"
        for one in stories
    )
    updated = max((one.updated_at for one in stories), default=None)
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<title>{outlet.name}</title><id>{outlet.base}/</id><link href={quoteattr(outlet.base + '/')}/>"
        f"<updated>{updated.isoformat() if updated else '2026-01-01T00:00:00Z'}</updated>{entries}</feed>"
    )


def json_feed(outlet: Outlet, stories: Sequence[Story]) -> str:
    """Give the feed as JSON Feed 1.1."""
    items = [
        {
            "id": f"{outlet.name}-{one.slug}",
            "url": outlet.url(one),
            "title": one.title,
            "authors": [{"name": one.byline}],
            "date_published": one.published_at.isoformat(),
            "date_modified": one.updated_at.isoformat(),
            "summary": _teaser(one),
            "content_html": _markup(one) if outlet.full_text else f"<p>{escape(_teaser(one))}</p>",
        }
        for one in stories
    ]
    said = {"version": "https://jsonfeed.org/version/1.1", "title": outlet.name, "language": "en", "items": items}
    return json.dumps(said)


def news_sitemap(outlet: Outlet, stories: Sequence[Story]) -> str:
    """Give the sitemap with its news extension."""
    urls = "".join(
        f"<url><loc>{escape(outlet.url(one))}</loc><lastmod>{one.updated_at.isoformat()}</lastmod>"
        f"<news:news><news:publication><news:name>{outlet.name}</news:name><news:language>en</news:language>"
        f"</news:publication><news:publication_date>{one.published_at.isoformat()}</news:publication_date>"
        f"<news:title>{escape(one.title)}</news:title></news:news></url>"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


def sitemap_index(outlet: Outlet, stories: Sequence[Story]) -> str:
    """Give the index that names the sitemap."""
    updated = max((one.updated_at for one in stories), default=None)
    lastmod = f"<lastmod>{updated.isoformat()}</lastmod>" if updated else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{outlet.base}/news-sitemap.xml</loc>{lastmod}</sitemap></sitemapindex>"
    )


def invented(number: int) -> tuple[str, str]:
    """Give a headline and a text that have hardly a word in common with any other number's."""
    text = article(number)
    return " ".join(article(-number - 1).split()[:6]).rstrip("."), text


def _teaser(story: Story) -> str:
    return story.text.split("\n")[0]


def _markup(story: Story) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in story.text.split("\n"))


def _json_ld(story: Story) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.published_at.isoformat(),
        "dateModified": story.updated_at.isoformat(),
        "author": {"@type": "Person", "name": story.byline},
    }
