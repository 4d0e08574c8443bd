"""LaneLine: what keeps the whole connection from sending, until when, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from console.domain.lane import Circuit, Lane
from console.domain.text import shortened, visible
from console.ui import times
from console.ui.widgets.banner import Banner, Level

Deed = Literal["", "resume", "probe"]


@dataclass(frozen=True)
class LaneWords:
    """One line about the lane; `until` is counted down, `deed` is what a person can do."""

    level: Level
    text: str
    action: str = ""
    deed: Deed = ""
    until: datetime | None = None


def lane_words(lane: Lane | None, now: datetime) -> LaneWords | None:
    """Return the gravest thing that keeps `lane` from sending, None where it sends."""
    if lane is None:
        return None
    if lane.trouble:
        return LaneWords("error", lane.trouble)
    if lane.hold is not None:
        told = f"Connection held: {lane.hold.reason}"
        return LaneWords("error", told, "Test and go on", "probe")
    if lane.pause is not None:
        word = "Line stopped" if lane.pause.line_stopped else "Paused"
        why = f": {lane.pause.reason}" if lane.pause.reason else ""
        since = times.near_text(lane.pause.since, now)
        told = f"{word} by {lane.pause.operator} at {since}{why}"
        level: Level = "error" if lane.pause.line_stopped else "warning"
        return LaneWords(level, told, "Resume", "resume")
    if lane.breaker.state is Circuit.OPEN:
        told = f"Circuit open: {lane.breaker.why}"
        return LaneWords("error", told, "Probe now", "probe", lane.breaker.until)
    if lane.breaker.state is Circuit.HALF_OPEN:
        return LaneWords("info", "Circuit half open: one count is asking CXone now")
    if lane.cooldown_until is not None and lane.cooldown_until > now:
        told = lane.cooldown_why or "CXone asked us to wait (429)"
        return LaneWords("warning", f"Cool-down: {told}", until=lane.cooldown_until)
    ends = [end for end in lane.workflow_cooldowns.values() if end > now]
    if ends:
        count = "one workflow" if len(ends) == 1 else f"{len(ends)} workflows"
        told = f"Cool-down of {count}: {lane.cooldown_why or 'CXone asked us to wait (429)'}"
        return LaneWords("info", told, until=max(ends))
    return None


def circuit_words(lane: Lane | None) -> tuple[str, str]:
    """Return (text, token) of the circuit for the top bar; the token colours its dot."""
    if lane is None:
        return "Not sending", "muted"
    if lane.trouble or lane.hold is not None:
        return "Connection held", "bad"
    if lane.breaker.state is Circuit.OPEN:
        return "Circuit open", "bad"
    if lane.breaker.state is Circuit.HALF_OPEN:
        return "Circuit half open", "warn"
    if lane.pause is not None:
        return ("Line stopped", "bad") if lane.pause.line_stopped else ("Paused", "warn")
    return "Circuit closed", "ok"


class LaneLine(Banner):
    """The line over the queue; hidden while the connection sends. `asked` tells the deed."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(closable=False, parent=parent)
        self.setObjectName("lane_line")
        self.action.setObjectName("lane_action")
        self._words: LaneWords | None = None
        self.acted.connect(self._ask)
        self.hide()

    def show_lane(self, lane: Lane | None, now: datetime) -> None:
        """Say what keeps `lane` from sending at `now`, or hide."""
        self._words = shown = lane_words(lane, now)
        self.setVisible(shown is not None)
        if shown is None:
            return
        text = visible(shortened(shown.text, 300))
        if shown.until is not None:
            left = max((shown.until - now).total_seconds(), 0) + 0.999
            text = f"{text} ({times.duration_text(left)} left)"
        if text != self.text.text() or shown.level != self.level:
            self.say(shown.level, text, shown.action)

    def _ask(self) -> None:
        if self._words is not None:
            self.asked.emit(self._words.deed)
