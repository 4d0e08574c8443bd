"""One trigger as the operator meant it: frozen, checked, and turned into the request's body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from console.domain.errors import BadInput
from console.domain.values import FieldError, Json, check_tree, checked_text, read_kept
from console.domain.wire_json import to_text

JOB_ID_KEY: Final = "consoleJobId"
SEAL_KEY: Final = "consoleSeal"
RESERVED: Final = frozenset({JOB_ID_KEY, SEAL_KEY})
PRIORITY_HIGHEST: Final = 1
PRIORITY_LOWEST: Final = 10
PRIORITY_DEFAULT: Final = 5
MAX_BODY_BYTES: Final = 8 * 1024 * 1024


def checked_priority(priority: int) -> int:
    """Return `priority` if it is a whole number from 1 (highest) to 10, else raise BadInput."""
    if isinstance(priority, bool) or not isinstance(priority, int):
        raise BadInput("Priority must be a whole number from 1 (highest) to 10.", "priority")
    if not PRIORITY_HIGHEST <= priority <= PRIORITY_LOWEST:
        raise BadInput("Priority must be between 1 (highest) and 10.", "priority")
    return priority


def checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of `metadata` if every key and value is text and no key is reserved."""
    result: dict[str, str] = {}
    for key, value in metadata.items():
        if not all(isinstance(part, str) for part in (key, value)):
            raise BadInput(f"Metadata {key!r} must be text.", f"metadata.{key}")
        if not key:
            raise BadInput("A metadata key must not be empty.", "metadata")
        if key in RESERVED:
            raise BadInput(
                f"Metadata {key!r} is set by the console; choose another name.", f"metadata.{key}"
            )
        try:
            result[checked_text(key)] = checked_text(value)
        except FieldError as error:
            raise BadInput(f"Metadata {key!r}: {error}", f"metadata.{key}") from error
    return result


@dataclass(frozen=True)
class TriggerPayload:
    """The values of one trigger; `context` maps variable names to JSON values of any size."""

    workflow_id: str
    context: Mapping[str, Json]
    priority: int = PRIORITY_DEFAULT
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.workflow_id or self.workflow_id != self.workflow_id.strip():
            raise BadInput("A workflow id is needed, without spaces around it.", "workflowId")
        checked_priority(self.priority)
        metadata = checked_metadata(self.metadata)
        context = dict(self.context)
        try:
            checked_text(self.workflow_id)
            check_tree(context)
        except FieldError as error:
            raise BadInput(str(error), "context") from error
        if "" in context:
            raise BadInput("A variable needs a name.", "context")
        object.__setattr__(self, "metadata", MappingProxyType(metadata))
        object.__setattr__(self, "context", MappingProxyType(context))

    def body(self, job_id: str, seal: str | None = None) -> dict[str, Json]:
        """Return the request of contract `workflow-api`, with our job id in its metadata."""
        metadata: dict[str, Json] = {**self.metadata, JOB_ID_KEY: job_id}
        if seal is not None:
            metadata[SEAL_KEY] = seal
        return self._body(metadata)

    def digest(self, salt: bytes) -> str:
        """Return `contextDigest`: SHA-256 hex of salt || json.dumps(body without our keys).

        The salt (16 bytes, kept in the job) keeps short customer values from being guessed. A
        number that no float holds stands as it was typed, every other as json.dumps writes it.
        """
        return _sha256(salt + self.digested().encode("utf-8"))

    def digested(self) -> str:
        """Return the text that `digest` covers behind the salt."""
        body = self._body(dict(self.metadata))
        return to_text(body, sort_keys=True, ensure_ascii=True, plain=True)

    def content_hash(self) -> str:
        """SHA-256 hex of workflow, values and metadata: equal for requests that ask the same.

        It stays in the queue, beside the values; the trail gets the salted `digest` alone.
        """
        return self._content_hash

    @cached_property
    def _content_hash(self) -> str:
        body = self._body(dict(self.metadata))
        del body["priority"]
        text = to_text(body, sort_keys=True, ensure_ascii=True, plain=True)
        return _sha256(text.encode("utf-8"))

    def to_json(self) -> str:
        """Return the payload as one JSON text that `from_json` reads back to an equal value."""
        return to_text(self._body(dict(self.metadata)))

    @classmethod
    def from_json(cls, text: str) -> TriggerPayload:
        """Read what `to_json` wrote."""
        body: Any = read_kept(text)
        return cls(body["workflowId"], body["context"], body["priority"], body["metadata"])

    def _body(self, metadata: dict[str, Json]) -> dict[str, Json]:
        return {
            "workflowId": self.workflow_id,
            "priority": self.priority,
            "context": dict(self.context),
            "metadata": metadata,
        }


def _sha256(data: bytes) -> str:
    import hashlib  # loads OpenSSL: 10 ms that a window does not need before its first paint

    return hashlib.sha256(data).hexdigest()
