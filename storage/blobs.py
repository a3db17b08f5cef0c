"""Values as bytes in a row, and back."""

import zlib
from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from ingest.document import Profile, Removed


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
    """Give the values of a stored signature."""
    return np.frombuffer(blob, "<u4")


def pack_removed(removed: Sequence[Removed]) -> bytes | None:
    """Pack the removed lines with their rules; None where nothing was removed."""
    return zlib.compress(orjson.dumps([(line.line, line.rule) for line in removed]), 1) if removed else None
