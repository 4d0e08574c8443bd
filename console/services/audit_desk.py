"""What a window may ask about audit trails: plain methods in, events out.

`services.trail_desk` fulfils it. Nothing here blocks: `rows` and `detail` read one page and
judge short lines at once; everything longer runs in a worker and is answered by an event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from console.domain.audit_histogram import Histogram
from console.domain.audit_report import TrailReport
from console.domain.audit_view import RecordDetail, RecordFilter, TrailRow


@dataclass(frozen=True)
class TrailOpening:
    """A trail is being counted; `newest` is its first screen of rows, newest first.

    Show them at once; their positions count from the end (-1 is the newest), `detail` takes them.
    """

    path: Path
    own: bool
    newest: tuple[TrailRow, ...]


@dataclass(frozen=True)
class TrailOpened:
    """The trail is counted: `rows(0, …)` answers for all `records`, the filter is empty.

    `own` is True for this installation's live trail. `summary` is one line for the header, such
    as '480 records in 3 files, 2026-06-01 to 2026-06-03'.
    """

    path: Path
    own: bool
    records: int
    files: int
    summary: str


@dataclass(frozen=True)
class TrailFiltered:
    """The filter was applied: `matching` of `total` records, read them again from row 0."""

    wanted: RecordFilter
    matching: int
    total: int


@dataclass(frozen=True)
class FilterProgress:
    """A filter is being applied to a large trail: `done` of `total` bytes."""

    done: int
    total: int


@dataclass(frozen=True)
class TrailExtended:
    """The open trail grew: `added` rows that match stand on top of what was shown before.

    Row numbers of older rows shift down by `added`; their positions stay.
    """

    added: int
    matching: int
    total: int


@dataclass(frozen=True)
class RowsChecked:
    """Long lines that showed verdict None have been judged; read rows and detail again."""

    positions: tuple[int, ...]


@dataclass(frozen=True)
class RelatedFound:
    """All records of the same job or instance as the one at `position`, oldest first."""

    position: int
    rows: tuple[TrailRow, ...]


@dataclass(frozen=True)
class VerifyProgress:
    """The verification has judged `done` of `total` bytes."""

    done: int
    total: int


@dataclass(frozen=True)
class VerifyDone:
    """The verification came to its end; `report.first_bad.index` is a position to go to."""

    report: TrailReport


@dataclass(frozen=True)
class VerifyCancelled:
    """The verification was stopped; nothing is known of the rest."""


@dataclass(frozen=True)
class TrailExported:
    """The records of the view were written to `path`."""

    path: Path
    records: int


@dataclass(frozen=True)
class ExportProgress:
    """An export is under way: `done` of `total` steps."""

    done: int
    total: int


@dataclass(frozen=True)
class ExportCancelled:
    """The export was stopped; nothing was written."""


@dataclass(frozen=True)
class TrailClosed:
    """No trail is open any more."""


@dataclass(frozen=True)
class AuditFailed:
    """What was asked could not be done; `message` says why and what to do."""

    message: str


@dataclass(frozen=True)
class IndexProgress:
    """The index over the open trail has read `done` of `total` bytes."""

    done: int
    total: int


@dataclass(frozen=True)
class IndexEnded:
    """The index is `ready`, was `stopped` by a person, or there is `none`: no place, a broken file."""

    state: Literal["ready", "stopped", "none"]


@dataclass(frozen=True)
class HistogramReady:
    """When the records of the view were written; None while no index can tell."""

    histogram: Histogram | None


@dataclass(frozen=True)
class RecordProved:
    """The proof of the record at `position` in the tree of `size` records: a C2SP tlog-proof."""

    position: int
    size: int
    text: bytes


@dataclass(frozen=True)
class ProofSaved:
    """The proof of the record at `position` was written to `path`."""

    path: Path
    position: int


@dataclass(frozen=True)
class ExportFailed(AuditFailed):
    """The export could not be made; nothing was written."""


AuditEvent = (
    TrailOpening
    | TrailOpened
    | TrailFiltered
    | FilterProgress
    | TrailExtended
    | RowsChecked
    | RelatedFound
    | VerifyProgress
    | VerifyDone
    | VerifyCancelled
    | TrailExported
    | ExportProgress
    | ExportCancelled
    | ExportFailed
    | TrailClosed
    | IndexProgress
    | IndexEnded
    | HistogramReady
    | RecordProved
    | ProofSaved
    | AuditFailed
)
AuditListener = Callable[[AuditEvent], None]


class AuditHub:
    """Calls every listener with every audit event, in order; listeners must not block."""

    def __init__(self) -> None:
        self._listeners: list[AuditListener] = []

    def listen(self, listener: AuditListener) -> Callable[[], None]:
        """Add `listener`; the returned function takes it out again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: AuditEvent) -> None:
        """Hand `event` to every listener."""
        for listener in tuple(self._listeners):
            listener(event)


