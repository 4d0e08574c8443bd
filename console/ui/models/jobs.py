"""The queue as a table model: pages from the store, changes by difference, five times a second."""

from __future__ import annotations

from dataclasses import replace
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

from console.domain.job_filter import JobFilter
from console.ui import times
from console.ui.models import job_words
from console.ui.models.job_deeds import Deed, links
from console.ui.models.paged import HeldRows, PagedRows, ranges
from console.ui.theme import colour, mono_font
from console.ui.widgets.badge import BADGE_ROLE

if TYPE_CHECKING:
    from console.domain.job import TriggerJob
    from console.ui.bridge import Bridge

Index = QModelIndex | QPersistentModelIndex
ACTION_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 2
"""The deeds that stand as links after a job's reason; an empty tuple for none."""
FLUSH_MS: Final = 220
HELD_UP_TO: Final = 600

JOB, WORKFLOW, STATE, WHY, ATTEMPT, PRIORITY, QUEUED = range(7)
TITLES: Final = (
    "Job",
    "Workflow",
    "State",
    "Why, and until when",
    "Attempt",
    "Priority",
    "Queued",
)
_ROOT: Final = QModelIndex()
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Role = Qt.ItemDataRole


class JobsModel(QAbstractTableModel):
    """Jobs of one filter, newest first; at most a dozen pages are in memory.

    `counted` tells that the number of rows, or of jobs in some state, may have changed.
    """

    counted = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._filter = JobFilter()
        self._rows: PagedRows[TriggerJob] = self._read()
        self._pending: dict[str, TriggerJob] = {}
        self._reload = False
        self._lane_moved = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self._take_turn)
        bridge.job_changed.connect(self._changed)
        bridge.jobs_reloaded.connect(self._reloaded)
        bridge.lane_changed.connect(self._lane_changed)
        bridge.connection_changed.connect(self._start_again)

    # --- for the view -------------------------------------------------------------------------
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._rows.count

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == _Role.DisplayRole:
            return TITLES[section]
        if role == _Role.TextAlignmentRole and section in {ATTEMPT, PRIORITY}:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        column = index.column()
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column in {ATTEMPT, PRIORITY} else None
        if role == _Role.FontRole:
            return mono_font() if column == JOB else None
        if role not in _TOLD:
            return None
        job = self._rows.row(index.row())
        if job is None:
            return None
        if role == _Role.DisplayRole:
            return self._cell(job, column)
        if role == BADGE_ROLE:
            return job_words.badge_of(job) if column == STATE else None
        if role == ACTION_ROLE:
            return self._links(job) if column == WHY else None
        if role == _Role.ToolTipRole:
            return job_words.hover_text(job, self._bridge.explain(job))
        if role == _Role.ForegroundRole:
            quiet = column == ATTEMPT and not job.attempts
            return colour("muted") if quiet else None
        return None

    def _cell(self, job: TriggerJob, column: int) -> str:
        if column == JOB:
            return job.label
        if column == WORKFLOW:
            return job.workflow_title or self._bridge.workflow_title(job.workflow_id)
        if column == STATE:
            return job_words.badge_of(job).word
        if column == WHY:
            why, now = self._bridge.explain(job), self._bridge.now()
            return job_words.why_text(job, why, now, self._bridge.operator)
        if column == ATTEMPT:
            return job_words.attempt_text(job)
        if column == PRIORITY:
            return str(job.priority)
        return times.near_text(job.queued_at, self._bridge.now())

    def _links(self, job: TriggerJob) -> tuple[Deed, ...]:
        return links(job, self._bridge.explain(job), self._bridge.operator)

    # --- for the panel ------------------------------------------------------------------------
    @property
    def filter(self) -> JobFilter:
        """The filter in force."""
        return self._filter

    def set_filter(self, wanted: JobFilter) -> None:
        """Show the jobs of another filter from the top."""
        if wanted != self._filter:
            self._filter = wanted
            self._reset()

    def look_again(self) -> None:
        """Time has passed: where the filter asks what needs a person now, read it again."""
        if self._filter.person_at is not None:
            self._renew()
            if self._bridge.count_jobs(self._filter) != self._rows.count:
                self._differ()
                self.counted.emit()

    def job_at(self, row: int) -> TriggerJob | None:
        """Return the job in `row` as it is shown."""
        return self._rows.row(row)

    def row_of(self, job_id: str, near: int | None = None) -> int | None:
        """Return the row of a job whose page is in memory; the page of row `near` is read."""
        if near is not None:
            self._rows.row(min(near, self._rows.count - 1))
        return self._rows.number_of(job_id)

    def tick(self, first: int, last: int) -> None:
        """Let the countdowns of rows `first` to `last`, which are on the screen, go on."""
        running = []
        for row in range(first, min(last, self._rows.count - 1) + 1):
            job = self._rows.row(row)
            if job is not None and not job.ended and self._bridge.explain(job).until is not None:
                running.append(row)
        self._tell(running, WHY, WHY)

    # --- what happened ------------------------------------------------------------------------
    def _changed(self, job: TriggerJob) -> None:
        self._pending[job.job_id] = job
        self._wait()

    def _reloaded(self) -> None:
        self._reload = True
        self._wait()

    def _wait(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _lane_changed(self, _lane: object) -> None:
        self._lane_moved = True
        self._wait()

    def _start_again(self) -> None:
        self._pending.clear()
        self._reset()

    def _reset(self) -> None:
        self.beginResetModel()
        self._reload = False
        self._pending.clear()
        self._rows = self._read()
        self.endResetModel()
        self.counted.emit()

    def _take_turn(self) -> None:
        self._bridge.turns.ask(self.flush)

    def flush(self) -> None:
        """Show everything that was told since the last time, as one difference."""
        self._renew()
        pending, self._pending = self._pending, {}
        reload, self._reload = self._reload, False
        moved, self._lane_moved = self._lane_moved, False
        if reload:
            self._reread()
        else:
            self._show(pending)
            if moved and self._rows.count:
                self.dataChanged.emit(self.index(0, WHY), self.index(self._rows.count - 1, WHY))
        self.counted.emit()

    def _renew(self) -> None:
        """What needs a person is asked of the present: a job can have grown too old just now."""
        if self._filter.person_at is not None:
            self._filter = replace(self._filter, person_at=self._bridge.now())

    def _show(self, pending: dict[str, TriggerJob]) -> None:
        rows, entering, leaving = [], False, False
        for job in pending.values():
            row = self._rows.number_of(job.job_id)
            fits = lets_through(self._filter, job)
            if row is None:
                entering = entering or fits
            elif fits:
                self._rows.replace(job)
                rows.append(row)
            else:
                leaving = True
        self._tell(rows, 0, len(TITLES) - 1)
        if leaving or (entering and not self._everything):
            self._differ()
        elif entering:
            self._grow()

    def _reread(self) -> None:
        if not self._everything:
            self._differ()
            return
        self._grow()
        self._rows.forget(self._rows.count)
        if self._rows.count:
            bottom = self.index(self._rows.count - 1, len(TITLES) - 1)
            self.dataChanged.emit(self.index(0, 0), bottom)

    @property
    def _everything(self) -> bool:
        # Without a filter jobs are only ever added, and at the top.
        return self._filter == JobFilter()

    def _grow(self) -> None:
        count = self._bridge.count_jobs(self._filter)
        more = count - self._rows.count
        if more < 0:
            self._reset()
        elif more:
            self.beginInsertRows(_ROOT, 0, more - 1)
            self._rows.grow(count)
            self.endInsertRows()

    def _differ(self) -> None:
        """Jobs entered or left a filtered view: rows go and come one run at a time."""
        count = self._bridge.count_jobs(self._filter)
        shown = self._rows
        if count > HELD_UP_TO or not isinstance(shown, HeldRows):
            self._reset()
            return
        after = {job.job_id: job for job in self._bridge.jobs(self._filter, 0, count)}
        new = list(after)
        old = [job.job_id for _, job in shown.loaded()]
        stay = after.keys() & set(old)
        gone = [row for row, key in enumerate(old) if key not in stay]
        for first, last in reversed(ranges(gone)):
            self.beginRemoveRows(_ROOT, first, last)
            shown.cut(first, last)
            self.endRemoveRows()
        come = [row for row, key in enumerate(new) if key not in stay]
        for first, last in ranges(come):
            self.beginInsertRows(_ROOT, first, last)
            shown.put(first, [after[key] for key in new[first : last + 1]])
            self.endInsertRows()
        changed = [row for row, job in shown.loaded() if job != after[job.job_id]]
        for row in changed:
            shown.replace(after[new[row]])
        self._tell(changed, 0, len(TITLES) - 1)

    def _read(self) -> PagedRows[TriggerJob]:
        """A filtered view is small as a rule: it is held whole, so that differences are exact."""
        count = self._bridge.count_jobs(self._filter)
        if not self._everything and count <= HELD_UP_TO:
            return HeldRows(self._bridge.jobs(self._filter, 0, count), _key)
        rows = PagedRows(lambda offset, limit: self._bridge.jobs(self._filter, offset, limit), _key)
        rows.forget(count)
        return rows

    def _tell(self, rows: list[int], left: int, right: int) -> None:
        for first, last in ranges(rows):
            self.dataChanged.emit(self.index(first, left), self.index(last, right))


_TOLD: Final = frozenset(
    {_Role.DisplayRole, BADGE_ROLE, ACTION_ROLE, _Role.ToolTipRole, _Role.ForegroundRole}
)


def lets_through(wanted: JobFilter, job: TriggerJob) -> bool:
    """Say whether `wanted` names `job`, as the store would; a look at one job reads no disk."""
    if wanted.states is not None and job.state not in wanted.states:
        return False
    if wanted.person_at is not None and not job.needs_person(wanted.person_at):
        return False
    if not wanted.text:
        return True
    told = (
        job.job_id,
        job.label,
        job.workflow_id,
        job.workflow_title,
        job.operator,
        job.operator_reason,
        job.instance_id or "",
        job.reason,
    )
    return any(wanted.text.lower() in text.lower() for text in told)


def _key(job: TriggerJob) -> str:
    return job.job_id
