"""Connect: a new connection, or another look at one; tested before it is kept."""

from __future__ import annotations

import uuid
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from console.services.commands import ProfileView
from console.services.connection_defaults import (
    CONTRACTS,
    ENVIRONMENTS,
    REGIONS,
    default_api_url,
    default_token_url,
)
from console.services.profile_desk import (
    ProfileDraft,
    ProfileEvent,
    ProfileRefused,
    ProfileSaved,
    ProfilesDesk,
    ProfileTested,
)
from console.ui.dialogs.steps import StepsView
from console.ui.theme import SPACE_M, SPACE_XS
from console.ui.widgets.banner import Banner
from console.ui.widgets.buttons import button
from console.ui.widgets.dialog import Question
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.text import FieldLabel, label

_HINTS: Final = {
    "production": "Triggers here reach customers: sending asks twice.",
    "staging": "A tenant for trying changes out.",
    "training": "A tenant for people who learn.",
    "demo": "A simulator, or a tenant nobody minds.",
}
_AROUND: Final = 260
"""Pixels of the dialog and the desktop around the fields."""
_NEEDED: Final = {
    "name": "Give the connection a name.",
    "client_id": "Enter the client ID of the CXone application.",
    "secret": "Enter the client secret.",
    "token_url": "Name a region, or enter the token URL.",
    "api_url": "Name a region, or enter the API URL.",
}