class AuditDesk(Protocol):
    """One trail at a time, read-only; all methods are called on the loop's (GUI) thread."""

    @property
    def hub(self) -> AuditHub: ...

    @property
    def path(self) -> Path | None:
        """The trail that is open or opening, None where none is."""

    @property
    def own(self) -> bool:
        """True while this installation's own trail is open."""

    @property
    def matching(self) -> int:
        """How many rows `rows` has now: the records that pass the filter."""

    @property
    def wanted(self) -> RecordFilter:
        """The filter that `rows` obeys now."""

    def open(self, path: Path | None) -> None:
        """Open a folder, data folder or file; None is our own trail.

        Answered by `TrailOpening`, then `TrailOpened`; or by `AuditFailed`, and what was open
        stays open. Our own trail may be empty: it then has 0 records.
        """

    def close(self) -> None:
        """Close what is open; answered by `TrailClosed`."""

    def set_filter(self, wanted: RecordFilter) -> None:
        """Show only what passes `wanted`; the last one asked wins; answered by `TrailFiltered`."""

    def rows(self, offset: int, limit: int) -> list[TrailRow]:
        """Rows `offset` to `offset + limit` of the filtered view, newest first."""

    def row_of(self, position: int) -> int | None:
        """The row that shows the record at `position`, None where the filter hides it."""

    def detail(self, position: int) -> RecordDetail | None:
        """One record in full, None where the trail no longer has it."""

    def related(self, position: int) -> None:
        """Find all records of the same job or instance; answered by `RelatedFound`."""

    def event_types(self) -> tuple[str, ...]:
        """What the type filter offers: our own types, and others met so far in the open trail."""

    def verify(self) -> None:
        """Judge every line and the whole; answered by `VerifyProgress`…, then `VerifyDone`."""

    def cancel_verify(self) -> None:
        """Stop a running verification; answered by `VerifyCancelled`."""

    def index(self) -> None:
        """Index the open trail from where its index ends (done by itself once it is opened).

        Answered by `IndexProgress`…, then `IndexEnded`. Filters answer the same without one.
        """

    def pause_index(self, paused: bool) -> None:  # noqa: FBT001 - a switch
        """Hold the indexing, or let it go on."""

    def cancel_index(self) -> None:
        """Stop the indexing; answered by `IndexEnded`."""

    def histogram(self) -> None:
        """Count the records of the view by time; answered by `HistogramReady`."""

    def prove(self, position: int) -> None:
        """Make the proof that a record is sealed; answered by `RecordProved` or `AuditFailed`."""

    def save_proof(self, path: Path, position: int, text: bytes) -> None:
        """Write the proof of a record to a file; answered by `ProofSaved` or `AuditFailed`."""

    def export(self, path: Path, kind: str, *, disclose: bool = False) -> None:
        """Write the filtered view, oldest first; `kind` is 'csv', 'jsonl', 'pdf' or 'zip'.

        With `disclose` an evidence bundle (zip) of our own trail holds customers' values too.
        Answered by `ExportProgress`…, then `TrailExported`, `ExportCancelled` or `ExportFailed`, and
        by `AuditFailed` while another export is under way; the file is complete or not there.
        """

    def cancel_export(self) -> None:
        """Stop the export that is under way; answered by `ExportCancelled`."""
