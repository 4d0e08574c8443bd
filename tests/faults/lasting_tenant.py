"""A tenant that outlives the console: what it has taken it carries out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from console.domain.errors import (
    CallError,
    CertificateRefused,
    NotSent,
    Rejected,
    SignInRefused,
    Throttled,
    Unauthorized,
    Unknown,
    Unreadable,
    WorkflowFull,
)
from console.domain.instance import Instance, Listing
from console.domain.job import JobState
from console.domain.payload import JOB_ID_KEY, TriggerPayload
from console.services.ports import Capabilities, Counted, Started, TokenLife
from console.services.tasks import Tasks
from tests.faults.mortal_ledger import MortalLedger
from tests.faults.virtual_time import ConsoleClock


@dataclass(frozen=True)
class Fate:
    """What the tenant does with one start: instances that it makes, how late, and its answer."""

    name: str
    copies: int = 1
    error: Callable[[], CallError] | None = None
    late_s: float = 0.0


FATES: Final = {
    fate.name: fate
    for fate in (
        Fate("taken"),
        Fate("taken slowly", late_s=4.0),
        Fate("made, then cut", 1, lambda: Unknown("cut")),
        Fate("made late, after the cut", 1, lambda: Unknown("cut"), 4.0),
        Fate("cut", 0, lambda: Unknown("cut")),
        Fate("503", 0, lambda: Unknown("503", status=503)),
        Fate("503 all the same", 1, lambda: Unknown("503", status=503)),
        Fate("yes without an id", 1, lambda: Unreadable("200", status=200)),
        Fate("yes without an instance", 0, lambda: Unreadable("200", status=200)),
        Fate("429", 0, lambda: Throttled("429", retry_after=3.0)),
        Fate("429 for an hour", 0, lambda: Throttled("429", retry_after=3600.0)),
        Fate("full", 0, lambda: WorkflowFull("full", status=409)),
        Fate("refused connection", 0, lambda: NotSent("refused")),
        Fate("refused sign-in", 0, lambda: SignInRefused("no", status=401)),
        Fate("expired certificate", 0, lambda: CertificateRefused("expired")),
        Fate("403", 0, lambda: Unauthorized("403", status=403)),
        Fate("422", 0, lambda: Rejected("422", status=422)),
    )
}
READ_ERRORS: Final[dict[str, Callable[[], CallError]]] = {
    "500": lambda: Unknown("500", status=500),
    "429": lambda: Throttled("429", retry_after=2.0),
    "refused connection": lambda: NotSent("refused"),
    "refused sign-in": lambda: SignInRefused("no", status=401),
    "403": lambda: Unauthorized("403", status=403),
}


class LastingTenant:
    """The tenant: what it has taken it carries out, whether or not the console still lives.

    `twice` collects starts of a job that nobody may send: seen here, because only the tenant
    knows what really arrived.
    """

    def __init__(self, clock: ConsoleClock, ledger: MortalLedger) -> None:
        self._clock = clock
        self._ledger = ledger
        self._work = Tasks()
        self.fates: deque[Fate] = deque()
        self.read_errors: deque[CallError] = deque()
        self.incomplete = 0
        self.instances: dict[str, Instance] = {}
        self.coming = 0
        self.wrongs: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self.capabilities = Capabilities()
        self.token = TokenLife(None)

    def server_time(self, now: Any) -> Any:
        return now

    async def sign_in(self) -> TokenLife:
        return self.token

    async def start(self, payload: TriggerPayload, job_id: str) -> Started:
        death = self._ledger.death
        death.reach("before a start is sent")
        self._check_allowed(job_id)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        fate = self.fates.popleft() if self.fates else FATES["taken"]
        done = asyncio.get_running_loop().create_future()
        if fate.copies:
            self.coming += 1
            self._work.start(self._make(payload, job_id, fate, done), "make an instance")
        try:
            await asyncio.sleep(0)
            death.reach("sent, not yet answered")
            if fate.error is not None:
                raise fate.error()
            instance_id: str = await done
            death.reach("answered")
            return Started(instance_id, "running")
        finally:
            self._at_once -= 1

    def _check_allowed(self, job_id: str) -> None:
        """No byte goes out before the record and the state *sending* are on disk."""
        job = self._ledger.job(job_id)
        if job is None or job.state is not JobState.SENDING:
            self.wrongs.append(f"{job_id} was sent in state {job and job.state}")
        if not any(
            draft.event_type == "TRIGGER_QUEUED" and draft.payload["jobId"] == job_id
            for draft in self._ledger.trail
        ):
            self.wrongs.append(f"{job_id} was sent before its record was in the trail")

    async def _make(
        self, payload: TriggerPayload, job_id: str, fate: Fate, done: asyncio.Future[str]
    ) -> None:
        await asyncio.sleep(fate.late_s)
        instance_id = ""
        for _ in range(fate.copies):
            instance_id = f"inst-{len(self.instances) + 1:04d}"
            self.instances[instance_id] = Instance(
                instance_id,
                payload.workflow_id,
                "running",
                payload.priority,
                dict(payload.context),
                {**payload.metadata, JOB_ID_KEY: job_id},
                self._clock.now(),
            )
        self.coming -= 1
        if not done.done():
            done.set_result(instance_id)

    def of(self, job_id: str) -> list[str]:
        """The instances of one job."""
        return [key for key, item in self.instances.items() if item.job_id == job_id]

    async def count(self, workflow_id: str) -> Counted:
        found = await self.listing(workflow_id)
        return Counted(workflow_id, len(found.instances) % 40)

    async def page(
        self,
        workflow_id: str | None = None,
        status: str | None = None,
        page_number: int = 1,
        page_size: int = 100,
    ) -> Listing:
        return await self.listing(workflow_id or "", status=status)

    async def listing(
        self, workflow_id: str, *, back_to: object = None, status: str | None = None
    ) -> Listing:
        self._ledger.death.reach("before a list is read")
        await asyncio.sleep(0)
        if self.read_errors:
            raise self.read_errors.popleft()
        found = tuple(i for i in self.instances.values() if i.workflow_id == workflow_id)
        complete = self.incomplete == 0
        self.incomplete = max(self.incomplete - 1, 0)
        self._ledger.death.reach("a list was read")
        return Listing(found, len(found), complete, self._clock.now())

    async def get(self, instance_id: str) -> Instance | None:
        await asyncio.sleep(0)
        return self.instances.get(instance_id)

    async def close(self) -> None:
        await self._work.close()
