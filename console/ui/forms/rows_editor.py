"""A list as rows: add, remove, move, and paste rows from a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldMessage, FieldSpec, FieldType, Unset, pointer
from console.domain.schema_pick import start_of
from console.ui.forms.editor import Editor
from console.ui.forms.field import FormField, MakeEditor
from console.ui.forms.group_editor import GroupEditor
from console.ui.forms.pager import PAGE, PAGE_OF_GROUPS, Pager
from console.ui.forms.pasted import values_from_rows
from console.ui.forms.reading import Reading
from console.ui.forms.row import Row
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Well

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller

_FLAT: Final = {FieldType.STRING, FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN}


class RowsEditor(Editor):
    """A list, one row an entry; without rows it is unset until said empty.

    Only the rows of one page are widgets: of a long list the others are kept as they are.
    """

    kind = "rows"

    def __init__(self, spec: FieldSpec, make: MakeEditor, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._make = make
        self._path = ""
        self._title = spec.title
        self._state: Json | Unset = UNSET
        self._values: list[Json | Unset] = []
        self._start = 0
        self._rows: list[Row] = []
        self._locked = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        well = Well()
        outer.addWidget(well)
        inner = QVBoxLayout(well)
        inner.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        inner.setSpacing(SPACE_S)
        self._column = QVBoxLayout()
        flat = all(_is_flat(item) for item in (*spec.prefix, spec.item) if item is not None)
        self._column.setSpacing(SPACE_S if flat else SPACE_L)
        inner.addLayout(self._column)
        self._page = PAGE if flat else PAGE_OF_GROUPS
        self._pager: Pager | None = None
        self._inner = inner
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_M)
        titled = spec.item.title if spec.item is not None else ""
        self._noun = (titled or "entry").lower()
        self._add_button = button(f"Add {self._noun}", "link", name="add", icon="plus")
        self._add_button.clicked.connect(self._add_by_hand)
        self._paste_button = button("Paste rows", "link", name="paste")
        self._paste_button.setToolTip("One entry a line, columns as in a spreadsheet")
        self._paste_button.clicked.connect(self._paste)
        foot.addWidget(self._add_button)
        foot.addWidget(self._paste_button)
        foot.addStretch(1)
        inner.addLayout(foot)
        self._paste_button.setVisible(spec.item is not None)
        self.setFocusProxy(self._add_button)

    def fields(self) -> Iterator[FormField]:
        for row in self._rows:
            yield row.field

    def read(self) -> Reading:
        if not self._values:
            return Reading(self._state)
        values = list(self._values)
        messages: list[FieldMessage] = []
        for place, row in enumerate(self._rows, start=self._start):
            reading = row.field.read()
            values[place] = reading.value
            above = pointer(place)
            messages += [
                FieldMessage(above + m.path, m.message, m.keyword) for m in reading.messages
            ]
        read: list[Json] = []
        for place, value in enumerate(values):
            if isinstance(value, Unset):
                messages.append(
                    FieldMessage(pointer(place), "Needs a value, or remove the row.", "row")
                )
                read.append(None)
            else:
                read.append(value)
        return Reading(read, tuple(messages))

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        return isinstance(value, list)

    def load(self, value: Json | Unset) -> None:
        self._state = [] if isinstance(value, list) else value
        self._values = list(value) if isinstance(value, list) else []
        self._show_page(0)

    def reveal(self, path: str) -> None:
        """Bring the entry that `path` (relative to this list) leads to into sight."""
        first = path.split("/")[1] if "/" in path else ""
        if first.isdecimal() and int(first) < len(self._values):
            self._keep_rows()
            place = int(first)
            if not 0 <= place - self._start < len(self._rows):
                self._show_page(place // self._page * self._page)

    def main_widget(self) -> QWidget:
        return self._rows[0].field.editor.main_widget() if self._rows else self._add_button

    def place(self, path: str) -> None:
        self._path = path
        self.setObjectName(f"field_{path}")
        self._add_button.setObjectName(f"add_{path}")
        self._paste_button.setObjectName(f"paste_{path}")
        self._renumber()

    def call(self, title: str, description: str) -> None:
        self._title = title
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)
        self._add_button.setAccessibleName(f"{title}: add {self._noun}")
        self._paste_button.setAccessibleName(f"{title}: paste rows")
        self._add_button.setAccessibleDescription(description)
        self._renumber()

    def mark(self, *, invalid: bool) -> None:
        """Mark nothing: the words under the list say it, and its rows have marks of their own."""

    def lock(self) -> None:
        self._locked = True
        self._add_button.setEnabled(False)
        self._paste_button.setEnabled(False)
        self._renumber()

    def fill_menus(self, filler: MenuFiller) -> None:
        """Add nothing: the rows' own entries have menus."""

    def state_words(self) -> str:
        if self._values:
            return ""
        if isinstance(self._state, Unset):
            return "unset"
        return "null" if self._state is None else "empty list"

    # --- rows and pages -----------------------------------------------------------------------
    def _spec_of(self, place: int) -> FieldSpec:
        if place < len(self.spec.prefix):
            return self.spec.prefix[place]
        known = self.spec.item
        return _anything(f"{self.spec.path}/*") if known is None else known

    def _show_page(self, start: int) -> None:
        """Show the rows from `start` on; what stands in the rows before is kept by the caller."""
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._start = max(0, min(start, len(self._values) - 1)) // self._page * self._page
        self._rows = []
        for place in range(self._start, min(self._start + self._page, len(self._values))):
            self._rows.append(self._row(place))
            self._column.addWidget(self._rows[-1])
        self._renumber()

    def _turn(self, start: int) -> None:
        self._keep_rows()
        self._show_page(start)
        if self._rows:
            self._rows[0].field.take_focus()

    def _keep_rows(self) -> None:
        for place, row in enumerate(self._rows, start=self._start):
            self._values[place] = row.field.read().value

    def _row(self, place: int) -> Row:
        spec = self._spec_of(place)
        flat = _is_flat(spec)
        group = spec.type is FieldType.OBJECT and not (spec.variants or spec.grows)
        group = group and bool(spec.children or spec.keyed or spec.depends)
        make = self._make_group if group else self._make
        # A place that has a name of its own shows it; alike entries need none.
        bare = flat and not (place < len(self.spec.prefix) and spec.title)
        field = FormField(spec, make, path=f"{self._path}/{place}", bare=bare)
        if not isinstance(self._values[place], Unset):
            field.load(self._values[place])
        field.edited.connect(self.edited)
        field.left.connect(self.left)
        row = Row(field, in_title=not bare)
        row.wanted.connect(lambda wish, r=row: self._row_wants(r, wish))
        if self._locked:
            field.lock()
        return row

    def _make_group(self, spec: FieldSpec) -> Editor:
        return GroupEditor(spec, self._make, plain=True)

    def _row_wants(self, row: Row, wish: str) -> None:
        place = self._start + self._rows.index(row)
        if self._locked:
            return
        if wish == "add":
            self._add_by_hand(at=place + 1)
        elif wish == "remove":
            self._remove(place)
        else:
            self._move(place, place + (-1 if wish == "up" else 1))

    def _add_by_hand(self, _on: bool = False, at: int | None = None) -> None:  # noqa: FBT001, FBT002 - Qt's signal
        if self._is_full():
            return
        place = len(self._values) if at is None else at
        self._keep_rows()
        self._values.insert(place, start_of(self._spec_of(place)))
        same = self._start <= place <= self._start + len(self._rows)
        if same and len(self._rows) < self._page and not self.spec.prefix:
            row = self._row(place)
            self._rows.insert(place - self._start, row)
            self._column.insertWidget(place - self._start, row)
            self._renumber()
        else:
            self._show_page(place)
        self._rows[place - self._start].field.take_focus()
        self.edited.emit()

    def _remove(self, place: int) -> None:
        self._keep_rows()
        del self._values[place]
        self._state = UNSET
        if self.spec.prefix or len(self._values) >= self._start + len(self._rows):
            self._show_page(self._start)
        else:
            row = self._rows.pop(place - self._start)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
            if not self._rows and self._values:
                self._show_page(self._start - 1)
            self._renumber()
        if self._rows:
            self._rows[min(place - self._start, len(self._rows) - 1)].field.take_focus()
        else:
            self._add_button.setFocus()
        self.edited.emit()

    def _move(self, place: int, to: int) -> None:
        if not 0 <= to < len(self._values):
            return
        self._keep_rows()
        self._values.insert(to, self._values.pop(place))
        if self.spec.prefix or not 0 <= to - self._start < len(self._rows):
            self._show_page(to)
        else:
            row = self._rows.pop(place - self._start)
            self._rows.insert(to - self._start, row)
            self._column.removeWidget(row)
            self._column.insertWidget(to - self._start, row)
            self._renumber()
        self._rows[to - self._start].field.take_focus()
        self.edited.emit()

    def _paste(self) -> None:
        if self.spec.item is None:
            return
        rows = values_from_rows(self.spec.item, QGuiApplication.clipboard().text())
        if rows:
            before = self.read().value
            self.replaced.emit((before if isinstance(before, list) else []) + rows)

    def _is_full(self) -> bool:
        """Return True where the schema has no place for another entry."""
        most = self.spec.max_items
        if self.spec.item is None and self.spec.prefix and self._is_closed():
            most = min(len(self.spec.prefix), most if most is not None else len(self.spec.prefix))
        return self._locked or (most is not None and len(self._values) >= most)

    def _is_closed(self) -> bool:
        source = self.spec.source
        return source is not None and source.sorted.flat.items is None

    def _renumber(self) -> None:
        for place, row in enumerate(self._rows, start=self._start):
            own = row.field.spec.title
            name = f"{own or self._title} {place + 1}"
            if place < len(self.spec.prefix) and own:
                name = own
            path = f"{self._path}/{place}"
            row.field.place(path)
            row.field.rename(name)
            for key, tool in row.buttons.items():
                tool.setObjectName(f"{key}_{path}")
                tool.setAccessibleName(f"{tool.toolTip().split(' (')[0]}: {name}")
            row.buttons["up"].setEnabled(place > 0 and not self._locked)
            row.buttons["down"].setEnabled(place < len(self._values) - 1 and not self._locked)
            row.buttons["remove"].setEnabled(not self._locked)
        self._add_button.setEnabled(not self._is_full())
        self._tell_page()

    def _tell_page(self) -> None:
        if len(self._values) > self._page and self._pager is None:
            self._pager = Pager(self._page)
            self._pager.wanted.connect(self._turn)
            self._inner.insertWidget(1, self._pager)
        if self._pager is not None:
            self._pager.show_place(self._start, len(self._rows), len(self._values))
            self._pager.call(self._title, self._path)


def _is_flat(spec: FieldSpec) -> bool:
    return spec.type in _FLAT and not spec.variants


def _anything(path: str) -> FieldSpec:
    return FieldSpec(path=path, name="", type=FieldType.ANY, title="", required=True)
