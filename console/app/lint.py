"""`workflow lint`: the real form of a schema, built without a window, filled and read back."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, stack_size
from typing import TYPE_CHECKING, Any, Final, TypeVar

from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.schema import FieldMessage, FieldSpec, Schema, Unset, read_schema
from console.domain.values import Json, type_name
from console.store.definition_files import read_document
from console.store.definitions import SCHEMA_DRAFTS, read_definition

if TYPE_CHECKING:
    from console.ui.forms.editor import Editor
    from console.ui.forms.field import FormField
    from console.ui.forms.schema_form import SchemaForm

LARGEST_DATA: Final = 64 * 1024 * 1024
DEEP_CALLS: Final = 40_000
DEEP_STACK: Final = 512 * 1024 * 1024
VALID: Final = "valid"
INVALID: Final = "invalid"
NO_SCHEMA: Final = "not-json-schema"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lint:
    """What the form of a file shows, takes and gives back."""

    fields: tuple[dict[str, Json], ...]
    unsupported: tuple[dict[str, Json], ...]
    verdict: str
    errors: tuple[FieldMessage, ...]
    round_trip: Json

    def to_json(self) -> dict[str, Any]:
        """The document that `workflow lint --json` prints."""
        return {
            "fields": list(self.fields),
            "unsupported": list(self.unsupported),
            "verdict": self.verdict,
            "errors": [{"path": e.path, "message": e.message} for e in self.errors],
            "roundTrip": self.round_trip,
        }


def lint(file: Path, data: Path | None) -> Lint:
    """Build the form of `file` and put the value of `data` through it.

    BadInput where a file cannot be read, EnvironmentProblem where Qt cannot be loaded.
    """
    document = read_document(file)
    value = None if data is None else _data(data)
    schema = _schema_of(file, document)
    return _deeply(lambda: _refusal(schema)) or _through_form(schema, value, given=data is not None)


def _data(file: Path) -> Json:
    return read_document(file, LARGEST_DATA)


def _schema_of(file: Path, document: Json) -> Schema:
    """Return the schema in a definition, or the document that is one itself."""
    if not isinstance(document, dict | bool):
        raise BadInput(f"{file}: a definition or a schema is an object, not {type_name(document)}.")
    if isinstance(document, bool) or not _is_definition(document):
        return document
    if file.suffix.lower() == ".json":
        read_definition(file, lambda _schema: None)  # what is wrong beside the schema
    schema = document["schema"]
    if not isinstance(schema, dict | bool):
        raise BadInput(f"{file}: schema must be an object, not {type_name(schema)}.", "schema")
    return schema


def _is_definition(document: dict[str, Json]) -> bool:
    words = {"$schema", "$ref", "type", "properties", "allOf", "anyOf", "oneOf", "$defs"}
    return "schema" in document and not words & document.keys()


def _refusal(schema: Schema) -> Lint | None:
    from console.domain.schema_check import problem_of

    problem = problem_of(schema)
    if not problem:
        return None
    return Lint((), (), NO_SCHEMA, (FieldMessage("", f"Not a JSON Schema: {problem}"),), None)


def _through_form(schema: Schema, value: Json, *, given: bool) -> Lint:
    form = _form(read_schema(schema))
    lost: list[dict[str, Json]] = [
        {"path": u.path, "keyword": u.keyword} for u in form.spec.all_unsupported()
    ]
    draft = schema.get("$schema") if isinstance(schema, dict) else None
    if isinstance(draft, str) and draft.rstrip("#") not in SCHEMA_DRAFTS:
        lost.insert(0, {"path": "", "keyword": "$schema"})
    if not given:
        return Lint(tuple(_fields(form)), tuple(lost), VALID, (), None)
    form.set_value(value)
    back, unread = form.any_value()
    read: Json = None if isinstance(back, Unset) else back
    errors = [m for m in unread if m.keyword != "size"]  # a limit of sending, not of the schema
    if isinstance(back, Unset):
        errors.append(FieldMessage("", "The form gives no value back.", "lost"))
    judged = _deeply(lambda: _judged(schema, read))
    covered = {message.path for message in errors}
    errors += [message for message in judged if message.path not in covered]
    verdict = INVALID if errors else VALID
    return Lint(tuple(_fields(form)), tuple(lost), verdict, tuple(errors), read)


def _judged(schema: Schema, value: Json) -> tuple[FieldMessage, ...]:
    from console.domain.schema import validate

    return validate(schema, value)


def _form(spec: FieldSpec) -> SchemaForm:
    # No display is needed, and none is opened where there is one.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from console.app.qt_loading import load_qt

        load_qt()
        from PySide6.QtWidgets import QApplication

        from console.ui.forms.schema_form import SchemaForm
    except ImportError as error:
        raise EnvironmentProblem(f"Qt cannot be loaded: {error}") from error
    if QApplication.instance() is None:
        _kept.append(QApplication(["cxone-console"]))
    form = SchemaForm(waits=True, strict=False)
    form.set_schema(spec)
    return form


_kept: list[object] = []
"""The application, which must live as long as its widgets."""


def _fields(form: SchemaForm) -> Iterator[dict[str, Json]]:
    """Yield the fields of the form in reading order, and what a list's entries would be."""
    from console.ui.forms.whole_editor import WholeEditor

    root = form.root
    assert isinstance(root, WholeEditor)
    if root.field.editor.kind == "group":
        yield from _inside(root.field.editor)
    else:
        yield from _with_entries(root.field)


def _inside(editor: Editor) -> Iterator[dict[str, Json]]:
    for field in editor.fields():
        if field.path.endswith("/ others"):
            yield from _inside(field.editor)
        else:
            yield from _with_entries(field)
    for spec in getattr(editor, "later", ()):
        yield from map(_of_spec, spec.walk())


def _with_entries(field: FormField) -> Iterator[dict[str, Json]]:
    spec, editor = field.spec, field.editor
    yield _row(spec, field.path, editor.kind)
    inside = list(_inside(editor))
    yield from inside
    if not inside and editor.kind == "rows":
        for entry in (*spec.prefix, *((spec.item,) if spec.item is not None else ())):
            for below in entry.walk():
                yield _of_spec(below, field.path + below.path.removeprefix(spec.path))


def _of_spec(spec: FieldSpec, path: str = "") -> dict[str, Json]:
    from console.ui.forms.factory import kind_for

    return _row(spec, path or spec.path, kind_for(spec))


def _row(spec: FieldSpec, path: str, widget: str) -> dict[str, Json]:
    return {"path": path, "type": spec.type.value, "widget": widget, "required": spec.required}


def _deeply(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, done with room for calls as deep as a file may nest."""
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a draft that jsonschema does not know
                done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below, where it belongs
            failed.append(error)

    before, calls = stack_size(DEEP_STACK), sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(DEEP_CALLS)
        thread = Thread(target=run, name="judge")
        thread.start()
        thread.join()
    finally:
        stack_size(before)
        sys.setrecursionlimit(calls)
    if failed:
        raise failed[0]
    return done[0]
