"""What became of each job of one bulk action: done, refused with its reason, or still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.domain.text import shortened, visible
from console.ui.theme import mono_font
from console.ui.widgets.badge import BADGE_ROLE, BadgeLook

if TYPE_CHECKING:
    from console.domain.job import TriggerJob

Index = QModelIndex | QPersistentModelIndex
Outcome = Literal["to come", "done", "refused"]
LOOKS: Final[dict[Outcome, BadgeLook]] = {
    "to come": BadgeLook("to come", "neutral", "clock"),
    "done": BadgeLook("done", "ok", "check"),
    "refused": BadgeLook("refused", "bad", "cross"),
}
TITLES: Final = ("Job", "Workflow", "Outcome", "Why")
_ROOT: Final = QModelIndex()


@dataclass(frozen=True)
class Errand:
    """One action on many jobs: its words, the jobs it is asked for, those it cannot be done with.

    `left_out` pairs a job with the reason; order is that of the rows that were ticked.
    """

    words: str
    jobs: Sequence[TriggerJob]
    left_out: Sequence[tuple[TriggerJob, str]] = ()


class OutcomesModel(QAbstractTableModel):
    """One row a job of the errand, those that were left out first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[TriggerJob] = []
        self._outcomes: list[tuple[Outcome, str]] = []
        self._rows: dict[str, int] = {}

    def show(self, errand: Errand) -> None:
        """Begin with the jobs of another errand."""
        self.beginResetModel()
        self._jobs = [job for job, _ in errand.left_out] + list(errand.jobs)
        self._outcomes = [("refused", why) for _, why in errand.left_out]
        self._outcomes += [("to come", "")] * len(errand.jobs)
        first = len(errand.left_out)
        self._rows = {job.job_id: first + row for row, job in enumerate(errand.jobs)}
        self.endResetModel()

    def answer(self, job_id: str, refused: str) -> bool:
        """Note the answer about a job; False where it is none of this errand."""
        row = self._rows.get(job_id)
        if row is None:
            return False
        self._outcomes[row] = ("refused", refused) if refused else ("done", "")
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(TITLES) - 1))
        return True

    def count(self, outcome: Outcome) -> int:
        """Return how many jobs have this outcome now."""
        return sum(1 for one, _ in self._outcomes if one == outcome)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._jobs)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section] if 0 <= section < len(TITLES) else None
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._jobs):
            return None
        outcome, why = self._outcomes[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            job = self._jobs[index.row()]
            title = job.workflow_title or job.workflow_id
            told = visible(shortened(why, 400))
            return (job.label, visible(title), LOOKS[outcome].word, told)[index.column()]
        if role == BADGE_ROLE:
            return LOOKS[outcome] if index.column() == 2 else None
        if role == Qt.ItemDataRole.FontRole:
            return mono_font() if index.column() == 0 else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return visible(shortened(why, 2000)) if index.column() == 3 and why else None
        return None
