"""The trigger panel: choose a workflow, fill in its form, review, trigger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from console.domain.errors import BadInput
from console.domain.text import shortened, visible
from console.ui.forms.drafts import Draft, Drafts
from console.ui.forms.trigger_fields import TriggerFields
from console.ui.theme import SPACE_L
from console.ui.widgets.banner import Banner
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Card
from console.ui.widgets.presets_tool import PresetsTool
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.text import ElidedLabel, set_role

if TYPE_CHECKING:
    from console.domain.job import TriggerJob
    from console.domain.payload import TriggerPayload
    from console.domain.preset import Preset
    from console.services.commands import TriggerRequest
    from console.services.events import SubmitRefused, Submitted
    from console.ui.bridge import Bridge
    from console.ui.dialogs.review import ReviewDialog
    from console.ui.dialogs.review_changes import Compared
    from console.ui.forms.schema_form import Mode

DRAFT_AFTER_MS: Final = 400


class TriggerPanel(Card):
    """The form side of *Operate*; what it submits was shown in the review, to the letter."""

    workflow_changed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__("Trigger", parent=parent)
        self.setObjectName("trigger_panel")
        self.setMinimumWidth(360)
        self._bridge = bridge
        self._drafts = Drafts(bridge.folder)
        self._shown: str | None = None
        self._undo: Draft | None = None
        self._sent: str | None = None
        self._review_open: ReviewDialog | None = None
        self._build()
        self._timer = self._single_shot(DRAFT_AFTER_MS, self.keep_draft)
        self._connect()
        self._refresh()

    # --- what other parts of the window ask --------------------------------------------------
    @property
    def workflow_id(self) -> str:
        """The workflow that is chosen now, empty before the first choice."""
        return self.fields.picker.workflow_id

    def choose_workflow(self, workflow_id: str) -> None:
        """Show the form of a workflow, with its draft where one was kept."""
        if workflow_id == self._shown:
            return
        self._keep_if_due()
        self._shown = workflow_id
        known = {workflow.workflow_id: workflow for workflow in self._bridge.workflows()}
        draft = self._drafts.get(workflow_id)
        self.fields.show_workflow(workflow_id, known.get(workflow_id), draft)
        self.mode.set_value(self.fields.form.mode)
        self._undo = None
        self._compare()
        self._tell_source()
        self._scroll.verticalScrollBar().setValue(0)
        self._say("")
        self._timer.start()
        self.workflow_changed.emit(workflow_id)

    def load_job(self, job: TriggerJob, *, copies: bool = False) -> None:
        """Fill the form with the values of `job`, to edit and send as a new one that names it.

        With `copies` the new one does not stand for `job`, which may still be under way.
        """
        self.choose_workflow(job.workflow_id)
        self._undo = self.fields.draft()
        pairs = [[key, text] for key, text in job.payload.metadata.items()]
        values = dict(job.payload.context)
        reason = job.operator_reason
        draft = Draft(values, "", job.priority, pairs, reason, job.job_id, job.label)
        self._show(replace(draft, copies=copies))
        self.fields.form.review()
        self.keep_draft()

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:  # noqa: ARG002 - Qt's
        """Take the keyboard: into the form where a workflow is chosen, else into the picker."""
        self.fields.take_focus()

    def keep_draft(self) -> None:
        """Write the draft of the present workflow now."""
        self._timer.stop()
        if self._shown is not None:
            blank = self.fields.is_blank()
            self._drafts.put(self._shown, None if blank else self.fields.draft())
            self._drafts.last = self._shown
            self._drafts.flush()
        if self._drafts.problem:
            self._say(self._drafts.problem, "error")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keep_if_due()

    # --- review and trigger -------------------------------------------------------------------
    def review(self) -> None:
        """Show what will be sent, or what has to be mended first."""
        if self._review_open is not None or self._sent is not None:
            return
        self._say("")
        if not self.fields.review():
            self.jump_to_first()
        elif not self._bridge.connected:
            self._say("No connection is open. Connect first, then trigger again.", "error")
        else:
            try:
                self._open_review(*self.fields.request())
            except BadInput as error:
                self._place(error.field, str(error))

    def jump_to_first(self) -> None:
        """Put the keyboard into the first field that has to be mended."""
        target = self.fields.jump_to_first()
        if target is not None:
            self._scroll.ensureWidgetVisible(target, 0, SPACE_L * 2)

    def _open_review(self, request: TriggerRequest, payload: TriggerPayload) -> None:
        workflow = self.fields.workflow
        from console.ui.dialogs.review import ReviewDialog

        dialog = ReviewDialog(
            request,
            payload,
            title=workflow.title if workflow else request.workflow_id,
            connection=self._bridge.connection(),
            spec=self.fields.form.spec,
            resend_label=self.fields.resend_label,
            approval=workflow is not None and workflow.approval_required,
            guard=workflow is None or workflow.production_guard,
            compared=self._earlier(),
            parent=self.window(),
        )
        dialog.confirmed.connect(self._submit)
        dialog.finished.connect(self._review_closed)
        self._review_open = dialog
        dialog.open()

    def _submit(self, request: TriggerRequest) -> None:
        self._sent = request.request
        self._say("Queuing…")
        self._bridge.submit(request)

    def _review_closed(self) -> None:
        self._review_open = None
        self.review_button.setFocus()

    def _submitted(self, event: Submitted) -> None:
        if event.request != self._sent:
            return
        self._sent = None
        self._undo = None
        self.fields.resend_of = None
        self.fields.origins.compare_with("", {})
        self._tell_source()
        self.fields.clear_messages()
        self._timer.stop()
        self._drafts.put(event.job.workflow_id, None)
        self._drafts.flush()
        self._say(f"{event.job.label} queued", "ok")

    def _refused(self, event: SubmitRefused) -> None:
        if event.request == self._sent:
            self._sent = None
            self._say("")
            self._place(event.field, event.message)

    def _place(self, field: str, message: str) -> None:
        """Put `message` at the field it is about, or in the footer where it has none here."""
        if self.fields.tell(field, message):
            self.jump_to_first()
        else:
            self._say(message, "error")

    # --- drafts and resends ---------------------------------------------------------------------
    def _show(self, draft: Draft) -> None:
        self.fields.show_draft(draft)
        self.mode.set_value(self.fields.form.mode)
        self._compare()
        self._tell_source()

    def _earlier_job(self) -> TriggerJob | None:
        job_id = self.fields.resend_of
        return None if job_id is None else self._bridge.job(job_id)

    def _compare(self) -> None:
        job = self._earlier_job()
        if job is not None:
            self.fields.origins.compare_with(job.label, job.payload.context)

    def _earlier(self) -> Compared | None:
        """The job that the values come from, for the review."""
        job = self._earlier_job()
        if job is None:
            return None
        from console.ui.dialogs.review_changes import Compared

        return Compared(job.label, job.payload, job.operator_reason)

    def _tell_source(self) -> None:
        """Say what the form was filled from, where that is not plain typing."""
        preset, words = self.fields.origins.preset, ""
        if self.fields.resend_of is not None:
            whose = visible(self.fields.resend_label) or "an earlier job"
            words = f"Values of {whose}, to send as a new job."
        elif preset is not None:
            locked = len(preset.locked)
            many = f"{locked} field{'' if locked == 1 else 's'} locked" if locked else "none locked"
            words = f"Preset {visible(shortened(preset.name, 60))}: {many}."
        if words:
            self._notice.say("info", words, "Undo" if self._undo else "")
        self._notice.setVisible(bool(words))

    # --- presets --------------------------------------------------------------------------------
    def use_preset(self, preset: Preset) -> None:
        """Begin afresh with the values of `preset`, in the form of its workflow."""
        self.choose_workflow(preset.workflow_id)
        self._undo = None if self.fields.is_blank() else self.fields.draft()
        self.fields.show_preset(preset)
        self.mode.set_value(self.fields.form.mode)
        self.keep_draft()
        self._say("")
        self._tell_source()

    def _leave_preset(self) -> None:
        self.fields.origins.use_preset(None)
        self.keep_draft()
        self._tell_source()

    def _clear(self) -> None:
        self._undo = None if self.fields.is_blank() else self.fields.draft()
        self.fields.clear()
        self.keep_draft()
        self._say("")
        self._notice.setVisible(self._undo is not None)
        if self._undo is not None:
            self._notice.say("info", "The form was cleared.", "Undo")
        self.setFocus()

    def _take_back(self) -> None:
        draft, self._undo = self._undo, None
        if draft is not None:
            self._show(draft)
            self._timer.start()

    # --- small things --------------------------------------------------------------------------
    def _switch(self, key: str) -> None:
        mode: Mode = "json" if key == "json" else "form"
        if not self.fields.form.set_mode(mode):
            self.mode.set_value(self.fields.form.mode)
            self.jump_to_first()

    def _edited(self) -> None:
        self._timer.start()
        if self._sent is None:
            self._say("")

    def _keep_if_due(self) -> None:
        if self._timer.isActive():
            self.keep_draft()

    def _count(self) -> None:
        count = self.fields.to_fix()
        words = "1 field to fix" if count == 1 else f"{count} fields to fix"
        self.fix_button.setText(words)
        self.fix_button.setAccessibleName(words)
        self.fix_button.setVisible(count > 0)

    def _say(self, text: str, role: str = "muted") -> None:
        self.result.setText(visible(text))
        self.result.setAccessibleName(text)
        set_role(self.result, role)

    def _refresh(self) -> None:
        """Offer the connection's workflows; the present one, or the last one, stays chosen."""
        workflows = self._bridge.workflows()
        self._keep_if_due()
        self.fields.picker.set_workflows(workflows)
        present = self._shown or self._drafts.last
        if not present and workflows:
            present = workflows[0].workflow_id
        if present:
            self._shown = None
            self.choose_workflow(present)

    def _definitions_changed(self) -> None:
        """Offer the workflows as they are now; what is typed stays, in the form as it is now."""
        workflows = self._bridge.workflows()
        self.fields.picker.set_workflows(workflows)
        known = {workflow.workflow_id: workflow for workflow in workflows}
        present = known.get(self._shown or "")
        if self._shown is not None and present != self.fields.workflow:
            self.fields.change_workflow(present)
            self.mode.set_value(self.fields.form.mode)
            self._compare()
            self._tell_source()
            self._say("This workflow's definition has changed; what you typed is kept.")

    def _show_times(self) -> None:
        # Twice through the loop: first the box is laid out, then the area takes its height.
        send, area = self.fields.send, self._scroll
        later = partial(area.ensureWidgetVisible, send, 0, SPACE_L)
        QTimer.singleShot(0, area, partial(QTimer.singleShot, 0, area, later))

    def _single_shot(self, milliseconds: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(call)
        return timer

    def _build(self) -> None:
        choices = [("form", "Form"), ("json", "JSON")]
        self.fields = TriggerFields(self._bridge.now)
        self.fields.picker.remember(self._bridge.settings())
        self.presets = PresetsTool(self._bridge, self.fields, self)
        self.add_tool(self.presets.button)
        self.mode = Segmented(choices, name="form_mode", accessible="Show values as")
        self.add_tool(self.mode)
        self._notice = Banner("info", closable=False)
        self.add(self._notice)
        self._notice.hide()
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.fields)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.add(self._scroll, 1)
        text = "Review and trigger"
        self.review_button = button(text, "primary", name="review_and_trigger", tip="Ctrl+Enter")
        self.fix_button = button("", "link", name="fields_to_fix")
        self.fix_button.setProperty("role", "fix")
        self.result = ElidedLabel("", "muted")
        self.result.setObjectName("trigger_result")
        self.clear_button = button("Clear", "quiet", name="clear_form")
        foot = self.footer_row()
        foot.addWidget(self.review_button)
        foot.addWidget(self.fix_button)
        foot.addWidget(self.result, 1)
        foot.addWidget(self.clear_button)
        self.fix_button.hide()

    def _connect(self) -> None:
        self.mode.chosen.connect(self._switch)
        self.fields.form.mode_changed.connect(self.mode.set_value)
        self.fields.workflow_chosen.connect(self.choose_workflow)
        self.fields.edited.connect(self._edited)
        self.fields.checked.connect(self._count)
        self.fields.submitted.connect(self.review)
        self.fields.send.opened.connect(self._show_times)
        self.review_button.clicked.connect(self.review)
        self.fix_button.clicked.connect(self.jump_to_first)
        self.clear_button.clicked.connect(self._clear)
        self._notice.acted.connect(self._take_back)
        self.presets.chosen.connect(self.use_preset)
        self.presets.left.connect(self._leave_preset)
        self.presets.said.connect(self._say)
        self._bridge.definitions_changed.connect(self._definitions_changed)
        self._bridge.submitted.connect(self._submitted)
        self._bridge.submit_refused.connect(self._refused)
        self._bridge.connection_changed.connect(self._refresh)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.review)
        app = QApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self._keep_if_due)
