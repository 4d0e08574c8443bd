"""What an operator decides, for window and command line alike: trigger, cancel, resolve, pause.

Every decision names the job as the operator saw it; one that has moved on meanwhile is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from console.domain import records
from console.domain.errors import BadInput, Refusal
from console.domain.job import ENDED, FoundBy, JobState, TriggerJob, Wait
from console.domain.lane import Pause
from console.domain.payload import PRIORITY_DEFAULT, TriggerPayload
from console.domain.retry import Fail
from console.domain.schema import FieldMessage, validate
from console.domain.values import FieldError, Json, checked_text
from console.domain.workflow import DEFAULT_SEND_BEFORE_HOURS, Workflow
from console.services import outcomes
from console.services.commands import TriggerRequest
from console.services.journal import Journal
from console.services.lane_state import PAUSE_KEY, pause_text, stop_key
from console.services.ports import Clock, Definitions, Ids, Ledger, Write

Judge = Callable[[Json], tuple[FieldMessage, ...]]
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9000
"""A time near the end of what a clock can show cannot be shown in every zone, nor lie later."""


@dataclass(frozen=True)
class Target:
    """Where a trigger goes: the profile and the fingerprint of its API."""

    profile: str
    fingerprint: str


class Operator:
    """One person at this console; every method stores before it returns."""

    def __init__(
        self,
        name: str,
        *,
        ledger: Ledger,
        journal: Journal,
        definitions: Definitions,
        clock: Clock,
        ids: Ids,
        max_attempts: int = 3,
    ) -> None:
        self.name = name
        self._ledger = ledger
        self._journal = journal
        self._definitions = definitions
        self._clock = clock
        self._ids = ids
        self._max_attempts = max_attempts

    async def trigger(self, request: TriggerRequest, target: Target) -> TriggerJob:
        """Queue one job and return it as stored; the same key, or request id, is the same job.

        Raises BadInput with the field where the values do not fit the workflow's definition.
        """
        _storable(request.key or "", "key")
        if request.key == "":
            # An empty variable of a script: every later trigger would be taken for the first.
            raise BadInput("A key must not be empty; leave it out where there is none.", "key")
        same = self._same(request, target)
        if same is not None:
            return same
        workflow = self._definitions.get(request.workflow_id)
        job = self.new_job(request, checked_payload(request, workflow), target)
        if job.send_before is not None and job.send_before <= (job.not_before or job.queued_at):
            raise BadInput("Send before lies before the time it may be sent at.", "sendBefore")
        if job.send_before is not None and job.send_before <= job.queued_at:
            raise BadInput("The time it may be sent at lies too far in the past.", "at")
        try:
            return await self._journal.job(outcomes.new_job(job))
        except Refusal:
            same = self._same(request, target)
            if same is None:
                raise
            return same

    def new_job(
        self,
        request: TriggerRequest,
        payload: TriggerPayload,
        target: Target,
        *,
        batch: str | None = None,
        batch_row: int | None = None,
    ) -> TriggerJob:
        """The job of a request whose values were checked as `payload`; it is not stored yet."""
        workflow = self._definitions.get(request.workflow_id)
        now = self._clock.now()
        for name, at in (("at", request.at), ("sendBefore", request.send_before)):
            if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
                raise BadInput(f"The time lies outside {FIRST_YEAR} to {LAST_YEAR}.", name)
        return TriggerJob(
            job_id=_job_id(request.request) or self._ids.job_id(),
            profile=target.profile,
            fingerprint=target.fingerprint,
            payload=payload,
            operator=self.name,
            operator_reason=request.reason.strip(),
            salt=self._ids.salt(),
            queued_at=now,
            changed_at=now,
            reason="Next in line",
            reason_code="next",
            max_attempts=self._max_attempts,
            not_before=request.at,
            send_before=request.send_before or _send_before(workflow, request.at or now),
            key=request.key,
            resend_of=request.resend_of,
            copied_from=request.copied_from,
            workflow_title=workflow.title if workflow else request.workflow_id,
            content_hash=payload.content_hash(),
            approval_required=workflow is not None and workflow.approval_required,
            batch=batch,
            batch_row=batch_row,
            definition_digest=workflow.digest if workflow else "",
        )

    async def cancel(self, job: TriggerJob, reason: str = "") -> TriggerJob:
        """Cancel a job that is queued or waits for a retry."""
        _storable(reason, "reason")
        now = self._clock.now()
        why = f"Cancelled by {self.name}" + (f": {reason}" if reason else "")
        after = job.move(JobState.CANCELLED, now, reason=why, reason_code="cancelled")
        draft = records.cancelled(after, self.name, reason, now)
        told = outcomes.event(after, now, "cancelled", why)
        return await self._journal.job(outcomes.change(job, after, told, drafts=(draft,)))

    async def retry(self, job: TriggerJob, reason: str = "") -> TriggerJob:
        """Send a waiting or too old job now; a failed or cancelled one becomes a new job."""
        _storable(reason, "reason")
        now = self._clock.now()
        if job.state in (JobState.FAILED, JobState.CANCELLED):
            return await self.resend(job, reason)
        if job.state is JobState.WAITING and job.wait is Wait.RETRY:
            after = replace(job, until=now, changed_at=now)
        elif job.state is JobState.QUEUED:
            after = replace(job, not_before=None, send_before=None, until=None, changed_at=now)
        else:
            raise Refusal(_no_retry(job))
        why = f"{self.name} asked to send it now" + (f": {reason}" if reason else "")
        told = outcomes.event(after, now, "asked", why)
        draft = records.resolved(after, "send-now", self.name, reason, now)
        return await self._journal.job(outcomes.change(job, after, told, drafts=(draft,)))

    async def keep_back(self, job: TriggerJob) -> TriggerJob:
        """Keep a queued job until somebody sends or cancels this very one."""
        now = self._clock.now()
        after = replace(job, send_before=now, changed_at=now)
        told = outcomes.event(after, now, "kept-back", f"{self.name} chooses one by one")
        return await self._journal.job(outcomes.change(job, after, told))

    async def resend(self, job: TriggerJob, reason: str = "") -> TriggerJob:
        """Queue the values of an ended job again, as a new job that names it."""
        if job.state not in ENDED:
            raise Refusal(f"{job.label} has not ended; it is {job.state}.")
        request = TriggerRequest(
            request="",
            workflow_id=job.workflow_id,
            context=job.payload.context,
            priority=job.priority,
            metadata=job.payload.metadata,
            reason=reason or job.operator_reason,
            resend_of=job.job_id,
        )
        return await self.trigger(request, Target(job.profile, job.fingerprint))

    async def resolve_accepted(
        self, job: TriggerJob, instance_id: str, reason: str = ""
    ) -> TriggerJob:
        """It runs: a person found its instance."""
        _storable(reason, "reason")
        _storable(instance_id, "instance")
        if not instance_id.strip():
            raise BadInput("The instance id is needed to say that it runs.", "instance")
        if not instance_id.strip().isprintable():
            raise BadInput("The instance id holds characters that nobody sees.", "instance")
        self._in_review(job)
        write = outcomes.accepted(
            job,
            instance_id.strip(),
            "",
            FoundBy.PERSON,
            self._clock.now(),
            operator=self.name,
            reason=reason,
        )
        return await self._journal.job(write)

    async def resolve_failed(self, job: TriggerJob, reason: str = "") -> TriggerJob:
        """Give up: it counts as failed."""
        _storable(reason, "reason")
        self._in_review(job)
        step = Fail(f"Given up by {self.name}" + (f": {reason}" if reason else ""), "given-up")
        write = outcomes.failed(job, step, self._clock.now(), operator=self.name, reason=reason)
        return await self._journal.job(write)

    async def resolve_send_again(self, job: TriggerJob, reason: str = "") -> TriggerJob:
        """It did not run: a person decided to send it again, which alone may make a second."""
        _storable(reason, "reason")
        self._in_review(job)
        now = self._clock.now()
        why = f"Sent again by {self.name}" + (f": {reason}" if reason else "")
        after = replace(
            job.move(JobState.QUEUED, now, reason=why, reason_code="send-again"),
            attempts=0,
            answered_ok=False,
            may_have_run=False,
            thrown_back=0,
            thrown_back_since=None,
            send_before=None,
        )
        draft = records.resolved(after, "send-again", self.name, reason, now)
        told = outcomes.event(after, now, "resolved", why)
        return await self._journal.job(outcomes.change(job, after, told, drafts=(draft,)))

    async def approve(self, job: TriggerJob, reason: str = "") -> TriggerJob:
        """Approve, as a second person, exactly the request that `job` shows."""
        self._approvable(job, reason)
        now = self._clock.now()
        after = replace(
            job,
            approved_by=self.name,
            approved_at=now,
            approved_digest=job.payload.digest(job.salt),
            reason=f"Approved by {self.name}",
            reason_code="approved",
            changed_at=now,
        )
        draft = records.approved(after, self.name, reason, now)
        told = outcomes.event(after, now, "approved", f"Approved by {self.name}")
        return await self._journal.job(outcomes.change(job, after, told, drafts=(draft,)))

    async def refuse(self, job: TriggerJob, reason: str = "") -> TriggerJob:
        """Refuse, as a second person, what awaits approval: it is cancelled."""
        self._approvable(job, reason)
        now = self._clock.now()
        why = f"Refused by {self.name}" + (f": {reason}" if reason else "")
        after = job.move(JobState.CANCELLED, now, reason=why, reason_code="refused")
        draft = records.refused(after, self.name, reason, now)
        told = outcomes.event(after, now, "refused", why)
        return await self._journal.job(outcomes.change(job, after, told, drafts=(draft,)))

    async def pause(self, reason: str = "") -> None:
        """Stop sending for the whole folder, until resumed; survives restarts."""
        _storable(reason, "reason")
        if self._ledger.value(PAUSE_KEY) is not None:
            raise Refusal("Sending is paused already.")
        pause = Pause(reason, self.name, self._clock.now())
        draft = records.queue_paused("", self.name, reason, pause.since)
        await self._journal.write(Write(records=(draft,), values={PAUSE_KEY: pause_text(pause)}))

    async def stop_line(self, profile: str, reason: str) -> None:
        """Stop everything on one connection at once; needs a reason, survives restarts."""
        _storable(reason, "reason")
        if not reason.strip():
            raise BadInput("Stopping the line needs a reason.", "reason")
        key = stop_key(profile)
        if self._ledger.value(key) is not None:
            raise Refusal(f"The line of {profile} is stopped already.")
        pause = Pause(reason, self.name, self._clock.now(), line_stopped=True)
        draft = records.queue_paused(profile, self.name, reason, pause.since)
        await self._journal.write(Write(records=(draft,), values={key: pause_text(pause)}))

    async def resume(self, reason: str = "", profile: str | None = None) -> None:
        """Send again: lift the folder's pause and, of `profile` or of all, the stopped lines."""
        _storable(reason, "reason")
        profiles = self._ledger.profiles_seen() if profile is None else [profile]
        lifted = {key: name for name in profiles if self._kept(key := stop_key(name))}
        if self._kept(PAUSE_KEY):
            lifted[PAUSE_KEY] = ""
        if not lifted:
            raise Refusal("Sending is not paused.")
        now = self._clock.now()
        drafts = [records.queue_resumed(name, self.name, reason, now) for name in lifted.values()]
        values: dict[str, str | None] = dict.fromkeys(lifted)
        await self._journal.write(Write(records=tuple(drafts), values=values))

    def _kept(self, key: str) -> bool:
        return self._ledger.value(key) is not None

    def _approvable(self, job: TriggerJob, reason: str) -> None:
        _storable(reason, "reason")
        if job.state is not JobState.QUEUED or not job.awaits_approval:
            raise Refusal(f"{job.label} does not await an approval.")
        if self.name.strip().casefold() == job.operator.strip().casefold():
            raise Refusal(
                f"{job.label} was requested by {job.operator}; another operator must decide."
            )

    def _same(self, request: TriggerRequest, target: Target) -> TriggerJob | None:
        if request.key is not None:
            return self._ledger.job_by_key(target.profile, request.key)
        known = _job_id(request.request)
        return None if known is None else self._ledger.job(known)

    @staticmethod
    def _in_review(job: TriggerJob) -> None:
        if job.state is not JobState.REVIEW:
            raise Refusal(f"{job.label} is {job.state}; only a review can be resolved.")


