"""Which trail is open, verify, follow and export: the tools of the audit panel's header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QToolButton, QWidget

from console.domain.audit_view import TrailRow
from console.domain.text import visible
from console.ui.dialogs.export_strip import DiscloseValues
from console.ui.panels.audit_panel.detail import RecordDetailCard
from console.ui.panels.audit_panel.filters import FilterBar
from console.ui.panels.audit_panel.recent import RecentTrails
from console.ui.widgets.buttons import button
from console.ui.widgets.table_view import TableView

NARROW_PX: Final = 720
TIGHT_PX: Final = 620
_KINDS: Final = {
    "csv": ("CSV\N{HORIZONTAL ELLIPSIS}", "CSV table (*.csv)"),
    "jsonl": ("JSON Lines\N{HORIZONTAL ELLIPSIS}", "JSON Lines (*.jsonl)"),
    "pdf": ("PDF report\N{HORIZONTAL ELLIPSIS}", "PDF report (*.pdf)"),
    "zip": ("Evidence bundle\N{HORIZONTAL ELLIPSIS}", "Evidence bundle (*.zip)"),
}
_NAMES: Final = {"pdf": "audit-report.pdf", "zip": "audit-evidence.zip"}


class TrailMenus(QObject):
    """The header's tools; the dialogs it opens block nothing."""

    open_wanted = Signal(object)  # Path | None
    verify_wanted = Signal()
    export_wanted = Signal(object, str, bool)  # Path, kind, with customers' values

    def __init__(self, settings: QSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.recent = RecentTrails(settings)
        self._shown_name = "Own trail"
        self._tight = False
        self.source = self._menu_button("Own trail", "audit_source", "Trail", "folder")
        self.source.setToolTip("Which trail is shown; others are opened read-only")
        self.source_menu = QMenu(self.source)
        self.source_menu.aboutToShow.connect(self._fill_source)
        self.source.setMenu(self.source_menu)
        self.follow = QToolButton()
        self.follow.setText("Follow")
        self.follow.setObjectName("audit_follow")
        self.follow.setAccessibleName("Follow new records")
        self.follow.setToolTip("While the list stands at its top, show new records as they come")
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verify = button("Verify", name="audit_verify", icon="shield")
        self.verify.setToolTip("Judge every line of every file")
        self.verify.clicked.connect(self.verify_wanted)
        self.export = self._menu_button(
            "Export", "audit_export", "Export the records shown", "export"
        )
        self.export.setToolTip("Write the records shown: table, lines, report, or evidence")
        self.export_menu = QMenu(self.export)
        for kind, (text, _) in _KINDS.items():
            action = self.export_menu.addAction(text)
            action.setObjectName(f"audit_export_{kind}")
            action.triggered.connect(lambda _=False, kind=kind: self.ask_export(kind))
        self._disclosing = self.export_menu.addAction(
            "Evidence bundle with customers' values\N{HORIZONTAL ELLIPSIS}"
        )
        self._disclosing.setObjectName("audit_export_zip_values")
        self._disclosing.triggered.connect(lambda _=False: self.ask_disclose())
        self.export.setMenu(self.export_menu)

    def tools(self) -> tuple[QWidget, ...]:
        """The header's tools in reading order."""
        return (self.source, self.follow, self.export, self.verify)

    def set_room(self, pixels: int) -> None:
        """Show icons alone where the header is narrow, but Verify keeps its word."""
        narrow, tight = pixels < NARROW_PX, pixels < TIGHT_PX
        self.export.setText("" if narrow else "Export")
        self._tight = tight
        self.source.setText("" if tight else self._shown_name)

    def set_trail(self, path: Path | None, *, own: bool) -> None:
        """Show which trail is open, and keep another one among the recent."""
        there = path is not None
        name = "Own trail" if own or path is None else _name(path)
        self._shown_name = name.replace("&", "&&")
        self.source.setText("" if self._tight else self._shown_name)
        where = "" if path is None else visible(str(path))
        self.source.setAccessibleDescription(f"{name} {where}".strip())
        self.source.setToolTip(where)
        self.follow.setVisible(own)
        self.verify.setEnabled(there)
        self.export.setEnabled(there)
        self._disclosing.setVisible(own)  # no other trail's values are here
        if path is not None and not own:
            self.recent.opened(path)

    def ask_folder(self) -> None:
        """Let a person choose a folder."""
        dialog = self._dialog("Open a trail's folder", "audit_open_folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, False)
        dialog.fileSelected.connect(lambda text: self.open_wanted.emit(Path(text)))
        dialog.open()

    def ask_file(self) -> None:
        """Let a person choose one file of a trail."""
        dialog = self._dialog("Open a trail's file", "audit_open_file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Audit files and evidence (*.jsonl *.zip)", "All files (*)"])
        dialog.fileSelected.connect(lambda text: self.open_wanted.emit(Path(text)))
        dialog.open()

    def ask_export(self, kind: str, *, disclose: bool = False) -> None:
        """Let a person choose where the records of the view are written."""
        dialog = self._dialog("Export the records shown", "audit_export_to")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(_KINDS[kind][1])
        dialog.setDefaultSuffix(kind)
        dialog.selectFile(_NAMES.get(kind, f"audit-records.{kind}"))
        dialog.fileSelected.connect(
            lambda text: self.export_wanted.emit(Path(text), kind, disclose)
        )
        dialog.open()

    def ask_disclose(self) -> None:
        """Ask whether customers' values may leave the queue, then where to."""
        question = DiscloseValues(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.agreed.connect(lambda: self.ask_export("zip", disclose=True))
        question.open()

    def _dialog(self, title: str, name: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setObjectName(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def _fill_source(self) -> None:
        self.source_menu.clear()
        self.source_menu.addAction("Own trail").triggered.connect(
            lambda: self.open_wanted.emit(None)
        )
        self.source_menu.addSeparator()
        self.source_menu.addAction("Open folder\N{HORIZONTAL ELLIPSIS}").triggered.connect(
            lambda _=False: self.ask_folder()
        )
        self.source_menu.addAction("Open file\N{HORIZONTAL ELLIPSIS}").triggered.connect(
            lambda _=False: self.ask_file()
        )
        recent = self.recent.all()
        if recent:
            self.source_menu.addSeparator()
        for text in recent:
            action = self.source_menu.addAction(self.recent.words(text))
            action.triggered.connect(lambda _=False, text=text: self.open_wanted.emit(Path(text)))
        if recent:
            self.source_menu.addSeparator()
            self.recent.add_tidying(self.source_menu)

    def _menu_button(self, text: str, name: str, accessible: str, icon: str) -> QPushButton:
        result = button(text, "quiet", name=name, accessible=accessible, icon=icon)
        result.setProperty("menu", "true")
        return result


def record_menu(
    row: TrailRow,
    title: Callable[[str], str],
    filters: FilterBar,
    record: RecordDetailCard,
    table: TableView,
) -> QMenu:
    """What can be done with one record: show its like only, copy it."""
    menu = QMenu(table)
    if row.event_type:
        menu.addAction(f"Only {row.event_type}").triggered.connect(
            lambda: filters.choose_type(row.event_type)
        )
    for part, word, value in (
        ("workflow_id", "workflow", row.workflow_id),
        ("instance_id", "instance", row.instance_id),
        ("job_id", "job", row.job_id),
        ("operator", "operator", row.operator),
    ):
        if value:
            words = title(value) if part == "workflow_id" else value
            shown = words if len(words) <= 40 else f"{words[:40]}\N{HORIZONTAL ELLIPSIS}"
            menu.addAction(f"Only {word} {shown}".replace("&", "&&")).triggered.connect(
                lambda _=False, part=part, value=value, shown=shown: filters.narrow(
                    part, value, shown
                )
            )
    menu.addSeparator()
    menu.addAction("Copy row").triggered.connect(lambda _=False: table.copy_rows())
    menu.addAction("Copy as text").triggered.connect(lambda _=False: record.copy_text.click())
    menu.addAction("Copy as JSON").triggered.connect(lambda _=False: record.copy_json.click())
    return menu


def _name(path: Path) -> str:
    # A data folder's trail stands in its `audit`: the folder above is the telling name.
    name = path.parent.name if path.name == "audit" and path.parent.name else path.name
    shown = visible(name or str(path))
    return shown if len(shown) <= 28 else f"{shown[:27]}\N{HORIZONTAL ELLIPSIS}"
