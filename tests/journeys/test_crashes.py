"""kill -9 while jobs are on their way: nothing is lost, and nothing runs twice."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from functools import partial

import pytest

from console.app.folder import Place, opened
from console.services.commands import TriggerRequest
from console.services.operator import Target
from tests.journeys.program import Program, until
from tests.journeys.strict_tenant import StrictTenant

KILLS = 10
PROVED_KILLS = 60
JOBS = 200
WORKFLOWS = 4
"""So many that each one's listing is one page: one that grows between its pages proves nothing."""


def killed_while_sending(console: Program, tenant: StrictTenant) -> None:
    """One job is *sending* and its process is dead; the tenant may have made the instance."""
    assert console.run("trigger", "wf", "--var", "customerId:string=CUST-99887").code == 0
    tenant.hold()
    with console.started("queue", "run") as running:
        until(lambda: tenant.bodies, "the POST has arrived")
        running.kill()
    tenant.release()
    (job,) = console.jobs()
    assert (job["state"], job["attempts"]) == ("sending", 1)


def test_a_trigger_whose_answer_was_lost_with_the_process_is_found_and_not_sent_again(
    console: Program, tenant: StrictTenant
) -> None:
    killed_while_sending(console, tenant)
    ran = console.run("queue", "run", "--until-idle")
    assert (ran.code, ran.err) == (0, "")
    (job,) = console.jobs()
    assert (job["state"], job["instanceId"]) == ("accepted", "inst-0001")
    assert len(tenant.bodies) == len(tenant.instances) == 1
    (record,) = console.payloads("WORKFLOW_TRIGGERED")
    assert (record["foundBy"], record["instanceId"]) == ("look-up", "inst-0001")


