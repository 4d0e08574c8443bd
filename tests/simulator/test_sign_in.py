"""Signing in to the simulated tenant, and what an expired or foreign token gets."""

from __future__ import annotations

import pytest


async def test_the_demo_client_gets_a_token_that_says_how_long_it_lives(open_tenant):
    async with open_tenant({"token": {"expiresIn": 900}}, signed_in=False) as tenant:
        answer = await tenant.sign_in()

    assert answer.status_code == 200
    said = answer.json()
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 900)
    assert len(said["access_token"]) >= 32
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"client_id": "somebody"}, 401, "invalid_client"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "workflow:write admin"}, 400, "invalid_scope"),
    ],
)
async def test_a_refused_sign_in_names_its_cause(open_tenant, changes, status, error):
    async with open_tenant(signed_in=False) as tenant:
        answer = await tenant.sign_in(**changes)

    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]
    assert "demo-secret" not in answer.text


async def test_a_sign_in_that_is_no_form_is_an_invalid_request(open_tenant):
    async with open_tenant(signed_in=False) as tenant:
        answer = await tenant.client.post(
            "/v1/oauth2/token", json={"grant_type": "client_credentials"}
        )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_token_is_taken_until_its_last_second_and_no_longer(open_tenant):
    async with open_tenant({"token": {"expiresIn": 600}}) as tenant:
        tenant.clock.advance(599)
        before = await tenant.client.get("/api/v2/workflows/instances")
        tenant.clock.advance(1)
        after = await tenant.client.get("/api/v2/workflows/instances")

    assert before.status_code == 200
    assert after.status_code == 401
    assert 'error="invalid_token"' in after.headers["WWW-Authenticate"]


async def test_a_token_can_die_earlier_than_it_was_promised(open_tenant):
    async with open_tenant({"token": {"expiresIn": 600, "validSeconds": 15}}) as tenant:
        tenant.clock.advance(15)
        refused = await tenant.start()
        await tenant.sign_in()
        renewed = await tenant.start()

    assert (refused.status_code, renewed.status_code) == (401, 201)


@pytest.mark.parametrize("header", ["", "Bearer", "Basic ZGVtbzpkZW1v", "Bearer unknown"])
async def test_a_call_without_a_good_token_is_challenged_and_leaves_nothing(open_tenant, header):
    async with open_tenant(signed_in=False) as tenant:
        tenant.client.headers["Authorization"] = header
        answer = await tenant.start()

        assert tenant.simulator.instances == []
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_without_the_write_scope_may_look_but_not_start(open_tenant):
    async with open_tenant(signed_in=False) as tenant:
        await tenant.sign_in(scope="workflow:read")
        started = await tenant.start()
        listed = await tenant.client.get("/api/v2/workflows/instances")

    assert started.status_code == 403
    assert 'scope="workflow:write"' in started.headers["WWW-Authenticate"]
    assert listed.status_code == 200


async def test_two_tenants_of_one_seed_give_the_same_tokens_and_another_seed_others(open_tenant):
    tokens = []
    for seed in (7, 7, 8):
        async with open_tenant(seed=seed, signed_in=False) as tenant:
            tokens.append((await tenant.sign_in()).json()["access_token"])

    assert tokens[0] == tokens[1] != tokens[2]
