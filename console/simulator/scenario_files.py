"""Scenarios read from JSON, so that a demo, a test and a fault matrix play the same script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from console.simulator.errors import SimulatorConfigError
from console.simulator.scenario import (
    MADE_BY_DEFAULT,
    DateIn,
    Deed,
    Fault,
    FaultKind,
    Range,
    RetryAfter,
    RunProfile,
    Scenario,
)
from console.simulator.scenario_format import SCENARIO_SCHEMA

_VALIDATOR: Final = Draft202012Validator(SCENARIO_SCHEMA)


def scenario_names(folder: Path) -> tuple[str, ...]:
    """The names that `load_scenario` knows in that folder, in order."""
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


def load_scenario(name_or_path: str, folder: Path) -> Scenario:
    """The scenario of that name in `folder`, or in the file at that path; else SimulatorConfigError.

    Only something that looks like a path (a separator or .json in it) is taken for one, so a file
    that happens to lie in the working folder never hides a name.
    """
    looks_like_path = name_or_path.endswith(".json") or Path(name_or_path).name != name_or_path
    path = Path(name_or_path) if looks_like_path else folder / f"{name_or_path}.json"
    if not path.is_file():
        known = ", ".join(scenario_names(folder)) or "none"
        raise SimulatorConfigError(
            f"There is no scenario {name_or_path}. Name one of: {known}; or give a .json file."
        )
    return parse_scenario(_read(path), name=path.stem, folder=folder)


def parse_scenario(document: object, *, name: str, folder: Path | None = None) -> Scenario:
    """A scenario from its JSON value; `extends` names another one in `folder` to start from."""
    checked = _checked(document, name)
    seen = [name]
    while (base := checked.pop("extends", None)) is not None:
        if folder is None or not (folder / f"{base}.json").is_file() or base in seen:
            raise SimulatorConfigError(
                f"Scenario {name} extends {base}, which cannot be used here. "
                "Name another scenario of the same folder, and no circle."
            )
        seen.append(base)
        checked = {**_checked(_read(folder / f"{base}.json"), base), **checked}
    return replace(_scenario(checked, name), folder=folder)


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SimulatorConfigError(
            f"The scenario {path} cannot be read as JSON: {error}. Mend the file."
        ) from error


def _checked(document: object, name: str) -> dict[str, Any]:
    error = best_match(_VALIDATOR.iter_errors(document))
    if error is not None:
        raise SimulatorConfigError(
            f"Scenario {name} is wrong at {error.json_path}: {error.message}. "
            "The README beside the scenarios tells what each key takes."
        )
    if not isinstance(document, dict):
        raise TypeError("the scenario's schema lets through something that is no object")
    return dict(document)


def _scenario(said: Mapping[str, Any], name: str) -> Scenario:
    plain = Scenario(name)
    token = said.get("token", {})
    full = said.get("full", {})
    foreign = said.get("foreign", {})
    expires_in = token.get("expiresIn", plain.token_expires_in)
    profiles = {key: _run_profile(value) for key, value in said.get("runs", {}).items()}
    return Scenario(
        name=name,
        title=said.get("title", name),
        description=said.get("description", ""),
        accept_unknown_workflows=said.get("unknownWorkflows") == "accept",
        token_expires_in=expires_in,
        token_valid_seconds=token.get("validSeconds", max(expires_in, 0)),
        latency_ms=_range(said, "latencyMs", plain.latency_ms),
        full_status=full.get("status", plain.full_status),
        full_retry_after=(
            _retry_after(full["retryAfter"]) if "retryAfter" in full else plain.full_retry_after
        ),
        limits=said.get("limits", {}),
        page_cap=said.get("pageCap", plain.page_cap),
        listing_lag_seconds=said.get("listingLagSeconds", plain.listing_lag_seconds),
        foreign_count=foreign.get("count", 0),
        foreign_every_seconds=foreign.get("everySeconds"),
        runs={"*": RunProfile(), **profiles},
        faults=tuple(_fault(fault) for fault in said.get("faults", ())),
    )


def _run_profile(said: Mapping[str, Any]) -> RunProfile:
    plain = RunProfile()
    return RunProfile(
        seconds=_range(said, "seconds", plain.seconds),
        waiting=said.get("waiting", plain.waiting),
        waiting_seconds=_range(said, "waitingSeconds", plain.waiting_seconds),
        failed=said.get("failed", plain.failed),
        cancelled=said.get("cancelled", plain.cancelled),
        steps=tuple(said.get("steps", plain.steps)),
        decisions=tuple(said.get("decisions", plain.decisions)),
        failures=tuple(said.get("failures", plain.failures)),
    )


def _fault(said: Mapping[str, Any]) -> Fault:
    on, nth = said["on"], said.get("nth")
    return Fault(
        on=frozenset([on] if isinstance(on, str) else on),
        do=_deed(said["do"]),
        workflow_id=said.get("workflowId"),
        nth=None if nth is None else frozenset([nth] if isinstance(nth, int) else nth),
        every=said.get("every"),
        times=said.get("times"),
        start=said.get("from", 0.0),
        end=said.get("to"),
        probability=said.get("probability"),
    )


def _deed(said: Mapping[str, Any]) -> Deed:
    kind = FaultKind(said["kind"])
    plain = Deed(kind)
    return Deed(
        kind=kind,
        made=said.get("made", kind in MADE_BY_DEFAULT),
        status=said.get("status", _default_status(kind)),
        headers=said.get("headers", {}),
        body=said.get("body"),
        content_type=said.get("contentType"),
        retry_after=_retry_after(said.get("retryAfter")),
        location=said.get("location", plain.location),
        seconds=said.get("seconds", plain.seconds),
        reset=said.get("reset", False),
        copies=said.get("copies", 2 if kind is FaultKind.DUPLICATE else plain.copies),
        by=said.get("by", plain.by),
    )


def _default_status(kind: FaultKind) -> int:
    return {FaultKind.HTML: 502, FaultKind.REDIRECT: 302}.get(kind, 500)


def _retry_after(said: object) -> RetryAfter:
    match said:
        case None | str():
            return said
        case {"date": int() | float() as seconds}:
            return DateIn(seconds)
        case _:
            return str(said)


def _range(said: Mapping[str, Any], key: str, plain: Range) -> Range:
    low, high = said.get(key, plain)
    return (low, high)
