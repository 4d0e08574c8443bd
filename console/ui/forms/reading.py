"""What a form's editors hold, and how two JSON values compare without bending either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from console.domain.payload import MAX_BODY_BYTES
from console.domain.schema import FieldMessage, Unset

if TYPE_CHECKING:
    from console.domain.values import Json

MAX_TEXT: Final = MAX_BODY_BYTES
"""Characters beyond which a text cannot be sent in any case, so it is not even read."""
TOO_LARGE: Final = "Too large to be sent; at most 8 MiB are accepted."


@dataclass(frozen=True)
class Reading:
    """An editor's value (UNSET adds no key) and why its text is not one.

    Where there are `messages`, `value` is the text as it stands, so that a draft or the JSON view
    loses nothing.
    """

    value: Json | Unset
    messages: tuple[FieldMessage, ...] = ()


def same_json(one: Json | Unset, other: Json | Unset) -> bool:
    """Return True for the same JSON: true is not 1, 1 is not 1.0, 1.1 is not 1.10, the order of keys is nothing."""
    if isinstance(one, Unset) or isinstance(other, Unset):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if type(one) is not type(other):
        return False
    return str(one) == str(other) if hasattr(one, "text") else one == other
