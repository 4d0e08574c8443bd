"""The shapes of what CXone answers: unknown fields kept, missing ones tolerated, ids as text.

Required parts (an id, a count) are strict: a negative or broken count is unreadable, never zero.
Everything else an instance says is shown as it is, or kept under `more` where it has no shape.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from console.domain.instance import Instance
from console.domain.values import FieldError, Json, check_tree
from console.services.ports import Started

LONGEST_ID: Final = 500
LONGEST_WORD: Final = 200
_LONG: Final = 4_000


class UnreadableBody(Exception):
    """A body that does not say what it must; the text follows 'but', without any value of it."""


def read_json(body: bytes) -> Json:
    """Read strict JSON in UTF-8; raises UnreadableBody, for nesting and digits without end too."""
    try:
        value: Json = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise UnreadableBody("its body is not UTF-8") from None
    except RecursionError:
        raise UnreadableBody("its body is nested too deeply") from None
    except ValueError:
        raise UnreadableBody("its body is not JSON") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _identifier(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
        raise ValueError("no id")
    if not value.strip():
        raise ValueError("no id")  # nobody could read it on a screen, or find the instance by it
    value.encode("utf-8")  # half a character (UnicodeEncodeError is a ValueError) is no id either
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("no count")
    return value


def _whole_or_none(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _word(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return value[:LONGEST_WORD].encode("utf-8", "replace").decode("utf-8")


def _milliseconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if 0 <= number < math.inf else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        when = datetime.fromisoformat(value.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    return {key: _text(item) for key, item in _object(value).items() if key == _text(key)}


def _text(item: object) -> str:
    try:
        text = item if isinstance(item, str) else json.dumps(item)
    except RecursionError:
        return "nested too deeply"
    return text.encode("utf-8", "replace").decode("utf-8")


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("no list")  # noqa: TRY004  # pydantic lets TypeErrors through
    return value


Identifier = Annotated[str, BeforeValidator(_identifier)]
Count = Annotated[int, BeforeValidator(_count)]
Whole = Annotated[int | None, BeforeValidator(_whole_or_none)]
Word = Annotated[str, BeforeValidator(_word)]
Milliseconds = Annotated[float | None, BeforeValidator(_milliseconds)]
Time = Annotated[datetime | None, BeforeValidator(_time)]


class _Wire(BaseModel):
    # Errors must not quote values: they are customers'.
    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)


class StartedWire(_Wire):
    """The answer to a start."""

    id: Identifier
    status: Word = ""
    latency_ms: Milliseconds = Field(default=None, alias="latencyMs")


class InstanceWire(_Wire):
    """One instance in a list or by itself."""

    id: Identifier
    workflow_id: Word = Field(default="", alias="workflowId")
    status: Word = ""
    priority: Whole = None
    context: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict)
    metadata: Annotated[dict[str, str], BeforeValidator(_texts)] = Field(default_factory=dict)
    started_at: Time = Field(default=None, alias="startedAt")


class PageWire(_Wire):
    """One page of a list; `total` None where the server did not say."""

    total: Count | None = Field(default=None, alias="totalCount")
    size: Whole = Field(default=None, alias="pageSize")
    instances: Annotated[list[Any], BeforeValidator(_list)] = Field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One page as read; `skipped` entries had no usable id.

    `size` is how many entries the server says a page takes, None where it did not say.
    """

    instances: tuple[Instance, ...]
    total: int | None
    skipped: int
    size: int | None = None


_SHAPED: Final = (
    ("priority", "priority"),
    ("startedAt", "started_at"),
    ("status", "status"),
    ("workflowId", "workflow_id"),
    ("context", "context"),
    ("metadata", "metadata"),
)
"""Fields with a shape of their own; where a value does not fit, it is kept under `more`."""


def started(body: bytes) -> Started:
    """The yes of a start; raises UnreadableBody without a usable id."""
    try:
        wire = StartedWire.model_validate(_whole_object(body))
    except ValidationError:
        raise UnreadableBody("names no instance id") from None
    return Started(wire.id, wire.status, wire.latency_ms)


class Known:
    """Instances read lately, by what was said of each to the letter: at most `most` of them.

    A poll reads a thousand of which a few have changed, on the loop that the window lives on.
    """

    def __init__(self, most: int = 4_000) -> None:
        self._most = most
        self._read: dict[str, Instance | None] = {}

    def instance(self, item: object) -> Instance | None:
        """Read one entry of a list, None without a usable id; the same words give the same value."""
        try:
            said = repr(item)  # tells 1, 1.0 and true apart, which == does not
        except RecursionError:
            return _instance_or_none(item)
        if len(said) > _LONG:
            return _instance_or_none(item)
        read = self._read.pop(said) if said in self._read else _instance_or_none(item)
        self._read[said] = read  # behind all others: the first is the one not seen for longest
        if len(self._read) > self._most:
            del self._read[next(iter(self._read))]
        return read


def page(body: bytes, known: Known) -> Page:
    """One page; raises UnreadableBody where it is no list or its count is broken."""
    try:
        wire = PageWire.model_validate(_whole_object(body))
    except ValidationError as error:
        fields = ", ".join(sorted({str(e["loc"][0]) for e in error.errors() if e["loc"]}))
        raise UnreadableBody(f"its {fields} cannot be used") from None
    read = [known.instance(item) for item in wire.instances]
    instances = tuple(item for item in read if item is not None)
    return Page(instances, wire.total, len(read) - len(instances), wire.size)


def instance(body: bytes) -> Instance:
    """One instance by itself; raises UnreadableBody without a usable id."""
    read = _instance_or_none(_whole_object(body))
    if read is None:
        raise UnreadableBody("names no instance id")
    return read


def token(body: bytes) -> tuple[str, float | None]:
    """An access token and its life in seconds; None where that is missing or makes no sense.

    Raises UnreadableBody where there is no token that fits a header.
    """
    document = _whole_object(body)
    value = document.get("access_token")
    if not isinstance(value, str) or not value:
        raise UnreadableBody("its body holds no access_token")
    if len(value) > 32_768 or not value.isascii() or not value.isprintable() or " " in value:
        raise UnreadableBody("its access_token cannot be used in a header")
    life = document.get("expires_in")
    if isinstance(life, str):
        try:
            life = float(life)
        except ValueError:
            life = None
    seconds = _milliseconds(life)
    return value, seconds or None


def _whole_object(body: bytes) -> dict[str, Json]:
    document = read_json(body)
    if not isinstance(document, dict):
        raise UnreadableBody("its body is not a JSON object")
    return document


def _instance_or_none(item: object) -> Instance | None:
    try:
        wire = InstanceWire.model_validate(item)
    except ValidationError:
        return None
    assert isinstance(item, dict)
    more: dict[str, Json] = dict(wire.model_extra or {})
    for key, name in _SHAPED:
        if item.get(key) and not getattr(wire, name):
            more[key] = item[key]
    return Instance(
        instance_id=wire.id,
        workflow_id=wire.workflow_id,
        status=wire.status,
        priority=wire.priority,
        context=_showable(wire.context),
        metadata=wire.metadata,
        started_at=wire.started_at,
        more=_showable(more),
        metadata_told=isinstance(item.get("metadata"), dict),
    )


def _showable(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """`values`, or a note in their place where a window could not show or store them."""
    try:
        check_tree(dict(values))
    except FieldError as error:
        return {"unreadable": str(error)}
    return values
