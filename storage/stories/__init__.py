"""A batch of articles becomes variants of stories: what storage/store.py calls inside its transaction."""
