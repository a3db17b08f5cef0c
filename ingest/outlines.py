"""The feeds among sources as an OPML list, after https://opml.org/spec2.opml."""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from ingest.sources import Feed, Source


def write_opml(sources: Iterable[Source]) -> bytes:
    """Give the feeds among `sources` as an OPML list in UTF-8."""
    outlines = "".join(_outline(source, source.kind.url) for source in sources if isinstance(source.kind, Feed))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head><title>newsfold</title></head>\n'
    return f"{head}  <body>\n{outlines}  </body>\n</opml>\n".encode()


def printable(text: str) -> str:
    """Give a text without what no line shows."""
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _outline(source: Source, url: str) -> str:
    name = printable(source.name)
    said = {"type": "rss", "text": name, "title": name, "xmlUrl": url, "language": source.language}
    return f"    <outline{''.join(f' {name}={quoteattr(value)}' for name, value in said.items() if value)}/>\n"
