"""What the tenant says to one request, before any fault bends it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: `body` as bytes of `content_type`."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedRequest(Exception):
    """The tenant says no; `answer` is what it sends."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(status: int, document: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body; numbers of any size keep every digit."""
    return Answer(status, json.dumps(document).encode(), headers=headers or {})


def refusal(
    status: int,
    error: str,
    message: str,
    *,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> RefusedRequest:
    """A refusal `{"error", "message", "field"?, ...}`; `field` is the path of what is wrong."""
    named = {} if field is None else {"field": field}
    return RefusedRequest(
        json_answer(status, {"error": error, **named, "message": message, **more}, headers)
    )
