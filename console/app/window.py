"""Opens the window on a data folder, or says why there can be none."""

from __future__ import annotations

import os
import sys

from console.app.place import Place
from console.app.qt_loading import load_qt
from console.domain.errors import EnvironmentProblem


def run_window(data_dir: str | None, profile: str | None) -> int:
    """Open the window on a data folder; returns when it is closed."""
    require_display()
    place = Place.find(data_dir)
    load_qt()
    from console.app.gui import Gui

    return Gui(place, profile).run()


def require_display() -> None:
    """Raise EnvironmentProblem (exit 3) where no window can be shown."""
    if not sys.platform.startswith("linux"):
        return
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("offscreen", "minimal", "vnc"):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise EnvironmentProblem(
            "There is no display to open a window on. Use the commands (cxone-console --help), "
            "or run it under xvfb-run."
        )
