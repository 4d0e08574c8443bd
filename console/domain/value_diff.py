"""What differs between two sets of values: changed, added, removed, each at its JSON Pointer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from console.domain.schema import UNSET, Unset, pointer
from console.domain.values import Json


class Kind(StrEnum):
    """How a value differs from before."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Difference:
    """One value that differs; `names` lead to it, `before` or `after` is UNSET where there is none."""

    names: tuple[str, ...]
    before: Json | Unset
    after: Json | Unset

    @property
    def path(self) -> str:
        """Its JSON Pointer."""
        return pointer(*self.names)

    @property
    def kind(self) -> Kind:
        """Changed, added or removed."""
        if isinstance(self.before, Unset):
            return Kind.ADDED
        return Kind.REMOVED if isinstance(self.after, Unset) else Kind.CHANGED


def differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Difference]:
    """Yield what differs, in the order of `after`, then what it lacks; parts that are whole
    objects or lists are told by what is inside.

    1, 1.0, true and "1" are four values. Lists are compared place by place.
    """
    todo: list[tuple[tuple[str, ...], Json | Unset, Json | Unset]] = [
        ((), dict(before), dict(after))
    ]
    while todo:
        names, old, new = todo.pop()
        if isinstance(old, dict) and isinstance(new, dict):
            gone = [(part, old[part], UNSET) for part in old if part not in new]
            parts = [(part, old.get(part, UNSET), new[part]) for part in new] + gone
        elif isinstance(old, list) and isinstance(new, list):
            count = max(len(old), len(new))
            parts = [(str(n), _entry(old, n), _entry(new, n)) for n in range(count)]
        else:
            if not _same(old, new):
                yield Difference(names, old, new)
            continue
        todo += [((*names, part), was, now) for part, was, now in reversed(parts)]


def same_value(one: Json | Unset, other: Json | Unset) -> bool:
    """True where both are the same JSON value, type and all, or both are none."""
    if isinstance(one, Unset) or isinstance(other, Unset):
        return one is other
    return next(differences({"": one}, {"": other}), None) is None


def value_at(values: Json, names: tuple[str, ...]) -> Json | Unset:
    """The value that `names` lead to, UNSET where there is none."""
    present: Json = values
    for name in names:
        if isinstance(present, dict) and name in present:
            present = present[name]
        elif isinstance(present, list) and name.isdecimal() and int(name) < len(present):
            present = present[int(name)]
        else:
            return UNSET
    return present


def _entry(values: list[Json], number: int) -> Json | Unset:
    return values[number] if number < len(values) else UNSET


def _same(old: Json | Unset, new: Json | Unset) -> bool:
    if type(old) is not type(new) or old != new:
        return False
    # A number that is kept as it was typed: 1.10 is sent as another text than 1.1.
    return getattr(old, "text", None) == getattr(new, "text", None)
