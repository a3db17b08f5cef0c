"""A site's own lines: what recurs over its pages (author boxes, prompts, disclaimers) and no article owns.

Which lines these are is learned as articles are stored (storage/stories/site_lines.py); here is what a line is known
by, and how it leaves an article. Beside ingest.clean, not in it: the store counts by the same keys, and needs no
extractor.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np
import xxhash

from ingest.document import Article, Removed

RULE = "site-line"
LEAST_BYTES = 30  # of a line: shorter ones are labels, names and sub-headlines, which articles share by right
_SENTENCE = 60  # bytes from which a line with an end mark is a paragraph
_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟", '."', ".”", ".“", ".»")
_MARKS = " -•*–—"
_SUBSITES = ("m.", "mobile.", "amp.")

Furniture = Mapping[str, Collection[int]]  # site -> the keys of its own lines
KnownFurniture = Callable[[Collection[str]], Furniture]  # of the sites asked for


def site_of(url: str) -> str:
    """Give the site that an article's address is of, without the labels of its phone and AMP twins; "" for a path.

    >>> site_of("https://www.gazette.example/a"), site_of("https://amp.gazette.example/a"), site_of("inbox/a.txt")
    ('gazette.example', 'gazette.example', '')
    """
    if not url.startswith(("http://", "https://")):
        return ""
    site = url.split("/", 3)[2].removeprefix("www.")
    for label in _SUBSITES:
        site = site.removeprefix(label)
    return site


def line_keys(lines: Iterable[str]) -> list[int]:
    """Give the signed 64-bit key of each line, whatever its case and bullet; 0 of one too short to be anybody's own."""
    folded = [line.strip(_MARKS).lower().encode("utf-8", "replace") for line in lines]
    digests = [xxhash.xxh3_64_intdigest(line) if len(line) >= LEAST_BYTES else 0 for line in folded]
    keys: list[int] = np.array(digests, np.uint64).view(np.int64).tolist()
    return keys


def without(article: Article, furniture: Collection[int]) -> Article:
    """Give the article without the lines of its site, which go to what was removed.

    A line that is no sentence stays between two lines of the article: it may be a sub-headline that many articles bear.
    """
    lines = article.text.split("\n")
    known = [key in furniture for key in line_keys(lines)]
    if not any(known):
        return article
    near = [True, *known, True]  # both ends are as good as a line of the site
    taken = [
        own and (near[at] or near[at + 2] or _is_paragraph(line))
        for at, (own, line) in enumerate(zip(known, lines, strict=True))
    ]
    removed = tuple(Removed(line, RULE) for line, is_taken in zip(lines, taken, strict=True) if is_taken)
    kept = [line for line, is_taken in zip(lines, taken, strict=True) if not is_taken]
    return replace(article, text="\n".join(kept), removed=(*article.removed, *removed))


def own_lines(article: Article) -> list[str]:
    """Give the lines of an article and those that were taken from it as its site's: what the site is learned from."""
    return [*article.text.split("\n"), *(line.line for line in article.removed if line.rule == RULE)]


def _is_paragraph(line: str) -> bool:
    return len(line.encode("utf-8", "replace")) >= _SENTENCE and line.endswith(_ENDS)
