"""A body as it travels -> the body, unpacked, at no point larger than its limits.

Only gzip and deflate are asked for and read: what unpacks them can be told to stop, which brotli and zstd cannot.
"""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from ingest.fetch.response import Limits
from ingest.outcome import Outcome, Refused, Unavailable

ACCEPTED = "gzip, deflate"

_MOST_MEMBERS = 64  # of one gzip body; a body of empty ones would cost us more than its sender
_GZIP_MAGIC = b"\x1f\x8b\x08"
_GZIP, _ZLIB, _BARE = 31, 15, -15  # what zlib calls wbits


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that arrived whole."""

    data: bytes  # without its content coding
    raw: bytes  # with it; empty unless it was to be kept


async def read_body(
    pieces: AsyncIterator[bytes],
    *,
    coding: str,
    limits: Limits,
    url: str,
    keep_raw: bool = False,
    may_cut: bool = False,
) -> Body:
    """Give the whole body, whose Content-Encoding says `coding`; with `may_cut`, as much of it as the limits allow.

    Raise `Refused` (TOO_LARGE, UNDECODABLE), or `Unavailable` (UNREACHABLE) when what was packed is cut short.
    """
    unpacking = _unpacking(coding, url)
    data: list[bytes] = []
    raw: list[bytes] = []
    room, wire_room = limits.body_bytes, limits.wire_bytes
    async for arrived in pieces:
        wire_room -= len(arrived)
        if keep_raw:
            raw.append(arrived)
        data.append(unpacking.feed(arrived, room + 1) if unpacking else arrived)
        room -= len(data[-1])
        if room < 0 or wire_room < 0:
            if may_cut:
                return Body(data=b"".join(data)[: limits.body_bytes], raw=b"".join(raw))
            most = limits.body_bytes if room < 0 else limits.wire_bytes
            raise Refused(Outcome.TOO_LARGE, url, f"more than {most:,} bytes")
    if unpacking and unpacking.is_cut:
        raise Unavailable(Outcome.UNREACHABLE, url, f"the {coding} body was cut short")
    return Body(data=b"".join(data), raw=b"".join(raw))


def _unpacking(coding: str, url: str) -> "_Unpacking | None":
    codings = [name for part in coding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    match codings:
        case []:
            return None
        case ["gzip" | "x-gzip"]:
            return _Unpacking(url, is_gzip=True)
        case ["deflate"]:
            return _Unpacking(url, is_gzip=False)
        case _:
            named = ", ".join(codings)[:80]
            raise Refused(Outcome.UNDECODABLE, url, f"content coding {named!r} was not asked for and is not read")


class _Unpacking:
    """One gzip or deflate body on its way."""

    def __init__(self, url: str, *, is_gzip: bool) -> None:
        self._url = url
        self._is_gzip = is_gzip
        self._members = 0
        self._held = b""  # bytes too few to tell what they begin
        self._stream: zlib._Decompress | None = None  # of the member being read
        self._is_done = False  # what still comes is padding

    @property
    def is_cut(self) -> bool:
        return not self._is_done and (self._stream is not None or bool(self._held and not self._members))

    def feed(self, piece: bytes, most: int) -> bytes:
        """Give what `piece` unpacks to, at most so many bytes of it: the caller stops there."""
        rest = self._held + piece
        self._held = b""
        found: list[bytes] = []
        while rest and not self._is_done and most > 0:
            if self._stream is None and not self._begin(rest):
                break
            assert self._stream is not None
            try:
                found.append(self._stream.decompress(rest, most))
            except zlib.error as error:
                raise Refused(Outcome.UNDECODABLE, self._url, f"the packed body is damaged: {error}") from None
            most -= len(found[-1])
            rest = b""
            if self._stream.eof:
                rest, self._stream = self._stream.unused_data, None
                self._is_done = not self._is_gzip
        return b"".join(found)

    def _begin(self, rest: bytes) -> bool:
        """Begin a member; hold back what cannot be told yet, and end at what is none."""
        magic = _GZIP_MAGIC if self._is_gzip and self._members else b""
        if len(rest) < (len(magic) or 2):
            self._held = rest
            return False
        if not rest.startswith(magic):
            self._is_done = True
            return False
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise Refused(Outcome.TOO_LARGE, self._url, f"more than {_MOST_MEMBERS} gzip members")
        # "deflate" is zlib (RFC 9110, 8.4.1.2), or the bare stream that some servers send.
        is_zlib = rest[0] & 0x0F == 8 and int.from_bytes(rest[:2], "big") % 31 == 0
        self._stream = zlib.decompressobj(_GZIP if self._is_gzip else _ZLIB if is_zlib else _BARE)
        return True
