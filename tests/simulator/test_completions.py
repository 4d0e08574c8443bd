"""Webhooks of the simulated tenant: one signed event when an instance ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from console.domain.errors import NotSent
from console.simulator.errors import SimulatorConfigError
from console.simulator.webhooks import PAUSES_S, signature, signing_key

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "http://127.0.0.1:9/webhooks/cxone"
QUICK = {"runs": {"*": {"seconds": [10, 10], "waiting": 0, "failed": 0, "cancelled": 0}}}


@dataclass
class Inbox:
    """Takes webhooks; answers with the statuses it was given, then 200; an error is raised."""

    answers: list[int | Exception] = field(default_factory=list)
    posts: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.posts.append((url, body, headers))
        self.arrived.set()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def next(self) -> None:
        await asyncio.wait_for(self.arrived.wait(), 5)
        self.arrived.clear()


async def counts(tenant) -> dict[str, int]:
    found: dict[str, int] = (await tenant.client.get("/__sim/state")).json()["webhooks"]
    return found


def test_the_signature_is_the_published_one_of_standard_webhooks():
    signed = signature(
        signing_key(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_malformed_secret_is_refused_without_being_repeated(secret):
    with pytest.raises(SimulatorConfigError) as caught:
        signing_key(secret)

    assert "MfKQ" not in str(caught.value)
    assert "???" not in str(caught.value)


async def test_the_event_leaves_when_the_instance_ends_and_not_before(open_tenant):
    inbox = Inbox()
    async with open_tenant(QUICK, post=inbox.post, webhook_url=URL) as tenant:
        instance_id = (await tenant.start()).json()["id"]
        await tenant.clock.until_asleep()
        tenant.clock.advance(9.9)
        assert inbox.posts == []
        tenant.clock.advance(0.1)
        await inbox.next()
        found = await tenant.one(instance_id)

    ((url, body, headers),) = inbox.posts
    assert url == URL
    assert json.loads(body) == {
        "instanceId": instance_id,
        "workflowId": found["workflowId"],
        "status": "completed",
        "context": {"customerId": "CUST-99887", **found["output"]},
    }
    assert dict(headers) == {"Content-Type": "application/json"}


async def test_with_a_secret_each_event_is_signed_at_the_moment_it_leaves(open_tenant):
    inbox = Inbox()
    async with open_tenant(
        QUICK, post=inbox.post, webhook_url=URL, webhook_secret=SECRET
    ) as tenant:
        await tenant.start()
        await tenant.clock.until_asleep()
        tenant.clock.advance(10)
        await inbox.next()
        now = int(tenant.clock.wall().timestamp())

    ((_, body, headers),) = inbox.posts
    assert headers["webhook-timestamp"] == str(now)
    assert headers["webhook-id"].startswith("msg_")
    assert headers["webhook-signature"] == signature(
        signing_key(SECRET), headers["webhook-id"], now, body
    )


@pytest.mark.parametrize(
    "failure", [500, 302, NotSent("refused"), ConnectionResetError()], ids=repr
)
async def test_an_event_that_was_not_taken_comes_again_with_the_same_id(open_tenant, failure):
    inbox = Inbox([failure])
    async with open_tenant(
        QUICK, post=inbox.post, webhook_url=URL, webhook_secret=SECRET
    ) as tenant:
        await tenant.start()
        await tenant.clock.until_asleep()
        tenant.clock.advance(10)
        await inbox.next()
        await tenant.clock.until_asleep()
        tenant.clock.advance(PAUSES_S[0])
        await inbox.next()

        assert await counts(tenant) == {"pending": 0, "delivered": 1, "given_up": 0}
    (_, first, one), (_, second, two) = inbox.posts
    assert first == second
    assert one["webhook-id"] == two["webhook-id"]
    assert int(two["webhook-timestamp"]) == int(one["webhook-timestamp"]) + 1


async def test_an_event_that_nobody_takes_is_given_up_in_the_end(open_tenant):
    inbox = Inbox([503] * 10)
    async with open_tenant(QUICK, post=inbox.post, webhook_url=URL) as tenant:
        await tenant.start()
        for pause in (10, *PAUSES_S):
            await tenant.clock.until_asleep()
            tenant.clock.advance(pause)
            await inbox.next()

        assert await counts(tenant) == {"pending": 0, "delivered": 0, "given_up": 1}
    assert len(inbox.posts) == 1 + len(PAUSES_S)


async def test_foreign_instances_tell_their_end_too(open_tenant):
    inbox = Inbox()
    script = {**QUICK, "foreign": {"count": 3}}
    async with open_tenant(script, post=inbox.post, webhook_url=URL) as tenant:
        foreign = {instance.instance_id for instance in tenant.simulator.instances}
        await tenant.clock.until_asleep()
        tenant.clock.advance(10)
        while len(inbox.posts) < 3:
            await inbox.next()

    assert {json.loads(body)["instanceId"] for _, body, _ in inbox.posts} == foreign


async def test_a_tenant_stops_at_once_although_events_are_still_to_come(open_tenant):
    inbox = Inbox()
    async with open_tenant(QUICK, post=inbox.post, webhook_url=URL) as tenant:
        await tenant.start()
        url = tenant.simulator.base_url

    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{url}/healthz")
    assert inbox.posts == []


async def test_an_error_inside_comes_out_as_itself_although_events_are_still_to_come(open_tenant):
    async def stumble() -> None:
        async with open_tenant(QUICK, post=Inbox().post, webhook_url=URL) as tenant:
            await tenant.start()
            raise KeyError

    with pytest.raises(KeyError):
        await stumble()


async def test_without_a_way_out_no_event_is_ever_pending(open_tenant):
    async with open_tenant(QUICK, webhook_url=URL) as tenant:
        await tenant.start()

        assert await counts(tenant) is None
