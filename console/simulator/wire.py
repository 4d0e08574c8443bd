"""Answers as bytes on the socket, whole or bent by a fault: real cuts, trickles and truncations."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

from aiohttp import web

from console.simulator.answers import JSON_TYPE, Answer
from console.simulator.clock import Clock
from console.simulator.scenario import Deed, FaultKind, retry_after_text

_HTML: Final = (
    "<!DOCTYPE html><html><head><title>Bad gateway</title></head>"
    "<body><h1>502 Bad gateway</h1><p>The upstream server did not answer.</p></body></html>"
)
_NO_LINGER: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
_CUTS: Final = frozenset({FaultKind.CUT_BEFORE, FaultKind.CUT_AFTER})


def bend(answer: Answer, deed: Deed, answered_at: datetime) -> Answer:
    """The answer that a fault puts in the place of the true one; cuts leave it as it is."""
    match deed.kind:
        case FaultKind.STATUS:
            bent = _told(deed, _said_by_default(deed.status), JSON_TYPE)
        case FaultKind.HTML:
            bent = _told(deed, _HTML, "text/html; charset=utf-8")
        case FaultKind.REDIRECT:
            bent = _told(deed, "", "text/plain")
            bent = replace(bent, headers={**bent.headers, "Location": deed.location})
        case FaultKind.NO_ID if answer.status < 300:
            said = deed.body if deed.body is not None else _without_id(answer.body)
            bent = replace(answer, body=_bytes_of(said))
        case FaultKind.TRUNCATED_JSON:
            bent = replace(answer, body=answer.body[: len(answer.body) // 2])
        case FaultKind.WRONG_TOTAL | FaultKind.REPEAT_IDS if answer.status < 300:
            bent = replace(answer, body=_bytes_of(_misread(answer.body, deed)))
        case _:
            return answer
    retry_after = retry_after_text(deed.retry_after, answered_at)
    if retry_after is not None:
        bent = replace(bent, headers={**bent.headers, "Retry-After": retry_after})
    return bent


async def send(
    request: web.Request,
    answer: Answer,
    deed: Deed | None,
    clock: Clock,
    date_error: float,
) -> web.StreamResponse:
    """Write the answer, or as much of it as the fault lets through.

    The Date header is the tenant's wall clock plus `date_error` seconds. A client that has gone
    away meanwhile is no error: the request was carried out all the same.
    """
    date = format_datetime(clock.wall() + timedelta(seconds=date_error), usegmt=True)
    headers = {"Date": date, "Content-Type": answer.content_type, **answer.headers}
    if deed is None or deed.kind not in {*_CUTS, FaultKind.CUT_DURING, FaultKind.TRICKLE}:
        return web.Response(status=answer.status, body=answer.body, headers=headers)
    if deed.kind in _CUTS:
        _close(request, deed)
        return web.Response()
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = len(answer.body)
    try:
        await response.prepare(request)
        if deed.kind is FaultKind.CUT_DURING:
            await response.write(answer.body[: len(answer.body) // 2])
            _close(request, deed)
            return response
        for index in range(len(answer.body)):
            await clock.sleep(deed.seconds)
            await response.write(answer.body[index : index + 1])
    except ConnectionError:
        _close(request, deed)
    return response


def _close(request: web.Request, deed: Deed) -> None:
    """End the connection: an orderly FIN, or a reset where the deed asks for one."""
    transport = request.transport
    if transport is None:
        return
    if deed.reset:
        # Not to linger, for no time at all: the only way to have close() send RST, not FIN.
        endpoint = transport.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.close()


def _told(deed: Deed, default: object, content_type: str) -> Answer:
    said = default if deed.body is None else deed.body
    if deed.body is not None and not isinstance(said, str):
        content_type = JSON_TYPE
    return Answer(
        deed.status, _bytes_of(said), deed.content_type or content_type, dict(deed.headers)
    )


def _bytes_of(said: object) -> bytes:
    return said.encode() if isinstance(said, str) else json.dumps(said).encode()


def _said_by_default(status: int) -> Mapping[str, str]:
    words = {
        401: ("invalid_token", "The access token is unknown or has expired."),
        403: ("forbidden", "The role of this account lacks the permission workflow execution."),
        404: ("not_found", "There is no such resource."),
        409: ("conflict", "The request conflicts with the present state."),
        429: ("rate_limited", "Too many requests."),
        500: ("internal_error", "Something went wrong on our side."),
        503: ("unavailable", "The service is temporarily unavailable."),
    }
    error, message = words.get(status, ("refused", f"The request was answered with {status}."))
    return {"error": error, "message": message}


def _misread(body: bytes, deed: Deed) -> object:
    """A listing whose total is off, or that tells its first entry twice."""
    page = json.loads(body)
    if deed.kind is FaultKind.WRONG_TOTAL and "totalCount" in page:
        page["totalCount"] += deed.by
    elif page.get("instances"):
        page["instances"].append(page["instances"][0])
    return page


def _without_id(body: bytes) -> object:
    document = json.loads(body)
    return {key: value for key, value in document.items() if key != "id"}
