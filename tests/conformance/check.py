"""What must be true of the form of any schema, asked of the real widgets."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from console.domain.schema import FieldSpec, Unset, read_schema, validate
from console.domain.schema_check import problem_of
from console.domain.values import FieldError, Json, parse_json
from console.domain.wire_json import to_text
from console.ui.forms.schema_form import SchemaForm
from console.ui.tab_order import in_order, stops
from tests.conformance.cases import Case, Value

_CONTROLS: Final = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
# The keywords of draft 7 and 2020-12, written down here once more: what the program's own list
# lacks must come out.
_WORDS: Final = frozenset(
    [
        "$schema",
        "$id",
        "$anchor",
        "$comment",
        "$defs",
        "$ref",
        "$vocabulary",
        "$dynamicAnchor",
        "definitions",
        "type",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "enum",
        "const",
        "format",
        "contentMediaType",
        "contentEncoding",
        "contentSchema",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "properties",
        "required",
        "additionalProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "patternProperties",
        "items",
        "additionalItems",
        "prefixItems",
        "minItems",
        "maxItems",
        "uniqueItems",
        "contains",
        "minContains",
        "maxContains",
        "not",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "then",
        "else",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)
_ONE: Final = ("additionalProperties", "items", "additionalItems", "then", "else")
_MANY: Final = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_NAMED: Final = ("properties", "patternProperties", "dependentSchemas", "dependencies")


def faults(case: Case) -> Iterator[str]:
    """Yield a sentence for everything that is not true of the form of `case`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem = problem_of(case.schema)
    if problem:
        yield f"is called no JSON Schema: {problem}"
        return
    form = SchemaForm(waits=True, strict=False)
    form.set_schema(read_schema(case.schema))
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.resize(480, 900)
    area.setWidget(form)
    area.show()
    try:
        yield from _untouched(form)
        yield from _unlisted(case.schema, form)
        yield from _seen(area, form, "empty")
        for value in case.values:
            yield from _through(case, value, form)
            yield from _seen(area, form, value.name)
    finally:
        area.hide()
        area.deleteLater()


def _through(case: Case, value: Value, form: SchemaForm) -> Iterator[str]:
    try:
        given = parse_json(value.text)
    except FieldError as error:
        yield f"{value.name}: cannot be read: {error}"
        return
    form.set_value(given)
    back, messages = form.any_value()
    read: Json = None if isinstance(back, Unset) else back
    if isinstance(back, Unset) or to_text(read, sort_keys=True) != to_text(given, sort_keys=True):
        yield f"{value.name}: {to_text(given)[:200]} came back as {to_text(read)[:200]}"
    theirs = _verdict(case.schema, json.loads(value.text))
    if theirs is None:
        return  # its references lead to the suite's own server
    valid = not messages and validate(case.schema, read) == ()
    if valid is not theirs:
        told = [*messages, *validate(case.schema, read)][:2]
        yield f"{value.name}: the form says {valid}, jsonschema {theirs}: {told}"
    if value.valid is not None and valid is not value.valid:
        yield f"{value.name}: the form says {valid}, the suite {value.valid}"


def _verdict(schema: Any, value: Any) -> bool | None:
    """Return jsonschema's verdict by its own rules with our formats, None where it asks elsewhere."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # has none
    from referencing.exceptions import Unresolvable

    from console.domain.schema_rules import formats

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        return bool(kind(schema, format_checker=formats(), registry=REGISTRY).is_valid(value))
    except Unresolvable:
        return None


def _untouched(form: SchemaForm) -> Iterator[str]:
    form.start_again()
    value, _ = form.any_value()
    if not isinstance(value, Unset):
        for name in _optional(form.spec, value):
            yield f"untouched, it adds {name}"


def _optional(spec: FieldSpec, value: Json) -> Iterator[str]:
    """Yield the pointers of keys in `value` that the schema does not require."""
    children = {child.name: child for child in spec.under(value).children}
    for name, part in value.items() if isinstance(value, dict) else ():
        child = children.get(name)
        if child is None or not child.required:
            yield f"{spec.path}/{name}"
        else:
            yield from _optional(child, part)


def _unlisted(schema: Any, form: SchemaForm) -> Iterator[str]:
    listed = {lost.keyword for lost in form.spec.all_unsupported()}
    for word in sorted(set(_strange(schema)) - listed):
        yield f"does not say that it cannot show {word}"


def _strange(schema: Any) -> Iterator[str]:
    """Yield the keywords that neither draft has, wherever a form would have to follow them."""
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema and "draft-07" in str(schema.get("$schema", "")):
        return
    yield from (k for k in schema if k not in _WORDS and not k.startswith("x-"))
    for key in _ONE:
        if key not in {"then", "else"} or "if" in schema:
            yield from _strange(schema.get(key))
    for key in _MANY:
        for part in schema[key] if isinstance(schema.get(key), list) else ():
            yield from _strange(part)
    for key in _NAMED:
        for part in schema[key].values() if isinstance(schema.get(key), dict) else ():
            yield from _strange(part)


def _seen(area: QScrollArea, form: SchemaForm, when: str) -> Iterator[str]:
    area.grab()  # lays everything out
    for widget in in_order(form, hidden=False):
        if isinstance(widget, _CONTROLS) and widget.isVisibleTo(form):
            if not widget.accessibleName():
                yield f"{when}: {type(widget).__name__} {widget.objectName()} has no name"
            if not widget.objectName():
                yield f"{when}: {type(widget).__name__} {widget.accessibleName()} has no objectName"
    ring = [w for w in stops(form) if w.isVisibleTo(form) and w.isEnabled()]
    named = [w.objectName() for w in ring]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        yield f"{when}: {twice} stand twice"
    for one, other in pairwise(ring):
        if _is_before(_place(other, form), _place(one, form)):
            yield f"{when}: Tab goes from {one.objectName()} back to {other.objectName()}"


def _place(widget: QWidget, form: QWidget) -> QRect:
    return QRect(widget.mapTo(form, QPoint(0, 0)), widget.size())


def _is_before(other: QRect, one: QRect) -> bool:
    """Return True where `other` is read before `one`: above it, or left of it on the same line."""
    if other.bottom() <= one.top():
        # Two fields beside each other may be of different heights: the right one is read later.
        return other.left() <= one.left()
    same_line = abs(other.center().y() - one.center().y()) < min(other.height(), one.height()) / 2
    return same_line and other.right() <= one.left()
