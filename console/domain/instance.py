"""What CXone runs because of a trigger, and the difference between two readings of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from console.domain.payload import JOB_ID_KEY

if TYPE_CHECKING:
    from console.domain.values import Json

FINAL_STATUSES: Final = frozenset({"completed", "failed", "cancelled"})
RUNNING: Final = "running"
"""The one status that takes a slot of the workflow's limit."""
KNOWN_STATUSES: Final = FINAL_STATUSES | {"running", "queued", "waiting", "paused"}


@dataclass(frozen=True)
class Instance:
    """One instance as the tenant last told it; missing fields are empty, unknown ones in `more`.

    `metadata_told` is False where it said nothing of the metadata, so that any job may have made it.
    """

    instance_id: str
    workflow_id: str = ""
    status: str = ""
    priority: int | None = None
    context: Mapping[str, Json] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    more: Mapping[str, Json] = field(default_factory=dict)
    metadata_told: bool = True

    @property
    def job_id(self) -> str | None:
        """The console job that made it, or None for an instance from elsewhere."""
        return self.metadata.get(JOB_ID_KEY)

    @property
    def ended(self) -> bool:
        """True in one of the final statuses completed, failed, cancelled."""
        return self.status in FINAL_STATUSES


@dataclass(frozen=True)
class Listing:
    """One page or one whole reading of a workflow's instances.

    `total` is what the tenant says (None where it did not), `complete` is True only when as many
    different ids were read as `total` says and it did not change on the way.
    """

    instances: tuple[Instance, ...]
    total: int | None
    complete: bool
    read_at: datetime


@dataclass(frozen=True)
class Difference:
    """What changed between two readings; ids in `gone`, whole instances elsewhere."""

    added: tuple[Instance, ...]
    changed: tuple[Instance, ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.gone)


def difference(before: Mapping[str, Instance], after: Iterable[Instance]) -> Difference:
    """Compare two readings by instance id; the last of two entries with one id counts."""
    now = {instance.instance_id: instance for instance in after}
    return Difference(
        added=tuple(i for key, i in now.items() if key not in before),
        changed=tuple(i for key, i in now.items() if key in before and before[key] != i),
        gone=tuple(key for key in before if key not in now),
    )
