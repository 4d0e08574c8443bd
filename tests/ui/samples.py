"""A plausible day for pictures and tests: 40 jobs in all states, 30 instances."""

from __future__ import annotations

from datetime import timedelta

from console.domain.instance import Instance
from console.domain.job import FoundBy, JobState, TriggerJob, Wait
from console.domain.payload import JOB_ID_KEY
from console.services.events import InstancesRead
from tests.ui.fake_commands import NOON, FakeCommands


def busy_day(jobs: int = 40) -> FakeCommands:
    """A console with jobs in every state, oldest first."""
    world = FakeCommands()
    known = [workflow.workflow_id for workflow in world.workflows()]
    for place in range(jobs):
        job = world.new_job(known[place % len(known)], attempts=0)
        job = job.evolve(queued_at=NOON - timedelta(seconds=(jobs - place) * 37))
        world.put(_settle(world, job, place), quiet=True)
    return world


def _settle(world: FakeCommands, job: TriggerJob, place: int) -> TriggerJob:
    kind = place % 8
    now = world.now()
    if kind == 0:
        return job
    sending = job.move(JobState.SENDING, now).evolve(attempts=1, version=1)
    if kind == 1:
        return sending
    if kind == 2:
        return sending.move(
            JobState.WAITING,
            now,
            wait=Wait.RETRY,
            reason="CXone answered 503",
            until=now + timedelta(seconds=38),
        )
    if kind == 3:
        return sending.move(
            JobState.WAITING,
            now,
            wait=Wait.LOOKUP,
            look=1,
            reason="Connection cut after sending",
            until=now + timedelta(seconds=5),
        )
    if kind == 4:
        return sending.move(
            JobState.ACCEPTED,
            now,
            instance_id=f"inst-{place:04x}41d07b",
            api_ms=212.0,
            found_by=FoundBy.ANSWER,
        )
    if kind == 5:
        return sending.move(
            JobState.REVIEW, now, reason="Connection dropped after sending. Not found in 2 listings"
        )
    if kind == 6:
        return sending.move(
            JobState.FAILED, now, reason="400: context.tier must be one of gold, silver"
        )
    return job.move(JobState.CANCELLED, now, reason="ordered twice by mistake")


def reading(world: FakeCommands, instances: int = 30) -> InstancesRead:
    """One reading of the tenant: some instances ours, some foreign."""
    known = [workflow.workflow_id for workflow in world.workflows()]
    ours = [job for job in world.jobs_now() if job.state is JobState.ACCEPTED]
    statuses = ("running", "running", "running", "waiting", "completed", "failed", "paused")
    result = []
    for place in range(instances):
        mine = ours[place] if place < len(ours) and place % 3 != 2 else None
        result.append(
            Instance(
                (mine.instance_id if mine else None) or f"inst-{place:02x}9f2c41d07b",
                known[place % len(known)],
                statuses[place % len(statuses)],
                place % 10 + 1,
                {"customerId": f"CUST-{20000 + place * 37}", "topic": "billing"},
                {JOB_ID_KEY: mine.job_id} if mine else {},
                NOON - timedelta(seconds=17 * place + 9),
            )
        )
    slots: dict[str, tuple[int | None, int]] = {known[0]: (23, 50), known[1]: (3, 20)}
    return InstancesRead(tuple(result), slots, NOON)
