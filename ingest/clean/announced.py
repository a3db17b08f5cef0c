"""What a line announces: comments, links to other articles, a note on the author."""

import re

from ingest.clean.furniture import SHORT, is_marker, notice_of
from ingest.clean.sheet import BULLETS, OUTER, Sheet, is_link

_HANDLE = re.compile(
    r"(?:\d+\.\s*)?.{1,60}\b(?:\d{1,2}:\d\d|says:?|said:|wrote:|(?:19|20)\d\d|ago|reply|antworten|responder|répondre)\b.{0,20}|#?\d+\.?",
    re.I,
)


def take_announced(sheet: Sheet, prose: list[int]) -> None:
    """Take what lines announce: the comments, links to other articles, the note on the author."""
    cut_comments(sheet, prose)
    _take_links(sheet)
    _cut_author(sheet, prose)


def cut_comments(sheet: Sheet, prose: list[int]) -> None:
    """Cut from the heading of the comments on, where it stands behind the article or comments follow it."""
    before, half = 0, sum(map(len, sheet.lines)) / 2
    for at, line in enumerate(sheet.lines):
        if sheet.names.get(at) == "comments" and before:
            followers = [line for line in sheet.lines[at + 1 : at + 5] if len(line) < SHORT]
            handles = sum(1 for line in followers if _HANDLE.fullmatch(line))
            told = sum(1 for other in prose if other < at and _tells(sheet.lines[other]))
            if (told and before > half) or (handles and told >= 3):
                for rest in range(at, len(sheet.lines)):
                    name = sheet.names.get(rest)
                    sheet.taken[rest] = name if name and name not in OUTER else "comments"
                return
        before += len(line)


def _tells(line: str) -> bool:
    """Whether a line of prose is of an article, as far as it says: neither a link in a list nor a site's notice."""
    return line[0] not in BULLETS and notice_of(line) is None


def _take_links(sheet: Sheet) -> None:
    """Take the headlines that stand under "Related articles"."""
    for at, name in sheet.names.items():
        if name != "related" or not is_marker(sheet.lines[at]):
            continue
        run = at + 1
        while run < len(sheet.lines) and run - at <= 12 and (run in sheet.taken or is_link(sheet.lines[run])):
            run += 1
        # The last one may be a sub-headline of the article that goes on.
        last = sheet.lines[run - 1]
        if (
            run < len(sheet.lines)
            and run - at > 2
            and run - 1 not in sheet.names
            and last[0] not in BULLETS
            and len(last) < 60
        ):
            run -= 1
        for link in range(at + 1, run):
            sheet.taken.setdefault(link, sheet.names.get(link, "related"))


def _cut_author(sheet: Sheet, prose: list[int]) -> None:
    """Cut the note on the author behind the article."""
    for at, name in sheet.names.items():
        if name == "author-note" and is_marker(sheet.lines[at]):
            behind = sum(1 for other in prose if other > at)
            if behind <= 3 and behind * 3 <= len(prose):
                for rest in range(at, len(sheet.lines)):
                    sheet.taken.setdefault(rest, sheet.names.get(rest, "author-note"))
                return
