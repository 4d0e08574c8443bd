"""A lane as the text that is kept across restarts and read by other processes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final, Protocol

from console.domain.lane import Breaker, Capacity, Circuit, Hold, Lane, Pause


class Values(Protocol):
    """Where lasting values stand."""

    def value(self, name: str) -> str | None: ...


def lane_key(profile: str) -> str:
    """The lasting value under which a profile's lane stands."""
    return f"lane:{profile}"


PAUSE_KEY: Final = "pause"
"""The lasting value of the folder's pause."""


def stop_key(profile: str) -> str:
    """The lasting value under which a profile's stopped line stands."""
    return f"stop:{profile}"


def stored_pause(ledger: Values, profile: str) -> Pause | None:
    """What keeps this profile from sending: its own stopped line, else the folder's pause."""
    stopped = pause_of(ledger.value(stop_key(profile)))
    return stopped or pause_of(ledger.value(PAUSE_KEY))


def unpaused(profile: str) -> dict[str, None]:
    """The lasting values as they stand while nothing pauses this profile: what a claim asks for."""
    return {stop_key(profile): None, PAUSE_KEY: None}


def stored_lane(ledger: Values, profile: str) -> Lane:
    """The lane as whoever sends for this profile last stored it."""
    lane = lane_of(profile, ledger.value(lane_key(profile)))
    return lane.evolve(pause=stored_pause(ledger, profile))


def lane_text(lane: Lane) -> str:
    """What of `lane` lasts: circuit, cool-downs, hold, and which workflows are full."""
    return json.dumps(
        {
            "breaker": {
                "state": lane.breaker.state,
                "failures": lane.breaker.failures,
                "trips": lane.breaker.trips,
                "since": _iso(lane.breaker.since),
                "until": _iso(lane.breaker.until),
                "why": lane.breaker.why,
            },
            "cooldownUntil": _iso(lane.cooldown_until),
            "cooldownWhy": lane.cooldown_why,
            "workflowCooldowns": {k: _iso(v) for k, v in lane.workflow_cooldowns.items()},
            "hold": None
            if lane.hold is None
            else {
                "code": lane.hold.code,
                "reason": lane.hold.reason,
                "since": _iso(lane.hold.since),
            },
            "full": {
                workflow_id: [capacity.limit, capacity.count, _iso(capacity.at)]
                for workflow_id, capacity in lane.capacity.items()
                if capacity.full
            },
            "fingerprint": lane.fingerprint,
        }
    )


def lane_of(profile: str, text: str | None) -> Lane:
    """Read `lane_text` back; nothing stored is a lane that just sends."""
    kept: dict[str, Any] = json.loads(text) if text else {}
    breaker = kept.get("breaker") or {}
    state = Circuit(breaker.get("state", "closed"))
    # The probe of a process that has ended will never answer: let the next one probe at once.
    state = Circuit.OPEN if state is Circuit.HALF_OPEN else state
    hold = kept.get("hold")
    return Lane(
        profile,
        breaker=Breaker(
            state,
            breaker.get("failures", 0),
            breaker.get("trips", 0),
            _at(breaker.get("since")),
            _at(breaker.get("until")),
            breaker.get("why", ""),
        ),
        cooldown_until=_at(kept.get("cooldownUntil")),
        cooldown_why=kept.get("cooldownWhy", ""),
        workflow_cooldowns={
            k: at for k, v in kept.get("workflowCooldowns", {}).items() if (at := _at(v))
        },
        hold=None
        if hold is None
        else Hold(hold["code"], hold["reason"], datetime.fromisoformat(hold["since"])),
        capacity={
            k: Capacity(v[0], v[1], 0, datetime.fromisoformat(v[2]))
            for k, v in kept.get("full", {}).items()
        },
        fingerprint=kept.get("fingerprint", ""),
    )


def pause_text(pause: Pause) -> str:
    """A pause as lasting text."""
    return json.dumps(
        {
            "reason": pause.reason,
            "operator": pause.operator,
            "since": _iso(pause.since),
            "lineStopped": pause.line_stopped,
        }
    )


def pause_of(text: str | None) -> Pause | None:
    """Read `pause_text` back."""
    if not text:
        return None
    kept = json.loads(text)
    return Pause(
        kept["reason"],
        kept["operator"],
        datetime.fromisoformat(kept["since"]),
        kept["lineStopped"],
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
