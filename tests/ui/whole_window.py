"""The window with every page and every question it can ask, on fakes: for what all of it promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from console.domain.job import JobState, TriggerJob
from console.domain.lane import Lane, Pause
from console.domain.values import Json
from console.services.events import JobsWaited, Notice
from console.ui.bridge import Bridge
from console.ui.desk_bridge import DeskBridge
from console.ui.dialogs.checkpoint_actions import SealActions
from console.ui.dialogs.connect import ConnectDialog
from console.ui.main_window import MainWindow
from console.ui.operate import OperatePage
from console.ui.panels.audit_panel import AuditPanel
from console.ui.panels.instances_panel import InstancesPanel
from console.ui.panels.metrics_panel import MetricsPanel
from console.ui.panels.queue_panel import QueuePanel
from console.ui.panels.settings_panel import SettingsPanel
from console.ui.panels.trigger_panel import TriggerPanel
from console.ui.widgets.banner import Banner
from console.ui.widgets.rail import Rail
from console.ui.widgets.top_bar import TopBar
from tests.ui.audit_samples import edited, records
from tests.ui.fake_commands import NOON, FakeCommands
from tests.ui.fake_desk import OWN, FakeDesk
from tests.ui.fake_profiles import FakeProfiles, profile
from tests.ui.fake_seal import FakeSeal
from tests.ui.form_hands import TUTORIAL, TUTORIAL_ID

PAGES: Final = ("operate", "audit", "metrics", "settings")
QUESTIONS: Final = (
    *("review", "stop_line", "cancel_job", "send_again", "decide", "approval", "waited"),
    *("palette", "connect", "checkpoint", "new_key"),
)
SCENES: Final = (
    *("operate", "operate_opened", "operate_ended", "form_json", "form_rows", "form_free"),
    *("audit", "audit_record", "audit_filtered", "audit_damaged", "metrics", "settings", "start"),
)
INTERACTIVE: Final = (
    *(QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox),
    *(QLineEdit, QPlainTextEdit, QTextEdit),
)
# Made and moved by Qt inside the widgets that are named: bars that scroll, lists that pop up.
QT_OWN: Final = ("QScrollBar", "QComboBoxListView", "QTableCornerButton", "QHeaderView")


PANELS: Final = (
    *(AuditPanel, Banner, InstancesPanel, MetricsPanel, QDialog, QueuePanel, Rail),
    *(SettingsPanel, TopBar, TriggerPanel),
)


class WholeWindow(MainWindow):
    """A shown window over `commands`; `page(key)` goes to a page, `asks` opens each question."""

    def __init__(self, bridge: Bridge, commands: FakeCommands) -> None:
        self._desk = FakeDesk({OWN: records(40)})
        self._profiles = FakeProfiles(
            profile(), profile("demo", environment="demo", api_url="http://127.0.0.1:8765")
        )
        super().__init__(
            bridge,
            {
                "audit": self._audit,
                "metrics": lambda: MetricsPanel(bridge),
                "settings": lambda: SettingsPanel(bridge, self._profiles),
            },
        )
        self._commands = commands
        self.use_seal(SealActions(FakeSeal(), self))

    def _audit(self) -> QWidget:
        panel = AuditPanel(DeskBridge(self._desk, self), self._bridge)
        assert self.seal is not None
        panel.card.add_tool(self.seal.menu_for(panel.card.header).made)
        return panel

    @property
    def operate(self) -> OperatePage:
        found = self.page_widget("operate")
        assert isinstance(found, OperatePage)
        return found

    @property
    def form(self) -> TriggerPanel:
        found = self.operate.trigger
        assert isinstance(found, TriggerPanel)
        return found

    def show_place(self, place: str) -> QWidget:
        """Bring the window into one of SCENES, or open one of QUESTIONS; return what is used then."""
        if place in QUESTIONS:
            return self.ask(place)
        getattr(self, f"_scene_{place}")()
        return self

    def _press(self, *names: str) -> None:
        for name in names:
            (found,) = [b for b in self.findChildren(QAbstractButton, name) if b.isVisible()]
            found.click()

    def _scene_operate(self) -> None:
        self.show_page("operate")
        self.form.choose_workflow(TUTORIAL_ID)

    def _scene_operate_opened(self) -> None:
        self._scene_operate()
        self._press("instances_filter", "queue_history", "metadata_add", "metadata_add")
        self._press("send_time")
        self.operate.instances.view.selectRow(0)
        self.operate.queue.view.selectRow(0)
        self._commands.set_lane(Lane("demo", pause=Pause("", "op-north", NOON)))

    def _scene_operate_ended(self) -> None:
        self._scene_operate()
        for place in range(2):
            self._commands.tell(Notice("warning", f"Something {place} happened.", f"code-{place}"))
        self.form.fields.form.set_value({"priorityScore": 850})
        self._press("review_and_trigger")

    def _scene_form_json(self) -> None:
        self._scene_operate()
        self._press("form_mode_json")

    def _scene_form_rows(self) -> None:
        self.show_page("operate")
        self.form.choose_workflow("wf_queue_overflow")
        rows: list[Json] = [{"queue": "a", "sharePercent": 1}, {"queue": "b", "sharePercent": 2}]
        self.form.fields.form.set_value({"targets": rows, "channels": ["voice"]})

    def _scene_form_free(self) -> None:
        self.show_page("operate")
        self.form.choose_workflow("wf_without_definition")
        self._press("variable_add", "variable_add")

    def _scene_audit(self) -> None:
        self.show_page("audit")

    def _scene_audit_record(self) -> None:
        self.show_page("audit")
        page = self.page_widget("audit")
        assert isinstance(page, AuditPanel)
        page.go_to(3)
        self.resize(1440, 560)

    def _scene_audit_filtered(self) -> None:
        self.show_page("audit")
        page = self.page_widget("audit")
        assert isinstance(page, AuditPanel)
        page.filters.text.setText("op")
        page.filters.times.setCurrentIndex(page.filters.times.count() - 1)
        page.filters.narrow("operator", "op-north")
        page.filters.narrow("job_id", "job-1")

    def _scene_audit_damaged(self) -> None:
        self._desk.trails[OWN][3] = edited(self._desk.trails[OWN][3])
        self.show_page("audit")

    def _scene_metrics(self) -> None:
        self.show_page("metrics")

    def _scene_settings(self) -> None:
        self.show_page("settings")

    def _scene_start(self) -> None:
        self._bridge.set_commands(None)

    def questions(self) -> dict[str, Callable[[], None]]:
        """What opens each question, by the question's object name."""
        ask, new = self.operate.queue.questions, self._commands.new_job

        def ended(state: JobState) -> TriggerJob:
            sending = self._commands.move(new(), JobState.SENDING)
            return self._commands.move(sending, state, reason="Cut after sending")

        def asked_for() -> TriggerJob:
            return self._commands.put(
                replace(new("wf_refund"), operator="op-south", approval_required=True)
            )

        return {
            "review": self._review,
            "stop_line": ask.stop_line,
            "cancel_job": lambda: ask.cancel([new()]),
            "send_again": lambda: ask.retry([ended(JobState.FAILED)]),
            "decide": lambda: ask.decide(ended(JobState.REVIEW)),
            "approval": lambda: ask.judge([asked_for()], approve=True),
            "waited": lambda: self._commands.tell(JobsWaited(2, 3600)),
            "palette": self.open_palette,
            "checkpoint": SealActions(FakeSeal(), self).show_checkpoint,
            "new_key": SealActions(FakeSeal(), self).ask_new_key,
            "connect": lambda: ConnectDialog(self._profiles, parent=self).open(),
        }

    def ask(self, question: str) -> QDialog:
        """Open a question and return it."""
        self.questions()[question]()
        (found,) = [d for d in self.findChildren(QDialog, question) if d.isVisible()]
        return found

    def _review(self) -> None:
        self.form.choose_workflow(TUTORIAL_ID)
        self.form.fields.form.set_value(cast("Json", TUTORIAL))
        self.form.review()


def controls(root: QWidget) -> list[QWidget]:
    """Everything below `root` that shows and that a person can do something with, in Qt's order."""
    return [
        found
        for found in root.findChildren(QWidget)
        if isinstance(found, INTERACTIVE) and found.isVisible() and not _of_qt(found)
    ]


def name_of(control: QWidget) -> str:
    """What a screen reader calls it."""
    told = QAccessible.queryAccessibleInterface(control)
    return told.text(QAccessible.Text.Name)


def panel_of(control: QWidget) -> str:
    """The object name of the panel, bar or question that it stands in."""
    above: QWidget | None = control
    while above is not None and not isinstance(above, PANELS):
        above = above.parentWidget()
    return "" if above is None else above.objectName()


def _of_qt(control: QWidget) -> bool:
    kind = control.metaObject().className()
    inside = isinstance(control.parentWidget(), QAbstractSpinBox)
    return kind in QT_OWN or inside or control.objectName().startswith("qt_")
