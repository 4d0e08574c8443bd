"""Keeps one connection's lane: circuit, cool-downs, hold and pause; tells and stores changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from console.domain.errors import (
    CallError,
    CertificateRefused,
    EnvironmentProblem,
    SignInRefused,
    SignInUnavailable,
    Throttled,
)
from console.domain.lane import Circuit, Hold, Lane
from console.domain.records import RecordDraft, connection_changed
from console.domain.retry import Requeue, RetryRules, asked_to_wait, is_breaker_failure
from console.services.events import Hub, LaneChanged, Notice, TokenChanged
from console.services.journal import Journal
from console.services.lane_state import lane_key, lane_text, stored_lane, stored_pause
from console.services.ports import Clock, Ids, Ledger, Tenant, Write
from console.services.tasks import Tasks
from console.services.waits import Waits

STORE_AGAIN_S: Final = 1.0


@dataclass(frozen=True)
class Surroundings:
    """What every lane of a process shares."""

    ledger: Ledger
    journal: Journal
    clock: Clock
    ids: Ids
    hub: Hub
    tasks: Tasks
    rules: RetryRules
    concurrency: int = 8
    default_limit: int = 50


class LaneControl:
    """The lane of one profile as the sender's decisions change it."""

    def __init__(
        self,
        profile: str,
        tenant: Tenant,
        around: Surroundings,
        *,
        wake: Callable[[], None],
    ) -> None:
        ledger = around.ledger
        self.lane: Lane = stored_lane(ledger, profile)
        self._tenant = tenant
        self._ledger = ledger
        self._journal = around.journal
        self._clock = around.clock
        self._ids = around.ids
        self._rules = around.rules
        self.waits = Waits(around.clock, around.rules.longest_wait_s)
        self._hub = around.hub
        self._wake = wake
        self._probing = False
        self._stored = lane_text(self.lane)
        self._token_told: datetime | None = None

    @property
    def stands_still(self) -> bool:
        """True where only a person can make this connection send again."""
        lane = self.lane
        return lane.pause is not None or lane.hold is not None or bool(lane.question)

    @property
    def circuit_closed(self) -> bool:
        """True where the circuit lets triggers through."""
        return self.lane.breaker.state is Circuit.CLOSED

    @property
    def probe_due(self) -> bool:
        """True where an open circuit may be probed and nobody does so yet.

        A pause stops triggers, not look-ups, and those wait for the circuit.
        """
        if self._probing or self.lane.hold is not None:
            return False
        return self.lane.breaker.due(self._clock.now())

    def set(self, **changes: object) -> None:
        """Change the lane and tell the hub where it is another now."""
        after = self.lane.evolve(**changes)
        if after != self.lane:
            self.lane = after
            self._hub.tell(LaneChanged(after))
            self.keep_time()

    def keep_time(self) -> None:
        """Move what the lane waits for along with a wall clock that was set."""
        lane, moment = self.lane, self.waits.moment
        breaker, cooldown = lane.breaker, lane.cooldown_until
        if breaker.until is not None:
            breaker = replace(breaker, until=moment("circuit", breaker.until))
        if cooldown is not None:
            cooldown = moment("cool-down", cooldown)
        ends = {key: moment(f"full {key}", end) for key, end in lane.workflow_cooldowns.items()}
        self.set(breaker=breaker, cooldown_until=cooldown, workflow_cooldowns=ends)

    def sync(self) -> None:
        """Take over a pause or resume that any process stored, and the time of day."""
        self.keep_time()
        self.set(pause=stored_pause(self._ledger, self.lane.profile))

    def tell_token(self) -> None:
        """Tell the token's end where it is another one than last time."""
        expires_at = self._tenant.token.expires_at
        if expires_at != self._token_told:
            self._token_told = expires_at
            self._hub.tell(TokenChanged(expires_at))

    def answered(self) -> None:
        """The tenant gave an answer: the circuit forgets its failures."""
        if self.lane.breaker.failures or not self.circuit_closed:
            self.set(breaker=self.lane.breaker.succeeded())

    def count_failure(self, error: CallError) -> None:
        """Count what is a failure for the circuit; every other answer closes it."""
        if is_breaker_failure(error):
            self.set(breaker=self.lane.breaker.failed(self._clock.now(), str(error)))
        elif error.status is not None:
            self.answered()

    def cool_down(self, step: Requeue, now: datetime, workflow_id: str | None) -> None:
        """Wait until `step.at`, for one workflow or (None) for the whole connection."""
        if workflow_id is None:
            until = max(step.at, self.lane.cooldown_until or step.at)
            self.set(cooldown_until=until, cooldown_why=step.reason)
            return
        ends = {key: end for key, end in self.lane.workflow_cooldowns.items() if end > now}
        ends[workflow_id] = max(step.at, ends.get(workflow_id, step.at))
        self.set(workflow_cooldowns=ends, cooldown_why=step.reason)

    async def heed(self, error: CallError) -> Requeue | None:
        """Do what a failed reading says about the whole connection: hold it, or let it cool down.

        Returns what was done; None where the error says nothing about when to ask again.
        """
        now = self._clock.now()
        if isinstance(error, SignInRefused | CertificateRefused):
            step = Requeue(str(error), error.code, now, "connection", hold=error.code)
        elif isinstance(error, Throttled) or (
            isinstance(error, SignInUnavailable) and error.retry_after is not None
        ):
            step = asked_to_wait(error, now, 1, self._ids.jitter(), self._rules)
        else:
            return None
        if step.hold:
            await self.hold(step.hold, step.reason)
        else:
            self.cool_down(step, now, None)
        return step

    async def hold(self, code: str, reason: str) -> None:
        """Keep everything back until a person has tested the connection; a record says so."""
        if self.lane.hold is not None:
            return
        now = self._clock.now()
        self.set(hold=Hold(code, reason, now))
        await self.save(connection_changed(self.lane.profile, "held", code, now))

    async def probe(self, workflow_id: str, *, asked: bool) -> None:
        """Ask the tenant for a count, never a trigger; its answer closes circuit and hold.

        Raises CallError where it still fails. `asked` by a person also ends cool-downs.
        """
        if self._probing:
            return
        self._probing = True
        if not self.circuit_closed:
            self.set(breaker=self.lane.breaker.probing(self._clock.now()))
        try:
            await self._tenant.count(workflow_id)
        except CallError as error:
            if not self.circuit_closed:
                self.set(breaker=self.lane.breaker.failed(self._clock.now(), str(error)))
            await self.save()
            raise
        else:
            await self._released(asked=asked)
        finally:
            self._probing = False
            self._wake()

    async def try_again(self, workflow_id: str) -> None:
        """Probe because its time has come; where it still fails, the operator is told."""
        try:
            await self.probe(workflow_id, asked=False)
        except CallError as error:
            self._hub.tell(Notice("warning", f"Still no answer: {error}", "circuit-open"))

    async def _released(self, *, asked: bool) -> None:
        held = self.lane.hold
        self.set(breaker=self.lane.breaker.succeeded(), hold=None)
        if asked:
            ends: dict[str, datetime] = {}
            self.set(cooldown_until=None, workflow_cooldowns=ends)
        if held is None:
            await self.save()
        else:
            now = self._clock.now()
            await self.save(connection_changed(self.lane.profile, "released", held.code, now))

    async def save(self, *records: RecordDraft) -> None:
        """Store what of the lane lasts, with its records; nothing where nothing changed."""
        text = lane_text(self.lane)
        if text != self._stored or records:
            self._stored = text
            values = {lane_key(self.lane.profile): text}
            await self.store(Write(records=records, values=values))

    async def store(self, write: Write) -> None:
        """Store an outcome, whatever it takes: again and again while the disk refuses it."""
        if write.job is not None and write.job.until is not None:
            self.waits.moment(write.job.job_id, write.job.until)  # before the clock may be set
        while True:
            try:
                await self._journal.write(write)
            except EnvironmentProblem as error:
                self._hub.tell(Notice("error", str(error), "not-stored"))
                await self._clock.sleep(STORE_AGAIN_S)
            else:
                return
