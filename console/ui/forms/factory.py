"""Which editor a field gets."""

from __future__ import annotations

from typing import Final

from console.domain.schema import FieldSpec, FieldType
from console.ui.forms.choice_editor import BooleanEditor, ChecksEditor, ChoiceEditor
from console.ui.forms.editor import Editor
from console.ui.forms.group_editor import GroupEditor
from console.ui.forms.json_editor import JsonEditor
from console.ui.forms.later_editor import LaterEditor
from console.ui.forms.rows_editor import RowsEditor
from console.ui.forms.text_editor import IntegerEditor, NumberEditor, TextEditor
from console.ui.forms.variant_editor import VariantEditor

MAX_CHOICES: Final = 5_000
_SIMPLE: Final[dict[FieldType, type[Editor]]] = {
    FieldType.STRING: TextEditor,
    FieldType.INTEGER: IntegerEditor,
    FieldType.NUMBER: NumberEditor,
    FieldType.BOOLEAN: BooleanEditor,
}


def editor_for(spec: FieldSpec) -> Editor:
    """Return a fresh editor for `spec`; what no typed editor shows is edited as checked JSON."""
    if spec.source is None and spec.type is FieldType.ANY:
        return JsonEditor(spec)
    if spec.grows and (spec.variants or spec.type in {FieldType.OBJECT, FieldType.ARRAY}):
        return LaterEditor(spec, editor_for)
    if spec.enum is not None and len(spec.enum) <= MAX_CHOICES:
        return ChoiceEditor(spec)
    if spec.variants:
        return VariantEditor(spec, editor_for)
    simple = _SIMPLE.get(spec.type)
    if simple is not None:
        return simple(spec)
    if spec.type is FieldType.OBJECT and (spec.children or spec.keyed or spec.depends):
        return GroupEditor(spec, editor_for)
    if spec.type is FieldType.ARRAY and (spec.item is not None or spec.prefix):
        suits = ChecksEditor.suits(spec)
        return ChecksEditor(spec) if suits else RowsEditor(spec, editor_for)
    return JsonEditor(spec)
