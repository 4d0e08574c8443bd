"""Values without what the schema calls write-only: for a review, a log, a draft.

Where it depends on the value whether a part is secret, it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from console.domain.schema import UNSET, FieldSpec, Unset

if TYPE_CHECKING:
    from console.domain.values import Json

MASKED: Final = "••••••"
MAX_FORMS: Final = 200


def has_secrets(spec: FieldSpec) -> bool:
    """Return True where any part of the document says that it is write-only."""
    todo: list[Any] = [spec.schema if spec.source is None else spec.source.document.root]
    while todo:
        part = todo.pop()
        if isinstance(part, Mapping):
            if part.get("writeOnly") is True:
                return True
            todo.extend(part.values())
        elif isinstance(part, list):
            todo.extend(part)
    return False


def masked(spec: FieldSpec, value: Json) -> Json:
    """Return `value` with dots in place of what is secret."""
    result = _hidden([spec], value, MASKED) if has_secrets(spec) else value
    return MASKED if isinstance(result, Unset) else result


def without_secrets(spec: FieldSpec, value: Json) -> Json | Unset:
    """Return `value` without the keys that hold something secret; entries of lists become null."""
    return _hidden([spec], value, UNSET) if has_secrets(spec) else value


def unmasked(spec: FieldSpec, value: Json, before: Json | Unset) -> Json | Unset:
    """Return `value` with what stands in `before` wherever the dots of `masked` still stand."""
    if isinstance(before, Unset) or not has_secrets(spec):
        return value
    shown = masked(spec, before)
    return _shown(value, before, shown)


def _shown(value: Json, before: Json, shown: Json) -> Json:
    if shown == MASKED and before != MASKED and value == MASKED:
        return before
    if isinstance(value, dict) and isinstance(before, dict) and isinstance(shown, dict):
        return {
            key: _shown(part, before[key], shown[key]) if key in before and key in shown else part
            for key, part in value.items()
        }
    if isinstance(value, list) and isinstance(before, list) and isinstance(shown, list):
        known = min(len(before), len(shown))
        return [
            _shown(part, before[n], shown[n]) if n < known else part for n, part in enumerate(value)
        ]
    return value


def _hidden(specs: list[FieldSpec], value: Json, instead: Json | Unset) -> Json | Unset:
    forms = _forms(specs)
    if any(form.write_only for form in forms):
        return instead
    if isinstance(value, dict):
        parts = {key: _hidden(_named(forms, key), part, instead) for key, part in value.items()}
        return {key: part for key, part in parts.items() if not isinstance(part, Unset)}
    if isinstance(value, list):
        entries = [_hidden(_entry(forms, n), part, instead) for n, part in enumerate(value)]
        return [None if isinstance(entry, Unset) else entry for entry in entries]
    return value


def _forms(specs: list[FieldSpec]) -> list[FieldSpec]:
    """Return `specs` with every form and condition of theirs, whether it holds now or not."""
    found: list[FieldSpec] = []
    todo = list(specs)
    while todo and len(found) < MAX_FORMS:
        spec = todo.pop()
        found.append(spec)
        todo += spec.variants
        if spec.source is not None:
            todo += [part for part in spec.source.maybe(spec) if part.path == spec.path]
    return found


def _named(forms: list[FieldSpec], name: str) -> list[FieldSpec]:
    found = [child for form in forms for child in form.children if child.name == name]
    more = (form.other(name) for form in forms if not form.variants)
    return found + [spec for spec in more if spec is not None]


def _entry(forms: list[FieldSpec], place: int) -> list[FieldSpec]:
    found = [form.prefix[place] if place < len(form.prefix) else form.item for form in forms]
    return [spec for spec in found if spec is not None]
