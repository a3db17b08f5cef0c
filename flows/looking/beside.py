"""A document's lines in their order: each kept, or removed by a rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from ingest.clean import is_html
from ingest.clean.decode import decode
from ingest.clean.sheet import split_lines
from ingest.document import Article, RawDocument


@dataclass(frozen=True, slots=True)
class Run:
    """Lines on end that have one fate."""

    lines: tuple[str, ...]
    rule: str | None  # which removed them; None for lines of the article


def runs(raw: RawDocument, article: Article) -> Iterator[Run]:
    """Give the lines of a document as its reader sees them, with the rule that removed each.

    What was removed and is no line of its own there (a note that more was removed) comes last.
    """
    visible = _visible(raw)
    fates = [*zip(visible, _rules(visible, article), strict=True)]
    seen = set(visible)
    fates += [(removed.line, removed.rule) for removed in article.removed if removed.line not in seen]
    for rule, lines in groupby(fates, key=lambda fate: fate[1]):
        yield Run(tuple(line for line, _ in lines), rule)


def _rules(visible: Sequence[str], article: Article) -> list[str | None]:
    """Give for each line the rule that removed it; a line that stands twice may be kept once."""
    kept = set(article.text.split("\n"))
    rules: list[str | None] = [None] * len(visible)
    removed = [line.line for line in article.removed]
    for block in SequenceMatcher(None, visible, removed, autojunk=False).get_matching_blocks():
        for at in range(block.size):
            rules[block.a + at] = article.removed[block.b + at].rule
    by_line = {line.line: line.rule for line in article.removed}
    return [
        by_line.get(line) if rule is None and line not in kept else rule
        for line, rule in zip(visible, rules, strict=True)
    ]


def _visible(raw: RawDocument) -> list[str]:
    text = decode(raw)
    if not is_html(raw):
        return split_lines(text)
    from ingest.clean.blocks import read_lines
    from ingest.clean.page import parse

    return [line.text for line in read_lines(parse(text, raw.url).tree)]
