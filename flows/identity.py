"""Who we say we are when we ask the web for anything."""

from importlib.metadata import version


def identity(contact: str | None) -> str:
    """Give the User-Agent: who we are, and how to reach us."""
    return f"newsfold/{version('newsfold')}" + (f" (+{contact})" if contact else "")
