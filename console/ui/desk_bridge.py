"""The audit panel's only door: the audit desk's methods passed on, its events as Qt signals."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from console.domain.audit_view import RecordDetail, RecordFilter, TrailRow
from console.services import audit_desk as events
from console.services.audit_desk import AuditDesk


class DeskBridge(QObject):
    """Wraps an `AuditDesk` for widgets; every event of its hub becomes one signal."""

    opening = Signal(object)  # TrailOpening
    opened = Signal(object)  # TrailOpened
    filtered = Signal(object)  # TrailFiltered
    filter_progress = Signal(object)  # FilterProgress
    extended = Signal(object)  # TrailExtended
    rows_checked = Signal(object)  # RowsChecked
    related_found = Signal(object)  # RelatedFound
    verify_progress = Signal(object)  # VerifyProgress
    verify_done = Signal(object)  # TrailReport
    verify_cancelled = Signal()
    exported = Signal(object)  # TrailExported
    export_progress = Signal(object)  # ExportProgress
    export_cancelled = Signal()
    export_failed = Signal(str)
    closed = Signal()
    index_progress = Signal(object)  # IndexProgress
    index_ended = Signal(str)
    counted = Signal(object)  # Histogram | None
    proved = Signal(object)  # RecordProved
    saved = Signal(object)  # ProofSaved
    failed = Signal(str)

    def __init__(self, desk: AuditDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._leave = desk.hub.listen(self._hear)

    @property
    def path(self) -> Path | None:
        """The trail that is open or opening."""
        return self._desk.path

    @property
    def own(self) -> bool:
        """True while this installation's own trail is open."""
        return self._desk.own

    @property
    def matching(self) -> int:
        """How many rows `rows` has now."""
        return self._desk.matching

    @property
    def wanted(self) -> RecordFilter:
        """The filter that `rows` obeys now."""
        return self._desk.wanted

    def open(self, path: Path | None) -> None:
        """Open a folder or file, None for our own trail; answered by `opened` or `failed`."""
        self._desk.open(path)

    def set_filter(self, wanted: RecordFilter) -> None:
        """Show only what passes; answered by `filtered`."""
        self._desk.set_filter(wanted)

    def rows(self, offset: int, limit: int) -> list[TrailRow]:
        """One page of rows, newest first."""
        return self._desk.rows(offset, limit)

    def row_of(self, position: int) -> int | None:
        """The row of a record, None where the filter hides it."""
        return self._desk.row_of(position)

    def detail(self, position: int) -> RecordDetail | None:
        """One record in full."""
        return self._desk.detail(position)

    def related(self, position: int) -> None:
        """Find the records of the same job or instance; answered by `related_found`."""
        self._desk.related(position)

    def event_types(self) -> tuple[str, ...]:
        """What the type filter offers."""
        return self._desk.event_types()

    def verify(self) -> None:
        """Judge the whole trail; answered by `verify_progress`, then `verify_done`."""
        self._desk.verify()

    def cancel_verify(self) -> None:
        """Stop judging; answered by `verify_cancelled`."""
        self._desk.cancel_verify()

    def index(self) -> None:
        """Index the trail; answered by `index_progress`, then `index_ended`."""
        self._desk.index()

    def pause_index(self, paused: bool) -> None:  # noqa: FBT001 - a switch
        """Hold the indexing, or let it go on."""
        self._desk.pause_index(paused)

    def cancel_index(self) -> None:
        """Stop the indexing; answered by `index_ended`."""
        self._desk.cancel_index()

    def histogram(self) -> None:
        """Count the view by time; answered by `counted`."""
        self._desk.histogram()

    def prove(self, position: int) -> None:
        """Prove a record; answered by `proved` or `failed`."""
        self._desk.prove(position)

    def save_proof(self, path: str, position: int, text: bytes) -> None:
        """Write a proof to a file; answered by `saved` or `failed`."""
        self._desk.save_proof(Path(path), position, text)

    def export(self, path: Path, kind: str, disclose: bool = False) -> None:  # noqa: FBT001, FBT002 - a slot
        """Write the view as 'csv', 'jsonl', 'pdf' or 'zip'; see `AuditDesk.export`."""
        self._desk.export(path, kind, disclose=disclose)

    def cancel_export(self) -> None:
        """Stop the export; answered by `export_cancelled`."""
        self._desk.cancel_export()

    def leave(self) -> None:
        """Listen no longer."""
        self._leave()

    def _hear(self, event: events.AuditEvent) -> None:  # noqa: C901, PLR0912 - one line an event
        match event:
            case events.TrailOpening():
                self.opening.emit(event)
            case events.TrailOpened():
                self.opened.emit(event)
            case events.TrailFiltered():
                self.filtered.emit(event)
            case events.FilterProgress():
                self.filter_progress.emit(event)
            case events.TrailExtended():
                self.extended.emit(event)
            case events.RowsChecked():
                self.rows_checked.emit(event)
            case events.RelatedFound():
                self.related_found.emit(event)
            case events.VerifyProgress():
                self.verify_progress.emit(event)
            case events.VerifyDone(report=report):
                self.verify_done.emit(report)
            case events.VerifyCancelled():
                self.verify_cancelled.emit()
            case events.TrailExported():
                self.exported.emit(event)
            case events.ExportProgress():
                self.export_progress.emit(event)
            case events.ExportCancelled():
                self.export_cancelled.emit()
            case events.ExportFailed(message=message):
                self.export_failed.emit(message)
            case events.TrailClosed():
                self.closed.emit()
            case events.IndexProgress():
                self.index_progress.emit(event)
            case events.IndexEnded(state=state):
                self.index_ended.emit(state)
            case events.HistogramReady(histogram=histogram):
                self.counted.emit(histogram)
            case events.RecordProved():
                self.proved.emit(event)
            case events.ProofSaved():
                self.saved.emit(event)
            case events.AuditFailed(message=message):
                self.failed.emit(message)
