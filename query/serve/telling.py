"""Which text is meant: a variant by its number, or one of its revisions as variant.revision."""

from typing import Annotated

from pydantic import Field

from query.serve.filters import MOST_ID
from query.serve.problems import Problem
from storage.asking.glances import TextView, get_text
from storage.reading import Reader

TextName = Annotated[
    str,
    Field(
        pattern=r"^[1-9][0-9]{0,17}(\.[1-9][0-9]{0,8})?$", description="A variant, or one of its revisions: 12 or 12.1"
    ),
]


def named_text(reader: Reader, name: str) -> TextView:
    """Give the text that is meant; raises Problem where there is none."""
    variant, _, number = name.partition(".")
    found = get_text(reader, int(variant), int(number) if number else None) if int(variant) <= MOST_ID else None
    if found is None:
        raise Problem(404, f"no text {name}")
    return found
