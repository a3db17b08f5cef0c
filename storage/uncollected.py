"""Answers without a look for garbage: thousands of rows all stay until they are counted, and each look walks them all.

Counting facets of a large store takes 13 ms, and one time in twenty took 60 (docs/decisions.md, 44).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile; whoever began it first ends it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
