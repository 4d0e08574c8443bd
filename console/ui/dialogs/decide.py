"""The decision on a job that only a person can move: it ran, it did not, or give up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from console.domain.text import visible
from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.card import Well
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from console.domain.job import TriggerJob

Verdict = Literal["ran", "send-again", "give-up"]


@dataclass(frozen=True)
class Decision:
    """What a person decided on `job` as it was shown; `instance_id` only where it ran."""

    job: TriggerJob
    verdict: Verdict
    reason: str
    instance_id: str = ""


_CHOICES: Final[tuple[tuple[Verdict, str, str], ...]] = (
    (
        "ran",
        "It ran",
        "You saw the instance in CXone. The job becomes accepted under that instance id.",
    ),
    (
        "send-again",
        "It did not run: send again",
        "You made sure that no instance exists. If you are wrong, the workflow runs twice.",
    ),
    (
        "give-up",
        "Give up",
        "The job ends as failed and is not sent again.",
    ),
)
_ANSWERS: Final = {"ran": "Mark as accepted", "send-again": "Send again", "give-up": "Give up"}


class Decide(Question):
    """Three choices, a reason that is required, and the instance id where it ran."""

    decided = Signal(object)  # Decision

    def __init__(self, job: TriggerJob, title: str, parent: QWidget | None = None) -> None:
        super().__init__(
            f"Decide on {job.label}: {visible(title)}",
            "Nobody could tell whether CXone took this trigger. Look in CXone first, then decide.",
            "Decide",
            name="decide",
            parent=parent,
        )
        self.setMinimumWidth(520)
        self._job = job
        self._verdict: Verdict | None = None
        why = Well()
        inside = QVBoxLayout(why)
        inside.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        inside.addWidget(label(visible(job.reason[:500]) or "No reason is known.", wrap=True))
        inside.addWidget(label(f"Attempt {job.attempts} of {job.max_attempts}", "small"))
        self.body.addWidget(why)
        self._choices = QButtonGroup(self)
        self.radios: dict[Verdict, QRadioButton] = {}
        for verdict, text, told in _CHOICES:
            radio = QRadioButton(text)
            radio.setObjectName(f"decide_{verdict}")
            radio.setAccessibleName(text)
            radio.setAccessibleDescription(told)
            self._choices.addButton(radio)
            self.radios[verdict] = radio
            radio.toggled.connect(self._check)
            self.body.addWidget(radio)
            note = label(told, "small", wrap=True)
            note.setContentsMargins(24, 0, 0, SPACE_S - 4)
            self.body.addWidget(note)
        self.instance = QLineEdit()
        self.instance.setObjectName("decide_instance")
        self.instance.setPlaceholderText("as CXone shows it")
        self.instance_label = FieldLabel("Instance id", "required", self.instance)
        self.body.addWidget(self.instance_label)
        self.body.addWidget(self.instance)
        self.reason = QLineEdit()
        self.reason.setObjectName("decide_reason")
        self.reason.setMaxLength(500)
        self.body.addWidget(FieldLabel("Reason", "required, kept in the audit trail", self.reason))
        self.body.addWidget(self.reason)
        self.instance.textChanged.connect(self._check)
        self.reason.textChanged.connect(self._check)
        self._check()
        self.radios["ran"].setFocus()

    def _check(self) -> None:
        chosen = [verdict for verdict, radio in self.radios.items() if radio.isChecked()]
        self._verdict = chosen[0] if chosen else None
        ran = self._verdict == "ran"
        self.instance.setVisible(ran)
        self.instance_label.setVisible(ran)
        self.answer_button.setText(_ANSWERS.get(self._verdict or "", "Decide"))
        self.answer_button.setAccessibleName(self.answer_button.text())
        whole = bool(self.reason.text().strip()) and self._verdict is not None
        self.answer_button.setEnabled(whole and (not ran or bool(self.instance.text().strip())))

    def accept(self) -> None:
        if self.answer_button.isEnabled() and self._verdict is not None:
            found = self.instance.text().strip() if self._verdict == "ran" else ""
            reason = self.reason.text().strip()
            self.decided.emit(Decision(self._job, self._verdict, reason, found))
            super().accept()
