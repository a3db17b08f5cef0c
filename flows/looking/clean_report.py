"""A cleaned document, for a terminal, a pipe and a program."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import time
from itertools import groupby

import orjson

from flows.looking.beside import Run
from ingest.document import Article, DateOrigin
from ingest.outcome import Outcome, Rejection
from ingest.safe import json_controls, visible

JOINT = " · "
_ITEM = "- "  # what an item of a list begins with
_REMEDIES = {
    Outcome.ADDRESS: "mend the address; --allow-private asks this machine and private networks too",
    Outcome.ROBOTS: "the outlet does not let robots read it; ask the outlet",
    Outcome.OPAQUE: "give the address of the page itself",
    Outcome.UNREACHABLE: "try again later",
    Outcome.HTTP_ERROR: "look at the status: 401 and 403 want a subscription, 5xx may pass",
    Outcome.GONE: "the page is no longer there",
    Outcome.REDIRECTS: "give the address that it leads to",
    Outcome.VANISHED: "try again once whatever moves the files is done",
    Outcome.PERMISSION: "get the right to read it",
    Outcome.NOT_REGULAR: "give a file; a pipe is read by -",
    Outcome.TOO_LARGE: "split it",
    Outcome.DAMAGED: "get the file again",
    Outcome.MALFORMED: "mend what wrote it",
    Outcome.NOT_HTML: "give the address of a page of text",
    Outcome.BINARY: "give its text or its HTML",
    Outcome.UNDECODABLE: "convert it to UTF-8",
    Outcome.NO_TEXT: "if a script draws the page, save it from a browser",
    Outcome.TOO_SHORT: "give the whole page",
    Outcome.WALL: "save it as a reader who may see the article",
    Outcome.TOO_COMPLEX: "give the part that holds the article",
    Outcome.MEMORY: "give the part that holds the article",
    Outcome.FAILED: "a fault of newsfold's own: report it with the document",
}


def as_json(article: Article) -> bytes:
    """Give all that is known of an article as one line of JSON."""
    line = orjson.dumps(article, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
    return json_controls(line)


def as_text(article: Article) -> str:
    """Give the article to read: title, who and when and where, paragraphs, those of a list on end."""
    return "\n\n".join([*heading(article), *("\n".join(group) for group in paragraphs(article))])


def paragraphs(article: Article) -> Iterator[list[str]]:
    """Give each paragraph, and the items of each list."""
    for is_list, lines in groupby(map(visible, article.text.split("\n")), key=lambda line: line.startswith(_ITEM)):
        if is_list:
            yield [*lines]
        else:
            yield from ([line] for line in lines)


def heading(article: Article) -> list[str]:
    """Give the title, where there is one, and the lines below it."""
    facts = [article.byline, _date(article), article.credit, article.language, article.source]
    lines = [JOINT.join(visible(fact) for fact in facts if fact)]
    if article.url != article.source:
        lines.append(visible(article.url))
    return [visible(article.title), "\n".join(lines)] if article.title else ["\n".join(lines)]


def unified(article: Article, runs: Sequence[Run]) -> str:
    """Give the lines of a document, two spaces before what was kept, a minus and the rule before what was not."""
    lines = [
        f"  {visible(line)}" if run.rule is None else f"- [{run.rule}] {visible(line)}"
        for run in runs
        for line in run.lines
    ]
    return "\n\n".join([*heading(article), "\n".join(lines), tally(runs)])


def tally(runs: Sequence[Run]) -> str:
    """Give how many lines were kept, and how many each rule removed.

    >>> tally([Run(("a", "b"), None), Run(("Home",), "navigation")])
    '2 lines kept, 1 removed: 1 navigation'
    """
    kept = sum(len(run.lines) for run in runs if run.rule is None)
    counts: Counter[str] = Counter()
    for run in runs:
        if run.rule is not None:
            counts[run.rule.partition(":")[0]] += len(run.lines)
    said = f"{kept:,} line{'' if kept == 1 else 's'} kept, {counts.total():,} removed"
    return said + (": " if counts else "") + ", ".join(f"{count:,} {rule}" for rule, count in counts.most_common())


def refusal(rejection: Rejection) -> str:
    """Give in one line what was refused, how it ended, and what can be done."""
    said = f"{rejection.url}: {rejection.outcome}: {rejection.detail}"
    remedy = _REMEDIES.get(rejection.outcome)
    # Many details name a remedy of their own behind a semicolon.
    return visible(said if remedy is None or "; " in rejection.detail else f"{said}; {remedy}")


def _date(article: Article) -> str | None:
    if article.published_at is None:
        return None
    if article.published_from is DateOrigin.GUESS:
        return f"{article.published_at:%Y-%m-%d}, a guess"
    is_day = article.published_at.time() == time()  # who gives a day alone does not mean midnight
    return f"{article.published_at:%Y-%m-%d}" if is_day else f"{article.published_at:%Y-%m-%d %H:%M} UTC"
