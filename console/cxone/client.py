"""One connection to a CXone tenant: `services.ports.Tenant` over HTTP."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from console.cxone.auth import TokenKeeper
from console.cxone.contracts.workflow_api import Unsendable, WorkflowApi
from console.cxone.errors import (
    from_answer,
    from_sign_in,
    sign_in_unreached,
    sign_in_unreadable,
    unreadable,
)
from console.cxone.exchange import Answer, Call, Exchange
from console.cxone.listing import PAGE_SIZE, read_listing, whole
from console.cxone.settings import ConnectionSettings
from console.cxone.tls import make_ssl_context, no_tls_context
from console.cxone.wire import Page, UnreadableBody
from console.cxone.wires import ClientLimits, Wires
from console.domain.errors import CallError, EnvironmentProblem, Rejected, SignInRefused
from console.domain.instance import Instance, Listing
from console.domain.payload import TriggerPayload
from console.logs import never_log
from console.services.ports import Capabilities, Clock, Counted, Started, TokenLife
from console.services.tasks import Tasks

log = logging.getLogger(__name__)

SecretSource = Callable[[], str]
"""Gives the client secret, from the keyring; may block, so it is called in a worker thread."""
Seal = Callable[[], str | None]
"""Gives size:root of the trail from memory, so that the tenant witnesses it; None for not now."""
T = TypeVar("T")


class HttpTenant:
    """Speaks to one tenant. Every call raises only `domain.errors.CallError`s.

    Build `ssl_context` beforehand with `tls.make_ssl_context`, off the event loop; without it the
    constructor makes one (20 to 100 ms). `transport` is the seam for tests.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        secret: SecretSource,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        ssl_context: ssl.SSLContext | None = None,
        seal: Seal = lambda: None,
    ) -> None:
        self._secret = secret
        self._seal = seal
        self._clock = clock
        self._contract = WorkflowApi(settings)
        self._exchange = _exchange(settings, clock, transport, ssl_context)
        self._tasks = Tasks()
        self._keeper = TokenKeeper(self._fetch_token, clock, self._tasks)

    @property
    def capabilities(self) -> Capabilities:
        return self._contract.capabilities

    @property
    def token(self) -> TokenLife:
        return self._keeper.life

    def server_time(self, now: datetime) -> datetime:
        return self._exchange.server_time or now

    async def sign_in(self) -> TokenLife:
        await self._keeper.token()
        return self._keeper.life

    async def start(self, payload: TriggerPayload, job_id: str) -> Started:
        try:
            call = self._contract.start_call(payload, job_id, self._seal())
        except Unsendable as error:
            raise Rejected(f"It was not sent: {error}", code="unsendable") from error
        answer = await self._ask(call)
        if not answer.ok:
            raise from_answer(answer, self._contract.start_scope, _path(call))
        return _decoded(answer, self._contract.read_started)

    async def count(self, workflow_id: str) -> Counted:
        page, answer = await self._read_page(self._contract.count_call(workflow_id))
        if page.total is None:
            raise unreadable(answer, "it holds no totalCount")
        return Counted(workflow_id, page.total)

    async def page(
        self,
        workflow_id: str | None = None,
        status: str | None = None,
        page_number: int = 1,
        page_size: int = 100,
    ) -> Listing:
        began = self._clock.now()
        call = self._contract.page_call(workflow_id, status, page_number, page_size)
        page, _ = await self._read_page(call)
        complete = page_number == 1 and whole(page)
        return Listing(page.instances, page.total, complete, began)

    async def listing(
        self, workflow_id: str, *, back_to: datetime | None = None, status: str | None = None
    ) -> Listing:
        async def read(number: int) -> Page:
            call = self._contract.page_call(workflow_id, status, number, PAGE_SIZE)
            page, _ = await self._read_page(call)
            return page

        if back_to is not None and self._exchange.server_time is None:
            await self._keeper.token()  # whose answer may tell it
        if back_to is not None:
            # By a clock that nobody knows, or that told two times, nothing may be left out.
            known = self._exchange.server_time is not None
            back_to = back_to - self._exchange.server_doubt if known else None
        return await read_listing(read, self._clock.now(), back_to)

    async def get(self, instance_id: str) -> Instance | None:
        if instance_id in (".", ".."):
            return None  # a path would lead elsewhere
        call = self._contract.get_call(instance_id)
        answer = await self._ask(call)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise from_answer(answer, self._contract.read_scope, _path(call))
        return _decoded(answer, self._contract.read_instance)

    async def close(self) -> None:
        await self._tasks.close()
        await self._exchange.close()

    async def _read_page(self, call: Call) -> tuple[Page, Answer]:
        answer = await self._ask(call)
        if not answer.ok:
            raise from_answer(answer, self._contract.read_scope, _path(call))
        return _decoded(answer, self._contract.read_page), answer

    async def _ask(self, call: Call) -> Answer:
        """Send `call` with a token; after a 401 once more with a renewed one."""
        token = await self._keeper.token()
        answer = await self._timed(call, token.value)
        if answer.status != 401:
            return answer
        self._keeper.refused(token)
        token = await self._keeper.token()
        answer = await self._timed(call, token.value)
        if answer.status == 401:
            self._keeper.refused(token)
        return answer

    async def _timed(self, call: Call, token: str | None = None) -> Answer:
        if not log.isEnabledFor(logging.DEBUG):
            return await self._exchange.send(call, token)
        began = self._clock.monotonic()
        answer = await self._exchange.send(call, token)
        took = (self._clock.monotonic() - began) * 1000
        log.debug("%s %s: %d in %.0f ms", call.method, call.host, answer.status, took)
        return answer

    async def _fetch_token(self) -> tuple[str, float | None]:
        try:
            secret = await asyncio.to_thread(self._secret)
        except EnvironmentProblem as error:
            raise SignInRefused(
                f"Signing in needs the secret: {error}", code="no-secret"
            ) from error
        never_log(secret)
        try:
            call = self._contract.token_call(secret)
        except Unsendable as error:
            raise SignInRefused(f"Signing in was not tried: {error}") from error
        try:
            answer = await self._timed(call)
        except CallError as error:
            raise sign_in_unreached(error) from error
        if not answer.ok:
            raise from_sign_in(answer, call.host)
        try:
            return self._contract.read_token(_unbroken(answer))
        except UnreadableBody as error:
            raise sign_in_unreadable(answer, call.host, str(error)) from error


def _exchange(
    settings: ConnectionSettings,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None,
    ssl_context: ssl.SSLContext | None,
) -> Exchange:
    parts = [urlsplit(url) for url in (settings.token_url, settings.api_url)]
    wants_tls = transport is None and any(part.scheme == "https" for part in parts)
    if ssl_context is None:
        ssl_context = make_ssl_context(settings.ca_file) if wants_tls else no_tls_context()
    limits = ClientLimits(
        settings.connect_timeout_s, settings.read_timeout_s, settings.max_connections
    )
    hosts = [part.hostname or "" for part in parts]
    wires = Wires(limits, ssl_context, transport, hosts)
    return Exchange(wires, clock, settings.deadline_s, traced=transport is None)


def _decoded(answer: Answer, read: Callable[[bytes], T]) -> T:
    try:
        return read(_unbroken(answer))
    except UnreadableBody as error:
        raise unreadable(answer, str(error)) from error


def _unbroken(answer: Answer) -> bytes:
    if answer.broken:
        raise UnreadableBody(f"its body {answer.broken}")
    return answer.body


def _path(call: Call) -> str:
    return urlsplit(call.url).path
