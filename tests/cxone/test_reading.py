"""Counting and reading instances: as they are, whole or said not to be."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cxone import wire
from console.domain.errors import Rejected, Throttled, Unauthorized, Unknown, Unreadable
from tests.cxone.conftest import json_response
from tests.fakes import START

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


async def test_the_count_is_asked_with_one_entry_and_told_by_the_total(stage):
    tenant = stage.play(json_response(200, {"totalCount": 17, "instances": [{"id": "i-1"}]}))
    counted = await tenant.count("wf 1/ü&x=1")
    assert (counted.workflow_id, counted.count) == ("wf 1/ü&x=1", 17)
    assert dict(stage.requests[0].url.params) == {
        "workflowId": "wf 1/ü&x=1",
        "status": "running",
        "pageSize": "1",
        "pageNumber": "1",
    }


@pytest.mark.parametrize("total", [-1, 1.5, "5", True, None, [], {}])
async def test_a_count_that_is_no_count_is_unreadable_and_never_zero(stage, total):
    tenant = stage.play(json_response(200, {"totalCount": total, "instances": []}))
    with pytest.raises(Unreadable):
        await tenant.count("wf_1")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"<html>", b'{"instances": 5}', b"[" * 99999]
)
async def test_a_list_that_is_none_is_unreadable(stage, body):
    with pytest.raises(Unreadable):
        await stage.play(httpx.Response(200, content=body)).page()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (404, Rejected), (302, Rejected), (429, Throttled), (500, Unknown)],
)
async def test_refused_readings_are_told_as_what_they_are(stage, status, kind):
    with pytest.raises(kind) as caught:
        await stage.play(httpx.Response(status)).count("wf_1")
    assert type(caught.value) is kind


async def test_a_reading_without_the_scope_names_the_one_for_reading(stage):
    with pytest.raises(Unauthorized) as caught:
        await stage.play(httpx.Response(403)).page()
    assert "workflow:read" in str(caught.value)


async def test_an_instance_is_read_with_what_the_contract_does_not_name(stage):
    document = {
        "id": "i-1",
        "workflowId": "wf_1",
        "status": "running",
        "priority": 2,
        "context": {"n": 2**70, "deep": [{"a": None}]},
        "metadata": {"consoleJobId": "job-1"},
        "startedAt": "2026-06-01T10:00:00.123Z",
        "steps": ["a", "b"],
    }
    instance = await stage.play(json_response(200, document)).get("i-1")
    assert instance is not None
    assert instance.instance_id == "i-1"
    assert instance.job_id == "job-1"
    assert instance.context == {"n": 2**70, "deep": [{"a": None}]}
    assert instance.started_at == datetime(2026, 6, 1, 10, 0, 0, 123000, tzinfo=UTC)
    assert instance.more == {"steps": ["a", "b"]}


async def test_fields_of_another_shape_are_kept_as_they_came(stage):
    document = {
        "id": 42,
        "priority": "high",
        "status": 7,
        "context": [1],
        "metadata": {"n": 1, "t": "x", "o": {"a": 1}},
        "startedAt": "lately",
    }
    instance = await stage.play(json_response(200, document)).get("42")
    assert instance is not None
    assert instance.instance_id == "42"
    assert (instance.priority, instance.status, instance.started_at) == (None, "", None)
    assert instance.context == {}
    assert instance.metadata == {"n": "1", "t": "x", "o": '{"a": 1}'}
    assert instance.metadata_told
    assert instance.more == {
        "priority": "high",
        "status": 7,
        "context": [1],
        "startedAt": "lately",
    }


@pytest.mark.parametrize("metadata", [{}, {"metadata": None}, {"metadata": ["x"]}])
async def test_metadata_that_is_left_out_is_told_from_none(stage, metadata):
    read = await stage.play(json_response(200, {"id": "i-1", **metadata})).get("i-1")
    assert read is not None
    assert (read.metadata, read.metadata_told) == ({}, False)
    none = await stage.play(json_response(200, {"id": "i-1", "metadata": {}})).get("i-1")
    assert none is not None
    assert none.metadata_told


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-06-01T10:00:00+02:00", datetime(2026, 6, 1, 8, 0, tzinfo=UTC)),
        ("2026-06-01T10:00:00", datetime(2026, 6, 1, 10, 0, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("x" * 100, None),
        (1717236000, None),
    ],
)
async def test_start_times_are_utc_or_unknown(stage, text, at):
    instance = await stage.play(json_response(200, {"id": "i", "startedAt": text})).get("i")
    assert instance is not None
    assert instance.started_at == at


async def test_half_a_character_in_a_foreign_context_hides_no_instance(stage):
    body = b'{"id": "i", "context": {"a": "\\ud800"}, "metadata": {"consoleJobId": "j", "\\ud800": "x", "k": "\\ud800"}}'
    instance = await stage.play(httpx.Response(200, content=body)).get("i")
    assert instance is not None
    assert instance.job_id == "j"
    assert instance.metadata["k"] == "?"
    assert "unreadable" in instance.context


async def test_deep_foreign_metadata_hides_no_instance(stage):
    deep = "[" * 900 + "]" * 900
    body = f'{{"id": "i", "context": {{"a": {deep}}}, "metadata": {{"m": {deep}}}}}'.encode()
    instance = await stage.play(httpx.Response(200, content=body)).get("i")
    assert instance is not None
    assert "unreadable" in instance.context


async def test_an_unknown_instance_is_none_and_a_path_is_never_followed(stage):
    assert await stage.play(httpx.Response(404)).get("i-1") is None
    await stage.tenant.get("../../evil?x#y")
    assert stage.requests[-1].url.raw_path.endswith(b"/instances/..%2F..%2Fevil%3Fx%23y")
    asked = len(stage.requests)
    assert await stage.tenant.get("..") is None
    assert len(stage.requests) == asked


async def test_an_instance_that_cannot_be_read_says_so(stage):
    with pytest.raises(Unreadable):
        await stage.play(json_response(200, {"status": "running"})).get("i-1")
    with pytest.raises(Unknown):
        await stage.play(httpx.Response(503)).get("i-1")


async def test_a_page_is_complete_only_when_it_is_all_there_is(stage):
    whole = json_response(200, {"totalCount": 1, "instances": [{"id": "a"}]})
    page = await stage.play(whole).page("wf_1")
    assert (page.complete, page.total, page.read_at) == (True, 1, START)
    assert not (await stage.play(whole).page("wf_1", page_number=2)).complete
    for document in (
        {"totalCount": 2, "instances": [{"id": "a"}]},
        {"instances": [{"id": "a"}]},
        {"totalCount": 1, "instances": [{"id": "a"}, {"no": "id"}]},
        {"totalCount": 2, "instances": [{"id": "a"}, {"id": "a"}]},
    ):
        assert not (await stage.play(json_response(200, document)).page("wf_1")).complete


async def test_an_empty_list_without_its_instances_is_complete(stage):
    document = {"totalCount": 0, "instances": None}
    assert (await stage.play(json_response(200, document)).page("wf_1")).complete


async def test_what_the_contract_can_do_is_told(stage):
    assert stage.tenant.capabilities.complete_listing
    assert not stage.tenant.capabilities.cancel


async def test_the_servers_clock_is_learned_from_its_answers(stage):
    assert stage.tenant.server_time(START) == START
    date = {"Date": "Mon, 23 Nov 2026 09:07:00 GMT"}
    await stage.play(json_response(200, {"totalCount": 0}, date)).count("wf_1")
    assert (stage.tenant.server_time(START) - START).total_seconds() == 420
    await stage.play(json_response(200, {"totalCount": 0}, {"Date": "never"})).count("wf_1")
    assert (stage.tenant.server_time(START) - START).total_seconds() == 420


def page(body):
    return wire.page(body, wire.Known())


@given(JSON)
def test_any_json_is_an_answer_or_unreadable_and_never_a_crash(document):
    body = json.dumps(document).encode()
    for read in (wire.started, page, wire.instance, wire.token):
        with suppress(wire.UnreadableBody):
            read(body)


@given(st.binary())
def test_any_bytes_are_an_answer_or_unreadable(body):
    for read in (wire.started, page, wire.instance, wire.token):
        with suppress(wire.UnreadableBody):
            read(body)


@given(
    st.dictionaries(
        st.sampled_from(
            ["workflowId", "status", "priority", "context", "metadata", "startedAt", "x"]
        ),
        JSON,
    )
)
def test_whatever_stands_beside_an_id_the_instance_is_read(fields):
    instance = wire.instance(json.dumps({**fields, "id": "i-1"}).encode())
    assert instance.instance_id == "i-1"
    shown = {"priority": instance.priority, "status": instance.status}
    for key, value in shown.items():
        if fields.get(key) and not value:
            assert key in instance.more or "unreadable" in instance.more


def test_metadata_nested_deeper_than_can_be_written_says_so(monkeypatch):
    def too_deep(_: object) -> str:
        raise RecursionError

    monkeypatch.setattr("console.cxone.wire.json.dumps", too_deep)
    instance = wire.instance(b'{"id": "i", "metadata": {"m": [1]}}')
    assert instance.metadata == {"m": "nested too deeply"}


def test_integers_of_any_size_stay_exact():
    number = 10**4000 + 7
    body = f'{{"id": "i", "context": {{"n": {number}}}}}'.encode()
    assert wire.instance(body).context == {"n": number}


def entries(*items):
    return json.dumps({"totalCount": len(items), "instances": items}).encode()


def test_an_entry_that_says_the_same_again_is_the_same_instance():
    known = wire.Known()
    first = wire.page(entries({"id": "i-1", "status": "running"}), known)
    again = wire.page(entries({"id": "i-1", "status": "running"}), known)
    changed = wire.page(entries({"id": "i-1", "status": "failed"}), known)
    assert again.instances[0] is first.instances[0]
    assert changed.instances[0].status == "failed"


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), ("1", 1), (0, False), ([], {})])
def test_entries_that_python_calls_equal_are_told_apart(one, other):
    known = wire.Known()
    for value in (one, other):
        read = wire.page(entries({"id": "i-1", "context": {"n": value}}), known).instances[0]
        assert type(read.context["n"]) is type(value)


def test_what_was_not_seen_for_longest_is_forgotten_first():
    known = wire.Known(most=2)
    for number in (1, 2, 1, 3):
        wire.page(entries({"id": f"i-{number}"}), known)
    first = wire.page(entries({"id": "i-1"}), known).instances[0]
    assert wire.page(entries({"id": "i-1"}), known).instances[0] is first
    assert len(known._read) == 2


def test_long_entries_and_those_without_id_are_read_each_time():
    known = wire.Known()
    body = entries({"id": "i-1", "context": {"note": "x" * 5_000}}, {"no": "id"})
    first, again = wire.page(body, known), wire.page(body, known)
    assert first.instances == again.instances
    assert first.instances[0] is not again.instances[0]
    assert (first.skipped, again.skipped) == (1, 1)