class ConnectDialog(Question):
    """`saved` tells the name once profile and secret are kept; the secret is never shown again.

    With `open_when_saved` the window goes on to work on the new connection.
    """

    saved = Signal(str)

    def __init__(
        self,
        desk: ProfilesDesk,
        profile: ProfileView | None = None,
        *,
        open_when_saved: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Connect to CXone" if profile is None else f"Edit {profile.name}",
            "One connection is one CXone account. Its secret goes into this computer's keyring.",
            "Save",
            name="connect",
            parent=parent,
        )
        self._desk = desk
        self._profile = profile
        self._open_when_saved = open_when_saved
        self._request = ""
        self._testing = ""
        self._fields: dict[str, QWidget] = {}
        self._errors: dict[str, QLabel] = {}
        self._typed: set[str] = set()
        self.setMinimumWidth(560)
        self.failure = Banner("error", closable=False)
        self.failure.hide()
        self.body.addWidget(self.failure)
        self._area, self._page = _scrolling()
        self.body.addWidget(self._area, 1)
        self._build()
        self.steps = StepsView("connect_steps")
        self._page.addWidget(self.steps)
        self._page.addStretch(1)
        self.test_button = button("Test connection", name="connect_test", icon="connect")
        self.test_button.clicked.connect(self.test)
        row = QHBoxLayout()
        row.addWidget(self.test_button)
        row.addWidget(label("Signs in and makes one harmless read.", "small"))
        row.addStretch(1)
        self.body.addLayout(row)
        self._fill(profile)
        leave = desk.listen(self._hear)
        self.finished.connect(lambda _result: leave())
        self.name.setFocus()

    # --- building -------------------------------------------------------------------------------
    def _build(self) -> None:
        self.name = self._line("name", "main")
        self.environment = Segmented(
            [(word, word.capitalize()) for word in ENVIRONMENTS],
            name="connect_environment",
            accessible="Environment",
        )
        self.environment.chosen.connect(self._environment_chosen)
        self.environment_hint = label("", "small")
        self.contract = _combo("connect_contract", CONTRACTS, editable=False)
        self.region = _combo("connect_region", REGIONS, editable=True)
        self.region.editTextChanged.connect(self._region_changed)
        self.client_id = self._line("client_id", "")
        self.secret = self._line("secret", "")
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.token_url = self._line("token_url", "https://")
        self.api_url = self._line("api_url", "https://")
        for key, field in (("token_url", self.token_url), ("api_url", self.api_url)):
            field.textEdited.connect(lambda _text, key=key: self._typed.add(key))
        self._pair(
            self._field("name", "Name", "shown in the top bar", self.name),
            self._field("contract", "Contract", "", self.contract),
        )
        box = self._field("environment", "Environment", "", self.environment)
        layout = box.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(2, self.environment_hint)
        self._page.addWidget(box)
        self._pair(
            self._field("region", "Region", "for example us-2", self.region),
            self._field("client_id", "Client ID", "", self.client_id),
        )
        self._page.addWidget(
            self._field("secret", "Client secret", "never shown again", self.secret)
        )
        self._page.addWidget(
            self._field("token_url", "Token URL", "from the region, or yours", self.token_url)
        )
        self._page.addWidget(
            self._field("api_url", "API URL", "offered, not documented by CXone", self.api_url)
        )

    def _line(self, key: str, placeholder: str) -> QLineEdit:
        result = QLineEdit()
        result.setObjectName(f"connect_{key}")
        result.setPlaceholderText(placeholder)
        result.setMaxLength(2048)
        result.textChanged.connect(lambda _text: self._set_error(key, ""))
        return result

    def _field(self, key: str, title: str, hint: str, field: QWidget) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        column.addWidget(FieldLabel(title, hint, field))
        column.addWidget(field)
        error = label("", "error", wrap=True, name=f"connect_{key}_error")
        error.hide()
        column.addWidget(error)
        self._fields[key] = field
        self._errors[key] = error
        return box

    def _pair(self, left: QWidget, right: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        row.addWidget(left, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(right, 1, Qt.AlignmentFlag.AlignTop)
        self._page.addLayout(row)

    def _fill(self, profile: ProfileView | None) -> None:
        if profile is None:
            self.environment.set_value("production")
            self.region.setEditText(REGIONS[0])
            self._region_changed(REGIONS[0])
        else:
            self._typed |= {"token_url", "api_url"}
            self.name.setText(profile.name)
            if profile.environment in ENVIRONMENTS:
                self.environment.set_value(profile.environment)
            self.region.setEditText(profile.region)
            self.client_id.setText(profile.client_id)
            self.token_url.setText(profile.token_url)
            self.api_url.setText(profile.api_url)
            if profile.has_secret:
                self.secret.setPlaceholderText("kept in the keyring; type to replace it")
        self._environment_chosen(self.environment.value())

    # --- what a person does ---------------------------------------------------------------------
    def draft(self) -> ProfileDraft:
        """The profile as typed."""
        return ProfileDraft(
            name=self.name.text().strip(),
            contract=self.contract.currentText(),
            environment=self.environment.value(),
            region=self.region.currentText().strip(),
            client_id=self.client_id.text().strip(),
            token_url=self.token_url.text().strip(),
            api_url=self.api_url.text().strip(),
            replaces="" if self._profile is None else self._profile.name,
        )

    def test(self) -> None:
        """Try the connection out as typed; nothing is kept."""
        if not self._complete():
            return
        self._testing = uuid.uuid4().hex
        self.test_button.setEnabled(False)
        self.steps.begin("the connection as typed")
        self._desk.try_out(self._testing, self.draft(), self._secret())

    def accept(self) -> None:
        if self._request or not self._complete():
            return
        self._request = uuid.uuid4().hex
        self.answer_button.setEnabled(False)
        self._desk.save(self._request, self.draft(), self._secret())

    def done(self, result: int) -> None:
        self.secret.clear()
        super().done(result)

    # --- what the desk tells --------------------------------------------------------------------
    def _hear(self, event: ProfileEvent) -> None:
        match event:
            case ProfileSaved(request=self._request, name=name) if self._request:
                self.saved.emit(name)
                super().accept()
                if self._open_when_saved:
                    self._desk.open(name)
            case ProfileRefused(request=request) if request and request == self._request:
                self._request = ""
                self.answer_button.setEnabled(True)
                self._refused(event)
            case ProfileRefused(request=request) if request and request == self._testing:
                self._test_ended()
                self.steps.hide()
                self._refused(event)
            case ProfileTested(request=request) if request and request == self._testing:
                self._tested(event)

    def _tested(self, event: ProfileTested) -> None:
        told = "Testing the connection as typed\N{HORIZONTAL ELLIPSIS}"
        if event.done:
            self._test_ended()
            told = (
                "The connection answers." if event.passed else "The connection does not work yet."
            )
        self.steps.show_steps(event.steps, told, failed=event.done and not event.passed)
        self._area.ensureWidgetVisible(self.steps)

    def _test_ended(self) -> None:
        self._testing = ""
        self.test_button.setEnabled(True)

    def _refused(self, event: ProfileRefused) -> None:
        if event.field in self._errors:
            self._set_error(event.field, event.message)
            self._fields[event.field].setFocus()
            return
        self.failure.say("error", event.message)
        self.failure.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        # Comes whenever something inside needs more or less room.
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._fit()
        return handled

    # --- inside ---------------------------------------------------------------------------------
    def _complete(self) -> bool:
        """Point at what is empty and must not be; the desk judges everything else."""
        self.failure.hide()
        first: QWidget | None = None
        for key, message in _NEEDED.items():
            field = self._fields[key]
            assert isinstance(field, QLineEdit)
            kept = key == "secret" and self._profile is not None and self._profile.has_secret
            empty = not field.text().strip() and not kept
            self._set_error(key, message if empty else "")
            if empty and first is None:
                first = field
        if first is not None:
            first.setFocus()
        return first is None

    def _fit(self) -> None:
        """Be as high as what is shown; where the screen is lower, the fields scroll."""
        wanted = self._page.totalHeightForWidth(max(self._area.viewport().width(), 480))
        room = self.screen().availableGeometry().height() - _AROUND
        height = max(min(wanted, room), 160)
        if height != self._area.height():
            self._area.setFixedHeight(height)
        layout = self.layout()
        assert layout is not None
        layout.activate()
        # adjustSize() would stop at two thirds of the screen and push the rest together.
        self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _secret(self) -> str | None:
        return self.secret.text() or None

    def _set_error(self, key: str, message: str) -> None:
        error, field = self._errors.get(key), self._fields.get(key)
        if error is None or field is None:  # while the fields are being made
            return
        if error.text() == message:
            return
        error.setText(message)
        error.setVisible(bool(message))
        field.setAccessibleDescription(message)
        field.setProperty("invalid", "true" if message else "false")
        field.style().unpolish(field)
        field.style().polish(field)

    def _region_changed(self, region: str) -> None:
        region = region.strip()
        self._set_error("region", "")
        if "token_url" not in self._typed:
            self.token_url.setText(default_token_url(region))
        if "api_url" not in self._typed:
            self.api_url.setText(default_api_url(region))

    def _environment_chosen(self, environment: str) -> None:
        self.environment_hint.setText(_HINTS.get(environment, ""))


def _scrolling() -> tuple[QScrollArea, QVBoxLayout]:
    area = QScrollArea()
    area.setObjectName("connect_fields")
    area.setAccessibleName("Connection")
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    page = QWidget()
    page.setProperty("role", "clear")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE_M)
    area.setWidget(page)
    return area, column


def _combo(name: str, items: tuple[str, ...], *, editable: bool) -> QComboBox:
    result = QComboBox()
    result.setObjectName(name)
    result.setEditable(editable)
    result.addItems(list(items))
    return result
