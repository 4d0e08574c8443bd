"""A form that does nothing, for windows whose form is not what is tested."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class PlainForm(QWidget):
    """What the Operate page needs of a form, without the form."""

    workflow_changed = Signal(str)

    def __init__(self):
        super().__init__()
        self.loaded = []
        self.copied = []
        self.chosen = []
        self.focused = 0

    def load_job(self, job, *, copies=False):
        self.loaded.append(job)
        self.copied.append(copies)

    def choose_workflow(self, workflow_id):
        self.chosen.append(workflow_id)

    def setFocus(self, *_):  # noqa: N802 - Qt's name
        self.focused += 1
