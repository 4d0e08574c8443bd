"""What an operator decides: each decision meets the state that was seen, and leaves its record."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from console.domain.errors import BadInput, Refusal
from console.domain.job import FoundBy, JobState, TriggerJob, Wait
from console.domain.retry import LookUp, Review
from console.domain.workflow import Workflow
from console.services import outcomes
from console.services.commands import TriggerRequest
from console.services.operator import Operator, Target
from tests.fakes import FixedDefinitions, World
from tests.services.desk import Desk

TARGET = Target("demo", "print")
WORKFLOW = Workflow(
    "wf_callback",
    "Callback",
    schema={
        "type": "object",
        "properties": {"phone": {"type": "string", "title": "Phone", "minLength": 3}},
        "required": ["phone"],
    },
    priority=3,
    send_before_hours=1,
    reason_required=True,
)


@pytest.fixture
def world() -> World:
    return World()


def operator(world: World, *workflows: Workflow) -> Operator:
    return Operator(
        "op-north",
        ledger=world.ledger,
        journal=world.journal,
        definitions=FixedDefinitions(workflows),
        clock=world.clock,
        ids=world.ids,
    )


async def queued(world: World, **more: Any) -> TriggerJob:
    return await operator(world).trigger(TriggerRequest("", "wf", {"a": 1}, **more), TARGET)


async def in_review(world: World) -> TriggerJob:
    job = await queued(world)
    now = world.clock.now()
    sending = await world.journal.job(
        outcomes.change(job, job.move(JobState.SENDING, now, attempts=1))
    )
    return await world.journal.job(outcomes.review(sending, Review("nobody knows", "cut"), now))


async def waiting(world: World, wait: Wait) -> TriggerJob:
    job = await queued(world)
    now = world.clock.now()
    sending = await world.journal.job(outcomes.change(job, job.move(JobState.SENDING, now)))
    step = LookUp(now + timedelta(minutes=1), 1, "cut", "unknown")
    looking = await world.journal.job(outcomes.look_up(sending, step, now))
    if wait is Wait.LOOKUP:
        return looking
    return await world.journal.job(outcomes.change(looking, looking.evolve(wait=Wait.RETRY)))


def types(world: World) -> list[str]:
    return [draft.event_type for draft in world.ledger.trail]


async def test_a_trigger_without_a_definition_takes_what_was_typed_and_four_hours(
    world: World,
) -> None:
    job = await queued(world, reason="  ticket 4711  ")
    assert (job.state, job.priority, job.number) == (JobState.QUEUED, 5, 1)
    assert job.operator_reason == "ticket 4711"
    assert job.send_before == world.clock.now() + timedelta(hours=4)
    assert job.workflow_title == "wf"


async def test_a_definition_gives_priority_title_and_life(world: World) -> None:
    at = world.clock.now() + timedelta(days=1)
    request = TriggerRequest("", "wf_callback", {"phone": "+49 30"}, reason="asked", at=at)
    job = await operator(world, WORKFLOW).trigger(request, TARGET)
    assert (job.priority, job.workflow_title) == (3, "Callback")
    assert (job.not_before, job.send_before) == (at, at + timedelta(hours=1))


async def test_a_life_without_end_is_none(world: World) -> None:
    endless = Workflow("wf", "Endless", send_before_hours=None)
    job = await operator(world, endless).trigger(TriggerRequest("", "wf", {}), TARGET)
    assert job.send_before is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"context": {"phone": "1"}}, "/phone"),
        ({"context": {}}, ""),
        ({"priority": 0}, "priority"),
        ({"metadata": {"consoleJobId": "x"}}, "metadata.consoleJobId"),
        ({"reason": "\udcff"}, "reason"),
        ({"key": "\udcff"}, "key"),
        ({"workflow_id": " "}, "workflowId"),
    ],
)
async def test_what_does_not_fit_is_refused_at_its_field_and_nothing_is_stored(
    world: World, change: dict[str, Any], field: str
) -> None:
    asked = {"workflow_id": "wf_callback", "context": {"phone": "+49 30"}, "reason": "asked"}
    with pytest.raises(BadInput) as caught:
        await operator(world, WORKFLOW).trigger(TriggerRequest("", **(asked | change)), TARGET)
    assert caught.value.field.startswith(field)
    assert world.ledger.rows == {}
    assert world.ledger.trail == []


async def test_a_life_that_ends_before_it_begins_is_refused(world: World) -> None:
    with pytest.raises(BadInput, match="Send before"):
        await queued(world, send_before=world.clock.now())


async def test_a_double_press_is_one_job(world: World) -> None:
    request = TriggerRequest(str(uuid.UUID(int=7)), "wf", {})
    first = await operator(world).trigger(request, TARGET)
    again = await operator(world).trigger(request, TARGET)
    assert first == again
    assert first.job_id == request.request
    assert types(world) == ["TRIGGER_QUEUED"]


async def test_the_same_key_is_one_job_even_where_another_process_was_faster(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await queued(world, key="order-1")
    answers = iter([None, first])
    monkeypatch.setattr(world.ledger, "job_by_key", lambda *_: next(answers))
    monkeypatch.setattr(world.ledger, "_apply", _taken)
    assert await queued(world, key="order-1") == first


async def test_a_job_id_that_is_taken_without_a_trace_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.ledger, "_apply", _taken)
    with pytest.raises(Refusal, match="exists already"):
        await queued(world)


def _taken(*_: object) -> None:
    raise Refusal("A job with this id or key exists already.")


async def test_cancelling_is_recorded_with_who_and_why(world: World) -> None:
    job = await operator(world).cancel(await queued(world), "wrong customer")
    assert (job.state, job.reason) == (
        JobState.CANCELLED,
        "Cancelled by op-north: wrong customer",
    )
    assert job.finished_at == world.clock.now()
    record = world.ledger.trail[-1]
    assert record.event_type == "TRIGGER_CANCELLED"
    assert record.payload["decisionReason"] == "wrong customer"


async def test_a_job_that_may_already_run_is_not_cancelled(world: World) -> None:
    with pytest.raises(Refusal, match="look-up"):
        await operator(world).cancel(await waiting(world, Wait.LOOKUP))
    job = await operator(world).cancel(await waiting(world, Wait.RETRY))
    assert job.state is JobState.CANCELLED


async def test_a_decision_about_a_state_that_is_gone_is_refused(world: World) -> None:
    seen = await queued(world)
    await operator(world).cancel(seen)
    with pytest.raises(Refusal, match="moved on"):
        await operator(world).cancel(seen)
    assert types(world).count("TRIGGER_CANCELLED") == 1


async def test_retry_lets_a_waiting_job_go_at_once(world: World) -> None:
    job = await operator(world).retry(await waiting(world, Wait.RETRY))
    assert (job.state, job.until) == (JobState.WAITING, world.clock.now())


async def test_retry_lets_a_scheduled_or_too_old_job_go_at_once(world: World) -> None:
    late = world.clock.now() + timedelta(days=1)
    job = await operator(world).retry(await queued(world, at=late))
    assert (job.state, job.not_before, job.send_before) == (JobState.QUEUED, None, None)


@pytest.mark.parametrize(("reason", "told"), [("", ""), ("boss said so", ": boss said so")])
async def test_who_sent_a_waiting_job_now_and_why_is_provable(
    world: World, reason: str, told: str
) -> None:
    job = await operator(world).retry(await queued(world), reason)
    assert world.ledger.history(job.job_id)[-1].text == f"op-north asked to send it now{told}"
    draft = world.ledger.trail[-1]
    assert draft.event_type == "TRIGGER_RESOLVED"
    payload = draft.payload
    assert (payload["jobId"], payload["decision"]) == (job.job_id, "send-now")
    assert (payload["decidedBy"], payload["decisionReason"]) == ("op-north", reason)


async def test_a_reason_that_no_record_could_hold_sends_nothing(world: World) -> None:
    job = await queued(world)
    with pytest.raises(BadInput) as caught:
        await operator(world).retry(job, "\udcff")
    assert (caught.value.field, world.ledger.job(job.job_id)) == ("reason", job)


async def test_retry_of_what_has_ended_is_a_new_job_that_names_the_old(world: World) -> None:
    old = await operator(world).cancel(await queued(world, priority=2, reason="first"))
    new = await operator(world).retry(old, "once more")
    assert new.job_id != old.job_id
    assert (new.resend_of, new.payload, new.operator_reason) == (
        old.job_id,
        old.payload,
        "once more",
    )
    assert world.ledger.trail[-1].payload["resendOf"] == old.job_id
    assert (await operator(world).retry(old)).operator_reason == "first"


async def test_retry_of_what_may_run_or_runs_is_refused_in_words(world: World) -> None:
    with pytest.raises(Refusal, match="needs a decision"):
        await operator(world).retry(await in_review(world))
    with pytest.raises(Refusal, match="looking for its instance"):
        await operator(world).retry(await waiting(world, Wait.LOOKUP))
    accepted = await operator(world).resolve_accepted(await in_review(world), "inst-1")
    with pytest.raises(Refusal, match="nothing to retry"):
        await operator(world).retry(accepted)


async def test_only_what_has_ended_is_sent_again_as_a_new_job(world: World) -> None:
    with pytest.raises(Refusal, match="has not ended"):
        await operator(world).resend(await queued(world))


async def test_a_person_who_found_the_instance_makes_the_job_accepted(world: World) -> None:
    job = await operator(world).resolve_accepted(await in_review(world), " inst-9 ", "their log")
    assert (job.state, job.instance_id, job.found_by) == (
        JobState.ACCEPTED,
        "inst-9",
        FoundBy.PERSON,
    )
    assert types(world)[-2:] == ["TRIGGER_RESOLVED", "WORKFLOW_TRIGGERED"]
    resolved, triggered = (draft.payload for draft in world.ledger.trail[-2:])
    assert (resolved["decision"], resolved["instanceId"]) == ("accepted", "inst-9")
    assert (triggered["foundBy"], triggered["decidedBy"]) == ("person", "op-north")


@pytest.mark.parametrize("instance", ["", "  ", "\udcff", "inst\u202e-1", "inst\n1"])
async def test_an_instance_id_is_needed_to_say_that_it_runs(world: World, instance: str) -> None:
    job = await in_review(world)
    with pytest.raises(BadInput) as caught:
        await operator(world).resolve_accepted(job, instance)
    assert caught.value.field == "instance"
    assert world.ledger.job(job.job_id) == job


@pytest.mark.parametrize(("reason", "told"), [("", ""), ("too late", ": too late")])
async def test_giving_up_is_a_failure_that_a_person_decided(
    world: World, reason: str, told: str
) -> None:
    job = await operator(world).resolve_failed(await in_review(world), reason)
    assert (job.state, job.reason) == (JobState.FAILED, f"Given up by op-north{told}")
    assert types(world)[-2:] == ["TRIGGER_RESOLVED", "WORKFLOW_TRIGGER_FAILED"]
    assert world.ledger.trail[-1].payload["foundBy"] == "person"


async def test_sending_again_starts_afresh_and_needs_no_second_yes(world: World) -> None:
    job = await operator(world).resolve_send_again(await in_review(world))
    assert (job.state, job.attempts, job.send_before) == (JobState.QUEUED, 0, None)
    assert world.ledger.trail[-1].payload["decision"] == "send-again"
    world.clock.jump(100 * 3600)
    (first,) = world.ledger.ready("demo", 8, world.clock.now())
    assert first.job_id == job.job_id


@pytest.mark.parametrize("decide", ["resolve_failed", "resolve_send_again"])
async def test_only_a_review_can_be_resolved(world: World, decide: str) -> None:
    job = await queued(world)
    with pytest.raises(Refusal, match="only a review"):
        await getattr(operator(world), decide)(job)
    with pytest.raises(Refusal, match="only a review"):
        await operator(world).resolve_accepted(job, "inst-1")


async def test_a_pause_is_one_pause_and_a_line_is_stopped_with_a_reason(world: World) -> None:
    desk = operator(world)
    with pytest.raises(Refusal, match="not paused"):
        await desk.resume()
    await desk.pause("lunch")
    with pytest.raises(Refusal, match="paused already"):
        await desk.pause()
    with pytest.raises(BadInput, match="reason"):
        await desk.stop_line("demo", " ")
    await desk.stop_line("demo", "fire")
    with pytest.raises(Refusal, match="stopped already"):
        await desk.stop_line("demo", "fire")
    await desk.resume("all clear")
    assert types(world) == ["QUEUE_PAUSED", "QUEUE_PAUSED", "QUEUE_RESUMED", "QUEUE_RESUMED"]
    assert world.ledger.values == {}


async def test_lifting_one_line_leaves_the_other_stopped(world: World) -> None:
    desk = operator(world)
    await desk.stop_line("north", "fire")
    await desk.stop_line("south", "flood")
    await desk.resume("fire is out", "north")
    assert list(world.ledger.values) == ["stop:south"]


@pytest.mark.parametrize("decide", ["cancel", "resolve_failed", "resolve_send_again"])
async def test_a_reason_that_no_record_can_hold_is_refused(world: World, decide: str) -> None:
    job = await in_review(world)
    with pytest.raises(BadInput) as caught:
        await getattr(operator(world), decide)(job, "\udcff")
    assert caught.value.field == "reason"
    for switch in ("pause", "resume"):
        with pytest.raises(BadInput):
            await getattr(operator(world), switch)("\udcff")


async def test_a_review_that_found_its_instance_meanwhile_is_not_overruled() -> None:
    desk = Desk()
    seen = await in_review(desk)
    late = outcomes.accepted(seen, "inst-1", "running", FoundBy.LOOKUP, desk.clock.now())
    await desk.journal.job(late)
    with pytest.raises(Refusal, match="moved on"):
        await desk.operator.resolve_send_again(seen)
