"""The page of stories: what it shows, and the addresses that lead from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from query.serve.filters import Shown
from query.serve.rendering import link
from query.sources import STANDINGS, SourceLine
from storage.asking import FacetValue
from storage.asking.glances import MemberView
from storage.views import StorySummary

_FILTER_OF = {"seen": "seen_since", "independent": "least_independent"}  # else a facet has its filter's name
_SORTS = {"changed": "last changed", "newest": "newest", "independent": "most independent", "best": "best match"}
_FOLDS = {"events": "events", "copies": "copies"}
_GO_ALONG: dict[str, dict[str, object]] = {"run": {"outcome": None}}
_OUTLETS = 3  # of a group's copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that can be chosen, and the address at which it is."""

    name: str
    address: str
    is_on: bool
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A facet with its values."""

    name: str
    values: list[Choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A chosen filter, and the address without it."""

    name: str
    value: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A text, and its copies."""

    head: MemberView
    copies: list[MemberView]
    outlets: list[str]  # of some copies


def state_of(asked: Shown) -> dict[str, object]:
    """Give what an address of this listing says, but for the page and what is unfolded."""
    said: dict[str, object] = asked.asked()
    if asked.order is not None:
        said["order"] = asked.order
    if asked.fold != "events":
        said["fold"] = asked.fold
    return said


def facets_of(asked: Shown, found: Mapping[str, Sequence[FacetValue]]) -> list[Facet]:
    """Give the facets, each value leading to the stories that have it, or away from it where it is chosen."""
    said = state_of(asked)
    facets = []
    for name, values in found.items():
        key = _FILTER_OF.get(name, name)
        chosen = str(said.get(key, ""))
        choices = [_choice(said, key, chosen, value) for value in values if value.value and value.count]
        if choices:
            facets.append(Facet(name=name, values=choices))
    return facets


def _choice(said: Mapping[str, object], key: str, chosen: str, value: FacetValue) -> Choice:
    is_on = value.value == chosen
    name = f"{value.value} or more" if key == "least_independent" else value.value
    address = link("/", **{**said, key: None if is_on else value.value})
    return Choice(name=name, address=address, is_on=is_on, count=value.count)


def chips_of(asked: Shown) -> list[Chip]:
    """Give the chosen filters; an outcome is one of a run, and goes with it."""
    said = state_of(asked)
    return [
        Chip(name=name, value=str(value), address=link("/", **{**said, name: None, **_GO_ALONG.get(name, {})}))
        for name, value in asked.asked().items()
    ]


def sorts_of(asked: Shown) -> list[Choice]:
    """Give the orders; by match only where there is something to match."""
    said = state_of(asked)
    now = asked.order or ("best" if asked.q else "changed")
    return [
        Choice(name=name, address=link("/", **{**said, "order": order}), is_on=order == now)
        for order, name in _SORTS.items()
        if order != "best" or asked.q
    ]


def folds_of(asked: Shown) -> list[Choice]:
    """Give what may be folded into one line: all of an event, or only the copies of a text."""
    said = state_of(asked)
    return [
        Choice(
            name=name,
            address=link("/", **{**said, "fold": fold if fold != "events" else None}),
            is_on=fold == asked.fold,
        )
        for fold, name in _FOLDS.items()
    ]


def standings_of(lines: Sequence[SourceLine], chosen: str | None) -> list[Choice]:
    """Give how sources do, the worst first, each with how many do so; before them, all."""
    counts = Counter(line.standing for line in lines)
    every = Choice(name="all", address="/sources", is_on=chosen is None, count=len(lines))
    return [every] + [
        Choice(name=name, address=link("/sources", standing=name), is_on=name == chosen, count=counts[name])
        for name in STANDINGS
        if counts[name] or name == chosen
    ]


def groups_of(members: Sequence[MemberView]) -> list[Group]:
    """Give the texts of a story, the canonical one first, each with its copies."""
    copies: dict[int, list[MemberView]] = {}
    for member in members:
        copies.setdefault(member.group, []).append(member)
    return [_group(found) for found in copies.values()]


def states_of(story: StorySummary) -> list[str]:
    """Give the words for what was done to a story."""
    said = {
        "corrected": story.is_corrected,
        "suggested": story.is_suggested,
        "reviewed": story.is_reviewed,
        "withdrawn": story.is_withdrawn,
    }
    return [word for word, holds in said.items() if holds]


def _group(members: Sequence[MemberView]) -> Group:
    head = next((member for member in members if member.is_canonical), members[0])
    copies = [member for member in members if member.id != head.id]
    outlets = list(dict.fromkeys(member.source for member in copies))
    more = [f"{len(outlets) - _OUTLETS} more"] if len(outlets) > _OUTLETS else []
    return Group(head=head, copies=copies, outlets=outlets[:_OUTLETS] + more)
