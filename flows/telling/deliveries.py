"""What a webhook is sent: one event as JSON, signed, under a name that stays the same however often it is sent."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson

from storage.hooks.events import Event
from storage.hooks.kept import Hook

TEST = "hook.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is posted."""

    body: bytes
    fields: Mapping[str, str]


def letter(hook: Hook, event: Event, *, now: datetime) -> Letter:
    """Give what tells `hook` of an event."""
    said: dict[str, object] = {
        "id": event.key(hook.id),
        "event": event.name,
        "at": event.at,
        "sent_at": now,
        "story_id": event.story_id,
        "other_story_id": event.other_story_id,
        "url": event.url,
        "story": asdict(event.story),
    }
    if event.known is not None:
        said |= {"independent": event.story.independent, "known_before": event.known}
    return _signed(hook, said)


def trial_letter(hook: Hook, *, now: datetime) -> Letter:
    """Give what only asks whether `hook` answers."""
    return _signed(hook, {"id": f"{hook.id}-test-{now:%Y%m%dT%H%M%S.%f}", "event": TEST, "at": now, "sent_at": now})


def signature(secret: str, body: bytes) -> str:
    """Give what `X-Newsfold-Signature` says of a body: its HMAC-SHA256 (RFC 2104), the secret's text being the key.

    >>> signature("key", b"The quick brown fox jumps over the lazy dog")[:23]
    'sha256=f7bc83f430538424'
    """
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _signed(hook: Hook, said: Mapping[str, object]) -> Letter:
    body = orjson.dumps(said, option=orjson.OPT_UTC_Z)
    fields = {
        "X-Newsfold-Id": str(said["id"]),
        "X-Newsfold-Event": str(said["event"]),
        "X-Newsfold-Signature": signature(hook.secret, body),
    }
    return Letter(body=body, fields=fields)
