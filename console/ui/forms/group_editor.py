"""An object as a group of fields, which come and go with its value where the schema says so."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.schema import (
    UNSET,
    FieldMessage,
    FieldSpec,
    FieldType,
    Unset,
    pointer,
    pointer_parts,
)
from console.ui.forms.editor import Editor
from console.ui.forms.field import FormField, MakeEditor
from console.ui.forms.json_editor import JsonEditor
from console.ui.forms.keys_editor import KeysEditor
from console.ui.forms.pair_layout import PairLayout
from console.ui.forms.reading import Reading
from console.ui.forms.rest_of_fields import AT_ONCE, RestOfFields
from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.card import Well

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller

OTHERS = "/ others"


class GroupEditor(Editor):
    """An object's named parts as fields; other names with their values below them.

    Unset where every part is unset, unless a person said that it is an empty object. A part that
    the schema no longer asks for is not sent, and is there again with its value when it is asked
    for again.
    """

    kind = "group"

    def __init__(
        self,
        spec: FieldSpec,
        make: MakeEditor,
        parent: QWidget | None = None,
        *,
        top: bool = False,
        plain: bool = False,
    ) -> None:
        super().__init__(spec, parent)
        self._path = ""
        self._top = top
        self._make = make
        self._state: Json | Unset = UNSET
        self._order: list[str] = []
        self._gone: dict[str, Json | Unset] = {}
        self._shape = spec.under(UNSET)
        children = self._shape.children
        self._parts = [self._made(child) for child in children[:AT_ONCE]]
        self._later = list(children[AT_ONCE:])
        self._held: dict[str, Json] = {}
        self._rest: RestOfFields | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inner = outer
        if not (top or plain):
            self._well = Well()
            inner = QVBoxLayout(self._well)
            inner.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_M)
            outer.addWidget(self._well)
        inner.setSpacing(SPACE_M)
        self._pairs = PairLayout(self._parts)
        inner.addWidget(self._pairs)
        self._pairs.setVisible(bool(self._parts))
        self._inner = inner
        if self._parts:
            self.setFocusProxy(self._parts[0])
        if spec.keyed:
            self._others.show()
        if self._later:
            self._rest = RestOfFields(len(self._later))
            self._rest.wanted.connect(self.make_more)
            inner.insertWidget(1, self._rest)

    @cached_property
    def _others(self) -> FormField:
        """The field of names that the schema does not list; made when there are any."""
        made = FormField(
            _others_spec(alone=not self._parts, keyed=self.spec.keyed),
            self._others_editor,
            path=f"{self._path}{OTHERS}",
            bare=self.spec.keyed and not self._parts,
        )
        made.hide()
        made.edited.connect(self._edited)
        made.left.connect(self.left)
        self._inner.addWidget(made)
        return made

    @property
    def _has_others(self) -> bool:
        return "_others" in vars(self) and not self._others.isHidden()

    def fields(self) -> Iterator[FormField]:
        yield from self._parts
        if self._has_others:
            yield self._others

    def read(self) -> Reading:
        values: dict[str, Json] = {}
        messages: list[FieldMessage] = []
        for field in self._parts:
            reading = field.read()
            if not isinstance(reading.value, Unset):
                values[field.spec.name] = reading.value
            above = pointer(field.spec.name)
            messages += [
                FieldMessage(above + m.path, m.message, m.keyword) for m in reading.messages
            ]
        values |= self._held
        messages += self._read_others(values)
        if values or messages:
            return Reading(self._in_order(values), tuple(messages))
        return Reading({} if self._needed() else self._state)

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        return isinstance(value, dict)

    def load(self, value: Json | Unset) -> None:
        held = value if isinstance(value, dict) else {}
        self._state = {} if isinstance(value, dict) else value
        self._order = list(held)
        self._gone = {}
        self._take_shape(self.spec.under(value))
        names = {child.name for child in self._shape.children}
        for field in self._parts:
            field.load(held.get(field.spec.name, UNSET))
        self._held = {child.name: held[child.name] for child in self._later if child.name in held}
        others: dict[str, Json] = {key: held[key] for key in held if key not in names}
        if others or self._has_others:
            self._others.load(others or UNSET)
            self._others.setVisible(bool(others) or self.spec.keyed)

    def main_widget(self) -> QWidget:
        if self._parts:
            return self._parts[0].editor.main_widget()
        return self._others.editor.main_widget() if self._has_others else self

    def place(self, path: str) -> None:
        self._path = path
        self.setObjectName(f"field_{path}")
        for field in self._parts:
            field.place(path + pointer(field.spec.name))
        if self._rest is not None:
            self._rest.place(path)
        if "_others" in vars(self):
            self._others.place(f"{path}{OTHERS}")

    def call(self, title: str, description: str) -> None:
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)
        if self.spec.keyed and not self._parts:
            self._others.rename(title)

    def lock(self) -> None:
        for field in self.fields():
            field.lock()

    def mark(self, *, invalid: bool) -> None:
        """Mark nothing: the words under the group say it, and its parts have marks of their own."""

    def fill_menus(self, filler: MenuFiller) -> None:
        """Add nothing: the entries inside have menus of their own."""

    def state_words(self) -> str:
        if any(not isinstance(field.read().value, Unset) for field in self.fields()):
            return ""
        if isinstance(self._state, Unset):
            return "unset"
        return "null" if self._state is None else "empty"

    def reveal(self, path: str) -> None:
        """Make the field that `path` (relative to this group) leads to, where it is still to come."""
        parts = pointer_parts(path)
        names = [child.name for child in self._later]
        if parts and parts[0] in names:
            self.make_more(names.index(parts[0]) + 1)

    @property
    def later(self) -> tuple[FieldSpec, ...]:
        """The parts whose fields are still to be made; their values are kept meanwhile."""
        return tuple(self._later)

    def make_more(self, count: int) -> None:
        """Make the fields of the next `count` parts."""
        specs, self._later = self._later[:count], self._later[count:]
        fields = []
        for child in specs:
            fields.append(self._made(child))
            if child.name in self._held:
                fields[-1].load(self._held.pop(child.name))
        self._parts += fields
        if self._rest is not None and fields:
            self._inner.insertWidget(self._inner.indexOf(self._rest), PairLayout(fields))
            self._rest.tell(len(self._later))

    # --- parts that come and go ---------------------------------------------------------------
    def _made(self, child: FieldSpec) -> FormField:
        field = FormField(child, self._make, path=self._path + pointer(child.name))
        field.edited.connect(self._edited)
        field.left.connect(self.left)
        return field

    def _take_shape(self, shape: FieldSpec) -> None:
        """Show the parts of `shape`; those that stay keep what a person typed."""
        if shape is self._shape:
            return
        if self._later:
            self.make_more(len(self._later))
        self._shape = shape
        before = {field.spec.name: field for field in self._parts}
        self._parts = []
        for child in shape.children:
            old = before.get(child.name)
            if old is not None and same_field(old.spec, child):
                del before[child.name]
                self._parts.append(old)
                continue
            field = self._made(child)
            value = self._gone.pop(child.name, UNSET) if old is None else old.read().value
            if not isinstance(value, Unset):
                field.load(value)
            self._parts.append(field)
        self._pairs.show_fields(self._parts)
        self._pairs.setVisible(bool(self._parts))
        for name, field in before.items():
            if name not in {part.spec.name for part in self._parts}:
                self._gone[name] = field.read().value
            field.hide()
            field.deleteLater()

    def _edited(self) -> None:
        if isinstance(self._state, Unset) or self._state is None:
            self._state = UNSET
        if self.spec.depends:
            held = self.read().value
            self._take_shape(self.spec.under(held))
        self.edited.emit()

    # --- inside -----------------------------------------------------------------------------
    def _others_editor(self, spec: FieldSpec) -> Editor:
        if self.spec.keyed:
            return KeysEditor(spec, self._make, lambda name: self._shape.other(name))  # noqa: PLW0108 - the shape changes
        return JsonEditor(spec, strict_object=True)

    def _in_order(self, values: dict[str, Json]) -> dict[str, Json]:
        """Return `values` in the order in which they were loaded, new ones behind them."""
        if list(values) == self._order:
            return values
        first: dict[str, Json] = {name: values[name] for name in self._order if name in values}
        return first | values

    def _needed(self) -> bool:
        """Return True where an object without any value still is one."""
        return (self._top or self.spec.required) and isinstance(self._state, Unset)

    def _read_others(self, values: dict[str, Json]) -> list[FieldMessage]:
        if not self._has_others:
            return []
        reading = self._others.read()
        messages = list(reading.messages)
        if isinstance(reading.value, dict):
            listed = {child.name for child in self._shape.children}
            twice = [key for key in reading.value if key in listed]
            if twice:
                words = f"{', '.join(twice)}: has a field of its own above."
                messages.append(FieldMessage("", words, "others"))
            values.update({k: v for k, v in reading.value.items() if k not in values})
        keys = isinstance(self._others.editor, KeysEditor)
        return [
            # What is wrong under a name stands at that name, all else at the whole.
            FieldMessage(m.path if keys and m.path else OTHERS + m.path, m.message, m.keyword)
            for m in messages
        ]


def same_field(one: FieldSpec, other: FieldSpec) -> bool:
    """Return True where two readings of a schema ask for the very same field."""
    if one is other:
        return True
    if one.source is None or other.source is None or one.required != other.required:
        return False
    return (
        one.name == other.name
        and one.source.taken == other.source.taken
        and one.source.decided == other.source.decided
        and [id(piece.schema) for piece in one.source.pieces]
        == [id(piece.schema) for piece in other.source.pieces]
    )


def _others_spec(*, alone: bool, keyed: bool) -> FieldSpec:
    words = "Values under names that the workflow's form does not know."
    return FieldSpec(
        path="",
        name="",
        type=FieldType.OBJECT,
        title="Entries" if alone and keyed else "Other values",
        description="Names of your own, each with its value." if keyed else words,
    )
