"""The token: kept while it is good, renewed once however many wait, refused in words."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from console.cxone.auth import RENEW_BEFORE_S, TokenKeeper
from console.cxone.client import HttpTenant
from console.domain.errors import (
    CallError,
    CertificateRefused,
    EnvironmentProblem,
    NotSent,
    SignInRefused,
    SignInUnavailable,
    Throttled,
)
from console.services.ports import TokenLife
from console.services.tasks import Tasks
from tests.cxone.conftest import Stage, json_response
from tests.cxone.loopback import SECRET, TOKEN, settings_for
from tests.fakes import START, ManualClock

COUNT = json_response(200, {"totalCount": 3, "instances": []})


async def refusal(stage: Stage, play: httpx.Response | Exception) -> CallError:
    stage.token = play
    with pytest.raises(CallError) as caught:
        await stage.play(COUNT).count("wf_1")
    assert stage.requests == []
    return caught.value


async def test_the_request_is_a_form_with_both_scopes(stage):
    await stage.tenant.sign_in()
    (request,) = stage.tokens_asked
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client-1"],
        "client_secret": [SECRET],
        "scope": ["workflow:write workflow:read"],
    }


async def test_secrets_with_spaces_signs_and_umlauts_arrive_as_they_are():
    seen: list[str] = []

    def play(request: httpx.Request) -> httpx.Response:
        seen.extend(parse_qs(request.content.decode())["client_secret"])
        raise httpx.ConnectError("x")

    secret = " pä+ss&w=ord% "
    tenant = HttpTenant(
        settings_for("https://api.example"),
        lambda: secret,
        ManualClock(),
        httpx.MockTransport(play),
    )
    with pytest.raises(SignInUnavailable):
        await tenant.sign_in()
    await tenant.close()
    assert seen == [secret]


async def test_a_token_is_kept_until_a_minute_before_its_end(stage):
    tenant = stage.play(COUNT)
    await tenant.count("wf_1")
    await stage.clock.advance(3600 - RENEW_BEFORE_S - 1)
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 1
    await stage.clock.advance(1)
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 2


async def test_the_end_of_the_token_is_told(stage):
    assert stage.tenant.token == TokenLife(None)
    life = await stage.tenant.sign_in()
    assert life == stage.tenant.token == TokenLife(START + timedelta(hours=1))


async def test_a_wall_clock_set_back_does_not_prolong_a_token(stage):
    tenant = stage.play(COUNT)
    await tenant.count("wf_1")
    stage.clock.jump(-86_400)
    await stage.clock.advance(3600)
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 2


async def test_a_computer_that_slept_renews_the_token(stage):
    tenant = stage.play(COUNT)
    await tenant.count("wf_1")
    stage.clock.jump(3600)  # in sleep the monotonic clock stands still
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 2


@pytest.mark.parametrize("life", [None, 0, -5, "soon", True, [], "", 1e400, 30, 60, "NaN"])
async def test_a_token_without_a_sensible_life_is_used_once(stage, life):
    document = {"access_token": TOKEN, "expires_in": life}
    if life == 1e400:
        stage.token = httpx.Response(200, content=b'{"access_token": "t", "expires_in": 1e400}')
    else:
        stage.token = json_response(200, document)
    tenant = stage.play(COUNT)
    await tenant.count("wf_1")
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 2


async def test_a_token_without_any_expires_in_is_used_once(stage):
    stage.token = json_response(200, {"access_token": TOKEN})
    tenant = stage.play(COUNT)
    await tenant.count("wf_1")
    assert tenant.token == TokenLife(None)
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 2


@pytest.mark.parametrize("life", ["3600", 3600.0, 10**30])
async def test_a_life_written_as_text_or_far_too_long_is_kept(stage, life):
    stage.token = json_response(200, {"access_token": TOKEN, "expires_in": life})
    tenant = stage.play(COUNT)
    await tenant.count("wf_1")
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 1
    await stage.clock.advance(86_400)
    await tenant.count("wf_1")
    assert len(stage.tokens_asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_refused_credentials_hold_the_connection_and_send_nothing(stage, status):
    body = {"error": "invalid_client", "error_description": "client id or secret is wrong"}
    error = await refusal(stage, json_response(status, body))
    assert isinstance(error, SignInRefused)
    assert error.status == status
    assert "client id or secret is wrong" in str(error)


@pytest.mark.parametrize("status", [404, 405, 410])
async def test_an_address_without_sign_in_is_refused_with_the_address_in_doubt(stage, status):
    error = await refusal(stage, httpx.Response(status))
    assert isinstance(error, SignInRefused)
    assert "check the token URL" in str(error)


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_redirect_is_refused_with_no_credentials_following_it(stage, status):
    headers = {"Location": "https://elsewhere.example/"}
    error = await refusal(stage, httpx.Response(status, headers=headers))
    assert isinstance(error, SignInRefused)
    assert "redirects" in str(error)
    assert [request.url.host for request in stage.tokens_asked] == ["api.example"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_trouble_at_the_token_endpoint_is_as_not_sent(stage, status):
    error = await refusal(stage, httpx.Response(status, headers={"Retry-After": "9"}))
    assert isinstance(error, SignInUnavailable)
    assert isinstance(error, NotSent)
    assert (error.status, error.retry_after) == (status, 9.0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><title>Sign in</title></html>", "not JSON"),
        (b"{}", "no access_token"),
        (b'{"access_token": ""}', "no access_token"),
        (b'{"access_token": 7}', "no access_token"),
        (b'{"access_token": "a\\r\\nX-Evil: 1"}', "header"),
        (b'{"access_token": "a b"}', "header"),
        ('{"access_token": "ü"}'.encode(), "header"),
        (b"[" * 50_000, "nested too deeply"),
        (b"\xff", "not UTF-8"),
        (b"[]", "not a JSON object"),
    ],
)
async def test_a_200_without_a_usable_token_says_what_is_wrong(stage, body, words):
    error = await refusal(stage, httpx.Response(200, content=body))
    assert isinstance(error, SignInUnavailable)
    assert error.status == 200
    assert words in str(error)


@pytest.mark.parametrize(
    "problem", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")]
)
async def test_an_unreachable_token_endpoint_is_as_not_sent(stage, problem):
    error = await refusal(stage, problem)
    assert isinstance(error, SignInUnavailable)
    assert error.status is None


async def test_a_missing_keyring_is_said_and_holds_the_connection():
    def no_keyring() -> str:
        raise EnvironmentProblem("There is no keyring.")

    tenant = HttpTenant(
        settings_for("https://api.example"),
        no_keyring,
        ManualClock(),
        httpx.MockTransport(lambda _: httpx.Response(500)),
    )
    with pytest.raises(SignInRefused) as caught:
        await tenant.count("wf_1")
    await tenant.close()
    assert caught.value.code == "no-secret"
    assert "There is no keyring." in str(caught.value)


async def test_a_secret_that_is_half_a_character_is_refused_before_sending():
    tenant = HttpTenant(
        settings_for("https://api.example"),
        lambda: "abcd\ud800",
        ManualClock(),
        httpx.MockTransport(lambda _: httpx.Response(500)),
    )
    with pytest.raises(SignInRefused):
        await tenant.count("wf_1")
    await tenant.close()


class Endpoint:
    """A token endpoint that answers when the test says so."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.error: CallError | None = None

    async def fetch(self) -> tuple[str, float | None]:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return f"token-{number}", 3600.0


