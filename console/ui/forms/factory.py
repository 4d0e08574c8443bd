"""Which editor a field gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.domain.schema import FieldSpec, FieldType
from console.ui.forms.choice_editor import BooleanEditor, ChecksEditor, ChoiceEditor
from console.ui.forms.group_editor import GroupEditor
from console.ui.forms.json_editor import JsonEditor
from console.ui.forms.rows_editor import RowsEditor
from console.ui.forms.text_editor import IntegerEditor, NumberEditor, TextEditor

if TYPE_CHECKING:
    from console.ui.forms.editor import Editor

MAX_CHOICES = 500


def editor_for(spec: FieldSpec) -> Editor:
    """Return a fresh editor for `spec`; what no typed editor shows is edited as checked JSON."""
    if spec.type is FieldType.ANY and spec.unsupported:
        return JsonEditor(spec)
    flat = all(not isinstance(choice, list | dict) for choice in spec.enum or ())
    if spec.enum is not None and flat and len(spec.enum) <= MAX_CHOICES:
        return ChoiceEditor(spec)
    match spec.type:
        case FieldType.STRING:
            return TextEditor(spec)
        case FieldType.INTEGER:
            return IntegerEditor(spec)
        case FieldType.NUMBER:
            return NumberEditor(spec)
        case FieldType.BOOLEAN:
            return BooleanEditor(spec)
        case FieldType.OBJECT if spec.children:
            return GroupEditor(spec, editor_for)
        case FieldType.ARRAY if spec.item is not None and ChecksEditor.suits(spec):
            return ChecksEditor(spec)
        case FieldType.ARRAY if spec.item is not None and _fits_rows(spec.item):
            return RowsEditor(spec, editor_for)
    return JsonEditor(spec)


def _fits_rows(item: FieldSpec) -> bool:
    """Return True for entries of one line each, or objects of such: deeper ones read better as JSON."""
    flat = {FieldType.STRING, FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN}
    if item.type in flat:
        return True
    return (
        item.type is FieldType.OBJECT
        and bool(item.children)
        and all(child.type in flat for child in item.children)
    )
