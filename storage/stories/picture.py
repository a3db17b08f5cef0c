"""The stories that a batch touches, as they stand now and as they will be: read once, decided on, written once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson
from sqlalchemy import Connection, select, update

from ingest.cluster.canonical import Contender, Rule, choose_canonical, heads
from ingest.cluster.judgements import are_apart
from storage import tables
from storage.rows import among, insert_rows, update_rows
from storage.stories.changes import ChangeToCome, write_changes
from storage.stories.judgements import standing_sides
from storage.stories.members import Member, read_members
from storage.tables import core

_STORY, _VARIANT = core(tables.Story), core(tables.Variant)
_LOSERS_KEPT = 12


@dataclass(slots=True)
class _StoryState:
    members: list[int]
    first_seen_at: datetime
    last_seen_at: datetime
    is_new: bool
    row: tuple[object, ...] = ()  # first_seen_at, last_seen_at, kind, size, canonical_why
    merged_into: int | None = None
    founder_id: int = 0
    split_from: int | None = None
    withdrawn_at: datetime | None = None

    @property
    def columns(self) -> tuple[object, ...]:
        """All of its row, in the order of the table."""
        return *self.row, self.merged_into, self.founder_id, self.split_from, self.withdrawn_at


@dataclass(slots=True)
class Picture:
    """The stories that a batch touches. `members` holds every variant of every story in `_stories`."""

    db: Connection
    run_id: int | None
    now: datetime
    actor: str = "newsfold"
    members: dict[int, Member] = field(default_factory=dict)
    _before: dict[int, Member] = field(default_factory=dict)
    _stories: dict[int, _StoryState] = field(default_factory=dict)
    _groups: dict[int, int] = field(default_factory=dict)  # variant -> one of its copy group, in the end the same
    _twins: dict[int, int] = field(default_factory=dict)  # variant -> the one that has the same text, and speaks for it
    _sides: dict[int, dict[int, int]] = field(default_factory=dict)  # variant -> what people part it from
    _touched: set[int] = field(default_factory=set)
    _changes: list[ChangeToCome] = field(default_factory=list)
    _heirs: set[int] = field(default_factory=set)  # stories that took in others
    _folded: dict[int, int] = field(default_factory=dict)  # new story -> the one that its variants are in

    def read(self, variant_ids: Iterable[int]) -> None:
        """Take in the stories of these stored variants, whole."""
        unknown = set(variant_ids) - self.members.keys()
        of = select(_VARIANT.c.story_id).distinct()
        if not unknown:
            return
        story_ids = set(self.db.scalars(of.where(among(self.db, _VARIANT.c.id, unknown)))) - self._stories.keys()
        self.read_rows(story_ids)
        found = read_members(self.db, story_ids)
        for member, twin_of in found:
            self._before[member.id] = self.members[member.id] = member
            self._stories[member.story_id].members.append(member.id)
            self._groups[member.id] = member.copy_of or member.id
            if twin_of:
                self._twins[member.id] = twin_of
        self._sides |= standing_sides(self.db, [member.id for member, _ in found])

    def read_rows(self, story_ids: Iterable[int]) -> None:
        """Take in the rows of stories, without what is in them: enough for those that were merged."""
        for story in self.db.execute(select(_STORY).where(among(self.db, _STORY.c.id, story_ids))):
            seen = (story.first_seen_at, story.last_seen_at)
            self._stories[story.id] = _StoryState(
                [],
                *seen,
                is_new=False,
                row=(*seen, story.kind, story.size, story.canonical_why),
                merged_into=story.merged_into,
                founder_id=story.founder_id,
                split_from=story.split_from,
                withdrawn_at=story.withdrawn_at,
            )

    def members_of(self, story_id: int) -> list[Contender]:
        """Give the variants of a story, oldest first."""
        return [self.members[variant_id].contender for variant_id in sorted(self._stories[story_id].members)]

    def story_of(self, variant_id: int) -> int:
        """Give the story that a variant is in, as things stand."""
        return self.members[variant_id].story_id

    def group_of(self, variant_id: int) -> int:
        """Give one variant that stands for the copy group that a variant is in."""
        while self._groups[variant_id] != variant_id:
            self._groups[variant_id] = variant_id = self._groups[self._groups[variant_id]]
        return variant_id

    def groups_in(self, story_id: int) -> list[int]:
        """Give one variant of each copy group of a story, oldest first."""
        return list(dict.fromkeys(self.group_of(variant_id) for variant_id in self._stories[story_id].members))

    def apart(self, one: int, other: int) -> bool:
        """Tell whether two stories must not become one: a person parted them, or withdrew one of them."""
        if (self._stories[one].withdrawn_at is None) != (self._stories[other].withdrawn_at is None):
            return True
        return bool(self._sides) and are_apart(self._sides_of(one), self._sides_of(other))

    def begin_story(self, story_id: int, contender: Contender) -> None:
        """Make a new story of one variant."""
        self._stories[story_id] = _StoryState([], self.now, self.now, is_new=True, founder_id=contender.variant_id)
        self._changes.append(ChangeToCome(story_id, "created", contender.url))
        self._place(story_id, contender)

    def join(
        self,
        story_id: int,
        contender: Contender,
        *,
        event: str,
        absorbs: Iterable[int] = (),
        twin_of: int | None = None,
    ) -> None:
        """Put a variant into a story, which takes in the stories that it `absorbs`; `event` is a kind of Change."""
        self._twins.pop(contender.variant_id, None)
        if twin_of is not None:
            self._twins[contender.variant_id] = twin_of
        for absorbed in absorbs:
            self._absorb(story_id, absorbed)
        self._changes.append(ChangeToCome(story_id, event, contender.url))
        seen_at = self._stories[story_id].last_seen_at
        self._place(story_id, contender)
        if event == "recleaned":  # no news of the story
            self._stories[story_id].last_seen_at = seen_at

    def is_new(self, story_id: int) -> bool:
        """Tell whether a story was begun in this picture, and still is one."""
        state = self._stories.get(story_id)
        return state is not None and state.is_new

    def unite(self, story_id: int, other: int) -> None:
        """Make one story of two that report the same event; a new one that took in no other leaves no trace."""
        gone = self._stories[other]
        if not gone.is_new or other in self._heirs:
            self._absorb(story_id, other)
        else:
            self._move(other, story_id)
            self._folded[other] = story_id
            del self._stories[other]
            self._touched.discard(other)
        self._touch(story_id)

    def number(self, first: int) -> None:
        """Give the new stories numbers from `first` on without gaps, in the order of those that they have."""
        new = sorted(story_id for story_id, state in self._stories.items() if state.is_new)
        names = dict(zip(new, range(first, first + len(new)), strict=True))
        for story_id in sorted(self._folded):  # into an older one, whose name is known by then
            into = self._folded[story_id]
            names[story_id] = names.get(into, into)
        if all(before == now for before, now in names.items()):
            return
        self._stories = {names.get(story_id, story_id): state for story_id, state in self._stories.items()}
        for state in self._stories.values():
            state.merged_into = names.get(state.merged_into or 0, state.merged_into)
        for variant_id, member in self.members.items():
            if member.story_id in names:
                self.members[variant_id] = replace(member, story_id=names[member.story_id])
        self._touched = {names.get(story_id, story_id) for story_id in self._touched}
        self._changes = [change.renamed(names, self._folded) for change in self._changes]

    def bind(self, variant_id: int, other: int) -> None:
        """Put two variants, and all that are copies of them, into one copy group."""
        one, two = self.group_of(variant_id), self.group_of(other)
        self._groups[max(one, two)] = min(one, two)
        self._touched.add(self.story_of(variant_id))

    def cut(self, variant_id: int) -> None:
        """Note that nearly all of a variant stands in a notably longer one."""
        member = self.members[variant_id]
        self.members[variant_id] = replace(member, contender=replace(member.contender, is_cut=True))
        self._touched.add(member.story_id)

    def stories(self) -> dict[int, frozenset[int]]:
        """Give the stories that stand for themselves, each with its variants."""
        stand = {story_id: state for story_id, state in self._stories.items() if state.merged_into is None}
        return {story_id: frozenset(state.members) for story_id, state in stand.items()}

    def withdrawn_at(self, story_id: int) -> datetime | None:
        """Give when a person withdrew a story; None where nobody did."""
        return self._stories[story_id].withdrawn_at

    def withdraw(self, story_id: int, at: datetime | None) -> None:
        """Note since when a story is withdrawn; None: it is not."""
        self._stories[story_id].withdrawn_at = at
        self._touched.add(story_id)

    def mark(self, variant_id: int, *, is_pinned: bool | None = None, is_withdrawn: bool | None = None) -> None:
        """Note what a person said of a variant; None: nothing."""
        member = self.members[variant_id]
        contender = member.contender
        if is_pinned is not None:
            contender = replace(contender, is_pinned=is_pinned)
        if is_withdrawn is not None:
            contender = replace(contender, is_withdrawn=is_withdrawn)
        self.members[variant_id] = replace(member, contender=contender)
        self._touched.add(member.story_id)

    def seat(self, story_id: int, groups: Sequence[Collection[int]], *, founder_id: int, origin: int) -> None:
        """Give a story these copy groups and nothing else; a new one is parted from the story `origin`."""
        members = sorted(variant_id for group in groups for variant_id in group)
        first = min(self.members[variant_id].contender.first_seen_at for variant_id in members)
        last = max(self.members[variant_id].last_seen_at for variant_id in members)
        state = self._stories.get(story_id)
        if state is None:
            state = self._stories[story_id] = _StoryState([], first, last, is_new=True)
        if state.is_new or state.merged_into is not None:
            state.split_from, state.withdrawn_at = origin, self._stories[origin].withdrawn_at
        state.members, state.first_seen_at, state.last_seen_at = members, first, last
        state.merged_into, state.founder_id = None, founder_id
        for variant_id in members:
            self.members[variant_id] = replace(self.members[variant_id], story_id=story_id)
        self._groups |= {variant_id: min(group) for group in groups for variant_id in group}
        self._touched.add(story_id)

    def redirect(self, story_id: int, into: int, *, founder_id: int) -> None:
        """Let a story that has no variants any more lead to another one, where its founder is."""
        state = self._stories[story_id]
        if (state.merged_into, state.founder_id) == (into, founder_id):
            return
        state.members, state.merged_into, state.founder_id, state.withdrawn_at = [], into, founder_id, None
        state.row = (state.first_seen_at, state.last_seen_at, "single", 0, "{}")
        self._touched.add(story_id)

    def note(self, story_id: int, kind: str, detail: str) -> None:
        """Add to a story's history, and choose anew who speaks for it; `kind` is a kind of Change."""
        self._changes.append(ChangeToCome(story_id, kind, detail))
        self._touched.add(story_id)

    def settle(self) -> None:
        """Choose heads and canonical variants of all touched stories."""
        for story_id in sorted(self._touched):
            if self._stories[story_id].merged_into is None:
                self._settle_story(story_id)

    def touched(self) -> set[int]:
        """Give the stories that change, those merged away among them."""
        return set(self._touched)

    def begun_by(self, variant_id: int) -> int | None:
        """Give the new story that holds this variant and no other; None where there is none."""
        story_id = self.members[variant_id].story_id
        state = self._stories[story_id]
        return story_id if state.is_new and len(state.members) == 1 else None

    def write_new_stories(self) -> None:
        """Write the new stories: variants refer to them."""
        new = [(story_id, self._stories[story_id]) for story_id in sorted(self._touched)]
        new = [(story_id, state) for story_id, state in new if state.is_new]
        new.sort(key=lambda item: item[1].merged_into is not None)  # one that absorbs comes before the absorbed
        insert_rows(self.db, tables.Story, [(story_id, *state.columns) for story_id, state in new])

    def write_changed(self, *, without: set[int]) -> None:
        """Write what changed of stored variants and stories; the variants `without` are not in the tables yet."""
        changed = [
            member
            for variant_id, member in self.members.items()
            if variant_id not in without and member != self._before[variant_id]
        ]
        demoted = [member.id for member in changed if self._before[member.id].is_canonical]
        if demoted:  # first, for one story never has two
            self.db.execute(update(_VARIANT).where(among(self.db, _VARIANT.c.id, demoted)).values(is_canonical=False))
        places = [(m.id, m.story_id, m.relation, m.copy_of, m.is_canonical, m.contender.is_cut) for m in changed]
        update_rows(self.db, tables.Variant, ("story_id", "relation", "copy_of", "is_canonical", "is_cut"), places)
        touched = [(story_id, self._stories[story_id]) for story_id in sorted(self._touched)]
        stories = [(story_id, *state.columns) for story_id, state in touched if not state.is_new]
        update_rows(self.db, tables.Story, [column.name for column in _STORY.columns][1:], stories)
        write_changes(self.db, self._changes, actor=self.actor, run_id=self.run_id, now=self.now)

    def _sides_of(self, story_id: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for variant_id in self._stories[story_id].members:
            for judgement_id, side in self._sides.get(variant_id, {}).items():
                found[judgement_id] = found.get(judgement_id, 0) | side
        return found

    def _touch(self, story_id: int) -> None:
        self._stories[story_id].last_seen_at = max(self._stories[story_id].last_seen_at, self.now)
        self._touched.add(story_id)

    def _place(self, story_id: int, contender: Contender) -> None:
        known = self.members.get(contender.variant_id)
        if known is None:
            self._groups[contender.variant_id] = contender.variant_id
            self._stories[story_id].members.append(contender.variant_id)
        elif known.story_id != story_id:
            raise ValueError(
                f"variant {contender.variant_id} is in story {known.story_id}: it moves with its story only"
            )
        self.members[contender.variant_id] = Member(
            id=contender.variant_id,
            story_id=story_id,
            relation=known.relation if known else "",
            copy_of=known.copy_of if known else None,
            is_canonical=known.is_canonical if known else False,
            contender=contender,
            last_seen_at=known.last_seen_at if known else self.now,
        )
        self._touch(story_id)

    def _absorb(self, story_id: int, absorbed: int) -> None:
        gone = self._stories[absorbed]
        self._move(absorbed, story_id)
        gone.members, gone.merged_into = [], story_id
        gone.row = (gone.first_seen_at, gone.last_seen_at, "single", 0, "{}")
        self._touched.add(absorbed)
        self._heirs.add(story_id)
        self._changes.append(ChangeToCome(story_id, "absorbed", "story", absorbed))
        self._changes.append(ChangeToCome(absorbed, "merged", "into story", story_id))

    def _move(self, story_id: int, into: int) -> None:
        """Put all variants of a story into another one."""
        state, gone = self._stories[into], self._stories[story_id]
        for variant_id in gone.members:
            self.members[variant_id] = replace(self.members[variant_id], story_id=into)
        state.members = sorted(state.members + gone.members)
        state.first_seen_at = min(state.first_seen_at, gone.first_seen_at)

    def _settle_story(self, story_id: int) -> None:
        state = self._stories[story_id]
        for variant_id in state.members:  # what holds for a text holds for its twins, which are not compared themselves
            speaker = self._twins.get(variant_id, variant_id)
            spoken = self.members.get(speaker)  # none where a person parted the two
            if spoken and spoken.contender.is_cut and not self.members[variant_id].contender.is_cut:
                self.cut(variant_id)
        if len(state.members) == 1:
            self._settle_single(state, state.members[0])
            return
        groups: dict[int, list[Contender]] = defaultdict(list)
        for variant_id in state.members:
            groups[self.group_of(variant_id)].append(self.members[variant_id].contender)
        everyone = [contender for group in groups.values() for contender in group]
        choice = choose_canonical(everyone)
        for head, group in zip(heads(list(groups.values())), groups.values(), strict=True):
            for contender in group:
                canonical = contender.variant_id == choice.variant_id
                self.members[contender.variant_id] = replace(
                    self.members[contender.variant_id],
                    is_canonical=canonical,
                    copy_of=head if contender.variant_id != head else None,
                    relation=_relation(contender, head, canonical=canonical),
                )
        losers = [(loser, rule.value) for loser, rule in choice.losers[:_LOSERS_KEPT]]
        why = orjson.dumps({"rule": choice.rule.value, "variant": choice.variant_id, "losers": losers}).decode()
        kind = "reprinted" if len(groups) == 1 else "covered"
        before = (self._before[variant_id] for variant_id in state.members if variant_id in self._before)
        previous = [member.id for member in before if member.is_canonical and member.story_id == story_id]
        if previous and previous[0] != choice.variant_id:
            detail = f"variant {choice.variant_id}, {choice.rule.value}; was variant {previous[0]}"
            self._changes.append(ChangeToCome(story_id, "canonical", detail))
        state.row = (state.first_seen_at, state.last_seen_at, kind, len(everyone), why)

    def _settle_single(self, state: _StoryState, variant_id: int) -> None:
        member = replace(self.members[variant_id], is_canonical=True, copy_of=None, relation="canonical")
        self.members[variant_id] = member
        why = f'{{"rule":"{Rule.ONLY}","variant":{variant_id},"losers":[]}}'
        state.row = (state.first_seen_at, state.last_seen_at, "single", 1, why)


def _relation(contender: Contender, head: int, *, canonical: bool) -> str:
    if canonical:
        return "canonical"
    if contender.variant_id == head:
        return "coverage"
    return "excerpt" if contender.is_cut else "copy"
