"""One record in full: its verdict and what that proves, its fields, hashes, and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from console.domain.audit import Verdict
from console.domain.audit_view import RecordDetail, TrailRow
from console.ui.models.records import verdict_look
from console.ui.models.related import RelatedModel
from console.ui.panels.audit_panel.as_text import record_json, record_text
from console.ui.panels.audit_panel.proof import RecordProof
from console.ui.panels.audit_panel.read_only import ReadOnlyText
from console.ui.panels.audit_panel.sentences import Sentences
from console.ui.panels.audit_panel.tree import PayloadTreeView
from console.ui.theme import ROW_PX, SPACE_L, SPACE_M, SPACE_S, SPACE_XS, mono_font
from console.ui.widgets.badge import Badge, BadgeDelegate, BadgeLook
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Card, Well
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.table_view import TableView
from console.ui.widgets.text import label

_SENTENCES: Final = {
    Verdict.INTACT: "The hash that stands beside this payload fits it.",
    Verdict.EDITED: "The payload and the hash beside it do not fit each other.",
    Verdict.UNREADABLE: "This line cannot be read as a record.",
    None: "This line is very long; it is being judged.",
}
_REHASHED: Final = "Hash and payload fit each other, but not what was sealed here."
_HEX_LINE: Final = 32
_RELATED_SHOWN: Final = 6
_CLOCK_PX, _STAMP_PX = 82, 156


class RecordDetailCard(Card):
    """Shows one RecordDetail; `jump_wanted` tells the position of a neighbour that was chosen."""

    jump_wanted = Signal(int)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Record", parent=parent)
        self.setObjectName("audit_record")
        self.detail: RecordDetail | None = None
        self.proof: RecordProof | None = None
        # In the card first: what is added to a stack is shown, and would be a window of its own.
        self._stack = QStackedLayout()
        self.add(self._stack, 1)
        self.empty = EmptyState(
            "shield", "No record chosen", "Choose a record to see what it says and what it proves."
        )
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._make_page())
        row = self.footer_row()
        self.copy_text = button("Copy as text", name="audit_copy_text", icon="copy")
        self.copy_json = button("Copy as JSON", name="audit_copy_json")
        self.copy_text.clicked.connect(self._copy_text)
        self.copy_json.clicked.connect(self._copy_json)
        row.addWidget(self.copy_text)
        row.addWidget(self.copy_json)
        row.addStretch(1)
        self.show_nothing()

    # --- building -------------------------------------------------------------------------------
    def _make_page(self) -> QWidget:
        area = QScrollArea()
        area.setObjectName("audit_record_page")
        area.setAccessibleName("Record")
        area.setWidgetResizable(True)
        # Tab stops here, so that the text can be scrolled: the frame shows it.
        area.setFrameShape(QFrame.Shape.StyledPanel)
        area.setProperty("stop", "true")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setProperty("role", "clear")
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE_L - 2, SPACE_M, SPACE_L - 2, SPACE_L)
        column.setSpacing(SPACE_S)
        self.badge = Badge(verdict_look(None))
        self.sentence = label(wrap=True, name="audit_sentence")
        column.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.sentence)
        column.addWidget(self._make_meaning())
        self.notes = label("", "warn", wrap=True, name="audit_notes")
        column.addWidget(self.notes)
        column.addLayout(self._make_payload_head())
        self.payload = ReadOnlyText("audit_payload", "Payload", 22)
        column.addWidget(self.payload)
        self.tree = PayloadTreeView()
        self.tree.hide()
        column.addWidget(self.tree)
        self._hash_head, self.hash_badge = self._head_with_badge("Hashes")
        column.addWidget(self._hash_head)
        column.addWidget(self._make_hashes())
        self._proof_head = self._heading("Proof")
        self._proof_head.hide()
        column.addWidget(self._proof_head)
        self._proof_at = column.count()
        self.related_head = self._heading("Same job or instance")
        column.addWidget(self.related_head)
        column.addWidget(self._make_related())
        column.addWidget(self._heading("Line as it stands in the file"))
        self.raw = ReadOnlyText("audit_raw", "Line as it stands in the file", 10)
        column.addWidget(self.raw)
        column.addStretch(1)
        area.setWidget(page)
        self._area = area
        self._column = column
        return area

    def add_proof(self, proof: RecordProof) -> None:
        """Offer the proof of the record that is shown."""
        self.proof = proof
        self._column.insertWidget(self._proof_at, proof)
        self._proof_head.show()
        proof.copied.connect(self.copied)

    def _make_meaning(self) -> QWidget:
        self._meaning = Well()
        box = QVBoxLayout(self._meaning)
        box.setContentsMargins(SPACE_M, SPACE_S + 2, SPACE_M, SPACE_S + 2)
        box.setSpacing(SPACE_S)
        self.proves = Sentences("What this proves", "audit_record_proves")
        self.does_not = Sentences("What it does not", "audit_record_does_not_prove")
        box.addWidget(self.proves)
        box.addWidget(self.does_not)
        return self._meaning

    def _make_payload_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._heading("Payload"), 1)
        self.view = Segmented(
            (("fields", "Fields"), ("tree", "Tree"), ("json", "JSON")),
            name="audit_view",
            accessible="Show as",
        )
        self.view.chosen.connect(self._show_payload)
        row.addWidget(self.view, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _make_hashes(self) -> QWidget:
        box = Well()
        grid = QGridLayout(box)
        grid.setContentsMargins(SPACE_M, SPACE_S + 2, SPACE_M, SPACE_S + 2)
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(SPACE_XS)
        self.stored = label(name="audit_hash_stored")
        self.computed = label(name="audit_hash_computed")
        for row, (title, text) in enumerate((("stored", self.stored), ("computed", self.computed))):
            text.setFont(mono_font())
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label(title, "small"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
        grid.setColumnStretch(1, 1)
        return box

    def _make_related(self) -> QWidget:
        self._related = RelatedModel(self)
        self.related = TableView("audit_related", "Same job or instance")
        self.related.setModel(self._related)
        self.related.setItemDelegateForColumn(2, BadgeDelegate(self.related))
        self.related.horizontalHeader().hide()
        self.related.set_columns((_CLOCK_PX, 210, 106))
        header = self.related.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.related.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.related.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.related.clicked.connect(lambda index: self._jump(index.row()))
        self.related.opened.connect(lambda index: self._jump(index.row()))
        box = Well()
        inside = QVBoxLayout(box)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.related)
        self._related_box = box
        return box

    def _heading(self, text: str) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, SPACE_S, 0, 0)
        row.addWidget(label(text, "heading"))
        row.addStretch(1)
        return box

    def _head_with_badge(self, text: str) -> tuple[QWidget, Badge]:
        head = self._heading(text)
        badge = Badge("")
        row = head.layout()
        assert isinstance(row, QHBoxLayout)
        row.addWidget(badge)
        return head, badge

    # --- what the panel tells -------------------------------------------------------------------
    def show_nothing(self, text: str = "") -> None:
        """Show that no record is chosen."""
        self.detail = None
        self.title.setText("Record")
        self.set_subtitle("")
        self.empty.text.setText(text or "Choose a record to see what it says and what it proves.")
        self._stack.setCurrentIndex(0)
        self.copy_text.setEnabled(False)
        self.copy_json.setEnabled(False)

    def show_record(self, detail: RecordDetail, number: int | None) -> None:
        """Show `detail`; `number` counts from 1 at the oldest record, None while not counted."""
        same = self.detail is not None and self.detail.row.position == detail.row.position
        self.detail = detail
        row = detail.row
        self.title.setText("Record" if number is None else f"Record {number:,}")
        where = f"{row.file}, line {row.line:,}" if row.line else row.file
        self.set_subtitle(where)
        self.badge.set_state(verdict_look(row.verdict))
        sentence, proves = _said(detail)
        self.sentence.setText(sentence)
        self.proves.say(proves)
        self.does_not.say(detail.does_not_prove)
        self.does_not.setVisible(bool(detail.does_not_prove))
        self._meaning.setVisible(bool(proves or detail.does_not_prove))
        self.notes.setText("\n".join(detail.notes))
        self.notes.setVisible(bool(detail.notes))
        self._show_payload(self.view.value())
        self.stored.setText(_folded(detail.stored_hash) or "none")
        self.computed.setText(_folded(detail.computed_hash) or "none")
        fits = bool(detail.computed_hash) and detail.computed_hash == detail.stored_hash
        self.hash_badge.set_state(
            BadgeLook("fits", "ok", "check") if fits else BadgeLook("does not fit", "bad", "cross")
        )
        self.hash_badge.setVisible(row.verdict is not None)
        self.raw.show_text(detail.raw)
        if self.proof is not None:
            self.proof.show_for(-1 if number is None else row.position)
        self._stack.setCurrentIndex(1)
        self.copy_text.setEnabled(True)
        self.copy_json.setEnabled(True)
        if not same:
            self._area.verticalScrollBar().setValue(0)
            self.show_related(())

    def show_related(self, rows: Sequence[TrailRow]) -> None:
        """Show the records of the same job or instance, oldest first; none hides the part."""
        own = -1 if self.detail is None else self.detail.row.position
        self._related.show(rows, own)
        self.related.setColumnWidth(0, _STAMP_PX if self._related.dated else _CLOCK_PX)
        there = len(rows) > 1
        self.related_head.setVisible(there)
        self._related_box.setVisible(there)
        self.related.setFixedHeight(min(len(rows), _RELATED_SHOWN) * ROW_PX + 2)
        at = self._related.row_of(own)
        if there and at is not None:
            self.related.scrollTo(self._related.index(at, 0))

    # --- inside ---------------------------------------------------------------------------------
    def _show_payload(self, view: str) -> None:
        if self.detail is None:
            return
        as_tree = view == "tree" and self.tree.show_payload(self.detail.payload)
        self.tree.setVisible(as_tree)
        self.payload.setVisible(not as_tree)
        if as_tree:
            return
        if view != "fields":
            self.payload.show_text(self.detail.payload or "(there is no payload to read)")
        elif self.detail.fields:
            self.payload.show_pairs(self.detail.fields)
        else:
            self.payload.show_text("(there is no field to read)")

    def _jump(self, row: int) -> None:
        record = self._related.record(row)
        if record is not None:
            self.jump_wanted.emit(record.position)

    def _copy_text(self) -> None:
        if self.detail is not None:
            QGuiApplication.clipboard().setText(record_text(self.detail))
            self.copied.emit("Record copied as text")

    def _copy_json(self) -> None:
        if self.detail is not None:
            QGuiApplication.clipboard().setText(record_json(self.detail))
            self.copied.emit("Record copied as JSON")


def _said(detail: RecordDetail) -> tuple[str, tuple[str, ...]]:
    """The verdict in one sentence, and what it proves without saying that again."""
    if detail.row.verdict in {Verdict.EDITED, Verdict.UNREADABLE} and len(detail.proves) > 1:
        return detail.proves[-1], detail.proves[:-1]
    if detail.row.verdict is Verdict.EDITED and detail.computed_hash == detail.stored_hash:
        return _REHASHED, detail.proves
    known = _SENTENCES.get(detail.row.verdict)
    return known or f"{verdict_look(detail.row.verdict).word.capitalize()}.", detail.proves


def _folded(text: str) -> str:
    """A hash in lines of 32 characters, so that stored and computed stand under each other."""
    return "\n".join(text[at : at + _HEX_LINE] for at in range(0, len(text), _HEX_LINE))
