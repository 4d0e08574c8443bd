"""What a window may ask of the console: plain methods in, events out (see `events`).

The window's bridge holds one of these; `services.operator` fulfils it, tests have a fake.
None of the methods blocks for the network; reads are single indexed queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from console.services.connection import ConnectionView as ConnectionView

if TYPE_CHECKING:
    from console.domain.job import JobEvent, JobState, TriggerJob
    from console.domain.lane import Lane, Why
    from console.domain.metrics import Figures
    from console.domain.values import Json
    from console.domain.workflow import Workflow
    from console.services.events import Hub
    from console.services.ports import JobFilter


@dataclass(frozen=True)
class TriggerRequest:
    """What an operator asks for; one `request` id makes at most one job (double press).

    A priority of None is the definition's, else 5. `resend_of` is the ended job that this one sends
    again, `copied_from` a job whose values were only taken over.
    """

    request: str
    workflow_id: str
    context: Mapping[str, Json]
    priority: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    at: datetime | None = None
    send_before: datetime | None = None
    key: str | None = None
    again: bool = False
    resend_of: str | None = None
    copied_from: str | None = None


@dataclass(frozen=True)
class ProfileView:
    """A profile in Settings; never with its secret."""

    name: str
    contract: str
    environment: str
    region: str
    client_id: str
    token_url: str
    api_url: str
    has_secret: bool


class Reads(Protocol):
    """What a window may ask of the console without changing anything."""

    def connection(self) -> ConnectionView | None: ...
    def workflows(self) -> tuple[Workflow, ...]: ...
    def lane(self) -> Lane | None: ...
    def now(self) -> datetime: ...
    def explain(self, job: TriggerJob) -> Why: ...
    def jobs(self, wanted: JobFilter, offset: int, limit: int) -> list[TriggerJob]: ...
    def count_jobs(self, wanted: JobFilter) -> int: ...
    def counts_by_state(self) -> dict[JobState, int]: ...
    def job(self, job_id: str) -> TriggerJob | None: ...
    def history(self, job_id: str) -> list[JobEvent]: ...
    def figures(self) -> list[Figures]: ...


class Commands(Reads, Protocol):
    """The open console, for the window."""

    @property
    def hub(self) -> Hub: ...
    def submit(self, request: TriggerRequest) -> None:
        """Validate, store and queue; answered by `Submitted` or `SubmitRefused`."""

    def cancel(self, job: TriggerJob, reason: str = "") -> None:
        """Cancel in the state `job` shows; refused by `CommandRefused` if it has moved on."""

    def retry_now(self, job: TriggerJob, reason: str = "") -> None: ...
    def resolve_accepted(self, job: TriggerJob, instance_id: str, reason: str) -> None: ...
    def resolve_failed(self, job: TriggerJob, reason: str) -> None: ...
    def resolve_send_again(self, job: TriggerJob, reason: str) -> None: ...
    def approve(self, job: TriggerJob, reason: str = "") -> None:
        """Approve, as a second person, what `job` shows."""

    def refuse(self, job: TriggerJob, reason: str = "") -> None:
        """Refuse it: it is cancelled."""

    def pause(self, reason: str, *, line_stopped: bool = False) -> None:
        """Stop sending until someone resumes; `line_stopped` marks it as stop-the-line."""

    def resume(self, reason: str = "") -> None: ...
    def probe(self) -> None:
        """Test a held connection or an open circuit now and go on where it answers."""

    def answer_waited(self, answer: str) -> None:
        """Answer `JobsWaited`: send (all), choose (each needs its own word) or cancel (all)."""

    def act(self, code: str) -> None:
        """Do what the notice of this code offers: check and resume, confirm the date."""

    def set_polling(self, seconds: float, *, paused: bool, visible: bool) -> None:
        """How often the instances are read; slower where the window is hidden."""
