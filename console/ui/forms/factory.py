"""Which editor a field gets."""

from __future__ import annotations

from typing import Any, Final

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
_WITH_PARTS: Final = {GroupEditor, LaterEditor, RowsEditor, VariantEditor}


def editor_for(spec: FieldSpec) -> Editor:
    """Return a fresh editor for `spec`; what no typed editor shows is edited as checked JSON."""
    kind = _editor_class(spec)
    made: Editor = kind(spec, editor_for) if kind in _WITH_PARTS else kind(spec)
    return made


def kind_for(spec: FieldSpec) -> str:
    """Return the kind of the editor that `spec` gets, without making it."""
    kind: str = _editor_class(spec).kind
    return kind


def _editor_class(spec: FieldSpec) -> Any:
    if spec.source is None and spec.type is FieldType.ANY:
        return JsonEditor
    if spec.grows and (spec.variants or spec.type in {FieldType.OBJECT, FieldType.ARRAY}):
        return LaterEditor
    if spec.enum is not None and len(spec.enum) <= MAX_CHOICES:
        return ChoiceEditor
    if spec.variants:
        return VariantEditor
    if spec.type is FieldType.OBJECT and (spec.children or spec.keyed or spec.depends):
        return GroupEditor
    if spec.type is FieldType.ARRAY and (spec.item is not None or spec.prefix):
        return ChecksEditor if ChecksEditor.suits(spec) else RowsEditor
    return _SIMPLE.get(spec.type, JsonEditor)
