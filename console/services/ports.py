"""What the services need from the outside, as protocols; adapters and test fakes fulfil them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from console.domain.errors import EnvironmentProblem
from console.domain.instance import Instance, Listing
from console.domain.job import InLine, JobEvent, JobState, Standing, TriggerJob
from console.domain.job_filter import Earlier as Earlier
from console.domain.job_filter import JobFilter as JobFilter
from console.domain.metrics import Figures
from console.domain.payload import TriggerPayload
from console.domain.records import RecordDraft as RecordDraft
from console.domain.workflow import Workflow

if TYPE_CHECKING:
    import asyncio


class Clock(Protocol):
    """Time as an argument: `now` is aware UTC, `monotonic` seconds that never go back."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    async def sleep(self, seconds: float) -> None:
        """Wait about `seconds`; it may wake up early (qasync does), so callers look again."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until `event` is set, at most about `seconds`."""


@dataclass(frozen=True)
class Started:
    """The tenant's yes: the new instance's id and status."""

    instance_id: str
    status: str
    latency_ms: float | None = None


@dataclass(frozen=True)
class Counted:
    """How many instances of a workflow run."""

    workflow_id: str
    count: int


@dataclass(frozen=True)
class Capabilities:
    """What a contract can do; the window shows only that."""

    count: bool = True
    list: bool = True
    get: bool = True
    cancel: bool = False
    signal: bool = False
    priority: bool = True
    metadata: bool = True
    complete_listing: bool = True


@dataclass(frozen=True)
class TokenLife:
    """The present token's end; None where there is no token yet."""

    expires_at: datetime | None


class Tenant(Protocol):
    """One connection to CXone. Every call raises only `domain.errors.CallError`s."""

    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def token(self) -> TokenLife: ...

    def server_time(self, now: datetime) -> datetime:
        """`now` on the server's clock, as far as its Date headers told; else `now`."""

    async def sign_in(self) -> TokenLife:
        """Make sure there is a token; for the connection test and renewal ahead of need."""

    async def start(self, payload: TriggerPayload, job_id: str) -> Started:
        """POST one trigger, exactly once (twice only around one 401)."""

    async def count(self, workflow_id: str) -> Counted:
        """Count running instances of one workflow."""

    async def page(
        self,
        workflow_id: str | None = None,
        status: str | None = None,
        page_number: int = 1,
        page_size: int = 100,
    ) -> Listing:
        """Read one page, newest first; `complete` is True when this page was all there is."""

    async def listing(
        self, workflow_id: str, *, back_to: datetime | None = None, status: str | None = None
    ) -> Listing:
        """Read all pages, stopping after instances started before `back_to` (server clock)."""

    async def get(self, instance_id: str) -> Instance | None:
        """Read one instance; None where the tenant answers 404."""

    async def close(self) -> None:
        """Close every socket."""


@dataclass(frozen=True)
class Write:
    """One atomic change: a job, its history, its records and lasting values, or nothing at all.

    `expect` is the version the change was decided on: None inserts a new job; a job that has
    moved on meanwhile makes the write fail with `Refusal` and changes nothing.
    `inserts` are new jobs, all or none. An insert whose job id or key exists already fails with
    `Refusal`, and so does a write whose lasting values are not what `when` says they were.
    """

    job: TriggerJob | None = None
    expect: int | None = None
    inserts: tuple[TriggerJob, ...] = ()
    when: Mapping[str, str | None] = field(default_factory=dict)
    events: tuple[JobEvent, ...] = ()
    records: tuple[RecordDraft, ...] = ()
    values: Mapping[str, str | None] = field(default_factory=dict)


class TrailUnsynced(EnvironmentProblem):
    """The disk did not confirm audit records: only a person's *check and resume* goes on."""


class DateUnconfirmed(EnvironmentProblem):
    """This computer's date lies far past the last record: a person must say that it is right."""


class TrailBehind(EnvironmentProblem):
    """The changes are stored, their records not in the trail yet; `results` as of `commit`."""

    def __init__(self, message: str, results: list[TriggerJob | Exception | None]) -> None:
        super().__init__(message)
        self.results = results


