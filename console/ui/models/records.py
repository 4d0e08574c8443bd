"""The table of audit records: any number of rows, read in pages as they come into view.

Pages are counted from the oldest record, so that a trail that grows on top keeps every full page
in the cache, and growth is taken in a few times a second however fast records are written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from console.domain.audit import Verdict
from console.domain.audit_view import TrailRow
from console.ui.theme import Tone, mono_font
from console.ui.times import stamp_text, utc_text
from console.ui.widgets.badge import BADGE_ROLE, BadgeLook

Index = QModelIndex | QPersistentModelIndex
PAGE: Final = 128
PAGES_KEPT: Final = 48
GROW_MS: Final = 250
COLUMNS: Final = (
    "Verdict",
    "Time",
    "Event",
    "Workflow",
    "Instance",
    "Operator",
    "Reason",
    "Job",
    "File",
    "Line",
)
HIDDEN_AT_FIRST: Final = (7, 8, 9)
_TIME, _WORKFLOW = 1, 3
_MONO: Final = frozenset({1, 4, 7})
_TOP: Final = QModelIndex()
_NOT_YET: Final = BadgeLook("judging", "neutral", "clock")
_OTHER_WORDS: Final[dict[Verdict, tuple[str, Tone, str]]] = {
    Verdict.INTACT: ("intact", "ok", "check"),
    Verdict.EDITED: ("edited", "bad", "cross"),
    Verdict.UNREADABLE: ("unreadable", "bad", "cross"),
    Verdict.INSERTED: ("inserted", "bad", "plus"),
    Verdict.MISSING: ("lines missing", "bad", "minus"),
    Verdict.REORDERED: ("order changed", "bad", "cross"),
    Verdict.TAIL_CUT: ("tail cut", "bad", "minus"),
    Verdict.DAY_MISSING: ("day missing", "bad", "minus"),
    Verdict.DAY_REPLACED: ("day replaced", "bad", "cross"),
    Verdict.ROLLED_BACK: ("rolled back", "bad", "cross"),
    Verdict.FORKED: ("forked", "bad", "cross"),
    Verdict.OTHER_KEY: ("other key", "bad", "key"),
    Verdict.NO_CHECKPOINT: ("no checkpoint", "warn", "question"),
    Verdict.CANNOT_KNOW: ("cannot know", "warn", "question"),
    Verdict.UNSEALED: ("not yet sealed", "neutral", "clock"),
}
_LOOKS: Final = {verdict: BadgeLook(*parts) for verdict, parts in _OTHER_WORDS.items()}


def verdict_look(verdict: Verdict | None) -> BadgeLook:
    """The badge of a verdict in plain words; None is one that is still being judged."""
    return _NOT_YET if verdict is None else _LOOKS[verdict]


class Pages(Protocol):
    """Where the rows come from: `services.audit_desk.AuditDesk` or the bridge around it."""

    def rows(self, offset: int, limit: int) -> list[TrailRow]: ...
    def row_of(self, position: int) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with the texts of its cells, made once when its page is read."""

    row: TrailRow
    texts: tuple[str, ...]


