"""For how long what is kept: a value by itself, since settings are read where no database is asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """For how many days what is kept; 0 is for ever."""

    raw: int = 30  # inputs of rejected documents
    rejections: int = 365
    runs: int = 90  # what each run counted, by source
    addresses: int = 365  # pages that were fetched, or are not to be had
    hosts: int = 30  # since their robots.txt was asked for
    files: int = 365  # that were taken in
    revisions: int = 0  # earlier texts; the last of each variant stays
    index: int = 0  # what finds copies and coverage of a variant
