"""Asking for stories: filters that combine, facets, counts, a timeline.

    with reading(database_url(None)) as reader:
        page = find_stories(reader, Question(text='"last furnace" OR title:steel*', language="en"), limit=50)

Every question is answered by way of an index (docs/decisions.md says which), and looks at a bounded number of rows
where that would not be: then the answer says so.
"""

from storage.asking.counting import count_facets, count_stories, timeline
from storage.asking.listing import changed_at, export_stories, find_stories, story_summary
from storage.asking.question import (
    COUNTED,
    KINDS,
    MATCHES,
    ORDERS,
    STATES,
    Bucket,
    Count,
    FacetValue,
    Question,
    StoryPage,
)
from storage.cursors import QuestionProblem

__all__ = [
    "COUNTED",
    "KINDS",
    "MATCHES",
    "ORDERS",
    "STATES",
    "Bucket",
    "Count",
    "FacetValue",
    "Question",
    "QuestionProblem",
    "StoryPage",
    "changed_at",
    "count_facets",
    "count_stories",
    "export_stories",
    "find_stories",
    "story_summary",
    "timeline",
]
