"""Values as bytes in a row, and back."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ingest.document import Entry, Profile, RawDocument, Removed, Stated, TextOrigin
from ingest.fetch.hosts import RobotsFile, RobotsState
from storage.rows import storable
from storage.views import SourceInRun


def pack_profile(profile: Profile) -> bytes:
    """Pack n terms: n x uint64, then n x float16 weights, then n x uint8 kinds, little-endian."""
    return profile.terms.astype("<u8").tobytes() + profile.weights.astype("<f2").tobytes() + profile.kinds.tobytes()


def unpack_profile(blob: bytes) -> Profile:
    """Undo pack_profile, but for the rounding of the weights."""
    count = len(blob) // 11
    return Profile(
        terms=np.frombuffer(blob, "<u8", count).astype(np.uint64),
        weights=np.frombuffer(blob, "<f2", count, 8 * count).astype(np.float32),
        kinds=np.frombuffer(blob, np.uint8, count, 10 * count),
    )


def unpack_signature(blob: bytes) -> NDArray[np.uint32]:
    """Give the values of a stored signature: 128 x uint32, little-endian."""
    return np.frombuffer(blob, "<u4")


def pack_removed(removed: Sequence[Removed]) -> bytes | None:
    """Pack the removed lines as zlib of JSON, [[line, rule], ...]; None where nothing was removed."""
    return zlib.compress(orjson.dumps([(line.line, line.rule) for line in removed]), 1) if removed else None


def unpack_removed(blob: bytes | None) -> tuple[Removed, ...]:
    """Undo pack_removed."""
    return tuple(Removed(line, rule) for line, rule in orjson.loads(zlib.decompress(blob))) if blob else ()


def pack_entry(entry: Entry) -> bytes:
    """Pack what a source says of a page, as zlib of a JSON object."""
    try:
        said = orjson.dumps(entry)
    except TypeError:  # a lone surrogate, which no JSON takes
        fields = asdict(entry) | {"media": [storable(url) for url in entry.media]}
        said = orjson.dumps({name: storable(it) if isinstance(it, str) else it for name, it in fields.items()})
    return zlib.compress(said, 1)


def unpack_entry(blob: bytes) -> Entry:
    """Undo pack_entry."""
    said = orjson.loads(zlib.decompress(blob))
    times = {name: _time(said[name]) for name in ("published_at", "updated_at")}
    return Entry(**said | times | {"media": tuple(said["media"])})


def pack_raw(raw: RawDocument) -> bytes:
    """Pack an input as it arrived, as zlib of a line of JSON about it, and its body."""
    about = {field.name: getattr(raw, field.name) for field in fields(raw) if field.name not in ("body", "stated")}
    stated = raw.stated and {field.name: getattr(raw.stated, field.name) for field in fields(raw.stated)}
    said = {**about, "stated": stated}
    try:
        line = orjson.dumps(said)
    except TypeError:  # a lone surrogate, which no JSON takes
        line = orjson.dumps(_storable(said))
    return zlib.compress(line + b"\n" + raw.body, 6)


def unpack_raw(blob: bytes) -> RawDocument:
    """Undo pack_raw."""
    line, _, body = zlib.decompress(blob).partition(b"\n")
    said = orjson.loads(line)
    stated = said["stated"]
    if stated is not None:
        stated |= {"published_at": _time(stated["published_at"]), "media": tuple(stated["media"])}
    times = {"fetched_at": datetime.fromisoformat(said["fetched_at"]), "text_from": TextOrigin(said["text_from"])}
    return RawDocument(**said | times | {"stated": stated and Stated(**stated), "body": body})


def pack_robots(files: Iterable[RobotsFile]) -> bytes:
    """Pack the robots.txt of a host's origins, as zlib of JSON: lists, with the bytes of a file as Latin-1."""
    rows = [
        (each.origin, each.state, each.body.decode("latin-1"), each.fetched_at, each.failing_since) for each in files
    ]
    return zlib.compress(orjson.dumps(rows), 1)


def unpack_robots(blob: bytes | None) -> Mapping[str, RobotsFile]:
    """Undo pack_robots: each file by its origin."""
    rows = orjson.loads(zlib.decompress(blob)) if blob else []
    return {
        origin: RobotsFile(
            origin=origin,
            state=RobotsState(state),
            body=body.encode("latin-1"),
            fetched_at=datetime.fromisoformat(fetched_at),
            failing_since=_time(failing_since),
        )
        for origin, state, body, fetched_at, failing_since in rows
    }


def pack_sources(sources: Iterable[SourceInRun]) -> bytes:
    """Pack what asking sources came to, as zlib of a JSON list of objects; unpack_sources() undoes it without numpy."""
    said = [{name: storable(it) if isinstance(it, str) else it for name, it in asdict(one).items()} for one in sources]
    return zlib.compress(orjson.dumps(said))


def _storable(said: Any) -> Any:  # Any: JSON
    if isinstance(said, dict):
        return {name: _storable(value) for name, value in said.items()}
    if isinstance(said, tuple):
        return [_storable(value) for value in said]
    return storable(said) if type(said) is str else said


def _time(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
