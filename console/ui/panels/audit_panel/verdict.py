"""The verdict over the whole trail: in one line, and on demand what it proves and what not."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from console.domain.audit import Verdict
from console.domain.audit_report import RULE_SEAL, FileReport, TrailReport
from console.domain.audit_words import proves
from console.ui import icons
from console.ui.models.records import verdict_look
from console.ui.panels.audit_panel.sentences import Sentences
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Tone, theme_changed, tokens
from console.ui.widgets.badge import BadgeLook
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.text import label

_FILES_NAMED: Final = 6
_NEUTRAL: Final[Tone] = "neutral"
_OK: Final[Tone] = "ok"
_WARN: Final[Tone] = "warn"
_PROVES_INTACT: Final = "Every payload has the hash that was written beside it."
_PROVES_BAD: Final = (
    "At the lines named, payload and hash do not belong together, or there is no record to read."
)


def summary_look(
    records: int, report: TrailReport | None, newer: int = 0, *, short: bool = False
) -> BadgeLook:
    """The badge beside the title; `newer` records came after the report and are not judged yet.

    `short` leaves the numbers out that stand elsewhere too, where there is little room.
    """
    counted = "1 record" if records == 1 else f"{records:,} records"
    if report is None:
        parts, tone, icon = (counted, "not verified yet"), _NEUTRAL, "shield"
    elif report.verdict is Verdict.CANNOT_KNOW and records:
        parts, tone, icon = (counted, _holding(report, newer)), _WARN, "question"
    elif not report.intact:
        if report.why:
            whole = verdict_look(report.verdict).word
            return _look((counted, whole), "bad", "cross", keep=1, short=short)
        intact = report.counts.get(Verdict.INTACT, max(report.records - report.bad, 0))
        return _look((_damage(report), f"{intact:,} intact"), "bad", "cross", keep=0, short=short)
    elif not records:
        return BadgeLook("no records yet", "neutral", "shield")
    elif report.sealed:
        open_yet = ((report.unsealed, "not yet sealed"), (newer, "newer"))
        told = [f"{number:,} {word}" for number, word in open_yet if number]
        parts = (counted, ", ".join(["intact", *(told or ["sealed"])]))
        tone, icon = _OK, "check"
    else:
        parts, tone, icon = (counted, _holding(report, newer)), _OK, "check"
    return _look(parts, tone, icon, keep=1, short=short)


def _holding(report: TrailReport, newer: int) -> str:
    return f"{report.records:,} hold, {newer:,} newer" if newer else "every hash holds"


def _look(parts: tuple[str, str], tone: Tone, icon: str, *, keep: int, short: bool) -> BadgeLook:
    return BadgeLook(parts[keep] if short else " \N{MIDDLE DOT} ".join(parts), tone, icon)


def _damage(report: TrailReport) -> str:
    kinds = {v: n for v, n in report.counts.items() if v is not Verdict.INTACT and n}
    if len(kinds) == 1 and sum(kinds.values()) == report.bad:
        [kind] = kinds
        return f"{_lines(report.bad)} {verdict_look(kind).word}"
    return f"{_lines(report.bad)} not intact" if report.bad else "not intact"


NARROW_PX: Final = 620
DETAILS: Final = "What this proves"


class VerdictStrip(QWidget):
    """Progress with *Cancel* while a trail is judged (`running`), then its verdict in words."""

    cancelled = Signal()
    jump_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit_verdict")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._tone: Tone = "info"
        self._position = 0
        self.running = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_L, SPACE_S - 2, SPACE_S, SPACE_S - 2)
        outer.setSpacing(SPACE_S)
        outer.addWidget(self._make_progress())
        outer.addWidget(self._make_line())
        outer.addWidget(self._make_more())
        theme_changed.connect(self._draw)
        self.hide()

    def _make_progress(self) -> QWidget:
        self._running = QWidget()
        row = QHBoxLayout(self._running)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_M)
        self.progress_text = label("Verifying every line")
        self.progress = QProgressBar()
        self.progress.setObjectName("audit_verify_progress")
        self.progress.setAccessibleName("Verified so far")
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.cancel = button("Cancel", name="audit_verify_cancel", accessible="Cancel verifying")
        self.cancel.clicked.connect(self.cancelled)
        row.addWidget(self.progress_text)
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        return self._running

    def _make_line(self) -> QWidget:
        self._line = QWidget()
        row = QHBoxLayout(self._line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_S)
        self._icon = QLabel()
        self.headline = label(wrap=True, name="audit_verdict_text")
        self.jump = button(
            "Go to it", name="audit_first_bad", accessible="Go to the first bad line"
        )
        self.jump.clicked.connect(lambda: self.jump_wanted.emit(self._position))
        self.details = button(
            DETAILS, "quiet", name="audit_verdict_details", icon="chevron-down", tip=DETAILS
        )
        self.details.setCheckable(True)
        self.details.toggled.connect(self._open_more)
        self._close = icon_button("close", "Close the verdict", name="audit_verdict_close")
        self._close.clicked.connect(self.hide)
        row.addWidget(self._icon)
        row.addWidget(self.headline, 1)
        row.addWidget(self.jump)
        row.addWidget(self.details)
        row.addWidget(self._close)
        return self._line

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # In little room the sentence matters more than the button's words, which it keeps as name.
        self.details.setText("" if self.width() < NARROW_PX else DETAILS)

    def _make_more(self) -> QWidget:
        self._more = QWidget()
        columns = QHBoxLayout(self._more)
        columns.setContentsMargins(26, SPACE_S, SPACE_M, SPACE_S)
        columns.setSpacing(SPACE_L)
        self.proves = Sentences("What this proves", "audit_proves")
        self.open_questions = Sentences("What it does not", "audit_not_proven")
        for part in (self.proves, self.open_questions):
            columns.addWidget(part, 1, Qt.AlignmentFlag.AlignTop)
        return self._more

    # --- what the panel tells -------------------------------------------------------------------
    def show_progress(self, done: int, total: int) -> None:
        """Show how many of `total` bytes are judged."""
        part = done / total if total else 1.0
        self.running = True
        self._tone = "info"
        self.progress.setValue(round(part * 1000))
        self.progress_text.setText(f"Verifying every line: {part * 100:.0f} %")
        self._running.show()
        self._line.hide()
        self._more.hide()
        self.setAccessibleName(self.progress_text.text())
        self._draw(None)
        self.show()

    def show_report(self, report: TrailReport) -> None:
        """Show the verdict; what it proves is folded away until asked for."""
        unknown = report.verdict is Verdict.CANNOT_KNOW
        self._tone = "ok" if report.intact else "warn" if unknown else "bad"
        self.running = False
        self.headline.setText(report.summary)
        self.setAccessibleName(f"Verdict: {report.summary}")
        bad = report.first_bad
        self.jump.setVisible(bad is not None)
        self._position = 0 if bad is None else bad.index
        self.proves.say([*_proves(report), *_files(report)])
        self.open_questions.say([item.text for item in report.not_proven])
        self._running.hide()
        self._line.show()
        self._open_more(self.details.isChecked())
        self._draw(None)
        self.show()

    def show_stopped(self) -> None:
        """Say that the verification was cancelled."""
        self._tone = "warn"
        self.running = False
        self.headline.setText("Verification cancelled: nothing is known of the lines not reached.")
        self.setAccessibleName(self.headline.text())
        self.jump.hide()
        self.details.hide()
        self._running.hide()
        self._more.hide()
        self._line.show()
        self._draw(None)
        self.show()

    def give_up(self) -> None:
        """Show no progress any longer: what was judged is not open any more or failed."""
        if self.running:
            self.running = False
            self.hide()

    def _open_more(self, opened: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.details.show()
        self._more.setVisible(opened)
        icons.set_icon(self.details, "chevron-up" if opened else "chevron-down", "muted")

    def _draw(self, _tokens: object) -> None:
        foreground, _ = tokens().tone(self._tone)
        name = {"ok": "check", "bad": "error", "warn": "warning"}.get(self._tone, "info")
        self._icon.setPixmap(icons.pixmap(name, foreground, 18, self.devicePixelRatioF()))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        foreground, background = tokens().tone(self._tone)
        painter = QPainter(self)
        line = self.rect()
        if not self._more.isHidden():
            line.setBottom(self._more.geometry().top() - SPACE_XS)
            painter.setPen(QColor(tokens().line))
            painter.drawLine(self.rect().bottomLeft(), self.rect().bottomRight())
        painter.fillRect(line, QColor(background))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(foreground))
        painter.drawRect(QRectF(0, 0, 3, line.height()))


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number:,} lines"


def _proves(report: TrailReport) -> list[str]:
    """What the verdict proves; by the hash rule alone that is little."""
    if report.rule == RULE_SEAL and report.verdict is not Verdict.CANNOT_KNOW:
        return list(proves(report))
    return [_PROVES_INTACT if not report.bad else _PROVES_BAD]


def _files(report: TrailReport) -> list[str]:
    """The files that are not intact by name, then how many are."""
    if report.verdict is Verdict.CANNOT_KNOW:
        return []  # of each file no more can be known
    bad = [file for file in report.files if file.verdict is not Verdict.INTACT]
    told = [_file(file) for file in bad[:_FILES_NAMED]]
    if len(bad) > _FILES_NAMED:
        told.append(f"and {len(bad) - _FILES_NAMED:,} more files that are not intact")
    good = len(report.files) - len(bad)
    if bad and good:
        told.append("1 other file is intact." if good == 1 else f"{good:,} other files are intact.")
    return told


def _file(file: FileReport) -> str:
    where = f", first at line {file.first_bad.line:,}" if file.first_bad is not None else ""
    why = f" ({file.why})" if file.why and file.first_bad is None else ""
    return f"{file.file}: {verdict_look(file.verdict).word}{where}{why}"
