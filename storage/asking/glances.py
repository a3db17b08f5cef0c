"""What a page shows of a story's variants without their texts, and the texts that one place had over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.reading import Reader, chunks, utc, utc_or_none

SHOWN = 200  # variants of one story, the heads of its copy groups first

_MEMBERS = """
    SELECT story_id, id, source, url, title, relation, copy_of, is_canonical, published_at, published_from,
        first_seen_at, credit, language
    FROM variant WHERE story_id IN :stories
    ORDER BY story_id, CASE WHEN is_canonical THEN 0 ELSE 1 END, CASE WHEN copy_of IS NULL THEN 0 ELSE 1 END, id"""
_REVISIONS = """
    SELECT variant_id, number, title, length(text), fetched_at, reason FROM revision
    WHERE variant_id IN :variants ORDER BY variant_id, number"""
_BEGINNINGS = (
    "SELECT id, substr(text, 1, :most), url, language, length(text) > :most FROM variant WHERE id IN :variants"
)
_VARIANT_TEXT = """
    SELECT v.story_id, v.source, v.url, v.title, v.text, v.fetched_at, v.language, v.withdrawn_at, s.withdrawn_at
    FROM variant v JOIN story s ON s.id = v.story_id WHERE v.id = :variant"""
_REVISION_TEXT = "SELECT title, text, fetched_at FROM revision WHERE variant_id = :variant AND number = :number"


class Withdrawn(LookupError):
    """A text that a person took out, alone or with its story; `str()` is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A variant as a line in a listing."""

    story_id: int
    id: int
    source: str
    url: str
    title: str
    relation: str
    copy_of: int | None
    is_canonical: bool
    published_at: datetime | None  # None where nobody said, or it is a guess
    first_seen_at: datetime
    credit: str | None
    language: str | None

    @property
    def group(self) -> int:
        """Give the head of its copy group."""
        return self.copy_of or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """An earlier text of a variant, without the text."""

    variant_id: int
    number: int  # 1 is the oldest
    title: str
    chars: int
    fetched_at: datetime
    reason: str  # who replaced it: outlet, or cleaning


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginningView:
    """How a variant's text begins, and where it stands."""

    text: str
    goes_on: bool
    url: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """What a variant says, or said in an earlier revision."""

    variant_id: int
    number: int | None  # None: what it says now
    story_id: int
    source: str
    url: str
    title: str
    text: str
    fetched_at: datetime
    language: str | None


def list_members(reader: Reader, stories: Iterable[int], *, most: int = SHOWN) -> dict[int, list[MemberView]]:
    """Give the variants of each story, at most `most` of one: canonical, heads of copy groups, copies."""
    found: dict[int, list[MemberView]] = {}
    for chunk in chunks(stories):
        for row in reader.stream(_MEMBERS, stories=chunk):
            members = found.setdefault(row[0], [])
            if len(members) < most:
                members.append(
                    MemberView(
                        story_id=row[0],
                        id=row[1],
                        source=row[2],
                        url=row[3],
                        title=row[4],
                        relation=row[5],
                        copy_of=row[6],
                        is_canonical=bool(row[7]),
                        published_at=utc_or_none(row[8]) if row[9] != "guess" else None,
                        first_seen_at=utc(row[10]),
                        credit=row[11],
                        language=row[12],
                    )
                )
    return found


def list_revisions(reader: Reader, variants: Iterable[int]) -> dict[int, list[RevisionView]]:
    """Give the earlier texts of each variant that has any, the oldest first."""
    found: dict[int, list[RevisionView]] = {}
    for chunk in chunks(variants):
        for variant, number, title, chars, fetched_at, reason in reader.rows(_REVISIONS, variants=chunk):
            found.setdefault(variant, []).append(
                RevisionView(
                    variant_id=variant,
                    number=number,
                    title=title,
                    chars=chars,
                    fetched_at=utc(fetched_at),
                    reason=reason,
                )
            )
    return found


def list_beginnings(reader: Reader, variants: Iterable[int], *, most: int = 400) -> dict[int, BeginningView]:
    """Give how the texts of these variants begin."""
    return {
        row[0]: BeginningView(text=row[1], url=row[2], language=row[3], goes_on=bool(row[4]))
        for chunk in chunks(variants)
        for row in reader.rows(_BEGINNINGS, variants=chunk, most=most)
    }


def get_text(reader: Reader, variant: int, number: int | None = None) -> TextView | None:
    """Give what a variant says now, or said in revision `number`; None where there is no such thing.

    Raises Withdrawn where it, or its story, was withdrawn.
    """
    rows = reader.rows(_VARIANT_TEXT, variant=variant)
    if not rows:
        return None
    story_id, source, url, title, text, fetched_at, language, withdrawn_at, story_withdrawn_at = rows[0]
    if withdrawn_at is not None or story_withdrawn_at is not None:
        raise Withdrawn(f"variant {variant} was withdrawn" if withdrawn_at else f"story {story_id} was withdrawn")
    if number is not None:
        earlier = reader.rows(_REVISION_TEXT, variant=variant, number=number)
        if not earlier:
            return None
        title, text, fetched_at = earlier[0]
    return TextView(
        variant_id=variant,
        number=number,
        story_id=story_id,
        source=source,
        url=url,
        title=title,
        text=text,
        fetched_at=utc(fetched_at),
        language=language,
    )
