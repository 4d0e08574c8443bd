"""Filters kept by name: a menu beside the filter to take, keep and delete them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from console.domain.audit_view import EVERYTHING
from console.domain.saved_filters import (
    NAME_CHARS,
    SavedFilter,
    clean_name,
    from_text,
    to_text,
    with_filter,
)
from console.domain.text import visible
from console.ui.panels.audit_panel.filters import FilterBar
from console.ui.panels.audit_panel.menus import NARROW_PX
from console.ui.widgets.buttons import button
from console.ui.widgets.dialog import Question

KEY: Final = "audit/filters"


class SavedFilters(QObject):
    """The menu *Saved*; filters stand in the window's settings and are never lost by taking one."""

    def __init__(self, settings: QSettings, filters: FilterBar, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._filters = filters
        self._window = window
        self.button = button(
            "Saved", "quiet", name="audit_saved", accessible="Saved filters", icon="filter"
        )
        self.button.setProperty("menu", "true")
        self.button.setToolTip("Take a filter that was kept, or keep this one by a name")
        self.menu = QMenu(self.button)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        filters.add_tool(self.button)

    def set_room(self, pixels: int) -> None:
        """Show the icon alone where the header is narrow."""
        self.button.setText("Saved" if pixels >= NARROW_PX else "")

    def all(self) -> tuple[SavedFilter, ...]:
        """The filters that are kept, in order of their names."""
        return from_text(str(self._settings.value(KEY, "")))

    def keep(self, name: str) -> None:
        """Keep the filter as it stands under `name`; one of that name is replaced."""
        wanted, time = self._filters.kept()
        self._write(with_filter(self.all(), SavedFilter(clean_name(name), wanted, time)))

    def delete(self, name: str) -> None:
        """Forget the filter of this name."""
        self._write(tuple(saved for saved in self.all() if saved.name != name))

    def ask_name(self) -> None:
        """Ask under which name the filter is to be kept."""
        question = Question(
            "Keep this filter",
            "It can be taken again from Saved. A filter of the same name is replaced.",
            "Keep",
            name="audit_keep_filter",
            parent=self._window,
        )
        entry = QLineEdit()
        entry.setObjectName("audit_filter_name")
        entry.setAccessibleName("Name of the filter")
        entry.setPlaceholderText("Name")
        entry.setMaxLength(NAME_CHARS)
        question.body.addWidget(entry)
        question.answer_button.setEnabled(False)
        entry.textChanged.connect(
            lambda text: question.answer_button.setEnabled(bool(clean_name(text)))
        )
        question.accepted.connect(lambda: self.keep(entry.text()))
        question.open()
        entry.setFocus()

    def _write(self, filters: tuple[SavedFilter, ...]) -> None:
        self._settings.setValue(KEY, to_text(filters))

    def _fill(self) -> None:
        self.menu.clear()
        known = self.all()
        for saved in known:
            action = self.menu.addAction(visible(saved.name).replace("&", "&&"))
            action.triggered.connect(lambda _=False, saved=saved: self._filters.take(saved))
        if known:
            self.menu.addSeparator()
        keep = self.menu.addAction("Keep this filter\N{HORIZONTAL ELLIPSIS}")
        keep.setObjectName("audit_keep")
        keep.setEnabled(self._filters.wanted() != EVERYTHING)
        keep.triggered.connect(lambda _=False: self.ask_name())
        if known:
            forget = self.menu.addMenu("Delete")
            for saved in known:
                action = forget.addAction(visible(saved.name).replace("&", "&&"))
                action.triggered.connect(lambda _=False, name=saved.name: self.delete(name))
