"""Stories arranged anew after a judgement: read what it can move, ask which variants are together, and move them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from ingest.cluster.decide import Relation
from ingest.cluster.judgements import Judgement, arrange, unexplained
from storage import tables
from storage.rows import among
from storage.stories.judgements import placing
from storage.stories.picture import Picture
from storage.tables import core

_STORY, _LINK = core(tables.Story), core(tables.Link)
_TEXTS = (Relation.COPY.value, Relation.EXCERPT.value)
_JOINING = (*_TEXTS, Relation.COVERAGE.value)


@dataclass(slots=True)
class Scene:
    """The stories that a judgement can move something in, whole, with the links and judgements among them."""

    picture: Picture
    ties: list[tuple[int, int]] = field(default_factory=list)  # of joining links, the surest first
    texts: list[tuple[int, int]] = field(default_factory=list)  # of them, those that share a text
    judgements: list[Judgement] = field(default_factory=list)  # that stand

    def stories_of(self, variant_ids: Iterable[int]) -> list[int]:
        """Give the stories that these variants are in, ascending."""
        return sorted({self.picture.story_of(variant_id) for variant_id in variant_ids})


def gather(db: Connection, picture: Picture, variant_ids: Collection[int]) -> Scene:
    """Read the stories of these variants, and those that links or corrections tie to them, however far."""
    wanted = set(variant_ids)
    while True:
        picture.read(wanted)
        known = set(picture.members)
        links = _links(db, known)
        judgements = placing(db, known)
        wanted = {end for link in links for end in link[:2]}
        for judgement in judgements:
            for group in (judgement.together, *judgement.left_together):
                wanted |= set(group) if not known.isdisjoint(group) else set()
        if wanted <= known:
            texts = [(one, other) for one, other, relation, _ in links if relation in _TEXTS]
            return Scene(picture, [link[:2] for link in links], texts, judgements)


def _links(db: Connection, variant_ids: Collection[int]) -> list[tuple[int, int, str, float]]:
    columns = select(_LINK.c.variant_a, _LINK.c.variant_b, _LINK.c.relation, _LINK.c.score)
    joining = columns.where(_LINK.c.relation.in_(_JOINING))
    found = {
        (row.variant_a, row.variant_b, row.relation, row.score)
        for end in (_LINK.c.variant_a, _LINK.c.variant_b)
        for row in db.execute(joining.where(among(db, end, variant_ids)))
    }
    return sorted(found, key=lambda link: (link[2] not in _TEXTS, -link[3], link[0], link[1]))


def rearrange(db: Connection, scene: Scene, judgements: Sequence[Judgement], *, keeps: Mapping[int, int]) -> None:
    """Put every variant of the scene where links and these judgements say, in place of the scene's own.

    A story is where its founder is, the oldest of several in one place takes in the others, and variants without any
    founder make a new story; `keeps` gives founders to stories that lose theirs.
    """
    picture = scene.picture
    labels = {variant: picture.withdrawn_at(picture.story_of(variant)) is None for variant in picture.members}
    held = unexplained(picture.stories().values(), arrange(labels, scene.ties, scene.judgements))
    clusters = arrange(labels, [*scene.ties, *held], judgements)
    place(db, picture, clusters, texts=scene.texts, keeps=keeps)


def place(
    db: Connection,
    picture: Picture,
    clusters: Iterable[frozenset[int]],
    *,
    texts: Iterable[tuple[int, int]],
    keeps: Mapping[int, int],
    regrouped: Collection[int] = (),
) -> None:
    """Put the variants of the picture into these clusters, of which each is one story.

    `texts` are pairs that share a text, `regrouped` variants of which that is new or over.
    """
    before = picture.stories()
    founders = {**_founders(db, picture, before), **keeps}
    next_story = (db.scalar(select(func.max(_STORY.c.id))) or 0) + 1
    placed: dict[int, frozenset[int]] = {}
    redirects: dict[int, int] = {}
    for cluster in clusters:
        found = sorted(story_id for story_id, founder in founders.items() if founder in cluster)
        if not found:
            found, next_story = [next_story], next_story + 1
            founders[found[0]] = min(cluster)
        placed[found[0]] = cluster
        redirects |= dict.fromkeys(found[1:], found[0])
    came = _moves(picture, placed)
    shared = arrange(dict.fromkeys(picture.members), texts, ())  # a copy stays one without what was between
    for story_id, cluster in sorted(placed.items()):
        if before.get(story_id) != cluster or not cluster.isdisjoint(regrouped):
            groups = [cluster & text for text in shared if not cluster.isdisjoint(text)]
            origin = min((source for source, target in came if target == story_id), default=story_id)
            picture.seat(story_id, groups, founder_id=founders[story_id], origin=origin)
    for story_id, into in redirects.items():
        picture.redirect(story_id, into, founder_id=founders[story_id])
    _tell(picture, came, redirects)


def _founders(db: Connection, picture: Picture, stories: Mapping[int, frozenset[int]]) -> dict[int, int]:
    """Give the stories that began with a variant of the picture, each with this variant."""
    columns = select(_STORY.c.id, _STORY.c.founder_id)
    rows = db.execute(columns.where(among(db, _STORY.c.founder_id, picture.members))).all()
    founders: dict[int, int] = {row.id: row.founder_id for row in rows}
    picture.read_rows(founders.keys() - stories.keys())
    return founders | {story_id: min(stories[story_id]) for story_id in stories.keys() - founders.keys()}


def _moves(picture: Picture, placed: Mapping[int, frozenset[int]]) -> dict[tuple[int, int], list[int]]:
    """Give the variants that change their story, by the old and the new one."""
    moves: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for story_id, cluster in placed.items():
        for variant in sorted(cluster):
            if picture.story_of(variant) != story_id:
                moves[picture.story_of(variant), story_id].append(variant)
    return dict(moves)


def _tell(picture: Picture, moves: Mapping[tuple[int, int], Sequence[int]], redirects: Mapping[int, int]) -> None:
    for (source, target), variants in sorted(moves.items()):
        if redirects.get(source) == target:
            picture.note(target, "absorbed", f"story {source}")
            picture.note(source, "merged", f"into story {target}")
        else:
            said = f"variant{'s' if len(variants) > 1 else ''} {', '.join(map(str, variants))}"
            picture.note(source, "parted", f"{said} to story {target}")
            picture.note(target, "gained", f"{said} of story {source}")
