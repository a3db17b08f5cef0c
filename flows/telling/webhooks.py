"""Telling webhooks what happened to stories: in order, at least once each, for a bounded time.

lease the hooks that are due | for each: read what is pending | post | note it | give the hook back

A hook that was posted to and not noted, because we were killed between, is told again under the same id; so is one
whose answer was lost. Two that tell at once share the hooks: each hook is leased by one of them.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

from flows.identity import identity
from flows.network import Network
from flows.patience import first_line, is_of_database
from flows.telling.deliveries import Letter, letter, trial_letter
from ingest.fetch.posting import Poster
from ingest.fetch.receivers import receiver_of, why_refused
from ingest.outcome import IngestError, Refused
from storage.database import Engine, connected
from storage.hooks.events import Pending, Step, read_pending
from storage.hooks.kept import Hook, any_due, get_hook
from storage.hooks.writes import NoHook, lease_hooks, mark_failed, mark_told, release_hooks, resume_hook
from storage.reading import DatabaseProblem, reading

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

AFTER_RUN_S = 30.0  # what telling may add to a run; what is left waits for the next one
_LEASE_S = 120.0  # beyond the last note: longer than one post and the wait for another writer take
_AT_ONCE = 8  # hooks
_GONE = 410  # RFC 9110, section 15.5.11


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of telling."""

    events: dict[int, int] = field(default_factory=dict)  # how many, by hook
    troubles: dict[int, str] = field(default_factory=dict)  # why a hook was told no more


def tell_hooks(
    database_url: str, *, contact: str | None, clock: Clock, budget_s: float = float("inf"), owner: str | None = None
) -> Told:
    """Tell the hooks that are due, for about `budget_s` seconds.

    Raises DatabaseProblem, and what the database raises.
    """
    with reading(database_url) as reader:
        if not any_due(reader, now=clock()):
            return Told()
    with connected(database_url) as engine:
        telling = _Telling(
            engine, database_url, identity(contact), owner=owner or uuid4().hex, clock=clock, budget_s=budget_s
        )
        network = Network()
        network.start()
        try:
            network.call(telling.tell_all())
        finally:
            network.stop(telling.close())
    return telling.told


def tell_after_run(database_url: str, *, contact: str | None, clock: Clock) -> None:
    """Tell the hooks that are due at the end of a run, which never fails for it."""
    try:
        told = tell_hooks(database_url, contact=contact, clock=clock, budget_s=AFTER_RUN_S)
    except DatabaseProblem as problem:
        log.warning("webhooks are told by the next run: %s", problem)
        return
    except Exception as error:
        if not is_of_database(error):
            raise
        log.warning("webhooks are told by the next run: %s", first_line(error))
        return
    for hook_id, count in told.events.items():
        log.info("hook %d: told %d events", hook_id, count)


def try_hook(database_url: str, hook_id: int, *, contact: str | None, clock: Clock) -> str | None:
    """Ask whether a hook answers, and let one that does be told at once; give what is wrong where it does not.

    Raises NoHook, DatabaseProblem, and what the database raises.
    """
    with reading(database_url) as reader:
        hook = get_hook(reader, hook_id)
    if hook is None:
        raise NoHook(f"no hook {hook_id}")
    trouble = asyncio.run(_asked(hook, identity(contact), clock()))
    if trouble is not None:
        return trouble.said
    with connected(database_url) as engine:
        resume_hook(engine, hook_id)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    said: str
    is_gone: bool = False


class _Telling:
    """What is open while hooks are told; lives in one event loop."""

    def __init__(
        self, engine: Engine, database_url: str, identity: str, *, owner: str, clock: Clock, budget_s: float
    ) -> None:
        self._engine = engine
        self._database_url = database_url
        self._poster = Poster(identity)
        self._owner = owner
        self._clock = clock
        self._ends = time.monotonic() + budget_s
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.told = Told()

    async def tell_all(self) -> None:
        """Tell every hook that can be leased, several at once, so that a slow one holds up no other."""
        now = self._clock()
        hooks = await asyncio.to_thread(lease_hooks, self._engine, owner=self._owner, now=now, seconds=_LEASE_S)
        await asyncio.gather(*map(self._tell, hooks))

    async def close(self) -> None:
        """Give back the hooks, and close what is open."""
        await asyncio.to_thread(release_hooks, self._engine, self._owner)
        await self._poster.__aexit__()

    async def _tell(self, hook: Hook) -> None:
        async with self._slots:
            while time.monotonic() < self._ends:
                pending = await asyncio.to_thread(self._pending, hook)
                if not await self._tell_steps(hook, pending.steps):
                    return
                if not pending.is_last_told and not await self._note(hook, pending.last_change):
                    return
                if pending.is_all:
                    return
                hook = replace(hook, since_change=pending.last_change)

    async def _tell_steps(self, hook: Hook, steps: Sequence[Step]) -> bool:
        """Tell what happened, one thing after the other; give False where that ended before the last one."""
        for step in steps:
            if time.monotonic() >= self._ends:
                return False
            for event in step.events:
                if trouble := await _post(self._poster, hook, letter(hook, event, now=self._clock())):
                    await self._give_up(hook, trouble)
                    return False
            if not await self._note(hook, step.change_id, heard=step.heard):
                return False
            self.told.events[hook.id] = self.told.events.get(hook.id, 0) + len(step.events)
        return True

    def _pending(self, hook: Hook) -> Pending:
        with reading(self._database_url) as reader:
            return read_pending(reader, hook)

    async def _note(self, hook: Hook, change_id: int, *, heard: dict[int, int] | None = None) -> bool:
        return await asyncio.to_thread(
            mark_told,
            self._engine,
            hook.id,
            owner=self._owner,
            change_id=change_id,
            heard=heard or {},
            seconds=_LEASE_S,
        )

    async def _give_up(self, hook: Hook, trouble: _Trouble) -> None:
        again = await asyncio.to_thread(
            mark_failed,
            self._engine,
            hook.id,
            owner=self._owner,
            error=trouble.said,
            is_gone=trouble.is_gone,
            now=self._clock(),
        )
        rests = f"again after {again.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if again else "it is told nothing more"
        self.told.troubles[hook.id] = f"{trouble.said}; {rests}"
        log.warning("hook %d: %s; %s", hook.id, trouble.said, rests)


async def _asked(hook: Hook, identity: str, now: datetime) -> _Trouble | None:
    async with Poster(identity) as poster:
        return await _post(poster, hook, trial_letter(hook, now=now))


async def _post(poster: Poster, hook: Hook, said: Letter) -> _Trouble | None:
    """Post one letter; give what went wrong, None where it was taken."""
    try:
        target, access = receiver_of(hook.url, allow_private=hook.allow_private)
    except Refused as refused:
        return _Trouble(said=refused.detail)
    try:
        status = await poster.post(target, said.body, said.fields, access=access)
    except Refused as refused:
        return _Trouble(said=why_refused(refused.detail, access))
    except IngestError as error:
        return _Trouble(said=error.detail)
    if 200 <= status < 300:
        return None
    return _Trouble(said=f"HTTP {status}", is_gone=status == _GONE)
