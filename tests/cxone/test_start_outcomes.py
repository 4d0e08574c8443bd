"""What each answer to a trigger means, row by row of the outcome table."""

import json
import socket
import sys

import httpx
import pytest

from console.domain.errors import (
    CallError,
    NotSent,
    Rejected,
    SignInRefused,
    Throttled,
    Unauthorized,
    Unknown,
    Unreadable,
    WorkflowFull,
)
from console.domain.payload import TriggerPayload
from tests.cxone.conftest import Stage, json_response
from tests.cxone.loopback import TOKEN

JOB = "1b671a64-40d5-491e-99b0-da01ff1f3341"
PAYLOAD = TriggerPayload(
    "wf_1", {"customerId": "CUST-1", "n": 2**70}, priority=2, metadata={"batchId": "B-1"}
)
OK = json_response(201, {"id": "i-1", "status": "running", "latencyMs": 12})


async def failure(stage: Stage, *plays: httpx.Response | Exception) -> CallError:
    with pytest.raises(CallError) as caught:
        await stage.play(*plays).start(PAYLOAD, JOB)
    return caught.value


async def test_a_yes_with_an_id_is_the_new_instance(stage):
    started = await stage.play(OK).start(PAYLOAD, JOB)
    assert (started.instance_id, started.status, started.latency_ms) == ("i-1", "running", 12.0)


async def test_the_body_is_the_payload_with_our_job_id_and_goes_out_once(stage):
    await stage.play(OK).start(PAYLOAD, JOB)
    (request,) = stage.requests
    assert request.method == "POST"
    assert request.url == "https://api.example/api/v2/workflows/instances"
    assert json.loads(request.content) == {
        "workflowId": "wf_1",
        "priority": 2,
        "context": {"customerId": "CUST-1", "n": 2**70},
        "metadata": {"batchId": "B-1", "consoleJobId": JOB},
    }
    assert request.headers["idempotency-key"] == JOB
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("instance_id", "kept"), [("i-1", "i-1"), (7, "7"), (2**80, str(2**80)), ("x" * 500, "x" * 500)]
)
async def test_ids_are_kept_as_text_whatever_their_size(stage, instance_id, kept):
    started = await stage.play(json_response(200, {"id": instance_id})).start(PAYLOAD, JOB)
    assert started.instance_id == kept
    assert started.status == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'"i-1"',
        b'{"id": null}',
        b'{"id": ""}',
        b'{"id": "  "}',
        b'{"id": true}',
        b'{"id": 1.5}',
        b'{"id": "\\ud800"}',
        b'{"id": "a\\nb"}',
        b'{"id": NaN}',
        b'{"id": "i-1"',
        b"<html>OK</html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": ' + b"9" * 501 + b"}",
        b'{"id": "i-1", "latencyMs": ' + b"9" * 200_000 + b"}",
        b'{"id": "' + b"x" * 501 + b'"}',
    ],
)
async def test_a_yes_without_a_readable_id_is_unreadable_and_never_a_crash(stage, body):
    error = await failure(stage, httpx.Response(200, content=body))
    assert type(error) is Unreadable
    assert error.status == 200


async def test_a_byte_order_mark_does_not_hide_the_id(stage):
    body = b'\xef\xbb\xbf{"id": "i-1"}'
    started = await stage.play(httpx.Response(200, content=body)).start(PAYLOAD, JOB)
    assert started.instance_id == "i-1"


@pytest.mark.parametrize("latency", ["12", None, -1, True, [], 10**400])
async def test_a_latency_that_makes_no_sense_is_left_out(stage, latency):
    response = json_response(200, {"id": "i-1", "latencyMs": latency})
    assert (await stage.play(response).start(PAYLOAD, JOB)).latency_ms is None


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
async def test_server_trouble_leaves_the_outcome_unknown(stage, status):
    error = await failure(stage, httpx.Response(status, content=b"<html>Bad gateway</html>"))
    assert type(error) is Unknown
    assert error.status == status


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (None, None), ("soon", None), ("-5", 0.0), ("999999", 999999.0)],
)
async def test_429_is_throttled_with_the_wait_it_names(stage, header, seconds):
    headers = {} if header is None else {"Retry-After": header}
    error = await failure(stage, json_response(429, {}, headers))
    assert isinstance(error, Throttled)
    assert error.retry_after == seconds


async def test_a_date_in_retry_after_is_read_against_the_answers_own_clock(stage):
    headers = {
        "Date": "Mon, 01 Jan 2035 00:00:00 GMT",
        "Retry-After": "Mon, 01 Jan 2035 00:00:45 GMT",
    }
    error = await failure(stage, json_response(429, {}, headers))
    assert isinstance(error, Throttled)
    assert error.retry_after == 45.0


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize(
    "body",
    [
        {"error": "concurrent_limit", "message": "The concurrent instance limit of 5 is reached."},
        {"code": "MAX_CONCURRENT_INSTANCES_EXCEEDED"},
        {"errorCode": "maxConcurrentInstancesExceeded"},
        {"message": "Too many running instances of this workflow."},
        {"errors": [{"message": "Maximum number of instances reached"}]},
        {"title": "Workflow is at capacity"},
        {"message": "Limit of parallel executions reached"},
    ],
)
async def test_400_or_409_that_names_the_concurrent_limit_is_full(stage, status, body):
    assert isinstance(await failure(stage, json_response(status, body)), WorkflowFull)


