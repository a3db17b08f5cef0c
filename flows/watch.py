"""The flow `report`: what the runs of the last hours came to, and an event of each alarm that begins or ends.

Which alarms were told is a variable of the Prefect server, so that one which stands is told once a day, not each time.
"""

import logging
from datetime import datetime, timedelta
from typing import Annotated, cast

import prefect
from prefect.events import emit_event
from prefect.variables import Variable
from pydantic import Field

from flows.endings import publish
from flows.logs import event
from flows.open_run import now_utc
from flows.settings import read_settings
from flows.telling.summary import summary_since
from ingest.safe import discreet
from storage.watching.alarms import Alarm

log = logging.getLogger(__name__)

TOLD = "newsfold_alarms"  # the variable: {an alarm's key: when it was told}
BEGAN, ENDED = "newsfold.alarm.began", "newsfold.alarm.ended"
_AGAIN = timedelta(days=1)


@prefect.flow(name="report")
def report(
    hours: Annotated[int, Field(ge=1, le=8_760, description="How far back the runs are that it is about.")] = 24,
    database_url: str | None = None,
) -> dict[str, object]:
    """Show what the runs of the last hours came to, and tell of what someone should look at.

    Args:
        hours: How far back the runs are that it is about.
        database_url: The story database; when left out, NEWSFOLD_DATABASE_URL of the worker says it.
    """
    settings, now = read_settings(database_url=database_url), now_utc()
    found = summary_since(settings, timedelta(hours=hours), now=now)
    publish(found, key="newsfold-report", said=f"The last {hours} hours")
    known = cast("dict[str, str]", Variable.get(TOLD, default={}))
    begun, ended, told = changed(known, found.alarms, now=now)
    for alarm in begun:
        log.warning(
            "%s: %s", alarm.kind, alarm.said, extra=event("alarm", alarm=alarm.key, source=alarm.subject or None)
        )
        _emit(BEGAN, alarm.key, discreet(alarm.said), alarm.remedy)
    for key in ended:
        _emit(ENDED, key, f"over: {key}", "")
    if told != known:
        Variable.set(TOLD, dict(told), overwrite=True)
    return {
        "runs": len(found.account.runs),
        "outcomes": found.account.outcomes,
        "alarms": [one.key for one in found.alarms],
    }


def changed(
    known: dict[str, str], alarms: tuple[Alarm, ...], *, now: datetime
) -> tuple[list[Alarm], list[str], dict[str, str]]:
    """Give the alarms that are to be told, the keys of those that are over, and what is known as told then.

    `known` is what was told before: an alarm's key, and when.
    """
    begun = [one for one in alarms if one.key not in known or now - datetime.fromisoformat(known[one.key]) >= _AGAIN]
    standing = {one.key for one in alarms}
    told = {key: at for key, at in known.items() if key in standing} | {one.key: now.isoformat() for one in begun}
    return begun, sorted(known.keys() - standing), told


def _emit(event: str, key: str, said: str, remedy: str) -> None:
    resource = {"prefect.resource.id": f"newsfold.alarm.{key}", "prefect.resource.name": key}
    emit_event(event, resource=resource, payload={"said": said, "remedy": remedy})