def checked_payload(request: TriggerRequest, workflow: Workflow | None) -> TriggerPayload:
    """The request's payload if it fits the definition; else BadInput naming the field."""
    payload, messages = judged_payload(request, workflow)
    if messages:
        text = "; ".join(f"{message.path or 'values'}: {message.message}" for message in messages)
        raise BadInput(text, messages[0].path)
    return payload


def judged_payload(
    request: TriggerRequest, workflow: Workflow | None, judge: Judge | None = None
) -> tuple[TriggerPayload, tuple[FieldMessage, ...]]:
    """The request's payload and what its definition says against the values.

    `judge` is that of the workflow's schema, where many requests share it. Raises BadInput where
    not the values but the request itself is wrong.
    """
    _storable(request.reason, "reason")
    priority = request.priority
    if priority is None:
        priority = workflow.priority if workflow else PRIORITY_DEFAULT
    payload = TriggerPayload(request.workflow_id, request.context, priority, request.metadata)
    if workflow is None:
        return payload, ()
    if workflow.reason_required and not request.reason.strip():
        raise BadInput(f"{workflow.title} needs a reason.", "reason")
    context = dict(payload.context)
    return payload, validate(workflow.schema, context) if judge is None else judge(context)


def _storable(text: str, field: str) -> None:
    """Raise BadInput for text that neither queue nor trail could hold."""
    try:
        checked_text(text)
    except FieldError as error:
        raise BadInput(f"The {field} cannot be used: {error}", field) from error


def _job_id(request: str) -> str | None:
    """A request id that is a UUID is the job's id: a double press meets the same row."""
    try:
        return str(uuid.UUID(request))
    except ValueError:
        return None


def _send_before(workflow: Workflow | None, start: datetime) -> datetime | None:
    hours = workflow.send_before_hours if workflow else DEFAULT_SEND_BEFORE_HOURS
    return None if hours is None else start + timedelta(hours=hours)


def _no_retry(job: TriggerJob) -> str:
    if job.state is JobState.REVIEW:
        return f"{job.label} needs a decision: accepted, failed or send-again."
    if job.state is JobState.WAITING:
        return f"{job.label} may already run; the console is looking for its instance first."
    return f"{job.label} is {job.state}; there is nothing to retry."