def test_a_trigger_that_left_nothing_behind_is_sent_again_after_two_complete_listings(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    killed_while_sending(console, tenant)
    tenant.makes = True
    assert console.run("queue", "run", "--until-idle").code == 0
    (job,) = console.jobs()
    assert (job["state"], job["attempts"]) == ("accepted", 1)
    first, second = (i for i, entry in enumerate(tenant.log) if entry == "start")
    assert tenant.log[first:second].count("list") == 2
    assert len(tenant.instances) == 1
    assert tenant.bodies[0] == tenant.bodies[1]


def test_a_list_that_proves_nothing_leaves_the_decision_to_a_person(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    killed_while_sending(console, tenant)
    tenant.makes, tenant.lies = True, True
    ran = console.run("queue", "run", "--until-idle")
    assert ran.code == 1
    (job,) = console.jobs()
    assert job["state"] == "review"
    assert len(tenant.bodies) == 1
    assert console.run("queue", "run", "--until-idle").code in (0, 1)
    assert len(tenant.bodies) == 1
    assert console.types().count("TRIGGER_REVIEW") == 1


def test_an_instance_that_appears_long_after_the_look_ups_settles_the_review_by_itself(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    tenant.answer = lambda _: (200, {}, b"<html>")
    ran = console.run("trigger", "wf", "--wait", "--json")
    assert (ran.code, ran.json["state"]) == (1, "review")
    tenant.make(tenant.bodies[0])
    assert console.run("queue", "run", "--until-idle").code == 0
    (job,) = console.jobs()
    assert (job["state"], job["instanceId"]) == ("accepted", "inst-0001")
    assert console.types().count("WORKFLOW_TRIGGERED") == 1


def test_a_review_is_settled_by_what_a_person_decides(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes, tenant.lies = False, True
    killed_while_sending(console, tenant)
    console.run("queue", "run", "--until-idle")
    tenant.makes = True
    (job,) = console.jobs()
    ran = console.run(
        *("queue", "resolve", job["jobId"], "--as", "send-again"), "--reason", "not in their log"
    )
    assert ran.code == 0
    assert console.run("queue", "run", "--until-idle").code == 0
    assert [job["state"] for job in console.jobs()] == ["accepted"]
    (resolved,) = console.payloads("TRIGGER_RESOLVED")
    assert (resolved["decision"], resolved["decidedBy"]) == ("send-again", "op-north")
    assert resolved["decisionReason"] == "not in their log"


def test_two_instances_for_one_job_are_named_and_left_to_a_person(
    console: Program, tenant: StrictTenant
) -> None:
    killed_while_sending(console, tenant)
    tenant.make(tenant.bodies[0])
    for _ in range(2):
        console.run("queue", "run", "--until-idle")
        (job,) = console.jobs()
        assert job["state"] == "review"
        assert "inst-0001" in job["reason"]
        assert "inst-0002" in job["reason"]
    assert console.types().count("TRIGGER_DOUBLED") == 1
    assert len(tenant.bodies) == 1


def test_a_job_is_not_looked_for_at_another_tenant_after_its_profile_was_changed(
    console: Program, tenant: StrictTenant
) -> None:
    killed_while_sending(console, tenant)
    sent = len(tenant.log)
    changed = console.run(
        *("profile", "add", "demo", "--replace", "--client-id", "another-client"),
        *("--token-url", f"{tenant.url}/v1/oauth2/token", "--api-url", tenant.url),
    )
    assert changed.code == 0, changed.err
    ran = console.run("queue", "run", "--until-idle")
    assert ran.code == 1
    (job,) = console.jobs()
    assert job["state"] == "waiting"
    assert "another API" in job["reason"]
    assert "list" not in tenant.log[sent:]
    fresh = console.run("trigger", "wf", "--wait", "--json")
    assert (fresh.code, fresh.json["state"]) == (0, "accepted")


def test_a_watching_process_takes_over_what_a_killed_sender_left(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.hold()
    with (
        console.started("queue", "run") as sender,
        console.started("trigger", "wf", "--wait", "--json") as watching,
    ):
        until(lambda: tenant.bodies, "one of the two has sent")
        sender.kill()
        tenant.release()
        ran = watching.end()
    assert (ran.code, ran.json["state"]) == (0, "accepted")
    assert len(tenant.bodies) == len(tenant.instances) == 1


@pytest.mark.parametrize("makes", [True, False])
def test_a_batch_killed_again_and_again_ends_with_one_instance_and_one_record_a_job(
    console: Program, tenant: StrictTenant, proving: bool, makes: bool
) -> None:
    job_ids = asyncio.run(_queue(console, JOBS))
    chance = random.Random(JOBS if makes else JOBS + 1)
    tenant.slow_s = 0.02
    tenant.running = 0  # they end at once: no limit holds the batch back
    pause = threading.Event()
    kills = PROVED_KILLS if proving else KILLS
    for _ in range(kills):
        with console.started("queue", "run") as running:
            wanted = len(tenant.bodies) + chance.randint(0, 2 * JOBS // kills)
            until(partial(_sent, tenant, wanted), "it has sent some")
            tenant.makes = makes or chance.random() < 0.5
            # Refusals that arrive would open the circuit, and the next start wait for it.
            pause.wait(chance.random() * (0.05 if makes else tenant.slow_s / 2))
            running.kill()
        tenant.makes = True
    tenant.slow_s = 0.0
    ran = console.run("queue", "run", "--until-idle")
    assert (ran.code, ran.err) == (0, "")
    assert [job for job in console.jobs() if job["state"] != "accepted"] == []
    assert Counter(tenant.job_ids()) == Counter(job_ids)
    triggered = [payload["jobId"] for payload in console.payloads("WORKFLOW_TRIGGERED")]
    assert Counter(triggered) == Counter(job_ids)
    queued = [payload["jobId"] for payload in console.payloads("TRIGGER_QUEUED")]
    assert queued == job_ids
    assert console.run("audit", "verify", str(console.data_dir)).code == 0


def _sent(tenant: StrictTenant, wanted: int) -> bool:
    return len(tenant.bodies) >= wanted or len(tenant.instances) >= JOBS


async def _queue(console: Program, count: int) -> list[str]:
    place = Place.find(str(console.data_dir))
    profile = place.profiles.get("demo")
    async with opened(place) as folder:
        target = Target(profile.name, folder.target(profile).fingerprint)
        jobs = [
            await folder.operator.trigger(
                TriggerRequest("", f"wf-{n % WORKFLOWS}", {"n": n}), target
            )
            for n in range(count)
        ]
    return [job.job_id for job in jobs]
