"""Reading the simulated tenant's instances: filters, pages, counts, and the time of the answer."""

from __future__ import annotations

import pytest

TUTORIAL = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
INSTANCES = "/api/v2/workflows/instances"
STEADY = {"*": {"seconds": [10, 10], "waiting": 0, "failed": 0, "cancelled": 0}}


async def test_a_count_is_a_listing_of_the_running_ones_with_one_entry(open_tenant):
    async with open_tenant() as tenant:
        for _ in range(3):
            await tenant.start()
        count = await tenant.listing(workflowId=TUTORIAL, status="running", pageSize=1)

    assert (count["totalCount"], count["pageNumber"], count["pageSize"]) == (3, 1, 1)
    assert len(count["instances"]) == 1


async def test_a_listing_is_newest_first_and_its_pages_hold_every_instance_once(open_tenant):
    async with open_tenant() as tenant:
        ids = []
        for _ in range(7):
            ids.append((await tenant.start()).json()["id"])
            tenant.clock.advance(1)
        pages = [
            await tenant.listing(workflowId=TUTORIAL, pageSize=3, pageNumber=number)
            for number in (1, 2, 3, 4)
        ]

    assert [[each["id"] for each in page["instances"]] for page in pages] == [
        ids[:3:-1],
        ids[3:0:-1],
        ids[:1],
        [],
    ]
    assert {page["totalCount"] for page in pages} == {7}


async def test_a_filter_by_status_counts_and_lists_the_same_instances(open_tenant):
    async with open_tenant({"runs": STEADY}) as tenant:
        old = [(await tenant.start()).json()["id"] for _ in range(2)]
        tenant.clock.advance(10)
        new = (await tenant.start()).json()["id"]
        completed = await tenant.listing(status="completed")
        running = await tenant.listing(workflowId=TUTORIAL, status="running")
        anywhere = await tenant.listing(status="running")

    assert [each["id"] for each in completed["instances"]] == old[::-1]
    assert completed["totalCount"] == 2
    assert [each["id"] for each in running["instances"]] == [new]
    assert anywhere == running


async def test_a_listing_of_another_workflow_or_status_is_empty_and_no_error(open_tenant):
    async with open_tenant() as tenant:
        await tenant.start()
        other = await tenant.listing(workflowId="wf_refund")
        unknown = await tenant.listing(workflowId=TUTORIAL, status="asleep")

    assert (other["totalCount"], other["instances"]) == (0, [])
    assert (unknown["totalCount"], unknown["instances"]) == (0, [])


async def test_a_page_larger_than_the_tenant_gives_is_cut_and_says_so(open_tenant):
    async with open_tenant({"pageCap": 2}) as tenant:
        for _ in range(3):
            await tenant.start()
        page = await tenant.listing(pageSize=500)

    assert (page["pageSize"], len(page["instances"]), page["totalCount"]) == (2, 2, 3)


@pytest.mark.parametrize("text", ["0", "-1", "one", "1.5", "", "٣", "9" * 30])
@pytest.mark.parametrize("name", ["pageSize", "pageNumber"])
async def test_a_page_that_cannot_be_is_refused_by_name(open_tenant, name, text):
    async with open_tenant() as tenant:
        answer = await tenant.client.get(INSTANCES, params={name: text})

    assert (answer.status_code, answer.json()["field"]) == (400, name)


async def test_an_instance_that_never_was_is_not_found(open_tenant):
    async with open_tenant() as tenant:
        answer = await tenant.client.get(f"{INSTANCES}/inst-00000000000000000000")

    assert answer.status_code == 404


async def test_every_answer_carries_the_tenants_own_time(open_tenant):
    async with open_tenant(signed_in=False) as tenant:
        token = await tenant.sign_in()
        tenant.clock.advance(61)
        start = await tenant.start()
        refused = await tenant.client.get(f"{INSTANCES}/nobody")

    assert token.headers["Date"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    assert start.headers["Date"] == "Mon, 23 Nov 2026 08:01:01 GMT"
    assert refused.headers["Date"] == "Mon, 23 Nov 2026 08:01:01 GMT"


async def test_a_calm_tenant_already_runs_instances_that_this_console_did_not_start(open_tenant):
    async with open_tenant({"foreign": {"count": 6}}) as tenant:
        listing = await tenant.listing()

    assert listing["totalCount"] == 6
    assert {each["status"] for each in listing["instances"]} == {"running"}
    assert all("consoleJobId" not in each["metadata"] for each in listing["instances"])
    starts = [each["startedAt"] for each in listing["instances"]]
    assert starts == sorted(starts, reverse=True)
    assert starts[0] < "2026-11-23T08:00:00.000Z"


async def test_foreign_instances_come_in_as_time_goes_but_never_above_a_limit(open_tenant):
    script = {"foreign": {"everySeconds": 5}, "runs": STEADY, "limits": {"*": 1}}
    async with open_tenant(script) as tenant:
        tenant.clock.advance(4)
        before = await tenant.listing()
        tenant.clock.advance(600)
        after = await tenant.listing(pageSize=100)
        running = await tenant.listing(status="running")

    assert before["totalCount"] == 0
    assert 60 < after["totalCount"] <= 120
    workflows = [each["workflowId"] for each in running["instances"]]
    assert len(workflows) == len(set(workflows))