def keeper_for(endpoint: Endpoint) -> tuple[TokenKeeper, Tasks]:
    tasks = Tasks()
    return TokenKeeper(endpoint.fetch, ManualClock(), tasks), tasks


async def test_eight_callers_wait_for_one_renewal():
    endpoint = Endpoint()
    keeper, _ = keeper_for(endpoint)
    async with asyncio.TaskGroup() as group:
        callers = [group.create_task(keeper.token()) for _ in range(8)]
        await asyncio.sleep(0)
        endpoint.gate.set()
    assert endpoint.asked == 1
    assert {caller.result().value for caller in callers} == {"token-1"}


async def test_eight_callers_with_the_same_refused_token_renew_it_once():
    endpoint = Endpoint()
    endpoint.gate.set()
    keeper, _ = keeper_for(endpoint)
    token = await keeper.token()

    async def refused_call() -> str:
        keeper.refused(token)
        return (await keeper.token()).value

    async with asyncio.TaskGroup() as group:
        callers = [group.create_task(refused_call()) for _ in range(8)]
    assert {caller.result() for caller in callers} == {"token-2"}
    keeper.refused(token)  # a straggler whose token was replaced long ago
    assert (await keeper.token()).value == "token-2"
    assert endpoint.asked == 2


async def test_a_cancelled_waiter_leaves_the_renewal_to_the_others():
    endpoint = Endpoint()
    keeper, _ = keeper_for(endpoint)
    loop = asyncio.get_running_loop()
    first = loop.create_task(keeper.token())
    second = loop.create_task(keeper.token())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    endpoint.gate.set()
    assert (await second).value == "token-1"
    assert first.cancelled()
    assert endpoint.asked == 1


async def test_a_failed_renewal_fails_all_who_waited_and_the_next_tries_again():
    endpoint = Endpoint()
    keeper, _ = keeper_for(endpoint)
    endpoint.error = Throttled("x", retry_after=None)
    endpoint.gate.set()
    first, second = await asyncio.gather(keeper.token(), keeper.token(), return_exceptions=True)
    assert isinstance(first, Throttled)
    assert second is first
    endpoint.error = None
    assert (await keeper.token()).value == "token-2"


async def test_a_renewal_that_fails_with_nobody_waiting_is_no_crash(caplog):
    endpoint = Endpoint()
    keeper, tasks = keeper_for(endpoint)
    endpoint.error = CertificateRefused("x")
    waiter = asyncio.get_running_loop().create_task(keeper.token())
    await asyncio.sleep(0)
    waiter.cancel()
    endpoint.gate.set()
    await asyncio.sleep(0)
    await tasks.close()
    assert "crashed" not in caplog.text


async def test_closing_ends_a_renewal_under_way():
    endpoint = Endpoint()
    keeper, tasks = keeper_for(endpoint)
    waiter = asyncio.get_running_loop().create_task(keeper.token())
    await asyncio.sleep(0)
    await tasks.close()
    with pytest.raises(asyncio.CancelledError):
        await waiter


async def test_a_token_shows_its_end_and_never_itself():
    endpoint = Endpoint()
    endpoint.gate.set()
    keeper, _ = keeper_for(endpoint)
    assert "token-1" not in repr(await keeper.token())
