"""An article of a batch on its way into the store."""

from dataclasses import dataclass

from ingest.document import Prepared, Profile


@dataclass(slots=True)
class Fresh:
    """An article of a batch, the variant that it becomes, and what is found out about it on the way."""

    prepared: Prepared
    variant_id: int
    twin_of: int | None = None
    _kept: Profile | None = None

    @property
    def kept(self) -> Profile:
        """Its profile, cut to the heaviest terms."""
        return self._kept or self.prepared.profile

    def keep(self, profile: Profile) -> None:
        """Set the heaviest terms."""
        self._kept = profile

    @property
    def is_spoken(self) -> bool:
        """Whether it is matched by itself: long enough, and no other variant speaks for the same text."""
        return self.is_matchable and self.twin_of is None

    @property
    def is_matchable(self) -> bool:
        """Whether the text is long enough to tell a copy from a phrase."""
        return self.prepared.is_matchable

    @property
    def has_key(self) -> bool:
        """Whether there is a token in it by which the very same text can be found."""
        return self.prepared.text_key != 0
