"""The guided scenario: a supervisor's and an auditor's first ten minutes, driven and pictured.

It goes through the real window by the names that outsiders use (interfaces.md, *Black-box
handles*), types with the keyboard, and leaves numbered pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QLineEdit,
    QProgressBar,
    QSpinBox,
    QTableView,
    QWidget,
)

from console.config import make_private_dir
from console.domain.errors import EnvironmentProblem
from console.domain.job import JobState
from console.services.commands import TriggerRequest
from console.services.ports import JobFilter
from console.ui.operate import OperatePage
from console.ui.theme import apply_theme

if TYPE_CHECKING:
    from console.app.gui import Gui

TUTORIAL: Final = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
STEP_S: Final = 0.05
PATIENCE_S: Final = 45.0
METADATA: Final = (("sourceSystem", "erp_sync_module"), ("batchId", "BATCH-001"))
REASON: Final = "Customer asked twice, ticket 4711"
STOP_REASON: Final = "Wrong customer list was loaded"
CALLBACK: Final = "wf_callback"
LATER: Final = timedelta(hours=2)
W = TypeVar("W", bound=QWidget)


class Tour:
    """Drives one window; `folder` gets 01-….png and so on."""

    def __init__(self, folder: Path) -> None:
        make_private_dir(folder)
        self._folder = folder
        self._number = 0

    async def drive(self, gui: Gui) -> None:
        """Go through the whole scenario; EnvironmentProblem names the step that did not come."""
        self._gui = gui
        self._window = gui.window
        gui.window.resize(1440, 900)
        # No mouse takes part: where it happens to stand nothing shall look touched.
        QCursor.setPos(gui.window.mapToGlobal(QPoint(1, 1)))
        await self._until(lambda: bool(self._rows("Running instances")), "instances to appear")
        await self._picture("operate")
        await self._fill_in()
        await self._review_and_trigger()
        await self._stop_and_resume()
        await self._watch_it_end()
        await self._audit()
        await self._page("metrics", "metrics")
        await self._page("settings", "settings")
        apply_theme(gui.app, "dark")
        await self._page("operate", "operate-dark")
        await self._page("audit", "audit-dark")
        apply_theme(gui.app, "light")

    async def _fill_in(self) -> None:
        operate = self._window.page_widget("operate")
        assert isinstance(operate, OperatePage)
        operate.trigger.choose_workflow(TUTORIAL)
        await self._pause(0.3)
        self._type("Customer id", "CUST-99887")
        self._type("Priority score", "850")
        self._press("Requires callback: Yes")
        self._choose("Channel", "voice")
        self._type("Queue", "sales")
        self._set_priority(2)
        for number, (name, text) in enumerate(METADATA, start=1):
            self._press("Add metadata")
            await self._pause(0.1)
            self._type(f"Metadata {number}: name", name)
            self._type(f"Metadata {number}: text", text)
        self._type("Reason", REASON)
        await self._pause(0.4)
        await self._picture("form-with-an-error")
        self._type("Priority score", "85")
        await self._pause(0.4)

    async def _review_and_trigger(self) -> None:
        self._press("Review and trigger")
        dialog = await self._dialog()
        await self._picture("review", dialog)
        self._press("Trigger now", dialog)
        await self._until(self._accepted, "the job to be accepted")
        self._trigger_more()
        await self._until(lambda: self._accepted(4), "more jobs to be accepted")
        await self._pause(4.0)
        await self._picture("triggered")

    def _trigger_more(self) -> None:
        for workflow in self._gui.bridge.workflows()[:5]:
            self._submit(workflow.workflow_id)

    async def _stop_and_resume(self) -> None:
        """What waits says why: one job for a stopped line, one for its time."""
        self._press("Stop the line")
        dialog = await self._dialog()
        self._type("Reason", STOP_REASON, dialog)
        self._press("Stop the line", dialog)
        await self._until(self._stopped, "the line to stop")
        accepted = self._count(JobState.ACCEPTED)
        self._submit(CALLBACK)
        self._submit(CALLBACK, self._gui.bridge.now() + LATER)
        await self._until(lambda: self._count(JobState.QUEUED) >= 2, "two jobs to wait")
        await self._pause(0.5)
        self._table("Queue").selectRow(1)
        await self._picture("line-stopped")
        self._table("Queue").clearSelection()
        self._press("Resume sending")
        await self._until(lambda: self._accepted(accepted + 1), "the job to be sent after all")

    def _stopped(self) -> bool:
        lane = self._gui.bridge.lane()
        return lane is not None and lane.pause is not None

    def _submit(self, workflow_id: str, at: datetime | None = None) -> None:
        for workflow in self._gui.bridge.workflows():
            example = _example(workflow.schema)
            if workflow.workflow_id == workflow_id and isinstance(example, dict):
                request = TriggerRequest("", workflow_id, example, reason=REASON, at=at)
                self._gui.bridge.submit(request)

    async def _watch_it_end(self) -> None:
        await self._until(self._completed, "the instance to complete")
        await self._pause(0.5)
        await self._picture("completed")

    async def _audit(self) -> None:
        self._window.show_page("audit")
        await self._until(lambda: bool(self._rows("Audit records")), "the trail to open")
        self._press("Verify")
        await self._pause(1.0)
        self._table("Audit records").selectRow(2)
        await self._pause(0.6)
        await self._until(self._judged, "the trail to be judged")
        await self._picture("audit")

    async def _page(self, key: str, name: str) -> None:
        self._window.show_page(key)
        await self._pause(1.2)
        await self._until(self._judged, "the trail to be judged")
        await self._picture(name)

    # -- seeing -------------------------------------------------------------------------------

    async def _picture(self, name: str, widget: QWidget | None = None) -> None:
        await self._pause(0.15)
        self._number += 1
        path = self._folder / f"{self._number:02d}-{name}.png"
        if not (widget or self._window).grab().save(str(path)):
            raise EnvironmentProblem(f"The picture {path} cannot be written.")

    def _table(self, name: str) -> QTableView:
        return self._find(QTableView, name)

    def _rows(self, name: str) -> int:
        tables = [t for t in self._window.findChildren(QTableView) if t.accessibleName() == name]
        model = tables[0].model() if tables else None
        return 0 if model is None else model.rowCount()

    def _judged(self) -> bool:
        bar = self._window.findChild(QProgressBar, "audit_verify_progress")
        return bar is None or not bar.isVisible()

    def _accepted(self, count: int = 1) -> bool:
        return self._count(JobState.ACCEPTED) >= count

    def _count(self, state: JobState) -> int:
        return self._gui.folder.ledger.count_jobs(JobFilter(states=frozenset({state})))

    def _completed(self) -> bool:
        jobs = self._gui.folder.ledger.jobs(JobFilter(workflow_id=TUTORIAL))
        return bool(jobs) and jobs[0].completed_at is not None

    async def _dialog(self) -> QDialog:
        def shown() -> list[QDialog]:
            return [d for d in self._window.findChildren(QDialog) if d.isVisible()]

        await self._until(lambda: bool(shown()), "the review to open")
        return shown()[0]

    # -- doing --------------------------------------------------------------------------------

    def _type(self, name: str, text: str, inside: QWidget | None = None) -> None:
        field = self._find(QLineEdit, name, inside)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Tab)

    def _set_priority(self, priority: int) -> None:
        box = self._find(QSpinBox, "Priority")
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, str(priority))
        QTest.keyClick(box, Qt.Key.Key_Tab)

    def _choose(self, name: str, text: str) -> None:
        box = self._find(QComboBox, name)
        box.setFocus()
        QTest.keyClicks(box, text)

    def _press(self, name: str, inside: QWidget | None = None) -> None:
        button = self._find(QAbstractButton, name, inside)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def _find(self, kind: type[W], name: str, inside: QWidget | None = None) -> W:
        for widget in (inside or self._window).findChildren(kind):
            if widget.isVisible() and widget.accessibleName() == name:
                return widget
        raise EnvironmentProblem(f"The tour found no {kind.__name__} named {name!r}.")

    async def _pause(self, seconds: float) -> None:
        await self._gui.folder.clock.sleep(seconds)

    async def _until(self, come: Callable[[], bool], what: str) -> None:
        end = self._gui.folder.clock.monotonic() + PATIENCE_S
        while not come():
            if self._gui.folder.clock.monotonic() > end:
                raise EnvironmentProblem(f"The tour waited {PATIENCE_S:.0f} s for {what}.")
            await self._pause(STEP_S)


def _example(schema: object) -> object:
    """The schema's own example or default, built from its required parts."""
    if not isinstance(schema, dict):
        return None
    if "default" in schema:
        return schema["default"]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("type") == "object":
        parts = schema.get("properties", {})
        return {name: _example(parts.get(name, {})) for name in schema.get("required", ())}
    plain: dict[object, object] = {"string": "text", "integer": 1, "boolean": True, "array": []}
    return plain.get(schema.get("type"))
