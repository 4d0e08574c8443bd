"""The window as a process: it opens on the page where it was left, and ends when it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.program import Program, until


@pytest.mark.parametrize("page", ["operate", "audit", "metrics", "settings"])
@pytest.mark.usefixtures("tenant")
def test_the_window_opens_on_the_page_where_it_was_left(
    console: Program, tmp_path: Path, page: str
) -> None:
    state = console.data_dir / "state"
    state.mkdir(parents=True, exist_ok=True)
    memory = state / "window.ini"
    memory.write_text(f"[window]\npage={page}\n", encoding="utf-8")
    ready = tmp_path / "ready"
    with console.started(test_ready_file=str(ready)) as window:
        until(lambda: ready.exists() or not window.alive, "the window is ready or gone")
        until(lambda: "CONSOLE_STARTED" in console.types() or not window.alive, "it is on record")
        window.terminate()
        ended = window.end()
    assert (ended.code, ended.err) == (0, "")
    assert ready.exists()
    assert console.types()[-2:] == ["CONSOLE_STARTED", "CONSOLE_STOPPED"]
    assert f"page={page}" in memory.read_text(encoding="utf-8")
