"""What runs came to, read from the database and told: for the command line, and for Prefect's pages."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flows.settings import Settings
from flows.telling.run_page import page
from ingest.safe import discreet
from storage.reading import reading
from storage.watching.accounts import Account, account_of_run, account_since
from storage.watching.alarms import Alarm, alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What runs came to."""

    account: Account
    alarms: tuple[Alarm, ...]  # what someone should look at now; none, where it is about one run
    is_of_run: bool  # one, not those of a time
    markdown: str

    @property
    def is_to_be_seen(self) -> bool:
        """Whether someone should look."""
        if not self.is_of_run:
            return bool(self.alarms)
        return self.account.runs[0].state in ("partly", "failed", "silent", "lost") or bool(self.account.failing)

    def to_json(self) -> str:
        """Give the values as one document."""
        said = {"alarms": [asdict(one) for one in self.alarms], "outcomes": self.account.outcomes}
        return json.dumps(_said(said | asdict(self.account)), indent=2)


def summary_of_run(settings: Settings, run: int, *, now: datetime) -> Summary | None:
    """Give what a run came to; None where there is none of this number. Raises DatabaseProblem."""
    with reading(settings.database_url) as reader:
        account = account_of_run(reader, run, now=now)
    if account is None:
        return None
    title = f"newsfold {account.runs[0].flow}, run {run}"
    markdown = page(account, title=title, run=account.runs[0], page_url=settings.page_url)
    return Summary(account=account, alarms=(), is_of_run=True, markdown=markdown)


def summary_since(settings: Settings, span: timedelta, *, now: datetime) -> Summary:
    """Give what the runs of the last `span` came to, and what someone should look at now. Raises DatabaseProblem."""
    with reading(settings.database_url) as reader:
        account = account_since(reader, now - span, now=now)
        found = tuple(alarms(reader, now=now, quiet=settings.quiet))
    title = f"newsfold, {now - span:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC"
    markdown = page(account, title=title, alarms=found, page_url=settings.page_url)
    return Summary(account=account, alarms=found, is_of_run=False, markdown=markdown)


def _said(value: object) -> object:
    """Give a value as JSON has it, its texts without secrets."""
    match value:
        case str():
            return discreet(value)
        case datetime():
            return value.isoformat()
        case dict():
            return {str(name): _said(each) for name, each in value.items()}
        case list() | tuple():
            return [_said(each) for each in value]
    return value
