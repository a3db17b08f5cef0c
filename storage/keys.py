"""The keys that variants and rejected documents are known by."""

import xxhash

from ingest.document import signed64


def identity_key(source: str, url: str) -> int:
    """Give the key under which a variant is known: its URL, or its source and the path it was loaded from."""
    name = url if url.startswith(("http://", "https://")) else f"{source}\0{url}"
    return _key(name)


def rejection_key(source: str, url: str) -> int:
    """Give the key under which a rejected document is known."""
    return _key(f"{source}\0{url}")


def _key(name: str) -> int:
    return signed64(xxhash.xxh3_64_intdigest(name.encode("utf-8", "replace")))
