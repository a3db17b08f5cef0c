"""What people correct: each function is one transaction, kept as a judgement that can be undone.

    merge(engine, 3, 8, by=By(actor="ines", note="one outage", at=now))

Doing a thing twice changes nothing. What contradicts an earlier judgement raises EditProblem, which names it.
"""

from storage.edits.marks import pin, restore, restore_variant, unpin, withdraw, withdraw_variant
from storage.edits.places import later, merge, move, not_same, same, split
from storage.edits.undoing import undo
from storage.edits.work import Edited, EditProblem, Nothing
from storage.stories.judgements import By

__all__ = [
    "By",
    "EditProblem",
    "Edited",
    "Nothing",
    "later",
    "merge",
    "move",
    "not_same",
    "pin",
    "restore",
    "restore_variant",
    "same",
    "split",
    "undo",
    "unpin",
    "withdraw",
    "withdraw_variant",
]
