"""`demo`: the window on the built-in simulator, in a data folder of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from console.app.place import Place
from console.app.qt_loading import load_qt
from console.app.simulator_process import SimulatorProcess
from console.app.window import require_display
from console.config import find_paths
from console.domain.errors import NotFound
from console.resources import resource_path
from console.store.profiles import Profile

NAME: Final = "demo"
CLIENT_ID: Final = "demo-client"
CLIENT_SECRET: Final = "demo-secret"  # noqa: S105 - the made-up secret of a made-up tenant


def run_demo(data_dir: str | None, scenario: str, tour: str | None) -> int:
    """Show the console on the simulator; with `tour` drive it and leave pictures there."""
    require_display()
    if tour is None:
        return _run(_demo_place(data_dir), scenario, None)
    if data_dir is not None:
        return _run(_demo_place(data_dir), scenario, Path(tour))
    with tempfile.TemporaryDirectory(prefix="cxone-console-tour-") as folder:
        return _run(_demo_place(folder), scenario, Path(tour))


def _run(place: Place, scenario: str, tour: Path | None) -> int:
    # Started first and waited for last: it comes up while the window's modules are loaded.
    simulator = SimulatorProcess(scenario, _port_before(place))
    try:
        load_qt()
        from console.app.gui import Gui

        place.definitions.seed_from(resource_path("workflows"))
        _set_profile(place, simulator.base_url())
        gui = Gui(place, NAME)
        if tour is None:
            return gui.run()
        from console.app.tour import Tour

        return gui.run(Tour(tour).drive)
    finally:
        simulator.stop()


def _demo_place(data_dir: str | None) -> Place:
    return Place.find(data_dir or str(find_paths().demo_dir))


def _port_before(place: Place) -> int:
    """The port of the last demo: on it, what that one left in the queue can still be sent."""
    try:
        return urlsplit(place.profiles.get(NAME).api_url).port or 0
    except NotFound:
        return 0


def _set_profile(place: Place, base_url: str) -> None:
    known = any(item.name == NAME for item in place.profiles.all())
    profile = Profile(
        NAME,
        CLIENT_ID,
        environment="demo",
        token_url=f"{base_url}/v1/oauth2/token",
        api_url=base_url,
    )
    place.profiles.add(profile, replaces=NAME if known else "")
    place.profiles.use(NAME)
    place.secrets.set(NAME, CLIENT_SECRET, remember=False)
