"""The window's only door to the services: commands in as plain methods, events out as signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from console.ui.models.turns import Turns

if TYPE_CHECKING:
    from console.domain.job import JobEvent, JobState, TriggerJob
    from console.domain.job_filter import JobFilter
    from console.domain.lane import Lane, Why
    from console.domain.metrics import Figures
    from console.domain.workflow import Workflow
    from console.services import events
    from console.services.commands import Commands, Reads, TriggerRequest
    from console.services.connection import ConnectionView
    from console.services.definition_window import DefinitionsWindow
    from console.services.preset_desk import PresetsDesk


class Bridge(QObject):
    """Wraps `Commands` for widgets; every event of the hub becomes one signal.

    Before a connection is open `commands` is None: reads answer empty, commands are refused with
    words. A window that opens has `first` to read from until `begin`; what is asked for until
    then is done there. `presets` and `definitions` are there once the services run. `folder` is where the window keeps its own small files; `turns` keeps the
    tables from changing together.
    """

    job_changed = Signal(object)  # TriggerJob
    jobs_reloaded = Signal()
    submitted = Signal(object)  # events.Submitted
    submit_refused = Signal(object)  # events.SubmitRefused
    command_refused = Signal(str)
    job_answered = Signal(str, str)  # job id, why it was refused: empty where it was done
    lane_changed = Signal(object)  # Lane
    token_changed = Signal(object)  # datetime | None
    instances_read = Signal(object)  # events.InstancesRead
    instances_unread = Signal(object)  # events.InstancesUnread
    trail_grew = Signal(object)  # int | None
    trail_anchored = Signal(object)  # events.TrailAnchored
    sender_changed = Signal(bool)
    jobs_waited = Signal(object)  # events.JobsWaited
    notice = Signal(object)  # events.Notice
    connection_changed = Signal()
    definitions_changed = Signal()

    def __init__(
        self,
        commands: Commands | None,
        folder: Path,
        parent: QObject | None = None,
        *,
        first: Reads | None = None,
    ) -> None:
        super().__init__(parent)
        self.folder = folder
        self.turns = Turns(self)
        self.presets: PresetsDesk | None = None
        self.definitions: DefinitionsWindow | None = None
        self._commands: Commands | None = None
        self._reads: Reads | None = None
        self._held: list[Callable[[Commands], None]] | None = None
        self._leave: Callable[[], None] | None = None
        self._settings: QSettings | None = None
        self._titles: dict[str, str] = {}
        self._awaited: set[str] = set()
        self._attach(commands)
        if first is not None:
            self._reads = first
            self._held = []

    def begin(self, commands: Commands) -> None:
        """Go on with the services behind the connection that the window shows already."""
        shown = self.workflows()
        held, self._held = self._held or [], None
        self._attach(commands)
        if self.workflows() != shown:
            self.connection_changed.emit()
        # What another process stored since the window read it is told by nobody else.
        self.jobs_reloaded.emit()
        lane = commands.lane()
        if lane is not None:
            self.lane_changed.emit(lane)
        for run in held:
            run(commands)

    def set_commands(self, commands: Commands | None) -> None:
        """Listen to another open console from now on and tell that the connection changed."""
        self._held = None
        self._attach(commands)
        self.connection_changed.emit()

    def _attach(self, commands: Commands | None) -> None:
        if self._leave is not None:
            self._leave()
        self._commands = self._reads = commands
        self._leave = None if commands is None else commands.hub.listen(self._hear)
        self._titles.clear()
        self._awaited.clear()

    def settings(self) -> QSettings:
        """Return the window's own memory (sizes, columns, filters): an INI in `folder`."""
        if self._settings is None:
            path = str(self.folder / "window.ini")
            self._settings = QSettings(path, QSettings.Format.IniFormat, self)
        return self._settings

    # --- what is known now ------------------------------------------------------------------
    @property
    def connected(self) -> bool:
        """True where a connection is open."""
        return self._reads is not None and self._reads.connection() is not None

    def connection(self) -> ConnectionView | None:
        """Return the open connection, None before the first."""
        return None if self._reads is None else self._reads.connection()

    @property
    def operator(self) -> str:
        """Return who decides in this window, empty before the first connection."""
        view = self.connection()
        return "" if view is None else view.operator

    def workflows(self) -> tuple[Workflow, ...]:
        """Return the local workflow definitions."""
        return () if self._reads is None else self._reads.workflows()

    def workflow_title(self, workflow_id: str) -> str:
        """Return the workflow's title, its id where there is no definition."""
        if not self._titles:
            self._titles = {w.workflow_id: w.title for w in self.workflows()}
        return self._titles.get(workflow_id) or workflow_id

    def lane(self) -> Lane | None:
        """Return the sending side of the connection."""
        return None if self._reads is None else self._reads.lane()

    def now(self) -> datetime:
        """Return the services' time, aware UTC."""
        return datetime.now(UTC) if self._reads is None else self._reads.now()

    def explain(self, job: TriggerJob) -> Why:
        """Say in one line why `job` is where it is, and until when."""
        if self._reads is None:
            from console.domain.lane import Why

            return Why(job.reason, job.reason_code, job.until)
        return self._reads.explain(job)

    def jobs(self, wanted: JobFilter, offset: int, limit: int) -> list[TriggerJob]:
        """Return one page of jobs, newest first."""
        return [] if self._reads is None else self._reads.jobs(wanted, offset, limit)

    def count_jobs(self, wanted: JobFilter) -> int:
        """Return how many jobs the filter lets through."""
        return 0 if self._reads is None else self._reads.count_jobs(wanted)

    def counts_by_state(self) -> dict[JobState, int]:
        """Return the number of jobs by state; states without a job may be missing."""
        return {} if self._reads is None else self._reads.counts_by_state()

    def job(self, job_id: str) -> TriggerJob | None:
        """Return one job, None where it does not exist here."""
        return None if self._reads is None else self._reads.job(job_id)

    def history(self, job_id: str) -> list[JobEvent]:
        """Return a job's history, oldest first."""
        return [] if self._reads is None else self._reads.history(job_id)

    def figures(self) -> list[Figures]:
        """Return the figures of every workflow."""
        return [] if self._reads is None else self._reads.figures()

    # --- what the operator asks for ---------------------------------------------------------
    def submit(self, request: TriggerRequest) -> None:
        """Queue a trigger; answered by `submitted` or `submit_refused`."""
        if self._commands is None and not self.connected:
            from console.services.events import SubmitRefused

            text = "No connection is open. Connect first, then trigger again."
            self.submit_refused.emit(SubmitRefused(request.request, text))
        else:
            self._command(lambda c: c.submit(request))

    def cancel(self, job: TriggerJob, reason: str = "") -> None:
        """Cancel `job` in the state shown."""
        self._command(lambda c: c.cancel(job, reason))

    def retry_now(self, job: TriggerJob, reason: str = "") -> None:
        """Do not wait any longer for `job`'s next try."""
        self._command(lambda c: c.retry_now(job, reason))

    def resolve_accepted(self, job: TriggerJob, instance_id: str, reason: str) -> None:
        """Decide that `job` ran, as `instance_id`."""
        self._command(lambda c: c.resolve_accepted(job, instance_id, reason))

    def resolve_failed(self, job: TriggerJob, reason: str) -> None:
        """Decide to give `job` up."""
        self._command(lambda c: c.resolve_failed(job, reason))

    def resolve_send_again(self, job: TriggerJob, reason: str) -> None:
        """Decide that `job` did not run and is sent again."""
        self._command(lambda c: c.resolve_send_again(job, reason))

    def approve(self, job: TriggerJob, reason: str = "") -> None:
        """Approve, as a second person, exactly what `job` shows."""
        self._command(lambda c: c.approve(job, reason))

    def refuse(self, job: TriggerJob, reason: str = "") -> None:
        """Refuse what awaits approval; it is cancelled."""
        self._command(lambda c: c.refuse(job, reason))

    def await_answers(self, job_ids: Iterable[str]) -> None:
        """Tell the next answer about each of these jobs by `job_answered` alone."""
        self._awaited.update(job_ids)

    def answer_waited(self, answer: str) -> None:
        """Answer `jobs_waited`: send, choose or cancel."""
        self._command(lambda c: c.answer_waited(answer))

    def pause(self, reason: str, *, line_stopped: bool = False) -> None:
        """Stop sending until someone resumes; `line_stopped` marks it as stop-the-line."""
        self._command(lambda c: c.pause(reason, line_stopped=line_stopped))

    def resume(self, reason: str = "") -> None:
        """Send again."""
        self._command(lambda c: c.resume(reason))

    def probe(self) -> None:
        """Test a held connection or an open circuit now."""
        self._command(lambda c: c.probe())

    def act(self, code: str) -> None:
        """Do what the notice about `code` offers."""
        self._command(lambda c: c.act(code))

    def set_polling(self, seconds: float, *, paused: bool, visible: bool) -> None:
        """Say how often the instances are read; nothing to do while there is no connection."""
        if self._commands is not None or self._held is not None:
            self._command(lambda c: c.set_polling(seconds, paused=paused, visible=visible))

    def _command(self, run: Callable[[Commands], None]) -> None:
        if self._commands is None and self._held is not None:
            self._held.append(run)
        elif self._commands is None:
            self.command_refused.emit("No connection is open. Connect first.")
        else:
            run(self._commands)

    # --- what happened ------------------------------------------------------------------------
    def _hear(self, event: events.Event) -> None:  # noqa: C901, PLR0912 - one line an event
        # Nothing is heard before the first paint, so the events' module is not needed before.
        from console.services import events

        match event:
            case events.JobChanged(job=job):
                self.job_changed.emit(job)
            case events.DefinitionsChanged():
                self._titles.clear()
                self.definitions_changed.emit()
            case events.JobsReloaded():
                self.jobs_reloaded.emit()
            case events.Submitted():
                self.submitted.emit(event)
            case events.SubmitRefused():
                self.submit_refused.emit(event)
            case events.CommandRefused(message=message, job_id=job_id):
                if not self._answered(job_id, message):
                    self.command_refused.emit(message)
            case events.CommandDone(job_id=job_id):
                self._answered(job_id, "")
            case events.LaneChanged(lane=lane):
                self.lane_changed.emit(lane)
            case events.TokenChanged(expires_at=expires_at):
                self.token_changed.emit(expires_at)
            case events.InstancesRead():
                self.instances_read.emit(event)
            case events.InstancesUnread():
                self.instances_unread.emit(event)
            case events.TrailGrew(records=records):
                self.trail_grew.emit(records)
            case events.TrailAnchored():
                self.trail_anchored.emit(event)
            case events.SenderChanged(here=here):
                self.sender_changed.emit(here)
            case events.JobsWaited():
                self.jobs_waited.emit(event)
            case events.Notice():
                self.notice.emit(event)

    def _answered(self, job_id: str, refused: str) -> bool:
        """Tell an answer that somebody awaits; False where nobody does."""
        if job_id not in self._awaited:
            return False
        self._awaited.discard(job_id)
        self.job_answered.emit(job_id, refused)
        return True
