"""Scenario files: those that come with the program, and what a wrong one is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from console.domain.errors import BadInput
from console.simulator.errors import SimulatorConfigError
from console.simulator.scenario import DateIn, FaultKind
from console.simulator.scenario_files import load_scenario, parse_scenario, scenario_names

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "scenarios"
INSTANCES = "/api/v2/workflows/instances"


@pytest.mark.parametrize("name", scenario_names(FOLDER))
def test_every_scenario_of_the_program_can_be_loaded_and_tells_what_it_is(name):
    scenario = load_scenario(name, FOLDER)

    assert scenario.name == name
    assert scenario.title
    assert scenario.description.endswith(".")
    assert scenario.accept_unknown_workflows


def test_the_five_days_of_the_demo_are_there():
    assert set(scenario_names(FOLDER)) >= {
        "calm-day",
        "rate-limit-storm",
        "outage",
        "slow-network",
        "expired-tokens",
    }


def test_every_kind_of_fault_is_told_in_the_readme():
    told = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert [kind for kind in FaultKind if f"`{kind.value}`" not in told] == []


def test_a_scenario_can_start_from_another_and_change_what_it_names():
    scenario = parse_scenario({"extends": "calm-day", "pageCap": 3}, name="small", folder=FOLDER)
    calm = load_scenario("calm-day", FOLDER)

    assert (scenario.name, scenario.page_cap) == ("small", 3)
    assert scenario.runs == calm.runs


def test_a_scenario_can_be_named_by_the_path_of_its_file(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"extends": "outage", "full": {"retryAfter": {"date": 9}}}')

    scenario = load_scenario(str(path), FOLDER)

    assert (scenario.name, scenario.full_retry_after) == ("mine", DateIn(9))
    assert scenario.faults == load_scenario("outage", FOLDER).faults


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"fault": []}, "fault"),
        ({"faults": [{"on": "start", "do": {"kind": "explode"}}]}, "kind"),
        ({"faults": [{"on": "stop", "do": {"kind": "html"}}]}, "on"),
        ({"faults": [{"on": "start", "nth": 0, "do": {"kind": "html"}}]}, "nth"),
        ({"runs": {"*": {"failed": 1.5}}}, "failed"),
        ({"latencyMs": [10]}, "latencyMs"),
        ([], "$"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_place_and_what_to_do(document, where):
    with pytest.raises(SimulatorConfigError) as caught:
        parse_scenario(document, name="mine")

    assert "mine" in str(caught.value)
    assert where in str(caught.value)
    assert "README" in str(caught.value)


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        ({}, "nowhere"),
        ({"broken.json": "{"}, "broken"),
        ({"circle.json": '{"extends": "circle"}'}, "circle"),
        ({"orphan.json": '{"extends": "gone"}'}, "orphan"),
        ({"escape.json": '{"extends": "../secrets"}'}, "escape"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_bad_input(tmp_path, files, asked):
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(BadInput, match=asked):
        load_scenario(asked, tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(SimulatorConfigError, match=r"calm-day, .*outage"):
        load_scenario("stormy", FOLDER)


async def days(open_tenant, name: str, count: int, step: float) -> list[int]:
    """The statuses of `count` starts, one each `step` seconds of that scenario's day."""
    seen = []
    async with open_tenant(load_scenario(name, FOLDER)) as tenant:
        for number in range(count):
            try:
                seen.append((await tenant.start(f"wf_{number}", context={})).status_code)
            except OSError:
                seen.append(0)
            tenant.clock.advance(step)
    return seen


async def test_on_a_calm_day_every_start_is_taken(open_tenant):
    assert set(await days(open_tenant, "calm-day", 40, 5)) == {201}


async def test_in_a_storm_most_starts_are_turned_away_until_it_is_over(open_tenant):
    seen = await days(open_tenant, "rate-limit-storm", 150, 1)

    assert seen[:5] == [201] * 5
    assert set(seen) == {201, 429}
    assert 60 < seen[5:120].count(429) < 110
    assert set(seen[120:]) == {201}


async def test_with_expired_tokens_a_call_is_refused_long_before_the_promised_time(open_tenant):
    seen = await days(open_tenant, "expired-tokens", 4, 7)

    assert seen == [201, 201, 201, 401]


async def test_an_outage_begins_with_errors_goes_dark_and_ends(open_tenant):
    async with open_tenant(load_scenario("outage", FOLDER)) as tenant:
        calm = await tenant.start()
        tenant.clock.advance(32)
        dark = [
            (await tenant.client.get(INSTANCES)).status_code,
            (await tenant.sign_in()).status_code,
        ]
        tenant.clock.advance(60)
        over = await tenant.start()

    assert (calm.status_code, dark, over.status_code) == (201, [503, 503], 201)


async def test_on_a_slow_network_no_answer_comes_within_a_second(open_tenant):
    async with open_tenant(load_scenario("slow-network", FOLDER), signed_in=False) as tenant:
        pending = asyncio.ensure_future(tenant.sign_in())  # noqa: TID251 - two things at once
        await tenant.clock.until_asleep()
        tenant.clock.advance(0.99)
        assert not pending.done()
        tenant.clock.advance(3.01)
        answer = await pending

    assert answer.status_code == 200


def test_a_scenario_file_is_plain_json_that_other_tools_read():
    for path in FOLDER.glob("*.json"):
        assert isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