class Ledger(Protocol):
    """The durable queue with its audit outbox; synchronous, called from worker threads.

    `commit` applies each write in its own savepoint of one transaction, makes it durable,
    appends the records to the trail and syncs it; it returns for each write the stored job
    (None for a write without a job) or the exception that refused just this write.
    """

    def commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]: ...
    def job(self, job_id: str) -> TriggerJob | None: ...
    def job_by_number(self, number: int) -> TriggerJob | None: ...
    def job_by_key(self, profile: str, key: str) -> TriggerJob | None: ...
    def jobs(
        self, wanted: JobFilter, offset: int = 0, limit: int | None = None
    ) -> list[TriggerJob]:
        """Newest first."""

    def count_jobs(self, wanted: JobFilter) -> int: ...
    def counts_by_state(self, profile: str | None = None) -> dict[JobState, int]: ...
    def ready(
        self,
        profile: str,
        limit: int,
        now: datetime,
        fingerprint: str | None = None,
        only: frozenset[str] | None = None,
    ) -> list[InLine]:
        """The places of queued jobs that are due, in order.

        At most `limit` of each workflow; not yet scheduled, too old and unapproved ones are left
        out, and those made for another API than `fingerprint` names or not in `only` (None: any).
        """

    def earlier(
        self, profile: str, content_hashes: Sequence[str], since: datetime
    ) -> dict[str, Earlier]:
        """The newest job of `profile` with each of these contents, queued at `since` or later."""

    def next_scheduled(self, profile: str, now: datetime) -> datetime | None:
        """The next time after `now` for which a queued job is scheduled."""

    def waiting(self, profile: str) -> list[TriggerJob]:
        """Jobs in waiting."""

    def pending(self, profile: str) -> list[TriggerJob]:
        """Jobs in sending or waiting."""

    def history(self, job_id: str) -> list[JobEvent]: ...
    def uncompleted(self, profile: str, limit: int = 2000) -> list[Standing]:
        """Accepted jobs whose instance has not been seen to end."""

    def standings(self, job_ids: Iterable[str]) -> list[Standing]:
        """Where these jobs stand; ids of no job here are left out."""

    def unsettled(self, profile: str, since: datetime) -> list[str]:
        """Workflows with jobs that may turn out to run: in review, or failed after a byte was sent.

        Only where that is newer than `since`; of very many jobs, those of the newest.
        """

    def profiles_seen(self) -> list[str]:
        """Every profile that ever had a job or a stopped line here."""

    def profiles(self) -> list[str]:
        """Profiles that have unfinished jobs."""

    def value(self, name: str) -> str | None: ...
    def values_under(self, prefix: str) -> dict[str, str]:
        """Every lasting value whose name begins with `prefix`."""

    def check(self) -> None:
        """After a failed sync: test the disk; TrailUnsynced where it still does not confirm."""

    def confirm_date(self) -> None:
        """A person says that this computer's date is right: the next record may follow it."""

    def rotate_key(self, reason: str, operator: str) -> tuple[str, ...]:
        """Sign the trail with a new key from now on, the change with both; returns notices.

        Raises EnvironmentProblem; the key that the trail was signed with last goes on then.
        """

    def settle(self) -> tuple[str, ...]:
        """Bring the trail up to the outbox; returns notices for the operator."""

    def take_notices(self) -> tuple[str, ...]:
        """What commits found and the operator must be told, each once."""

    def figures(self, workflow_id: str | None = None) -> list[Figures]: ...


class Definitions(Protocol):
    """The local workflow definitions."""

    def all(self) -> tuple[Workflow, ...]: ...
    def get(self, workflow_id: str) -> Workflow | None: ...


class Ids(Protocol):
    """Fresh names and chance, as arguments so that tests repeat."""

    def job_id(self) -> str: ...
    def salt(self) -> bytes: ...
    def jitter(self) -> float: ...
