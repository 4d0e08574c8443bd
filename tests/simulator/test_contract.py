"""The simulated tenant and the published contract `workflow-api` say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

PATH = Path(__file__).resolve().parents[2] / "resources" / "contracts" / "workflow-api.json"
CONTRACT: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
INSTANCES = "/api/v2/workflows/instances"
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:contract", DRAFT202012.create_resource(CONTRACT)
)


def declared(path: str, method: str, status: int) -> tuple[dict[str, Any], str]:
    """The contract's response of that status, and a JSON Pointer to the schema of its body."""
    pointer = f"/paths/{path.replace('/', '~1')}/{method}/responses/"
    answers = CONTRACT["paths"][path][method]["responses"]
    key = str(status) if str(status) in answers else f"{status // 100}XX"
    response, pointer = answers[key], pointer + key
    if "$ref" in response:
        pointer = response["$ref"].removeprefix("#")
        response = CONTRACT["components"]["responses"][pointer.rpartition("/")[2]]
    return response, pointer + "/content/application~1json/schema"


def fits(path: str, method: str, answer: httpx.Response) -> None:
    response, pointer = declared(path, method, answer.status_code)
    assert answer.headers["Content-Type"] == "application/json"
    schema = {"$ref": f"urn:contract#{pointer}"}
    Draft202012Validator(schema, registry=REGISTRY).validate(answer.json())
    for name, header in response.get("headers", {}).items():
        assert name in answer.headers or not header.get("required")


def test_every_schema_of_the_contract_is_a_json_schema():
    for schema in CONTRACT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_what_the_contract_promises_for_a_good_day_is_what_the_tenant_answers(open_tenant):
    async with open_tenant({"foreign": {"count": 3}}, signed_in=False) as tenant:
        fits("/v1/oauth2/token", "post", await tenant.sign_in())
        started = await tenant.start()
        fits(INSTANCES, "post", started)
        one = f"{INSTANCES}/{started.json()['id']}"
        fits(INSTANCES + "/{id}", "get", await tenant.client.get(one))
        tenant.clock.advance(600)
        ended = await tenant.client.get(one)
        fits(INSTANCES + "/{id}", "get", ended)
        fits(INSTANCES, "get", await tenant.client.get(INSTANCES))

    assert "completedAt" in ended.json()


@pytest.mark.parametrize("status", [400, 409, 429])
async def test_what_the_contract_promises_for_a_full_workflow_is_what_the_tenant_answers(
    open_tenant, status
):
    async with open_tenant({"limits": {"*": 1}, "full": {"status": status}}) as tenant:
        await tenant.start()
        full = await tenant.start()

    assert full.status_code == status
    fits(INSTANCES, "post", full)


async def test_what_the_contract_promises_for_a_refusal_is_what_the_tenant_answers(open_tenant):
    async with open_tenant(signed_in=False) as tenant:
        fits("/v1/oauth2/token", "post", await tenant.sign_in(grant_type="password"))
        fits("/v1/oauth2/token", "post", await tenant.sign_in(client_secret="x"))
        fits(INSTANCES, "get", await tenant.client.get(INSTANCES))
        await tenant.sign_in(scope="workflow:read")
        fits(INSTANCES, "post", await tenant.start())
        await tenant.sign_in()
        fits(INSTANCES, "post", await tenant.start(context={"priorityScore": 200}))
        fits(INSTANCES, "post", await tenant.start("wf_nobody"))
        large = await tenant.client.post(INSTANCES, content=b"x" * (8 * 1024 * 1024 + 1))
        fits(INSTANCES, "post", large)
        fits(INSTANCES, "get", await tenant.client.get(INSTANCES, params={"pageSize": "all"}))
        fits(INSTANCES + "/{id}", "get", await tenant.client.get(f"{INSTANCES}/nobody"))
