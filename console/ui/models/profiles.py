"""The connections of Settings as a table; never with a secret, only whether there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.domain.text import visible
from console.services.commands import ProfileView
from console.ui.theme import Tone
from console.ui.widgets.badge import BADGE_ROLE, BadgeLook

Index = QModelIndex | QPersistentModelIndex
COLUMNS: Final = ("Name", "In use", "Environment", "Secret", "API", "Client ID", "Contract")
_TOP: Final = QModelIndex()
_ENVIRONMENTS: Final[dict[str, tuple[Tone, str]]] = {
    "production": ("bad", "warning"),
    "staging": ("warn", "workflow"),
    "training": ("info", "user"),
    "demo": ("info", "demo"),
}
_OPEN: Final = BadgeLook("in use", "ok", "connect")
_NO_SECRET: Final = BadgeLook("missing", "warn", "key")
_SECRET: Final = BadgeLook("stored", "ok", "key")


def environment_look(environment: str) -> BadgeLook:
    """The badge of an environment: its word, and production in the colour of danger."""
    tone, icon = _ENVIRONMENTS.get(environment, ("neutral", "connect"))
    return BadgeLook(visible(environment) or "unknown", tone, icon)


class ProfilesModel(QAbstractTableModel):
    """One row a profile, in order of name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ProfileView, ...] = ()
        self._open = ""

    def show(self, profiles: Sequence[ProfileView], open_profile: str) -> None:
        """Show these profiles; the one named `open_profile` is in use."""
        self.beginResetModel()
        self._rows = tuple(profiles)
        self._open = open_profile
        self.endResetModel()

    def profile(self, row: int) -> ProfileView | None:
        """The profile in `row`, None outside the table."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, name: str) -> int | None:
        """The row of the profile `name`, None where it is gone."""
        return next((at for at, row in enumerate(self._rows) if row.name == name), None)

    def in_use(self, name: str) -> bool:
        """True for the profile the window works on."""
        return bool(name) and name == self._open

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        badge = self._badge(row, column)
        if role == BADGE_ROLE:
            return badge
        if role == Qt.ItemDataRole.DisplayRole:
            return badge.word if badge is not None else self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole and column == 4:
            return f"API: {visible(row.api_url)}\nToken: {visible(row.token_url)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section] if 0 <= section < len(COLUMNS) else None
        return None

    def _badge(self, row: ProfileView, column: int) -> BadgeLook | None:
        if column == 1:
            return _OPEN if row.name == self._open else None
        if column == 2:
            return environment_look(row.environment)
        if column == 3:
            return _SECRET if row.has_secret else _NO_SECRET
        return None

    def _text(self, row: ProfileView, column: int) -> str:
        if column == 1:
            return ""
        host = row.api_url.removeprefix("https://")
        return visible((row.name, "", "", "", host, row.client_id, row.contract)[column])
