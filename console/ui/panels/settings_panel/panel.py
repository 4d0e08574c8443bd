"""The settings panel: connections, the window's look and pace, and what this program is."""

from __future__ import annotations

import dataclasses
from typing import Final, cast

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from console.domain.text import visible
from console.services.profile_desk import (
    ProfileEvent,
    ProfileOpened,
    ProfileRefused,
    ProfilesDesk,
)
from console.ui.bridge import Bridge
from console.ui.panels.settings_panel.connections import Connections
from console.ui.panels.settings_panel.workflows import Workflows
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S, Scheme, apply_theme
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Card
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.text import label

PACES: Final = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)
_KEPT: Final = "preferences"
_WIDTH: Final = 980


class SettingsPanel(QWidget):
    """`pace_changed` tells the new seconds between two readings, `said` a word for the status."""

    pace_changed = Signal(float)
    said = Signal(str)

    def __init__(
        self, bridge: Bridge, profiles: ProfilesDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("settings_panel")
        self.setAccessibleName("Settings")
        self._bridge = bridge
        self._desk = profiles
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setObjectName("settings_page")
        area.setAccessibleName("Settings")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(area)
        page = QWidget()
        page.setProperty("role", "clear")
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        column.setSpacing(SPACE_M)
        self.connections = Connections(bridge, profiles)
        self.workflows = self._make_workflows()
        shown = (self.connections, self.workflows, self._make_working(), self._make_window())
        parts = [part for part in (*shown, self._make_about()) if part is not None]
        for part in parts:
            part.setMaximumWidth(_WIDTH)
            column.addWidget(part)
        column.addStretch(1)
        area.setWidget(page)
        self.setFocusProxy(self.connections.table)
        leave = profiles.listen(self._hear)
        self.destroyed.connect(leave)
        bridge.connection_changed.connect(self.read)
        self.read()

    # --- building -------------------------------------------------------------------------------
    def _make_workflows(self) -> Workflows | None:
        desk = self._bridge.definitions
        return None if desk is None else Workflows(self._bridge, desk)

    def _make_working(self) -> Card:
        card, form = _form("Working")
        self.operator = label("", name="settings_operator")
        self.operator.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.operator_from = label("", "small", wrap=True)
        who = QVBoxLayout()
        who.setSpacing(2)
        who.addWidget(self.operator)
        who.addWidget(self.operator_from)
        form.addRow(_title("Operator"), who)
        self.pace = QComboBox()
        self.pace.setObjectName("settings_pace")
        self.pace.setAccessibleName("Read the instances")
        for seconds in PACES:
            self.pace.addItem(_every(seconds), seconds)
        self.pace.activated.connect(self._pace_chosen)
        form.addRow(_title("Read the instances", self.pace), _left(self.pace))
        return card

    def _make_window(self) -> Card:
        card, form = _form("Window")
        self.theme = Segmented(
            (("system", "As the system"), ("light", "Light"), ("dark", "Dark")),
            name="settings_theme",
            accessible="Theme",
        )
        self.theme.chosen.connect(self._theme_chosen)
        form.addRow(_title("Theme", self.theme), _left(self.theme))
        return card

    def _make_about(self) -> Card:
        card, form = _form("About")
        self.version = label("", name="settings_version")
        form.addRow(_title("Version"), self.version)
        self.folder = label("", wrap=True, name="settings_folder")
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form.addRow(_title("Data folder"), self.folder)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        opens = button("Open folder", name="settings_open_folder", icon="folder")
        opens.clicked.connect(self._open_folder)
        copies = button("Copy for support", name="settings_copy_about", icon="copy")
        copies.clicked.connect(self._copy_about)
        row.addWidget(opens)
        row.addWidget(copies)
        row.addStretch(1)
        form.addRow(label(""), row)
        return card

    # --- showing --------------------------------------------------------------------------------
    def read(self) -> None:
        """Show everything as it is now."""
        about = self._desk.about()
        self.operator.setText(visible(about.operator))
        self.operator_from.setText(
            f"{about.operator_from} Stands in every record you cause.".strip()
        )
        self.version.setText(f"CXone Operator Console {about.version}")
        self.folder.setText(visible(about.data_dir))
        kept = self._desk.preferences()
        at = self.pace.findData(kept.poll_interval_s)
        if at < 0:  # chosen in settings.toml
            self.pace.addItem(_every(kept.poll_interval_s), kept.poll_interval_s)
            at = self.pace.count() - 1
        self.pace.setCurrentIndex(at)
        self.theme.set_value(kept.theme)

    def showEvent(self, event: QShowEvent) -> None:
        # The palette may have changed it meanwhile.
        self.theme.set_value(self._desk.preferences().theme)
        super().showEvent(event)

    def _hear(self, event: ProfileEvent) -> None:
        match event:
            case ProfileOpened():
                self.read()
            case ProfileRefused(request="preferences", message=message):
                self.said.emit(message)
                self.read()

    # --- what a person does ---------------------------------------------------------------------
    def _theme_chosen(self, scheme: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, cast("Scheme", scheme))
        self._desk.keep(dataclasses.replace(self._desk.preferences(), theme=scheme))

    def _pace_chosen(self) -> None:
        seconds = float(self.pace.currentData())
        self._desk.keep(dataclasses.replace(self._desk.preferences(), poll_interval_s=seconds))
        self.pace_changed.emit(seconds)

    def _open_folder(self) -> None:
        folder = self._desk.about().data_dir
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self.said.emit(f"No program opens folders here. The data folder is {visible(folder)}")

    def _copy_about(self) -> None:
        about = self._desk.about()
        text = f"CXone Operator Console {about.version}\nData folder: {about.data_dir}"
        QGuiApplication.clipboard().setText(text)
        self.said.emit("Copied")


def _form(title: str) -> tuple[Card, QFormLayout]:
    card = Card(title)
    box = QWidget()
    form = QFormLayout(box)
    form.setContentsMargins(SPACE_L - 2, SPACE_M, SPACE_L - 2, SPACE_M)
    form.setHorizontalSpacing(SPACE_L)
    form.setVerticalSpacing(SPACE_M)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    card.add(box)
    return card, form


def _title(text: str, field: QWidget | None = None) -> QWidget:
    result = label(text, "muted")
    result.setMinimumWidth(150)
    if field is not None:
        result.setBuddy(field)
    return result


def _left(field: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(field)
    row.addStretch(1)
    return row


def _every(seconds: float) -> str:
    return "every second" if seconds == 1 else f"every {seconds:g} seconds"