@pytest.mark.parametrize(
    "body",
    [
        {"field": "context.creditLimit", "message": "must be at most 100"},
        {"field": "context.topic", "message": "'concurrent limit reached' is not one of a, b"},
        {"field": "/context/topic", "message": "too many running instances"},
        {"message": "An instance with this key is already running"},
        {"message": "Schema validation failed: maximum length exceeded"},
        {},
    ],
)
async def test_a_400_about_a_value_is_no_full_workflow(stage, body):
    assert type(await failure(stage, json_response(400, body))) is Rejected


async def test_a_422_that_speaks_of_limits_is_still_rejected(stage):
    body = {"message": "The concurrent limit is reached."}
    assert type(await failure(stage, json_response(422, body))) is Rejected


@pytest.mark.parametrize("status", [400, 402, 404, 405, 409, 410, 415, 422, 451])
async def test_other_refusals_fail_the_job_with_the_servers_words(stage, status):
    body = {"error": "bad", "field": "context.tier", "message": "must be one of gold, silver"}
    error = await failure(stage, json_response(status, body))
    assert type(error) is Rejected
    assert error.status == status
    assert error.field == "context.tier"
    assert json.loads(error.server_text) == body
    assert str(error) == f"CXone refused it ({status}): context.tier: must be one of gold, silver"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_redirects_are_refused_and_never_followed(stage, status):
    target = {"Location": "https://elsewhere.example/"}
    error = await failure(stage, httpx.Response(status, headers=target))
    assert type(error) is Rejected
    assert "redirect" in str(error)
    assert [request.url.host for request in stage.requests] == ["api.example"]


async def test_one_401_renews_the_token_and_sends_once_more(stage):
    started = await stage.play(httpx.Response(401), OK).start(PAYLOAD, JOB)
    assert started.instance_id == "i-1"
    assert len(stage.requests) == 2
    assert len(stage.tokens_asked) == 2


async def test_a_second_401_names_the_missing_scope_and_sends_no_third_time(stage):
    error = await failure(stage, httpx.Response(401))
    assert isinstance(error, Unauthorized)
    assert "workflow:write" in str(error)
    assert len(stage.requests) == 2


async def test_403_names_the_missing_scope_without_renewing(stage):
    error = await failure(stage, httpx.Response(403))
    assert isinstance(error, Unauthorized)
    assert "workflow:write" in str(error)
    assert (len(stage.requests), len(stage.tokens_asked)) == (1, 1)


async def test_403_names_the_scope_that_the_challenge_asks_for(stage):
    challenge = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="workflow:admin"'}
    error = await failure(stage, httpx.Response(403, headers=challenge))
    assert "workflow:admin" in str(error)


async def test_a_sign_in_refused_after_a_401_says_so(stage):
    stage.plays = [httpx.Response(401)]
    await stage.tenant.sign_in()
    stage.token = httpx.Response(401)
    error = await failure(stage, httpx.Response(401))
    assert isinstance(error, SignInRefused)
    assert len(stage.requests) == 1


@pytest.mark.parametrize(
    "problem",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.PoolTimeout("x"),
        httpx.ProxyError("x"),
    ],
)
async def test_what_fails_before_sending_is_not_sent(stage, problem):
    assert type(await failure(stage, problem)) is NotSent


async def test_a_name_that_cannot_be_found_is_not_sent_and_says_so(stage):
    problem = httpx.ConnectError("x")
    problem.__cause__ = socket.gaierror("no such name")
    error = await failure(stage, problem)
    assert type(error) is NotSent
    assert "api.example cannot be found" in str(error)


async def test_a_cause_inside_a_group_of_errors_is_found(stage):
    problem = httpx.ConnectError("x")
    problem.__cause__ = ExceptionGroup("x", [ConnectionRefusedError(111, "refused")])
    assert "was refused" in str(await failure(stage, problem))


async def test_an_error_that_is_its_own_cause_ends_the_search(stage):
    problem = httpx.ConnectError("x")
    problem.__context__ = OSError("a")
    problem.__context__.__context__ = problem
    assert type(await failure(stage, problem)) is NotSent


@pytest.mark.parametrize(
    "problem",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.LocalProtocolError("x"),
        OSError("x"),
        TimeoutError(),
    ],
)
async def test_what_may_have_been_sent_is_unknown(stage, problem):
    assert type(await failure(stage, problem)) is Unknown


async def test_a_payload_that_is_too_large_is_refused_before_sending(stage):
    payload = TriggerPayload("wf_1", {"text": "x" * (8 * 1024 * 1024)})
    with pytest.raises(Rejected) as caught:
        await stage.play(OK).start(payload, JOB)
    assert caught.value.code == "unsendable"
    assert stage.requests == []


async def test_numbers_with_more_digits_than_python_writes_are_refused_before_sending(stage):
    # Twice the limit: from Python 3.12 on the guard is exact for reading only.
    payload = TriggerPayload("wf_1", {"n": 10 ** (2 * sys.get_int_max_str_digits())})
    with pytest.raises(Rejected):
        await stage.play(OK).start(payload, JOB)
    assert stage.requests == []


async def test_a_job_id_that_fits_no_header_is_refused_before_sending(stage):
    for job_id in ("", "a\nb", "ü"):
        with pytest.raises(Rejected):
            await stage.play(OK).start(PAYLOAD, job_id)
    assert stage.requests == []
