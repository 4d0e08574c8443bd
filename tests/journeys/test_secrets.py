"""Canaries: neither the client secret nor a token nor a customer's value goes where it must not."""

from __future__ import annotations

import base64
import json

from tests.journeys.program import SECRET, Program
from tests.journeys.strict_tenant import TOKEN, StrictTenant

CUSTOMER = "Grace-CANARY-Hopper"


def test_secret_and_token_are_in_no_byte_the_program_writes(
    console: Program, tenant: StrictTenant
) -> None:
    console.run("trigger", "wf", "--wait", "--json", "--log-level", "debug")

    def echo(body: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        said = {
            "message": f"Bearer {TOKEN} was not accepted for {SECRET}",
            "field": TOKEN,
            "authorization": f"Bearer {TOKEN}",
            "client_secret": SECRET,
        }
        return 400, {"Content-Type": "application/json"}, json.dumps(said).encode()

    tenant.makes, tenant.answer = False, echo
    ran = console.run("trigger", "wf", "--wait", "--json", "--log-level", "debug")
    assert ran.code == 1
    console.run("queue", "show", ran.json["jobId"], "--json")
    console.run("profile", "test", "demo", "--log-level", "debug")
    console.run("profile", "list", "--json")
    console.run("audit", "search", str(console.data_dir), "--json")
    written = console.written()
    assert tenant.tokens >= 2
    for secret in (SECRET, TOKEN):
        for form in (secret, base64.b64encode(secret.encode()).decode(), secret[:-3]):
            assert form.encode() not in written


def test_a_secret_given_to_a_profile_is_not_written_where_the_environment_stands_in(
    console: Program, tenant: StrictTenant
) -> None:
    assert SECRET.encode() not in console.written()


def test_customers_values_stand_in_the_queue_alone(console: Program, tenant: StrictTenant) -> None:
    def echo(body: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        said = {"error": {"name": CUSTOMER, "message": f"{CUSTOMER} is unknown"}}
        return 422, {"Content-Type": "application/json"}, json.dumps(said).encode()

    args = ("trigger", "wf", "--var", f"customer:string={CUSTOMER}", "--wait")
    assert console.run(*args, "--log-level", "debug").code == 0
    tenant.makes, tenant.answer = False, echo
    ran = console.run(*args, "--log-level", "debug", "--json")
    assert CUSTOMER not in ran.err
    for path in console.data_dir.rglob("*"):
        if path.is_file() and not path.name.startswith("console.db"):
            assert CUSTOMER.encode() not in path.read_bytes(), path
