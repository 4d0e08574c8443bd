"""Starting workflows on the simulated tenant: what it takes, and what it refuses by name."""

from __future__ import annotations

import json

import httpx
import pytest

TUTORIAL = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
INSTANCES = "/api/v2/workflows/instances"


async def test_a_start_answers_with_the_id_under_which_the_instance_is_found(open_tenant):
    async with open_tenant() as tenant:
        answer = await tenant.start(context={"customerId": "CUST-99887", "priorityScore": 85})
        found = await tenant.one(answer.json()["id"])

    assert answer.status_code == 201
    assert answer.json()["status"] == "running"
    assert answer.json()["latencyMs"] >= 1
    assert found == {
        "id": answer.json()["id"],
        "workflowId": TUTORIAL,
        "status": "running",
        "priority": 2,
        "context": {"customerId": "CUST-99887", "priorityScore": 85},
        "metadata": {"consoleJobId": "5f2c1d9e-0000-4000-8000-000000000001"},
        "startedAt": "2026-11-23T08:00:00.000Z",
    }


async def test_every_start_is_kept_byte_for_byte_even_when_it_is_refused(open_tenant):
    body = b'{"workflowId":"wf_nobody",  "context":{"n":1.50}}'
    async with open_tenant() as tenant:
        await tenant.client.post(INSTANCES, content=body, headers={"Idempotency-Key": "job-1"})

        (received,) = tenant.simulator.starts
    assert received.body == body
    assert received.headers["Idempotency-Key"] == "job-1"


@pytest.mark.parametrize("number", [2**53 + 1, 2**64 + 1, -(10**40)])
async def test_an_integer_of_any_size_comes_back_with_every_digit(open_tenant, number):
    async with open_tenant() as tenant:
        answer = await tenant.start(context={"customerId": "C", "account": number})
        found = await tenant.one(answer.json()["id"])

    assert found["context"]["account"] == number


@pytest.mark.parametrize(
    ("workflow_id", "context", "field", "message"),
    [
        (
            "wf_vip_routing",
            {"tier": "bronze"},
            "context.tier",
            "must be one of platinum, gold, silver",
        ),
        ("wf_vip_routing", {"contactId": "12"}, "context.contactId", "must be a whole number"),
        ("wf_vip_routing", {"contactId": True}, "context.contactId", "must be a whole number"),
        ("wf_vip_routing", {"routing": {"queue": "q"}}, "context.routing.skill", "is required"),
        (
            "wf_vip_routing",
            {"managerEmail": "nobody"},
            "context.managerEmail",
            "must be a valid email",
        ),
        (
            "wf_vip_routing",
            {"avoidAgents": ["x"]},
            "context.avoidAgents[0]",
            "must match ^A-[0-9]{4}$",
        ),
        ("wf_vip_routing", {"colour": "red"}, "context.colour", "is not known to this workflow"),
        (TUTORIAL, {"priorityScore": 101}, "context.priorityScore", "must be at most 100"),
        (
            TUTORIAL,
            {"requiresCallback": "true"},
            "context.requiresCallback",
            "must be true or false",
        ),
    ],
)
async def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    open_tenant, workflow_id, context, field, message
):
    goods: dict[str, dict[str, object]] = {
        TUTORIAL: {"customerId": "CUST-99887"},
        "wf_vip_routing": {
            "customerId": "CUST-00017",
            "tier": "gold",
            "contactId": 705532298413,
            "routing": {"queue": "vip_emea", "skill": "sales"},
        },
    }
    good = goods[workflow_id]
    async with open_tenant() as tenant:
        taken = await tenant.start(workflow_id, context=good)
        refused = await tenant.start(workflow_id, context={**good, **context})

        assert len(tenant.simulator.instances) == 1
    assert taken.status_code == 201
    assert refused.status_code == 400
    assert (refused.json()["field"], refused.json()["message"]) == (field, message)


async def test_a_start_with_several_wrong_values_lists_them_all(open_tenant):
    async with open_tenant() as tenant:
        answer = await tenant.start(context={"priorityScore": -1, "requiresCallback": 1})

    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"context.customerId", "context.priorityScore", "context.requiresCallback"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"workflowId": 5}, "workflowId"),
        ({"workflowId": ""}, "workflowId"),
        ({"priority": 0}, "priority"),
        ({"priority": 11}, "priority"),
        ({"priority": True}, "priority"),
        ({"priority": "2"}, "priority"),
        ({"context": []}, "context"),
        ({"metadata": {"batchId": 7}}, "metadata.batchId"),
        ({"metadata": None}, "metadata"),
    ],
)
async def test_a_start_of_the_wrong_shape_is_refused_by_the_name_of_its_field(
    open_tenant, changes, field
):
    async with open_tenant() as tenant:
        answer = await tenant.start(**changes)

    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' + b"9" * 100_001 + b"}",
    ],
    ids=["empty", "cut", "list", "nan", "infinite", "not utf-8", "deep", "endless number"],
)
async def test_a_body_that_is_no_json_object_is_refused_and_the_tenant_goes_on(open_tenant, body):
    async with open_tenant() as tenant:
        refused = await tenant.client.post(INSTANCES, content=body)
        taken = await tenant.start()

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_json")
    assert taken.status_code == 201


