"""The tenant's instances as a table model: readings become differences, order and place stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from console.ui.models import instance_words as words
from console.ui.models.paged import ranges
from console.ui.theme import colour, mono_font
from console.ui.widgets.badge import BADGE_ROLE

if TYPE_CHECKING:
    from console.domain.instance import Instance
    from console.domain.job import TriggerJob
    from console.services.events import InstancesRead
    from console.ui.bridge import Bridge

Index = QModelIndex | QPersistentModelIndex
FLUSH_MS: Final = 220

INSTANCE, WORKFLOW, STATUS, CUSTOMER, PRIORITY, RUNNING, BY = range(7)
TITLES: Final = (
    "Instance",
    "Workflow",
    "Status",
    "Customer",
    "Priority",
    "Running for",
    "Triggered by",
)
_ROOT: Final = QModelIndex()
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Role = Qt.ItemDataRole


@dataclass(frozen=True)
class InstanceFilter:
    """Which instances: empty means any; `origin` is "", "ours" or "foreign"."""

    text: str = ""
    workflow_id: str = ""
    status: str = ""
    origin: str = ""


class InstancesModel(QAbstractTableModel):
    """What the last reading said; `shown` tells that the rows may have changed."""

    shown = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._read: dict[str, Instance] = {}
        self._haystacks: dict[str, str] = {}
        self._jobs: dict[str, TriggerJob | None] = {}
        self._rows: list[Instance] = []
        self._filter = InstanceFilter()
        self._sort = (RUNNING, Qt.SortOrder.AscendingOrder)
        self._pending: InstancesRead | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self._take_turn)
        bridge.instances_read.connect(self._heard)
        bridge.job_changed.connect(self._job_changed)
        bridge.connection_changed.connect(self._start_again)

    # --- for the view -------------------------------------------------------------------------
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == _Role.DisplayRole:
            return TITLES[section]
        if role == _Role.TextAlignmentRole and section in {PRIORITY, RUNNING}:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._rows):
            return None
        column = index.column()
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column in {PRIORITY, RUNNING} else None
        if role == _Role.FontRole:
            return mono_font() if column == INSTANCE else None
        instance = self._rows[index.row()]
        if role == _Role.DisplayRole:
            return self._cell(instance, column)
        if role == BADGE_ROLE:
            return words.badge_of(instance) if column == STATUS else None
        if role == _Role.ForegroundRole:
            foreign = column == BY and self.job_of(instance) is None
            return colour("muted") if foreign else None
        if role == _Role.ToolTipRole:
            return words.hover_text(instance)
        return None

    def _cell(self, instance: Instance, column: int) -> str:
        if column == INSTANCE:
            return words.short(instance.instance_id)
        if column == WORKFLOW:
            return words.short(self._bridge.workflow_title(instance.workflow_id))
        if column == STATUS:
            return words.badge_of(instance).word
        if column == CUSTOMER:
            return words.customer_of(instance)
        if column == PRIORITY:
            return "" if instance.priority is None else str(instance.priority)
        job = self.job_of(instance)
        if column == RUNNING:
            return words.running_text(instance, job, self._bridge.now())
        return "not from here" if job is None else words.short(job.operator)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (column, order)
        self._arrange()

    # --- for the panel ------------------------------------------------------------------------
    @property
    def total(self) -> int:
        """How many instances the last reading had, before the filter."""
        return len(self._read)

    def statuses(self) -> list[str]:
        """Return every status of the last reading, sorted."""
        return sorted({instance.status for instance in self._read.values()})

    def workflow_ids(self) -> list[str]:
        """Return every workflow of the last reading, sorted by title."""
        found = {instance.workflow_id for instance in self._read.values()}
        return sorted(found, key=self._bridge.workflow_title)

    def set_filter(self, wanted: InstanceFilter) -> None:
        """Show only what `wanted` lets through."""
        if wanted != self._filter:
            self._filter = wanted
            self._arrange()

    def instance_at(self, row: int) -> Instance | None:
        """Return the instance in `row`."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def instance(self, instance_id: str) -> Instance | None:
        """Return an instance of the last reading by its id, shown or not."""
        return self._read.get(instance_id)

    def row_of(self, instance_id: str) -> int | None:
        """Return the row in which an instance is shown."""
        ids = (row for row, shown in enumerate(self._rows) if shown.instance_id == instance_id)
        return next(ids, None)

    def job_of(self, instance: Instance) -> TriggerJob | None:
        """Return our job that made it, None for one from elsewhere; read once, then kept."""
        job_id = instance.job_id
        if job_id is None:
            return None
        if job_id not in self._jobs:
            self._jobs[job_id] = self._bridge.job(job_id)
        return self._jobs[job_id]

    def tick(self, first: int, last: int) -> None:
        """Let the clocks of rows `first` to `last`, which are on the screen, go on."""
        last = min(last, len(self._rows) - 1)
        going = [row for row in range(first, last + 1) if not self._rows[row].ended]
        for left, right in ranges(going):
            self.dataChanged.emit(self.index(left, RUNNING), self.index(right, RUNNING))

    # --- what happened ------------------------------------------------------------------------
    def _heard(self, reading: InstancesRead) -> None:
        self._pending = reading
        if not self._timer.isActive():
            self._timer.start()

    def _job_changed(self, job: TriggerJob) -> None:
        # Only what a row may show; jobs nobody has asked for stay on disk.
        if job.job_id in self._jobs:
            self._jobs[job.job_id] = job

    def _start_again(self) -> None:
        self.beginResetModel()
        self._pending = None
        self._read, self._rows = {}, []
        self._haystacks.clear()
        self._jobs.clear()
        self.endResetModel()
        self.shown.emit()

    def _take_turn(self) -> None:
        self._bridge.turns.ask(self.flush)

    def flush(self) -> None:
        """Show the last reading as one difference to the one before."""
        reading, self._pending = self._pending, None
        if reading is None:
            return
        before = self._read
        self._read = {i.instance_id: i for i in reading.instances}
        for key, instance in self._read.items():
            if before.get(key) is not instance and before.get(key) != instance:
                self._haystacks.pop(key, None)
        for key in before.keys() - self._read.keys():
            self._haystacks.pop(key, None)
        self._arrange()

    def _arrange(self) -> None:
        wanted = [i for i in self._read.values() if self._lets_through(i)]
        column, order = self._sort
        wanted.sort(key=lambda i: i.instance_id)
        down = order is Qt.SortOrder.DescendingOrder
        wanted.sort(key=self._key(column), reverse=down)
        self._differ(wanted)
        self.shown.emit()

    def _differ(self, wanted: list[Instance]) -> None:
        new = {i.instance_id: i for i in wanted}
        gone = [row for row, i in enumerate(self._rows) if i.instance_id not in new]
        for first, last in reversed(ranges(gone)):
            self.beginRemoveRows(_ROOT, first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()
        held = {i.instance_id for i in self._rows}
        self._reorder([i.instance_id for i in wanted if i.instance_id in held])
        changed = []
        come = [row for row, i in enumerate(wanted) if i.instance_id not in held]
        for first, last in ranges(come):
            self.beginInsertRows(_ROOT, first, last)
            self._rows[first:first] = wanted[first : last + 1]
            self.endInsertRows()
        for row, instance in enumerate(wanted):
            if self._rows[row] is not instance and self._rows[row] != instance:
                self._rows[row] = instance
                changed.append(row)
        for first, last in ranges(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(TITLES) - 1))

    def _reorder(self, ids: list[str]) -> None:
        now = [i.instance_id for i in self._rows]
        if ids == now:
            return
        self.layoutAboutToBeChanged.emit()
        place = {key: row for row, key in enumerate(ids)}
        held = {i.instance_id: i for i in self._rows}
        kept = self.persistentIndexList()
        self._rows = [held[key] for key in ids]
        moved = [self.index(place[now[index.row()]], index.column()) for index in kept]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def _key(self, column: int) -> Callable[[Instance], Any]:
        now = self._bridge.now()
        if column == PRIORITY:
            return lambda i: i.priority if i.priority is not None else 99
        if column == RUNNING:
            return lambda i: _since(i, now)
        return lambda i: self._cell(i, column).lower()

    def _lets_through(self, instance: Instance) -> bool:
        wanted = self._filter
        if wanted.workflow_id and instance.workflow_id != wanted.workflow_id:
            return False
        if wanted.status and instance.status != wanted.status:
            return False
        if wanted.origin and (self.job_of(instance) is not None) != (wanted.origin == "ours"):
            return False
        return not wanted.text or wanted.text.lower() in self._haystack(instance)

    def _haystack(self, instance: Instance) -> str:
        key = instance.instance_id
        if key not in self._haystacks:
            title = self._bridge.workflow_title(instance.workflow_id)
            self._haystacks[key] = words.haystack(instance, title)
        return self._haystacks[key]


def _since(instance: Instance, now: datetime) -> float:
    # Newest first when ascending: the shortest running time.
    started = instance.started_at
    return float("inf") if started is None else (now - started).total_seconds()
