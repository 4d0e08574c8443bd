"""One window in a process of its own, bare or the console, for `bench_window`.

Usage: window_child.py bare READY_FILE [--beat OUT SECONDS] [--jobs N] [--trail DIR] [-- ARGUMENT…]
`console` instead of `bare` hands ARGUMENT… to the console's own command line. With `--beat` a
1 ms PreciseTimer of the GUI thread notes the gaps between its ticks for SECONDS after the window
is ready, writes them to OUT and ends the process; in the console N jobs are submitted and the
trail in DIR is verified meanwhile.
"""

import json
import os
import sys
import uuid
from array import array
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from PySide6 import QtCore, QtGui, QtWidgets

SLICE: Final = 25
"""Jobs handed over per 20 ms: a supervisor's batch arrives as fast as a form can give it."""


class Heartbeat(QtCore.QObject):
    """Ticks every millisecond and keeps each gap, in milliseconds."""

    def __init__(self, out: Path, seconds: float) -> None:
        super().__init__()
        self._out, self._seconds = out, seconds
        self._gaps = array("d")
        self._last = 0.0
        self._end = 0.0
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        """Start to count."""
        self._last = perf_counter()
        self._end = self._last + self._seconds
        self._timer.start()

    def _tick(self) -> None:
        now = perf_counter()
        self._gaps.append((now - self._last) * 1000)
        self._last = now
        if now < self._end:
            return
        self._timer.stop()
        self._out.write_text(json.dumps(self._gaps.tolist()), encoding="utf-8")
        # The figures are on disk; how a window under load closes is another question.
        os._exit(0)


class Load(QtCore.QObject):
    """Waits for the ready file, submits the jobs through the window's own bridge, then measures."""

    def __init__(self, ready: Path, jobs: int, beat: Heartbeat, trail: Path | None) -> None:
        super().__init__()
        self._ready, self._left, self._beat, self._trail = ready, jobs, beat, trail
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._step)
        self._timer.start(20)
        self._begun = False

    def _step(self) -> None:
        if not self._ready.exists():
            return
        if self._trail is not None:
            if not _verified(self._trail):
                return  # the services come up; what is measured is a window that works
            self._trail = None
        if not self._begun:
            self._begun = True
            self._beat.begin()
        if self._left <= 0:
            self._timer.stop()
            return
        bridge = _bridge()
        workflows = bridge.workflows()
        for _ in range(min(SLICE, self._left)):
            self._left -= 1
            bridge.submit(_request(workflows[self._left % len(workflows)]))


def _window() -> Any:
    """The console's main window."""
    from console.ui.main_window import MainWindow

    for window in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(window, MainWindow):
            return window
    raise SystemExit("the console has no main window")


def _bridge() -> Any:
    return _window()._bridge  # noqa: SLF001 - measured from inside, as a person would press


def _verified(trail: Path) -> bool:
    """Have a trail verified behind the queue and the instances; False while Audit still opens."""
    window = _window()
    window.show_page("audit")
    panel = window.stack.currentWidget()
    open_trail = getattr(panel, "open_trail", None)
    if open_trail is not None:
        open_trail(trail)
        panel.verify()
    window.show_page("operate")
    return open_trail is not None


def _request(workflow: Any) -> Any:
    from console.services.commands import TriggerRequest

    return TriggerRequest(
        request=str(uuid.uuid4()),
        workflow_id=workflow.workflow_id,
        context=_sample(dict(workflow.schema)),
        reason="bench",
        again=True,
    )


def _sample(schema: dict[str, Any]) -> Any:
    """A value that the schemas that come with the program accept."""
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    kind = schema.get("type", "object")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: _sample(fields[name]) for name in schema.get("required", ())}
    if kind == "array":
        return [_sample(schema.get("items", {})) for _ in range(schema.get("minItems", 0))]
    if kind == "integer":
        return schema.get("minimum", 1)
    return True if kind == "boolean" else "x" * max(schema.get("minLength", 0), 1)


class _Bare(QtWidgets.QMainWindow):
    """The smallest window there is; tells when it was painted."""

    def __init__(self, ready: Path) -> None:
        super().__init__()
        self._ready = ready
        self.setCentralWidget(QtWidgets.QLabel("Ready"))
        self.resize(1440, 900)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint, then tell once."""
        super().paintEvent(event)
        QtCore.QTimer.singleShot(0, self._tell)

    def _tell(self) -> None:
        if not self._ready.exists():
            self._ready.write_text("{}", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the window that the arguments name until it is ended."""
    own, _, theirs = _split(arguments)
    kind, ready = own[0], Path(own[1])
    beat: Heartbeat | None = None
    jobs = int(own[own.index("--jobs") + 1]) if "--jobs" in own else 0
    trail = Path(own[own.index("--trail") + 1]) if "--trail" in own else None
    if "--beat" in own:
        at = own.index("--beat")
        beat = Heartbeat(Path(own[at + 1]), float(own[at + 2]))
    if kind == "bare":
        app = QtWidgets.QApplication([])
        load = Load(ready, 0, beat, None) if beat is not None else None
        window = _Bare(ready)
        window.show()
        code = app.exec()
        del load
        return code
    os.environ["CXONE_CONSOLE_TEST_READY_FILE"] = str(ready)
    if beat is not None:
        _beat_in_every_application(ready, jobs, beat, trail)
    from console.cli import main as console

    return int(console(theirs) or 0)


def _beat_in_every_application(ready: Path, jobs: int, beat: Heartbeat, trail: Path | None) -> None:
    """Make the application that the console will build carry the heartbeat."""
    original = QtWidgets.QApplication

    class Beating(original):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.load = Load(ready, jobs, beat, trail)

    QtWidgets.QApplication = Beating  # type: ignore[misc, assignment]


def _split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in arguments:
        return arguments, "", []
    at = arguments.index("--")
    return arguments[:at], "--", arguments[at + 1 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
