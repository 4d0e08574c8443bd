"""Scripted faults of the simulated tenant, as a client on a real socket meets them."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import httpx
import pytest

TUTORIAL = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
INSTANCES = "/api/v2/workflows/instances"


def on_start(**do) -> dict[str, object]:
    return {"faults": [{"on": "start", "nth": 1, "do": do}]}


@pytest.mark.parametrize(
    ("said", "header"),
    [
        ("2", "2"),
        (1.5, "1.5"),
        ({"date": 90}, "Mon, 23 Nov 2026 08:01:30 GMT"),
        ("in a while", "in a while"),
        (None, None),
    ],
)
async def test_a_scripted_429_says_when_to_come_back_in_the_form_of_the_script(
    open_tenant, said, header
):
    async with open_tenant(on_start(kind="status", status=429, retryAfter=said)) as tenant:
        refused = await tenant.start()
        taken = await tenant.start()

        assert len(tenant.simulator.instances) == 1
    assert (refused.status_code, refused.headers.get("Retry-After")) == (429, header)
    assert taken.status_code == 201


async def test_a_status_fault_can_say_anything_with_any_header(open_tenant):
    script = on_start(
        kind="status",
        status=418,
        body="short and stout",
        contentType="text/x-tea",
        headers={"X-Pot": "brown"},
    )
    async with open_tenant(script) as tenant:
        answer = await tenant.start()

    assert (answer.status_code, answer.text) == (418, "short and stout")
    assert (answer.headers["Content-Type"], answer.headers["X-Pot"]) == ("text/x-tea", "brown")


async def test_an_error_answer_can_hide_an_instance_that_was_made_all_the_same(open_tenant):
    async with open_tenant(on_start(kind="status", status=500, made=True)) as tenant:
        answer = await tenant.start()
        listing = await tenant.listing(workflowId=TUTORIAL)

    assert answer.status_code == 500
    assert listing["totalCount"] == 1


async def test_a_gateway_answers_in_html(open_tenant):
    async with open_tenant(on_start(kind="html")) as tenant:
        answer = await tenant.start()

    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


async def test_a_redirect_names_the_place_in_the_script(open_tenant):
    script = on_start(kind="redirect", status=307, location="http://127.0.0.1:9/trap")
    async with open_tenant(script) as tenant:
        answer = await tenant.start()

    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:9/trap")


@pytest.mark.parametrize(("kind", "left"), [("cut-before", 0), ("cut-after", 1)])
async def test_a_cut_connection_gives_no_answer_and_leaves_what_the_script_says(
    open_tenant, kind, left
):
    async with open_tenant(on_start(kind=kind)) as tenant:
        with pytest.raises(httpx.RemoteProtocolError):
            await tenant.start()
        listing = await tenant.listing(workflowId=TUTORIAL)

        assert len(tenant.simulator.starts) == 1
    assert listing["totalCount"] == left


async def test_a_cut_can_be_a_reset(open_tenant):
    async with open_tenant(on_start(kind="cut-after", reset=True)) as tenant:
        with pytest.raises(httpx.ReadError):
            await tenant.start()


async def test_an_answer_can_break_off_in_the_middle_of_its_body(open_tenant):
    async with open_tenant(on_start(kind="cut-during")) as tenant:
        with pytest.raises(
            httpx.RemoteProtocolError, match="without sending complete message body"
        ):
            await tenant.start()

        assert len(tenant.simulator.instances) == 1


async def test_half_a_json_text_arrives_as_a_whole_answer(open_tenant):
    async with open_tenant(on_start(kind="truncated-json")) as tenant:
        answer = await tenant.start()

        assert len(tenant.simulator.instances) == 1
    assert answer.status_code == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_success_can_lack_the_id(open_tenant):
    async with open_tenant(on_start(kind="no-id")) as tenant:
        answer = await tenant.start()

        assert len(tenant.simulator.instances) == 1
    assert answer.status_code == 201
    assert "id" not in answer.json()
    assert answer.json()["status"] == "running"


async def test_a_start_that_is_refused_anyway_is_not_turned_into_a_success(open_tenant):
    async with open_tenant(on_start(kind="no-id")) as tenant:
        answer = await tenant.start(priority=99)

    assert (answer.status_code, answer.json()["field"]) == (400, "priority")


async def test_one_start_can_leave_two_instances_with_the_same_job(open_tenant):
    async with open_tenant(on_start(kind="duplicate")) as tenant:
        answer = await tenant.start()
        listing = await tenant.listing(workflowId=TUTORIAL)

    first, second = listing["instances"]
    assert first["id"] != second["id"]
    assert first["metadata"] == second["metadata"]
    assert answer.json()["id"] in {first["id"], second["id"]}


async def test_a_late_answer_comes_after_its_delay_and_not_before(open_tenant):
    async with open_tenant(on_start(kind="delay", seconds=40)) as tenant:
        pending = asyncio.ensure_future(tenant.start())  # noqa: TID251 - two things at once
        await tenant.clock.until_asleep()
        assert tenant.simulator.instances == []
        tenant.clock.advance(39.9)
        assert not pending.done()
        tenant.clock.advance(0.1)
        answer = await pending

    assert answer.status_code == 201
    assert answer.json()["latencyMs"] == 40_000


async def test_an_instance_can_exist_long_before_its_answer(open_tenant):
    async with open_tenant(on_start(kind="delay", seconds=40, made=True)) as tenant:
        pending = asyncio.ensure_future(tenant.start())  # noqa: TID251 - two things at once
        await tenant.clock.until_asleep()
        listing = await tenant.listing(workflowId=TUTORIAL)
        tenant.clock.advance(40)
        answer = await pending

    assert [each["id"] for each in listing["instances"]] == [answer.json()["id"]]


async def test_a_start_goes_on_in_the_tenant_after_its_client_has_given_up(open_tenant):
    async with open_tenant(on_start(kind="delay", seconds=40)) as tenant:
        with pytest.raises(httpx.ReadTimeout):
            await tenant.client.post(
                INSTANCES,
                json={"workflowId": TUTORIAL, "context": {"customerId": "C"}},
                timeout=httpx.Timeout(5, read=0.05),
            )
        before = await tenant.listing(workflowId=TUTORIAL)
        tenant.clock.advance(40)
        after = await tenant.listing(workflowId=TUTORIAL)

    assert (before["totalCount"], after["totalCount"]) == (0, 1)


async def test_a_trickled_answer_has_a_head_at_once_and_its_body_byte_by_byte(open_tenant):
    async with open_tenant(on_start(kind="trickle", seconds=2)) as tenant:
        body = {"workflowId": TUTORIAL, "context": {"customerId": "C"}}
        async with tenant.client.stream("POST", INSTANCES, json=body) as answer:
            pieces = answer.aiter_raw()
            assert answer.status_code == 201
            length = int(answer.headers["Content-Length"])
            received = b""
            for _ in range(3):
                await tenant.clock.until_asleep()
                tenant.clock.advance(2)
                received += await anext(pieces)
            assert len(received) == 3
            while len(received) < length:
                await tenant.clock.until_asleep()
                tenant.clock.advance(2)
                received += await anext(pieces)

    assert json.loads(received)["id"].startswith("inst-")


async def test_a_clock_that_is_off_shows_in_the_date_header_only(open_tenant):
    script = {"faults": [{"on": ["start", "list"], "do": {"kind": "bad-date", "seconds": -3600}}]}
    async with open_tenant(script) as tenant:
        start = await tenant.start()
        one = await tenant.client.get(f"{INSTANCES}/{start.json()['id']}")

    assert start.headers["Date"] == "Mon, 23 Nov 2026 07:00:00 GMT"
    assert one.headers["Date"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    assert one.json()["startedAt"] == "2026-11-23T08:00:00.000Z"


async def test_delay_and_wrong_date_join_whatever_else_befalls_a_request(open_tenant):
    script = {
        "faults": [
            {"on": "start", "do": {"kind": "bad-date", "seconds": 60}},
            {"on": "start", "do": {"kind": "status", "status": 503}},
            {"on": "start", "do": {"kind": "html"}},
        ]
    }
    async with open_tenant(script) as tenant:
        answer = await tenant.start()

    assert answer.status_code == 503
    assert answer.headers["Date"] == "Mon, 23 Nov 2026 08:01:00 GMT"


async def statuses(tenant, count: int, workflow_id: str = "wf_any") -> list[int]:
    return [(await tenant.start(workflow_id)).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"nth": 2}, [201, 503, 201, 201, 201, 201]),
        ({"nth": [1, 4]}, [503, 201, 201, 503, 201, 201]),
        ({"every": 3}, [201, 201, 503, 201, 201, 503]),
        ({"times": 2}, [503, 503, 201, 201, 201, 201]),
        ({"every": 2, "times": 1}, [201, 503, 201, 201, 201, 201]),
        ({"workflowId": "wf_other"}, [201] * 6),
        ({}, [503] * 6),
    ],
)
async def test_a_fault_strikes_the_requests_that_its_selectors_choose(
    open_tenant, selector, expected
):
    script = {
        "unknownWorkflows": "accept",
        "faults": [{"on": "start", **selector, "do": {"kind": "status", "status": 503}}],
    }
    async with open_tenant(script) as tenant:
        assert await statuses(tenant, 6) == expected


async def test_a_fault_for_one_workflow_counts_only_its_starts(open_tenant):
    fault = {"on": "start", "workflowId": "wf_b", "nth": 2, "do": {"kind": "status"}}
    async with open_tenant({"unknownWorkflows": "accept", "faults": [fault]}) as tenant:
        first = await statuses(tenant, 2, "wf_a")
        second = await statuses(tenant, 2, "wf_b")

    assert (first, second) == ([201, 201], [201, 500])


async def test_a_fault_has_its_time(open_tenant):
    fault = {"on": "start", "from": 10, "to": 20, "do": {"kind": "status", "status": 503}}
    seen = []
    async with open_tenant({"faults": [fault]}) as tenant:
        for _ in range(3):
            seen.append((await tenant.start()).status_code)
            tenant.clock.advance(10)

    assert seen == [201, 503, 201]


async def test_chance_strikes_the_same_requests_for_the_same_seed(open_tenant):
    fault = {"on": "start", "probability": 0.5, "do": {"kind": "status", "status": 503}}
    script = {"unknownWorkflows": "accept", "faults": [fault]}
    runs = []
    for seed in (7, 7, 8):
        async with open_tenant(script, seed=seed) as tenant:
            runs.append(await statuses(tenant, 40))

    assert runs[0] == runs[1] != runs[2]
    assert 10 <= runs[0].count(503) <= 30


@pytest.mark.parametrize("operation", ["token", "list", "get"])
async def test_every_operation_can_fail(open_tenant, operation):
    fault = {"on": operation, "do": {"kind": "status", "status": 503}}
    async with open_tenant({"faults": [fault]}, signed_in=False) as tenant:
        answers = {
            "token": await tenant.sign_in(),
            "list": await tenant.client.get(INSTANCES),
            "get": await tenant.client.get(f"{INSTANCES}/inst-1"),
        }

        assert tenant.simulator.requests == {"token": 1, "list": 1, "get": 1}
    assert [name for name, answer in answers.items() if answer.status_code == 503] == [operation]


async def test_a_listing_can_be_cut_short_too(open_tenant):
    script = {"faults": [{"on": "list", "nth": 1, "do": {"kind": "truncated-json"}}]}
    async with open_tenant(script) as tenant:
        await tenant.start()
        answer = await tenant.client.get(INSTANCES)
        whole = await tenant.listing()

    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert whole["totalCount"] == 1


async def test_a_tenant_stops_while_an_answer_still_trickles(open_tenant):
    async with open_tenant(on_start(kind="trickle", seconds=3600)) as tenant:
        pending = asyncio.ensure_future(tenant.start())  # noqa: TID251 - two things at once
        await tenant.clock.until_asleep()
    with suppress(httpx.HTTPError):
        await asyncio.wait_for(pending, 5)

    assert pending.done()
