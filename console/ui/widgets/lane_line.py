"""LaneLines: what keeps the whole connection from sending, until when, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.lane import Circuit, Lane
from console.domain.text import shortened, visible
from console.ui import times
from console.ui.widgets.banner import Banner, Level

Deed = Literal["", "resume", "probe"]
Kind = Literal["trouble", "pause", "hold", "circuit", "cooldown"]
_KINDS: Final[tuple[Kind, ...]] = ("trouble", "pause", "hold", "circuit", "cooldown")
_THROTTLED: Final = "CXone asked us to wait (429)"
_TESTING: Final = "Testing\N{HORIZONTAL ELLIPSIS}"
_NAMED: Final = 2


@dataclass(frozen=True)
class LaneWords:
    """One line about the lane; `until` is counted down, `deed` is what a person can do."""

    kind: Kind
    level: Level
    text: str
    action: str = ""
    deed: Deed = ""
    until: datetime | None = None


def lane_words(
    lane: Lane | None, now: datetime, title: Callable[[str], str] = str
) -> list[LaneWords]:
    """Return everything that keeps `lane` from sending, the gravest first; empty where it sends.

    `title` names a workflow by its id.
    """
    if lane is None:
        return []
    if lane.trouble:
        return [LaneWords("trouble", "error", lane.trouble)]
    found = [_pause(lane, now), _connection(lane, now) or _cool_down(lane, now, title)]
    return [words for words in found if words is not None]


def _pause(lane: Lane, now: datetime) -> LaneWords | None:
    pause = lane.pause
    if pause is None:
        return None
    word = "Line stopped" if pause.line_stopped else "Paused"
    why = f": {pause.reason}" if pause.reason else ""
    told = f"{word} by {pause.operator} since {times.near_text(pause.since, now)}{why}"
    level: Level = "error" if pause.line_stopped else "warning"
    return LaneWords("pause", level, told, "Resume", "resume")


def _connection(lane: Lane, now: datetime) -> LaneWords | None:
    if lane.hold is not None:
        since = times.near_text(lane.hold.since, now)
        told = f"Connection held since {since}: {lane.hold.reason}"
        return LaneWords("hold", "error", told, "Test and go on", "probe")
    breaker = lane.breaker
    if breaker.state is Circuit.OPEN:
        since = f" since {times.near_text(breaker.since, now)}" if breaker.since else ""
        told = f"Circuit open{since}: {breaker.why}"
        if breaker.until is not None:
            told = f"{told.rstrip('.')}. Next probe at {times.near_text(breaker.until, now)}"
        return LaneWords("circuit", "error", told, "Probe now", "probe", breaker.until)
    if breaker.state is Circuit.HALF_OPEN:
        told = "Circuit half open: one count is asking CXone now"
        return LaneWords("circuit", "info", told)
    return None


def _cool_down(lane: Lane, now: datetime, title: Callable[[str], str]) -> LaneWords | None:
    told = lane.cooldown_why or _THROTTLED
    until = lane.cooldown_until
    if until is not None and until > now:
        text = f"Cool-down until {times.near_text(until, now)}: {told}"
        return LaneWords("cooldown", "warning", text, until=until)
    ends = {name: end for name, end in lane.workflow_cooldowns.items() if end > now}
    if not ends:
        return None
    names = [title(name) for name in ends]
    named = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    text = f"Cool-down of {named}{more}: {told}"
    return LaneWords("cooldown", "info", text, until=max(ends.values()))


def circuit_words(lane: Lane | None) -> tuple[str, str]:
    """Return (text, token) of the connection for the top bar; the token colours its dot."""
    if lane is None:
        return "Not sending", "muted"
    if lane.trouble:
        return "Connection held", "bad"
    if lane.pause is not None:
        return ("Line stopped", "bad") if lane.pause.line_stopped else ("Paused", "warn")
    if lane.hold is not None:
        return "Connection held", "bad"
    if lane.breaker.state is Circuit.OPEN:
        return "Circuit open", "bad"
    if lane.breaker.state is Circuit.HALF_OPEN:
        return "Circuit half open", "warn"
    return "Circuit closed", "ok"


class LaneLines(QWidget):
    """The lines over the queue; none while the connection sends. `asked` tells the deed."""

    asked = Signal(str)

    def __init__(self, title: Callable[[str], str] = str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lane_lines")
        self._title = title
        self._asking: Kind | None = None
        self.lines: dict[Kind, Banner] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self.hide()

    def show_lane(self, lane: Lane | None, now: datetime) -> None:
        """Say what keeps `lane` from sending at `now`, or hide."""
        shown = lane_words(lane, now, self._title)
        for kind in self.lines.keys() - {words.kind for words in shown}:
            self._drop(kind)
        for words in shown:
            self._say(words, now)
        self.setVisible(bool(shown))

    def settle(self) -> None:
        """What was asked for is answered: its button can be pressed again."""
        if self._asking is not None and self._asking in self.lines:
            self.lines[self._asking].action.setEnabled(True)
        self._asking = None

    def texts(self) -> list[str]:
        """Return what is shown, the gravest first."""
        return [self.lines[kind].text.text() for kind in _KINDS if kind in self.lines]

    def _say(self, words: LaneWords, now: datetime) -> None:
        line = self.lines.get(words.kind) or self._make(words.kind)
        text = visible(shortened(words.text, 300))
        if words.until is not None:
            left = max((words.until - now).total_seconds(), 0) + 0.999
            text = f"{text} ({times.duration_text(left)} left)"
        action = _TESTING if self._asking == words.kind and words.action else words.action
        if (text, words.level, action or "-") != (line.text.text(), line.level, line.action.text()):
            line.say(words.level, text, action)
        line.setProperty("deed", words.deed)

    def _make(self, kind: Kind) -> Banner:
        line = Banner(closable=False)
        line.setObjectName(f"lane_{kind}")
        line.action.setObjectName(f"lane_{kind}_action")
        line.acted.connect(lambda: self._ask(kind))
        self.lines[kind] = line
        above = [other for other in self.lines if _KINDS.index(other) < _KINDS.index(kind)]
        self._column.insertWidget(len(above), line)
        return line

    def _drop(self, kind: Kind) -> None:
        line = self.lines.pop(kind)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _ask(self, kind: Kind) -> None:
        line = self.lines[kind]
        deed = str(line.property("deed"))
        if deed == "probe":
            self._asking = kind
            line.action.setText(_TESTING)
            line.action.setEnabled(False)
        self.asked.emit(deed)
