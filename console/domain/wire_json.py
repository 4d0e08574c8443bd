"""Values as the JSON text that is sent, stored and shown: numbers to the letter as they were typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.domain.exact_number import ExactNumber
    from console.domain.values import Json


def to_text(
    value: Json,
    *,
    indent: int | None = None,
    sort_keys: bool = False,
    ensure_ascii: bool = False,
    plain: bool = False,
    other: Callable[[object], str] | None = None,
) -> str:
    """Return `value` as `json.dumps` writes it, and every ExactNumber as it was typed.

    `plain`: a number that a float holds is written as Python writes that float, so that two
    texts of one number are one. `other` writes what is no JSON at all (a time) as a text; without
    it that is a TypeError, and NaN a ValueError.
    """
    mark = "@n"
    while True:
        numbers: list[ExactNumber] = []

        def token(number: object, numbers: list[ExactNumber] = numbers, mark: str = mark) -> str:
            if not hasattr(number, "as_tuple"):
                if other is None:
                    raise TypeError(f"{type(number).__name__} is no JSON value")
                return other(number)
            numbers.append(number)  # type: ignore[arg-type]  # as its text says
            return f"{mark}{len(numbers) - 1}"

        text = json.dumps(
            value,
            default=token,
            indent=indent,
            sort_keys=sort_keys,
            ensure_ascii=ensure_ascii,
            allow_nan=other is not None,
        )
        if not numbers:
            return text
        places = re.compile(f'"{mark}(\\d+)"')
        if len(places.findall(text)) == len(numbers):
            written = [_written(number, plain=plain) for number in numbers]
            return places.sub(lambda found, written=written: written[int(found[1])], text)  # type: ignore[misc]  # mypy sees no default
        mark += "n"  # a text among the values looks like our token


def as_floats(value: Json) -> Json:
    """Return `value` with every ExactNumber as the nearest float: what most servers read of it."""
    if isinstance(value, dict):
        return {key: as_floats(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_floats(part) for part in value]
    return float(str(value)) if hasattr(value, "text") else value


def _written(number: ExactNumber, *, plain: bool) -> str:
    same = number.plain() if plain and hasattr(number, "plain") else None
    return str(number) if same is None else repr(same)
