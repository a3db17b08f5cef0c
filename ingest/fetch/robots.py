"""May we? What a robots.txt says to us (RFC 9309), by protego. Pure.

The file is a stranger's: at most 500,000 bytes of it are read, it is brought into a form that cannot make the parser
slow, and nothing in it can raise.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from protego import Protego

from ingest.fetch.hosts import RobotsFile, RobotsState

TOKEN = "newsfold"  # noqa: S105 - our product token, which names our group of rules (RFC 9309, 2.2.1)
MOST_BYTES = 500_000  # RFC 9309, 2.5 asks for 500 KiB at least
MOST_DELAY_S = 60.0

_FRESH = timedelta(hours=24)  # RFC 9309, 2.4
_FRESH_UNREACHABLE = timedelta(minutes=30)
_FORGIVEN = timedelta(days=30)  # RFC 9309, 2.3.1.4: then it counts as if there were none
_MOST_RULES = 10_000
_MOST_CHARS = 2_000  # of a line
_AGENT = re.compile(r"\s*user[- ]?agent\s*(?::|\s)\s*(.*)", re.I)
_OURS = re.compile(rf"{TOKEN}(?![\w-])", re.I)


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt lets us do; `parser` is None where there is nothing to obey."""

    parser: Protego | None = None
    delay_s: float = 0.0  # Crawl-delay, 0 to 60

    def allows(self, url: str) -> bool:
        """Whether we may ask for `url`."""
        if self.parser is None:
            return True
        try:
            return bool(self.parser.can_fetch(url, TOKEN))
        except Exception:  # noqa: BLE001 - a stranger's file: what cannot be understood forbids nothing
            return True


def read_rules(body: bytes) -> Rules:
    r"""Give the rules of a robots.txt; none where it cannot be understood. Never raises.

    >>> read_rules(b"User-agent: *\nDisallow: /desk").allows("https://gazette.example/desk/1")
    False
    """
    try:
        parser = Protego.parse(_tamed(whole_lines(body)))
        delay = parser.crawl_delay(TOKEN)
    except Exception:  # noqa: BLE001 - a stranger's file: what cannot be understood forbids nothing
        return Rules()
    if delay is None or not math.isfinite(delay) or delay < 0:
        delay = 0.0
    return Rules(parser, min(delay, MOST_DELAY_S))


def whole_lines(body: bytes) -> bytes:
    """Give the whole lines of the first 500,000 bytes of a robots.txt: half a path forbids more than all of it."""
    return body if len(body) < MOST_BYTES else body[:MOST_BYTES].rpartition(b"\n")[0]


def is_fresh(robots: RobotsFile, now: datetime) -> bool:
    """Whether the file need not be asked for again: for 24 h (RFC 9309, 2.4), or 30 min where it could not be had."""
    age = now - robots.fetched_at
    return age < (_FRESH_UNREACHABLE if robots.state is RobotsState.UNREACHABLE else _FRESH)


def is_forbidding(robots: RobotsFile, now: datetime) -> bool:
    """Whether nothing may be asked for now, since the file could not be had: for 30 days (RFC 9309, 2.3.1.4)."""
    since = robots.failing_since or robots.fetched_at
    return robots.state is RobotsState.UNREACHABLE and now - since < _FORGIVEN


def _tamed(body: bytes) -> str:
    """Give the lines that matter, with three groups at most: ours, everyone's, and all others'.

    protego gives each rule to each agent named above it: as many agents as rules make it quadratic.
    """
    lines: list[str] = []
    rules = 0
    for line in body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines():
        text = line.partition("#")[0].strip()
        if not text or len(text) > _MOST_CHARS:
            continue
        if agent := _AGENT.match(text):
            lines.append(f"User-agent: {_group(agent[1])}")
        elif rules < _MOST_RULES:
            rules += 1
            lines.append(text)
    return "\n".join(lines)


def _group(agent: str) -> str:
    if _OURS.match(agent):
        return TOKEN
    return "*" if agent.strip() == "*" else "another"
