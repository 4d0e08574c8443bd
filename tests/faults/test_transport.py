"""What goes wrong below HTTP: no name, no port, no trust, no room. Nothing was sent, nothing lost."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from console.domain.job import JobState
from console.domain.lane import Circuit
from tests.cxone.loopback import CERTIFICATES, LoopbackServer, server_tls
from tests.faults.front import Front, front_of
from tests.faults.socket_desk import (
    WORKFLOW,
    SocketDesk,
    Wiring,
    desk_on,
    scenario_named,
    simulator_on,
)

CA = CERTIFICATES / "ca.pem"
AT_API = "api"
AT_SIGN_IN = "sign-in"
Failing = Callable[[Front, ssl.SSLContext | None], Wiring]


@asynccontextmanager
async def behind_front(
    folder: Path, tls: ssl.SSLContext | None, where: str = AT_API, *, trusted: bool = True
) -> AsyncIterator[tuple[SocketDesk, Front]]:
    """A desk whose way to the API, or to the sign-in, leads through a gateway."""
    async with (
        simulator_on("calm-day") as (simulator, clock),
        front_of(simulator, tls=tls) as front,
    ):
        ca_file = CA if trusted else None
        wiring = (
            Wiring(api_url=front.url, ca_file=ca_file)
            if where == AT_API
            else Wiring(token_url=f"{front.url}/v1/oauth2/token", ca_file=ca_file)
        )
        async with desk_on(folder, (simulator, clock), wire=lambda _: wiring) as desk:
            yield desk, front


@pytest.mark.parametrize("where", [AT_API, AT_SIGN_IN])
@pytest.mark.parametrize(
    ("certificate", "words"),
    [("expired", "expired"), ("self-signed", "self-signed"), ("other-name", "not valid for")],
)
async def test_a_certificate_that_is_not_right_holds_the_connection_until_it_is(
    tmp_path: Path, where: str, certificate: str, words: str
) -> None:
    tls = server_tls(certificate)
    async with behind_front(tmp_path, tls, where) as (desk, _):
        jobs = [await desk.queue() for _ in range(3)]
        await desk.passes(300)
        assert [desk.state(job) for job in jobs] == [JobState.QUEUED] * 3
        assert "Connection held: The certificate of 127.0.0.1" in desk.why(jobs[0])
        assert words in desk.why(jobs[0])
        assert desk.lane.hold is not None
        assert desk.lane.hold.code == "certificate-refused"
        assert desk.simulator.starts == []
        assert "certificate" in str(await desk.probe())

        tls.load_cert_chain(CERTIFICATES / "good.pem")  # from the next handshake on
        assert await desk.probe() is None
        await desk.passes(10)
        assert [desk.state(job) for job in jobs] == [JobState.ACCEPTED] * 3
        assert [desk.now_is(job).attempts for job in jobs] == [1, 1, 1]
        types = [record["event_type"] for record in desk.records()]
        assert types.count("CONNECTION_CHANGED") == 2
        desk.check()


async def test_an_authority_that_this_computer_does_not_know_holds_the_connection(
    tmp_path: Path,
) -> None:
    async with behind_front(tmp_path, server_tls("good"), trusted=False) as (desk, _):
        job = await desk.queue()
        await desk.passes(60)
        assert "not trusted" in desk.why(job)
        assert desk.simulator.starts == []
        desk.check()


@asynccontextmanager
async def nobody_listens(folder: Path) -> AsyncIterator[tuple[SocketDesk, Callable[[], object]]]:
    async with behind_front(folder, None) as (desk, front):
        await front.close()
        yield desk, front.listen


@asynccontextmanager
async def no_tls_there(folder: Path) -> AsyncIterator[tuple[SocketDesk, Callable[[], object]]]:
    async with behind_front(folder, server_tls("good")) as (desk, front):
        await front.close()

        async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(plain, "127.0.0.1", front.port)

        async def mended() -> None:
            server.close()
            await front.listen()

        yield desk, mended
        server.close()


@asynccontextmanager
async def nobody_answers(folder: Path) -> AsyncIterator[tuple[SocketDesk, Callable[[], object]]]:
    """A host that drops what comes: here a queue of connections that is full."""
    async with behind_front(folder, None) as (desk, front), AsyncExitStack() as stack:
        await front.close()
        full = stack.enter_context(socket.socket())
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind(("127.0.0.1", front.port))
        full.listen(0)
        waiting = [stack.enter_context(socket.socket()) for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", front.port))
        desk.nobody_answers = True

        async def mended() -> None:
            desk.nobody_answers = False
            for each in (*waiting, full):
                each.close()
            await front.listen()

        yield desk, mended


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (nobody_listens, "No connection to 127.0.0.1"),
        (no_tls_there, "the TLS handshake failed"),
        (nobody_answers, "it took too long"),
    ],
)
async def test_a_tenant_that_cannot_be_reached_costs_no_attempt_and_opens_the_circuit(
    tmp_path: Path, trouble: Callable[[Path], object], words: str
) -> None:
    async with trouble(tmp_path) as (desk, mended):  # type: ignore[attr-defined]
        job = await desk.queue()
        await desk.until(lambda: desk.now_is(job).thrown_back > 0, 60)
        assert words in desk.why(job)
        assert (desk.state(job), desk.now_is(job).attempts) == (JobState.QUEUED, 0)
        await desk.until(lambda: desk.lane.breaker.state is Circuit.OPEN, 300)
        assert "Circuit open: " in desk.why(job)
        assert words in desk.why(job)
        assert desk.lane.hold is None
        assert desk.simulator.starts == []
        await mended()
        await desk.passes(320)
        assert (desk.state(job), desk.now_is(job).attempts) == (JobState.ACCEPTED, 1)
        assert desk.posts(job) == 1
        desk.check()


class Nameless(httpx.AsyncBaseTransport):
    """What httpx says where a name cannot be resolved; asking for one would leave this computer."""

    def __init__(self) -> None:
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        try:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        except socket.gaierror as error:
            raise httpx.ConnectError(str(error), request=request) from error


async def test_a_name_that_cannot_be_found_is_told_and_tried_again(tmp_path: Path) -> None:
    transport = Nameless()
    wiring = Wiring(transport=transport)
    async with desk_on(tmp_path, wire=lambda _: wiring) as desk:
        job = await desk.queue()
        await desk.passes(1)
        assert "The name 127.0.0.1" in desk.why(job)
        assert "cannot be found" in desk.why(job)
        asked = transport.asked
        await desk.passes(60)
        assert transport.asked > asked
        assert (desk.state(job), desk.now_is(job).attempts) == (JobState.QUEUED, 0)
        desk.check()


async def test_all_connections_busy_means_not_sent(tmp_path: Path) -> None:
    wiring = Wiring(max_connections=1)
    async with desk_on(tmp_path, "fault-late-answer", wire=lambda _: wiring) as desk:
        jobs = [await desk.queue() for _ in range(3)]
        await desk.passes(200)
        assert [desk.state(job) for job in jobs] == [JobState.ACCEPTED] * 3
        assert [len(desk.instances(job)) for job in jobs] == [1, 1, 1]
        desk.check()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_never_followed(tmp_path: Path, status: int) -> None:
    day = scenario_named("fault-redirect-302")
    async with LoopbackServer(b"") as elsewhere:
        deed = replace(day.faults[0].do, status=status, location=f"{elsewhere.url}/api/v2/x")
        day = replace(day, faults=(replace(day.faults[0], do=deed),))
        async with desk_on(tmp_path, day) as desk:
            job = await desk.queue()
            await desk.passes(60)
            assert desk.state(job) is JobState.FAILED
            assert f"redirect ({status})" in desk.why(job)
            desk.check()
        assert elsewhere.requests == []
        assert elsewhere.connections == 0


async def test_a_sign_in_that_leads_to_another_host_takes_no_secret_there(tmp_path: Path) -> None:
    day = scenario_named("fault-token-302")
    async with LoopbackServer(b"") as elsewhere:
        deed = replace(day.faults[0].do, status=307, location=f"{elsewhere.url}/token")
        day = replace(day, faults=(replace(day.faults[0], do=deed),))
        async with desk_on(tmp_path, day) as desk:
            job = await desk.queue()
            await desk.passes(60)
            assert "Connection held" in desk.why(job)
            desk.check()
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "scenario",
    [
        "fault-token-401",
        "fault-token-429-beyond-cap",
        "fault-count-429-beyond-cap",
        "fault-429-beyond-cap",
        "fault-403-role",
        "fault-token-lost",
    ],
)
async def test_a_held_connection_keeps_a_whole_batch_and_goes_on_when_a_person_has_tested_it(
    tmp_path: Path, scenario: str
) -> None:
    async with desk_on(tmp_path, scenario, concurrency=1) as desk:
        jobs = [await desk.queue() for _ in range(5)]
        await desk.passes(300)
        ended = [job for job in jobs if desk.now_is(job).ended]
        assert len(ended) == (1 if scenario == "fault-403-role" else 0)
        assert len(desk.simulator.starts) <= 1
        assert all("Connection held" in desk.why(job) for job in jobs if job not in ended)
        await desk.restart()
        await desk.passes(300)
        assert len(desk.simulator.starts) <= 1
        desk.play("calm-day")
        assert await desk.probe() is None
        await desk.passes(30)
        left = [job for job in jobs if job not in ended]
        assert [desk.state(job) for job in left] == [JobState.ACCEPTED] * len(left)
        desk.check()


async def test_nothing_goes_out_while_it_is_counted_whose_cool_down_a_429_is(
    tmp_path: Path,
) -> None:
    day = scenario_named("fault-429-seconds")
    late = scenario_named("fault-late-answer").faults[0]
    starts = replace(late, times=None, do=replace(late.do, seconds=1.5, made=False))
    count = replace(
        starts,
        on=frozenset({"count"}),
        workflow_id=WORKFLOW,
        nth=frozenset({2}),
        do=replace(starts.do, seconds=3.0),
    )
    day = replace(day, faults=(*day.faults, starts, count))
    async with desk_on(tmp_path, day, concurrency=4) as desk:
        first = await desk.queue()
        jobs = [first, *[await desk.queue("wf_another") for _ in range(11)]]
        await desk.passes(8.4)
        assert sum(len(desk.post_times(job)) for job in jobs) == 4, "those before the 429"
        assert "(429)" in desk.why(jobs[-1])
        await desk.passes(60)
        assert [desk.state(job) for job in jobs] == [JobState.ACCEPTED] * 12
        desk.check()
