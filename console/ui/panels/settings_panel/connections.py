"""The connections of this data folder: add, edit, test, use and remove."""

from __future__ import annotations

import uuid
from typing import Final

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTableView, QVBoxLayout, QWidget

from console.services.profile_desk import (
    ProfileEvent,
    ProfileOpened,
    ProfileRefused,
    ProfileSaved,
    ProfilesChanged,
    ProfilesDesk,
    ProfileTested,
)
from console.ui.bridge import Bridge
from console.ui.dialogs.connect import ConnectDialog
from console.ui.dialogs.steps import StepsView
from console.ui.models.profiles import ProfilesModel
from console.ui.theme import ROW_PX, SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.badge import BadgeDelegate
from console.ui.widgets.banner import Banner
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Card
from console.ui.widgets.dialog import Question
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.table_view import TableView

WIDTHS: Final = (150, 92, 120, 100, 200, 150, 110)
_ROWS_LEAST, _ROWS_MOST = 3, 8


class Connections(Card):
    """Every profile with its environment; the buttons act on the chosen one."""

    def __init__(self, bridge: Bridge, desk: ProfilesDesk, parent: QWidget | None = None) -> None:
        super().__init__("Connections", "each one is one CXone account", parent)
        self.setObjectName("connections")
        self._desk = desk
        self._testing = ""
        self.add_button = button("Add connection", name="connections_add", icon="plus")
        self.add_button.clicked.connect(self.ask_new)
        self.add_tool(self.add_button)
        self.failure = Banner("error")
        self.failure.hide()
        self.add(self.failure)
        self.model = ProfilesModel(self)
        self.table = TableView("connections_table", "Connections")
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setModel(self.model)
        for column in (1, 2, 3):
            self.table.setItemDelegateForColumn(column, BadgeDelegate(self.table))
        self.table.set_columns(WIDTHS)
        self.table.remember(bridge.settings())
        self.empty = EmptyState(
            "connect",
            "No connection yet",
            "Add the CXone account that this console triggers workflows with.",
            "Add connection",
        )
        self.empty.action.setObjectName("connections_empty_add")
        self.empty.acted.connect(self.ask_new)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.add(self._stack)
        self.add(self._make_actions())
        self.table.opened.connect(lambda _index: self.edit())
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        leave = desk.listen(self._hear)
        self.destroyed.connect(leave)
        self.read()

    def _make_actions(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_L - 2, SPACE_M, SPACE_L - 2, SPACE_M)
        column.setSpacing(SPACE_M)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        self.use_button = button("Use", name="connections_use", accessible="Use this connection")
        self.test_button = button("Test", name="connections_test", icon="connect")
        self.edit_button = button(
            "Edit\N{HORIZONTAL ELLIPSIS}", name="connections_edit", icon="edit"
        )
        self.remove_button = button(
            "Remove\N{HORIZONTAL ELLIPSIS}", "danger", name="connections_remove", icon="trash"
        )
        self.use_button.clicked.connect(self.use)
        self.test_button.clicked.connect(self.test)
        self.edit_button.clicked.connect(self.edit)
        self.remove_button.clicked.connect(self.ask_remove)
        for part in (self.use_button, self.test_button, self.edit_button):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.remove_button)
        column.addLayout(row)
        self.steps = StepsView("connections_steps")
        column.addWidget(self.steps)
        self._actions = box
        return box

    # --- what a person does ---------------------------------------------------------------------
    def read(self) -> None:
        """Show the profiles as they are now; the chosen one stays chosen."""
        before = self.model.profile(self.table.currentIndex().row())
        profiles = self._desk.list()
        self.model.show(profiles, self._desk.open_profile())
        row = None if before is None else self.model.row_of(before.name)
        if row is None and profiles:
            row = self.model.row_of(self._desk.open_profile()) or 0
        if row is not None:
            self.table.selectRow(row)
        there = bool(profiles)
        self._stack.setCurrentIndex(0 if there else 1)
        self._actions.setVisible(there)
        self.add_button.setVisible(there)
        head = self.table.horizontalHeader().sizeHint().height()
        rows = min(max(len(profiles), _ROWS_LEAST), _ROWS_MOST) if there else 5
        self._stack.setFixedHeight(head + rows * ROW_PX + 2)
        self._chosen()

    def ask_new(self) -> None:
        """Open the dialog for another connection."""
        dialog = ConnectDialog(
            self._desk, open_when_saved=self.model.rowCount() == 0, parent=self.window()
        )
        dialog.open()

    def edit(self) -> None:
        """Open the dialog for the chosen connection."""
        profile = self.model.profile(self.table.currentIndex().row())
        if profile is not None:
            ConnectDialog(self._desk, profile, parent=self.window()).open()

    def test(self) -> None:
        """Sign in with the chosen connection and show each step."""
        profile = self.model.profile(self.table.currentIndex().row())
        if profile is None:
            return
        self.failure.hide()
        self._testing = uuid.uuid4().hex
        self.test_button.setEnabled(False)
        self.steps.begin(profile.name)
        self._desk.test(self._testing, profile.name)

    def use(self) -> None:
        """Work on the chosen connection from now on."""
        profile = self.model.profile(self.table.currentIndex().row())
        if profile is not None:
            self.failure.hide()
            self._desk.open(profile.name)

    def ask_remove(self) -> None:
        """Ask before the chosen connection is forgotten."""
        profile = self.model.profile(self.table.currentIndex().row())
        if profile is None:
            return
        name = profile.name
        question = Question(
            f"Remove the connection {name}?",
            "Its secret is deleted from the keyring. Jobs and records stay; jobs that are still"
            " queued for it cannot be sent.",
            "Remove",
            name="connections_removal",
            role="danger",
            parent=self.window(),
        )
        question.accepted.connect(lambda: self._desk.remove(name))
        question.open()

    # --- what the desk tells --------------------------------------------------------------------
    def _hear(self, event: ProfileEvent) -> None:
        match event:
            case ProfilesChanged() | ProfileSaved() | ProfileOpened():
                self.read()
            case ProfileTested(request=request) if request and request == self._testing:
                self._tested(event)
            case ProfileRefused(request=request) if request and request == self._testing:
                self._test_ended()
                self.steps.hide()
                self._say(event.message)
            case ProfileRefused(request=""):
                self._say(event.message)

    def _tested(self, event: ProfileTested) -> None:
        if not event.done:
            self.steps.show_steps(event.steps, f"Testing {event.name}\N{HORIZONTAL ELLIPSIS}")
            return
        self._test_ended()
        told = f"{event.name} answers." if event.passed else f"{event.name} does not work now."
        self.steps.show_steps(event.steps, told, failed=not event.passed)

    def _test_ended(self) -> None:
        self._testing = ""
        self._chosen()

    def _say(self, message: str) -> None:
        self.failure.say("error", message)
        self.failure.show()

    def _chosen(
        self, current: QModelIndex | None = None, _before: QModelIndex | None = None
    ) -> None:
        row = (current or self.table.currentIndex()).row()
        profile = self.model.profile(row)
        there = profile is not None
        self.edit_button.setEnabled(there)
        self.remove_button.setEnabled(there)
        self.test_button.setEnabled(there and not self._testing)
        self.use_button.setEnabled(profile is not None and not self.model.in_use(profile.name))
