"""Canaries: no secret, token or customer's value in any log, error or repr of the client."""

import io
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from console.cxone.client import HttpTenant
from console.cxone.errors import from_transport
from console.cxone.exchange import Answer, Call
from console.domain.errors import CallError
from console.domain.payload import TriggerPayload
from console.logs import set_up, take_down
from tests.cxone.loopback import SECRET, TOKEN, LoopbackServer, answer, settings_for, token_answer
from tests.fakes import ManualClock

CUSTOMER = "CUST-canary-4711"
PAYLOAD = TriggerPayload("wf_1", {"customerId": CUSTOMER})


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Everything that is logged at the lowest level, on the screen and in the file."""
    screen = io.StringIO()
    file = tmp_path / "console.log"
    set_up("debug", file, screen)
    for name in ("httpx", "aiohttp"):
        logging.getLogger(name).setLevel(logging.DEBUG)  # as chatty as they can be

    def read() -> str:
        return screen.getvalue() + file.read_text()

    yield read
    take_down()
    for name in ("httpx", "aiohttp"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def outcome_of(reply: bytes, **more: bytes) -> str:
    """What a start and a read leave behind as text, tracebacks with causes included."""
    told = []
    async with LoopbackServer(reply) as server:
        for name, value in more.items():
            setattr(server, name, value)
        tenant = HttpTenant(settings_for(server.url), lambda: SECRET, ManualClock())
        for call in (
            tenant.start(PAYLOAD, "job-1"),
            tenant.count(CUSTOMER),
            tenant.get("i-1"),
        ):
            try:
                told.append(repr(await call))
            except CallError as error:
                logging.getLogger("console.test").exception("failed")
                told.append("".join(traceback.format_exception(error)))
                told.append(repr(error) + repr(vars(error)))
        await tenant.close()
        told.append(repr(tenant) + repr(vars(tenant)))
    return "".join(told)


ECHO = answer(500, {"message": f"Bearer {TOKEN} and {SECRET} are not welcome"})


@pytest.mark.parametrize(
    ("reply", "more"),
    [
        (answer(200, {"id": "i-1"}), {}),
        (answer(500, {}), {}),
        (answer(403, {}), {}),
        (answer(302, {}, {"Location": f"https://x.example/?token={TOKEN}"}), {}),
        (b"HTTP/1.1 nonsense\r\n\r\n", {}),
        (ECHO, {}),
        (ECHO, {"token_reply": answer(401, {"error_description": f"wrong: {SECRET}"})}),
        (ECHO, {"token_reply": answer(200, {"access_token": f"{TOKEN}\n"})}),
        (ECHO, {"token_reply": token_answer(life=None)}),
    ],
)
async def test_no_secret_is_in_any_log_or_error(logged, reply, more):
    left = await outcome_of(reply, **more) + logged()
    assert SECRET not in left
    assert TOKEN not in left


async def test_no_customers_value_is_in_any_log(logged):
    await outcome_of(answer(400, {"field": "context.customerId", "message": "unknown"}))
    assert CUSTOMER not in logged()


def test_calls_and_answers_show_neither_queries_nor_bodies():
    call = Call("POST", f"https://a.example/x?c={CUSTOMER}", {"Authorization": TOKEN}, b"CUST")
    shown = Answer(200, "text/plain", CUSTOMER.encode())
    assert (repr(call), repr(shown)) == ("<Call POST a.example>", "<Answer 200, 16 bytes>")


def test_a_library_error_that_quotes_a_header_is_not_repeated():
    quoting = httpx.LocalProtocolError(f"Illegal header value b'Bearer {TOKEN}'")
    error = from_transport(quoting, "api.example", sent=True, deadline_s=30)
    assert TOKEN not in str(error)
