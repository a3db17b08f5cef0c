"""How many independent voices a story has: reprints, one owner's outlets and wire copy are no corroboration."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.cluster.canonical import is_agency, plain


class VoiceKind(StrEnum):
    """Whose voice it is."""

    WIRE = "wire"  # an agency that is credited
    PUBLISHER = "publisher"  # an owner that is known
    OUTLET = "outlet"  # a source of which nobody said who owns it


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A variant, as far as it counts whose word it is."""

    variant_id: int
    group: int  # its copy group: reprints of one text
    source: str
    publisher: str | None
    credit: str | None  # the agency that it names as its origin
    at: datetime  # published, or first seen where nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One independent voice, and the variants that repeat it."""

    name: str
    kind: VoiceKind
    variants: tuple[int, ...]


def voices(witnesses: Sequence[Witness]) -> tuple[Voice, ...]:
    """Give the independent voices of one story, in the order in which they spoke first.

    Each text counts once, however often it was reprinted. It is the word of the agency that any of its reprints
    credits or is; else that of the owner of the outlet that had it first. Texts of one agency or owner are one voice.
    """
    agencies = sorted({witness.credit for witness in witnesses if witness.credit})
    owners = _owners(witnesses)
    groups: dict[int, list[Witness]] = defaultdict(list)
    for witness in sorted(witnesses, key=lambda witness: (witness.at, witness.variant_id)):
        groups[witness.group].append(witness)
    found: dict[str, Voice] = {}
    for group in groups.values():
        name, kind = _voice(group, agencies, owners)
        known = found.get(plain(name))
        ids = tuple(witness.variant_id for witness in group)
        found[plain(name)] = (
            Voice(name=name, kind=kind, variants=ids)
            if known is None
            else Voice(
                name=known.name, kind=min(known.kind, kind, key=list(VoiceKind).index), variants=known.variants + ids
            )
        )
    return tuple(found.values())


def _voice(group: Sequence[Witness], agencies: Iterable[str], owners: dict[str, str]) -> tuple[str, VoiceKind]:
    if agencies:
        named = Counter(witness.credit for witness in group if witness.credit)
        named.update(credit for witness in group for credit in agencies if is_agency(witness.source, credit))
        if named:
            return min(named, key=lambda credit: (-named[credit], credit)), VoiceKind.WIRE
    first = group[0]
    owner = first.publisher or owners.get(first.source)
    return (owner, VoiceKind.PUBLISHER) if owner else (first.source, VoiceKind.OUTLET)


def _owners(witnesses: Iterable[Witness]) -> dict[str, str]:
    """Give the owner of each source of which all who say anything say the same: not every page of an outlet does."""
    said: dict[str, set[str]] = defaultdict(set)
    for witness in witnesses:
        if witness.publisher:
            said[witness.source].add(witness.publisher)
    return {source: names.pop() for source, names in said.items() if len(names) == 1}
