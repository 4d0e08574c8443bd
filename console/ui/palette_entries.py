"""What the palette offers: pages, deeds, workflows, and jobs found by what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QApplication

from console.domain.text import shortened, visible
from console.services.ports import JobFilter
from console.ui.bridge import Bridge
from console.ui.dialogs.palette import Entry
from console.ui.models import job_words
from console.ui.theme import Scheme, apply_theme
from console.ui.widgets.rail import PAGES

if TYPE_CHECKING:
    from console.ui.main_window import MainWindow
    from console.ui.operate import OperatePage

JOBS: Final = 12


def standing_entries(bridge: Bridge, window: MainWindow) -> list[Entry]:
    """Return what can always be done, then each workflow."""
    entries: list[Entry] = []
    if bridge.connected:
        lane = bridge.lane()
        if lane is not None and lane.pause is not None:
            entries.append(Entry("Resume sending", "queue", "resume", bridge.resume))
        else:
            entries.append(Entry("Pause sending", "queue", "pause", lambda: bridge.pause("")))
        entries += [
            Entry(
                "Stop the line…",
                "queue",
                "stop",
                _stop_line(window),
            ),
            Entry("Test the connection now", "circuit", "connect", bridge.probe),
        ]
        for workflow in bridge.workflows():
            title = f"Trigger {visible(shortened(workflow.title, 80))}"
            entries.append(
                Entry(
                    title, workflow.workflow_id, "operate", _trigger(window, workflow.workflow_id)
                )
            )
    for place, (key, text) in enumerate(PAGES, 1):
        if key in window.rail.buttons:
            go = Entry(f"Go to {text}", f"Ctrl+{place}", key, lambda key=key: window.show_page(key))  # type: ignore[misc]
            entries.append(go)
    if window.seal is not None:
        seal = window.seal
        entries += [
            Entry(
                "Show the checkpoint\N{HORIZONTAL ELLIPSIS}", "audit", "lock", seal.show_checkpoint
            ),
            Entry("Anchor the checkpoint now", "audit", "export", seal.anchor),
            Entry(
                "Change the signing key\N{HORIZONTAL ELLIPSIS}", "audit", "key", seal.ask_new_key
            ),
        ]
    for scheme, icon in (("light", "sun"), ("dark", "moon"), ("system", "settings")):
        entries.append(Entry(f"Theme: {scheme}", "appearance", icon, _dress(window, scheme)))
    return entries


def found_jobs(bridge: Bridge, window: MainWindow, query: str) -> list[Entry]:
    """Return jobs whose id, workflow, operator or reason holds `query`, newest first."""
    result = []
    for job in bridge.jobs(JobFilter(text=query), 0, JOBS):
        title = f"{job.label} {bridge.workflow_title(job.workflow_id)}"
        state = job_words.badge_of(job)
        note = f"{state.word} · {job.operator}"
        result.append(
            Entry(visible(title), visible(note), state.icon, _show_job(window, job.job_id))
        )
    return result


def _operate(window: MainWindow) -> OperatePage:
    from console.ui.operate import OperatePage

    window.show_page("operate")
    page = window.page_widget("operate")
    assert isinstance(page, OperatePage)
    return page


def _stop_line(window: MainWindow) -> Callable[[], None]:
    def run() -> None:
        _operate(window).queue.questions.stop_line()

    return run


def _trigger(window: MainWindow, workflow_id: str) -> Callable[[], None]:
    def run() -> None:
        page = _operate(window)
        page.trigger.choose_workflow(workflow_id)
        page.trigger.setFocus()

    return run


def _show_job(window: MainWindow, job_id: str) -> Callable[[], None]:
    def run() -> None:
        queue = _operate(window).queue
        if queue.select_job(job_id):
            queue.view.setFocus()

    return run


def _dress(window: MainWindow, scheme: str) -> Callable[[], None]:
    def run() -> None:
        app = QApplication.instance()
        wanted: Scheme = "dark" if scheme == "dark" else "light" if scheme == "light" else "system"
        if isinstance(app, QApplication):
            apply_theme(app, wanted)
        window.theme_chosen.emit(scheme)

    return run