async def test_a_body_of_8_mib_is_taken_and_one_byte_more_is_too_large(open_tenant):
    def start_of(size: int) -> bytes:
        frame = {"workflowId": TUTORIAL, "context": {"customerId": "C", "note": ""}}
        room = size - len(json.dumps(frame))
        frame["context"] = {"customerId": "C", "note": "x" * room}
        return json.dumps(frame).encode()

    async with open_tenant() as tenant:
        taken = await tenant.client.post(INSTANCES, content=start_of(8 * 1024 * 1024))
        refused = await tenant.client.post(INSTANCES, content=start_of(8 * 1024 * 1024 + 1))

    assert (taken.status_code, refused.status_code) == (201, 413)


async def test_an_unknown_workflow_is_not_found_unless_the_scenario_takes_any(open_tenant):
    async with open_tenant() as tenant:
        strict = await tenant.start("wf_made_up")
    async with open_tenant({"unknownWorkflows": "accept"}) as tenant:
        lenient = await tenant.start("wf_made_up", context={"anything": [1, None, {"a": ""}]})

    assert (strict.status_code, strict.json()["field"]) == (404, "workflowId")
    assert lenient.status_code == 201


async def fill(tenant, count: int) -> list[httpx.Response]:
    return [await tenant.start() for _ in range(count)]


async def test_a_full_workflow_answers_429_and_says_when_to_come_back(open_tenant):
    limited = {"limits": {TUTORIAL: 3}, "full": {"retryAfter": 4}, "unknownWorkflows": "accept"}
    async with open_tenant(limited) as tenant:
        answers = await fill(tenant, 4)
        other = await tenant.start("wf_of_its_own")
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[3].headers["Retry-After"] == "4"
    assert answers[3].json()["limit"] == 3
    assert other.status_code == 201


@pytest.mark.parametrize(
    ("said", "header"),
    [
        (2, "2"),
        ({"date": 30}, "Mon, 23 Nov 2026 08:00:30 GMT"),
        ("soon", "soon"),
        (None, None),
    ],
)
async def test_a_scenario_chooses_how_a_full_workflow_says_when(open_tenant, said, header):
    async with open_tenant({"limits": {"*": 1}, "full": {"retryAfter": said}}) as tenant:
        _, full = await fill(tenant, 2)

    assert full.headers.get("Retry-After") == header


@pytest.mark.parametrize("status", [400, 409])
async def test_a_scenario_may_call_a_full_workflow_a_bad_request_or_a_conflict(open_tenant, status):
    async with open_tenant({"limits": {"*": 1}, "full": {"status": status}}) as tenant:
        _, full = await fill(tenant, 2)

    assert (full.status_code, full.json()["error"]) == (status, "concurrent_limit")


async def test_a_slot_is_free_again_once_an_instance_has_ended(open_tenant):
    runs = {"*": {"seconds": [10, 10], "waiting": 0}}
    async with open_tenant({"limits": {"*": 1}, "runs": runs}) as tenant:
        first, second = await fill(tenant, 2)
        tenant.clock.advance(10)
        (third,) = await fill(tenant, 1)

    assert [first.status_code, second.status_code, third.status_code] == [201, 429, 201]


async def test_an_instance_runs_waits_for_input_and_ends_as_the_clock_goes(open_tenant):
    runs = {
        "*": {
            "seconds": [10, 10],
            "waiting": 1,
            "waitingSeconds": [5, 5],
            "failed": 0,
            "cancelled": 0,
            "steps": ["Opened", "Closed"],
            "decisions": ["Routed to sales"],
        }
    }
    async with open_tenant({"runs": runs}) as tenant:
        instance_id = (await tenant.start()).json()["id"]
        seen = [await tenant.one(instance_id)]
        for seconds in (9.5, 0.5, 5):
            tenant.clock.advance(seconds)
            seen.append(await tenant.one(instance_id))

    assert [each["status"] for each in seen] == ["running", "running", "waiting", "completed"]
    assert "completedAt" not in seen[2]
    assert seen[3]["completedAt"] == "2026-11-23T08:00:15.000Z"
    assert [step["name"] for step in seen[3]["steps"]] == ["Opened", "Closed"]
    assert seen[3]["output"] == {"routingDecision": "Routed to sales"}


@pytest.mark.parametrize(("share", "ending"), [("failed", "failed"), ("cancelled", "cancelled")])
async def test_an_instance_that_does_not_complete_says_why(open_tenant, share, ending):
    plain = {"seconds": [1, 1], "waiting": 0, "failed": 0, "cancelled": 0}
    async with open_tenant({"runs": {"*": {**plain, share: 1}}}) as tenant:
        instance_id = (await tenant.start()).json()["id"]
        tenant.clock.advance(1)
        found = await tenant.one(instance_id)

    assert found["status"] == ending
    assert found["outcome"]
    assert "output" not in found


async def test_the_same_seed_and_starts_give_the_same_ids_and_fates(open_tenant):
    fates = []
    for seed in (7, 7, 8):
        async with open_tenant({"runs": {"*": {"failed": 0.5}}}, seed=seed) as tenant:
            for _ in range(12):
                await tenant.start()
            tenant.clock.advance(3600)
            await tenant.sign_in()
            listing = await tenant.listing(pageSize=50)
            fates.append([(i["id"], i["status"], i["completedAt"]) for i in listing["instances"]])

    assert fates[0] == fates[1]
    assert {each[0] for each in fates[0]}.isdisjoint(each[0] for each in fates[2])
    assert {each[1] for each in fates[0]} == {"failed", "completed"}