class RecordsModel(QAbstractTableModel):
    """Rows of a trail, newest first; `grew` tells how many rows were just added on top."""

    grew = Signal(int)

    def __init__(
        self,
        pages: Pages,
        title: Callable[[str], str] = lambda workflow_id: workflow_id,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = pages
        self._title = title
        self._count = 0
        self._preview: tuple[Shown, ...] | None = None
        self._cache: OrderedDict[int, list[Shown]] = OrderedDict()
        self._pending = 0
        self._grow = QTimer(self)
        self._grow.setSingleShot(True)
        self._grow.setInterval(GROW_MS)
        self._grow.timeout.connect(self.take_growth)

    # --- what the panel tells -----------------------------------------------------------------
    def preview(self, rows: Sequence[TrailRow]) -> None:
        """Show the first rows of a trail that is still being counted."""
        self.beginResetModel()
        self._forget()
        self._preview = tuple(self._shown(row) for row in rows)
        self._count = len(self._preview)
        self.endResetModel()

    def reload(self, count: int) -> None:
        """Show a trail or a view of it from the start: `count` rows, none read yet."""
        if self._preview is not None and self._continues(count):
            return
        self.beginResetModel()
        self._forget()
        self._count = count
        self.endResetModel()

    def extend(self, added: int) -> None:
        """Take `added` rows that stand on top by now; shown within a quarter of a second."""
        if added > 0:
            self._pending += added
            if not self._grow.isActive():
                self._grow.start()

    def take_growth(self) -> None:
        """Show the rows that were added since the last time."""
        added, self._pending = self._pending, 0
        self._grow.stop()
        if not added:
            return
        if self._preview is not None:
            self._settle_preview()
        self.beginInsertRows(_TOP, 0, added - 1)
        # The newest page was not full; every other keeps its rows.
        self._cache.pop(self._count // PAGE, None)
        self._count += added
        self.endInsertRows()
        self.grew.emit(added)

    def judged(self, positions: Sequence[int]) -> None:
        """Read the rows of these records again: their verdict is known now."""
        rows = [row for row in map(self.row_of, positions) if row is not None]
        for row in rows:
            self._cache.pop((self._count - 1 - row) // PAGE, None)
        if rows:
            last = len(COLUMNS) - 1
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), last))

    def judged_all(self) -> None:
        """Read every row again as it comes into view: the whole trail has its verdict now."""
        self._cache.clear()
        if self._count:
            last = self.index(self._count - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # --- what the panel asks --------------------------------------------------------------------
    def record(self, row: int) -> TrailRow | None:
        """The record shown in `row`, None outside the table."""
        shown = self._at(row)
        return None if shown is None else shown.row

    def row_of(self, position: int) -> int | None:
        """The row that shows the record at `position`, None where the filter hides it."""
        row = self._source.row_of(position)
        # The source knows of rows on top that are not shown yet.
        shown = None if row is None else row - self._pending
        return shown if shown is not None and 0 <= shown < self._count else None

    # --- Qt -------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = index.column()
        if role == Qt.ItemDataRole.FontRole:
            return mono_font() if column in _MONO else None
        if role not in _READ:
            return None
        shown = self._at(index.row())
        if shown is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return shown.texts[column]
        if role == BADGE_ROLE:
            return verdict_look(shown.row.verdict) if column == 0 else None
        return _tip(shown, column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == 0:
            return "Whether the record's hash fits its payload and, once verified, its seal"
        return None

    # --- pages ----------------------------------------------------------------------------------
    def _at(self, row: int) -> Shown | None:
        if not 0 <= row < self._count:
            return None
        if self._preview is not None:
            return self._preview[row]
        age = self._count - 1 - row
        number, place = divmod(age, PAGE)
        page = self._cache.get(number)
        if page is None:
            page = self._read(number)
        else:
            self._cache.move_to_end(number)
        return page[place] if place < len(page) else None

    def _read(self, number: int) -> list[Shown]:
        """Read page `number`, counted from the oldest record; its rows oldest first."""
        oldest = self._count - 1 - number * PAGE
        newest = max(oldest - PAGE + 1, 0)
        rows = self._source.rows(newest + self._pending, oldest - newest + 1)
        page = [self._shown(row) for row in reversed(rows)]
        self._cache[number] = page
        if len(self._cache) > PAGES_KEPT:
            self._cache.popitem(last=False)
        return page

    def _shown(self, row: TrailRow) -> Shown:
        return Shown(
            row,
            (
                verdict_look(row.verdict).word,
                stamp_text(row.timestamp),
                row.event_type,
                self._title(row.workflow_id) if row.workflow_id else "",
                row.instance_id,
                row.operator,
                row.reason,
                row.job_id,
                row.file,
                str(row.line) if row.line else "",
            ),
        )

    def _continues(self, count: int) -> bool:
        """Keep what a person may be reading already, where the counted trail is the same one."""
        assert self._preview is not None
        first = self._source.rows(0, 1)
        before = self._preview[0].row if self._preview else None
        same = bool(first) and before is not None and _alike(first[0], before)
        if not same or count < len(self._preview):
            return False
        more = count - len(self._preview)
        self._settle_preview()
        if more:
            self.beginInsertRows(_TOP, self._count, count - 1)
            self._count = count
            self._cache.clear()
            self.endInsertRows()
        self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(COLUMNS) - 1))
        return True

    def _settle_preview(self) -> None:
        self._preview = None
        self._cache.clear()

    def _forget(self) -> None:
        self._grow.stop()
        self._pending = 0
        self._preview = None
        self._cache.clear()


_READ: Final = frozenset(
    {
        int(Qt.ItemDataRole.DisplayRole),
        int(Qt.ItemDataRole.ToolTipRole),
        BADGE_ROLE,
    }
)


def _alike(one: TrailRow, other: TrailRow) -> bool:
    return (one.timestamp, one.event_type, one.instance_id, one.job_id, one.file) == (
        other.timestamp,
        other.event_type,
        other.instance_id,
        other.job_id,
        other.file,
    )


def _tip(shown: Shown, column: int) -> str | None:
    if column == _TIME:
        return utc_text(shown.row.timestamp) or None
    if column == _WORKFLOW:
        return shown.row.workflow_id or None
    return shown.texts[column] or None
