"""Which text is meant, a variant by its number or one of its revisions as variant.revision; and what is not shown."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from query.serve.problems import Problem
from storage.asking.glances import TextView, Withdrawn, get_text
from storage.reading import MOST_ID, Reader
from storage.views import StoryDetail

TextName = Annotated[
    str,
    Field(
        pattern=r"^[1-9][0-9]{0,17}(\.[1-9][0-9]{0,8})?$", description="A variant, or one of its revisions: 12 or 12.1"
    ),
]


def named_text(reader: Reader, name: str) -> TextView:
    """Give the text that is meant; raises Problem: 404 where there is none, 410 where it was withdrawn."""
    variant, _, number = name.partition(".")
    try:
        found = get_text(reader, int(variant), int(number) if number else None) if int(variant) <= MOST_ID else None
    except Withdrawn as problem:
        raise Problem(410, str(problem)) from None
    if found is None:
        raise Problem(404, f"no text {name}")
    return found


def without_withdrawn(story: StoryDetail) -> StoryDetail:
    """Give a story whose withdrawn variants say when they were, and nothing of their texts."""
    gone = {variant.id for variant in story.variants if variant.withdrawn_at is not None}
    return replace(
        story,
        variants=[replace(variant, text="") if variant.id in gone else variant for variant in story.variants],
        removed=[each for each in story.removed if each.variant_id not in gone],
    )
