"""Completion events on their way out: signed as Standard Webhooks, tried again a few times."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from asyncio import Task, TaskGroup
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from console.domain.errors import CallError
from console.simulator.answers import JSON_TYPE
from console.simulator.clock import Clock
from console.simulator.errors import SimulatorConfigError
from console.simulator.instance import SimulatedInstance, completion_event

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]
"""POST a body with headers to a URL; the HTTP status, or CallError or OSError without an answer."""

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with, and no secret
PAUSES_S: Final = (1.0, 5.0, 25.0)
"""Seconds before each further try; the event is given up after the last."""


def signing_key(secret: str) -> bytes:
    """The key inside a `whsec_...` secret; SimulatorConfigError if there is none."""
    coded = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(coded, validate=True)
    except binascii.Error:
        key = b""
    if coded == secret or not key:
        # The secret itself is not repeated: this text may end in a log.
        raise SimulatorConfigError(f"The webhook secret must be {SECRET_PREFIX} and then base64.")
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header of one message; `timestamp` in seconds since 1970."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How the events fared: still `pending`, `delivered` with a 2xx, or `given_up`."""

    pending: int
    delivered: int
    given_up: int


class Courier:
    """Posts one event for each instance when it ends, with the same id over all its tries."""

    def __init__(
        self, url: str, post: Post, clock: Clock, group: TaskGroup, secret: str | None
    ) -> None:
        self._url = url
        self._post = post
        self._clock = clock
        self._group = group
        self._key = None if secret is None else signing_key(secret)
        self._pending: set[Task[None]] = set()
        self._delivered = 0
        self._given_up = 0

    @property
    def counts(self) -> DeliveryCounts:
        """The counts so far."""
        return DeliveryCounts(len(self._pending), self._delivered, self._given_up)

    def expect(self, instance: SimulatedInstance) -> None:
        """Deliver the instance's event when it ends."""
        task = self._group.create_task(self._deliver(instance))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    def stop(self) -> None:
        """Forget all events that are still to come."""
        for task in self._pending:
            task.cancel()

    async def _deliver(self, instance: SimulatedInstance) -> None:
        await self._clock.sleep(max(0.0, instance.ends - self._clock.monotonic()))
        body = json.dumps(completion_event(instance)).encode()
        message_id = f"msg_{instance.instance_id.removeprefix('inst-')}"
        for pause in (0.0, *PAUSES_S):
            if pause:
                await self._clock.sleep(pause)
            if await self._accepted(message_id, body):
                self._delivered += 1
                return
        self._given_up += 1

    async def _accepted(self, message_id: str, body: bytes) -> bool:
        headers = {"Content-Type": JSON_TYPE}
        if self._key is not None:
            # Each try is signed anew: receivers refuse a timestamp that is minutes old.
            timestamp = int(self._clock.wall().timestamp())
            headers["webhook-id"] = message_id
            headers["webhook-timestamp"] = str(timestamp)
            headers["webhook-signature"] = signature(self._key, message_id, timestamp, body)
        try:
            status = await self._post(self._url, body, headers)
        except (CallError, OSError):
            return False
        return 200 <= status < 300
