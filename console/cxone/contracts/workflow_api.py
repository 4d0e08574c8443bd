"""Contract `workflow-api`: how its calls are written and its answers read, and nothing else."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode

from console.cxone import wire
from console.cxone.exchange import Call
from console.cxone.settings import ConnectionSettings
from console.cxone.wire import Page
from console.domain.instance import Instance
from console.domain.payload import MAX_BODY_BYTES, TriggerPayload
from console.domain.wire_json import to_text
from console.services.ports import Capabilities, Started

WRITE: Final = "workflow:write"
READ: Final = "workflow:read"
RUNNING: Final = "running"
_INSTANCES: Final = "/api/v2/workflows/instances"
_JSON: Final = "application/json"


class Unsendable(Exception):
    """A trigger that cannot be written as a request; nothing was sent."""


class WorkflowApi:
    """Encodes and decodes for one connection; decoding raises `wire.UnreadableBody`."""

    capabilities: Final = Capabilities()
    start_scope: Final = WRITE
    read_scope: Final = READ

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self._instances = settings.api_url + _INSTANCES
        self._known = wire.Known()

    def token_call(self, secret: str) -> Call:
        """Ask for a token with both scopes; raises Unsendable for half a character in `secret`."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": secret,
            "scope": f"{WRITE} {READ}",
        }
        try:
            body = urlencode(form).encode("ascii")
        except UnicodeEncodeError:
            raise Unsendable("the secret holds half of a character; enter it again") from None
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": _JSON}
        return Call("POST", self._settings.token_url, headers, body)

    def read_token(self, body: bytes) -> tuple[str, float | None]:
        """The token and its life in seconds, None where the answer names no sensible one."""
        return wire.token(body)

    def start_call(self, payload: TriggerPayload, job_id: str, seal: str | None = None) -> Call:
        """Start one instance; raises Unsendable where `payload` cannot be written as JSON.

        `seal` (size:root of the trail) goes along in the metadata.
        """
        if not (job_id and job_id.isascii() and job_id.isprintable()):
            raise Unsendable("its job id does not fit a header")
        try:
            text = to_text(payload.body(job_id, seal))
            body = text.encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise Unsendable(f"it cannot be written as JSON ({type(error).__name__})") from None
        if len(body) > MAX_BODY_BYTES:
            raise Unsendable("it is larger than 8 MiB")
        headers = {"Content-Type": _JSON, "Accept": _JSON, "Idempotency-Key": job_id}
        return Call("POST", self._instances, headers, body)

    def read_started(self, body: bytes) -> Started:
        """The new instance."""
        return wire.started(body)

    def page_call(
        self, workflow_id: str | None, status: str | None, page_number: int, page_size: int
    ) -> Call:
        """Read one page of instances, newest first."""
        asked = {
            "workflowId": workflow_id,
            "status": status,
            "pageSize": str(page_size),
            "pageNumber": str(page_number),
        }
        query = urlencode({key: value for key, value in asked.items() if value})
        return Call("GET", f"{self._instances}?{query}", {"Accept": _JSON})

    def count_call(self, workflow_id: str) -> Call:
        """Count running instances: one page of one entry, whose total is the count."""
        return self.page_call(workflow_id, RUNNING, 1, 1)

    def read_page(self, body: bytes) -> Page:
        """One page."""
        return wire.page(body, self._known)

    def get_call(self, instance_id: str) -> Call:
        """Read one instance."""
        return Call("GET", f"{self._instances}/{quote(instance_id, safe='')}", {"Accept": _JSON})

    def read_instance(self, body: bytes) -> Instance:
        """One instance."""
        return wire.instance(body)
