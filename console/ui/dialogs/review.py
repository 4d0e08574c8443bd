"""The review: exactly what will be sent, where, and one press that makes one job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QEvent,
    QObject,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.domain.schema import FieldSpec, pointer
from console.domain.schema_pick import part_of
from console.domain.schema_secret import masked
from console.domain.text import shortened, visible
from console.domain.values import Json, type_name
from console.ui import times
from console.ui.dialogs.review_changes import ChangesModel, Compared, change_rows, summary
from console.ui.forms.json_text import json_text
from console.ui.models.fixed_rows import FixedRows, Index
from console.ui.theme import SPACE_L, SPACE_S, SPACE_XS, mono_font
from console.ui.widgets.card import Well
from console.ui.widgets.dialog import Question
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.table_view import TableView
from console.ui.widgets.text import FieldLabel, label
from console.ui.widgets.top_bar import EnvironmentBadge

if TYPE_CHECKING:
    from console.domain.payload import TriggerPayload
    from console.services.commands import ConnectionView, TriggerRequest
    from console.ui.dialogs.review_changes import ChangeRow

JOB_ID_TO_BE: Final = "<the job's id, given when it is queued>"
SEAL_TO_BE: Final = "<size:root of the audit trail at that moment>"
SHOWN_CELL: Final = 1_000
SHOWN_JSON: Final = 200_000
MAX_ROWS: Final = 2_000
_COLUMNS: Final = ("Name", "Type", "Value")


@dataclass(frozen=True)
class ValueRow:
    """One value that will be sent: its title, its place in the context, its type, its text."""

    title: str
    path: str
    type: str
    text: str


def value_rows(context: Mapping[str, Json], spec: FieldSpec | None) -> Iterator[ValueRow]:
    """Yield every value of `context` that is no container itself, in sending order."""
    whole: Json = dict(context)
    shown = whole if spec is None else masked(spec, whole)
    todo: list[_Place] = [_Place((), "", spec, (), shown)]
    while todo:
        place = todo.pop()
        inside = list(_inside(place))
        if inside:
            todo += reversed(inside)
        elif place.path:
            yield _row(place)


@dataclass(frozen=True)
class _Place:
    """A value on the way down: titles from the top, its pointer, and what the schema says of it."""

    titles: tuple[str, ...]
    path: str
    spec: FieldSpec | None
    names: tuple[str, ...]
    value: Json


def _inside(place: _Place) -> Iterator[_Place]:
    value, spec = place.value, place.spec
    if isinstance(value, dict):
        for name, part in value.items():
            below = None if spec is None else part_of(spec, value, name)
            title = name if below is None else below.title
            names = (*place.names, name)
            yield _Place((*place.titles, title), place.path + pointer(name), below, names, part)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            below = None if spec is None else part_of(spec, value, number)
            entry = "" if below is None else below.title
            title = f"{entry or place.titles[-1]} {number + 1}"
            names = (*place.names, str(number))
            titles = (*place.titles[:-1], title)
            yield _Place(titles, f"{place.path}/{number}", below, names, part)


def _row(place: _Place) -> ValueRow:
    value = place.value
    text = value if isinstance(value, str) else json_text(value)
    words = visible(shortened(text, SHOWN_CELL)) or "(empty text)"
    titles, names = visible(" · ".join(place.titles)), visible(".".join(place.names))
    return ValueRow(titles, names, type_name(value), words)


class ValuesModel(FixedRows[ValueRow]):
    """The rows of the review's table."""

    def __init__(self, rows: list[ValueRow], parent: QWidget) -> None:
        super().__init__(rows, _COLUMNS, parent)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.title, row.type, row.text)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.path if index.column() == 0 else row.text
        if role == Qt.ItemDataRole.FontRole and index.column() == 2:
            return mono_font()
        return None


class ReviewDialog(Question):
    """Shows `request` as it will be sent; `confirmed` hands it over, once.

    Production asks twice: its connection's name has to be typed, and Enter alone sends nothing.
    """

    confirmed = Signal(object)  # TriggerRequest

    def __init__(
        self,
        request: TriggerRequest,
        payload: TriggerPayload,
        *,
        title: str,
        connection: ConnectionView | None,
        spec: FieldSpec | None = None,
        resend_label: str = "",
        approval: bool = False,
        guard: bool = True,
        compared: Compared | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            "Review and trigger",
            "This is exactly what will be sent.",
            "Trigger now",
            name="review",
            parent=parent,
        )
        self.request = request
        self._connection = connection
        self._guard = guard
        self._sent = False
        self.setMinimumWidth(620)
        self.answer_button.setObjectName("trigger_now")
        self.answer_button.installEventFilter(self)
        more = [("Sends again", resend_label or request.resend_of)] if request.resend_of else []
        if request.copied_from:
            more.append(("Values from", resend_label or request.copied_from))
        changes = []
        if compared is not None:
            changes = change_rows(compared, payload, request.reason, spec)
            more.append(("Against it", f"{summary(changes)} since {visible(compared.label)}"))
        if approval:
            more.append(("Approval", "A second person approves it before it is sent."))
        more += _when(request)
        self._facts(request, payload, title, more)
        self._show_values(payload, spec, None if compared is None else changes)
        self._confirm = QLineEdit()
        self.body.addSpacing(SPACE_XS)
        if self._asks_twice():
            self._ask_again()
        else:
            self.answer_button.setFocus()

    def accept(self) -> None:
        """Hand the request over; a second press or Enter finds nothing to do."""
        if self._sent or not self.answer_button.isEnabled():
            return
        self._sent = True
        self.answer_button.setEnabled(False)
        self.confirmed.emit(self.request)
        super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A key held down since the form, or its Ctrl+Enter pressed twice, would confirm what
        # nobody has read yet: only a fresh, plain Enter triggers.
        if isinstance(event, QKeyEvent) and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if event.isAutoRepeat() or control:
                return True
        return super().eventFilter(watched, event)

    def _asks_twice(self) -> bool:
        at_production = self._connection is not None and (
            self._connection.environment == "production"
        )
        return at_production and self._guard

    def _facts(
        self,
        request: TriggerRequest,
        payload: TriggerPayload,
        title: str,
        more: list[tuple[str, str]],
    ) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(SPACE_S - 2)
        grid.setColumnStretch(1, 1)
        badge = EnvironmentBadge()
        badge.show_connection(self._connection)
        where = QHBoxLayout()
        where.setSpacing(SPACE_S)
        where.addWidget(badge)
        host = self._connection.api_host if self._connection else "no connection is open"
        where.addWidget(label(visible(host), name="review_host"))
        where.addStretch(1)
        workflow = QHBoxLayout()
        workflow.setSpacing(SPACE_S)
        workflow.addWidget(label(visible(title), "heading", name="review_workflow"))
        if title != payload.workflow_id:
            mono = label(visible(payload.workflow_id), "muted", name="review_workflow_id")
            mono.setFont(mono_font())
            workflow.addWidget(mono)
        workflow.addStretch(1)
        pairs = [f"{visible(k)} = {visible(v)}" for k, v in payload.metadata.items()]
        words = f"{payload.priority} of 10" + (" (highest)" if payload.priority == 1 else "")
        facts: list[tuple[str, QHBoxLayout | str]] = [
            ("Workflow", workflow),
            ("Where", where),
            ("Priority", words),
            ("Metadata", "\n".join(pairs) if pairs else "none"),
            ("Reason", visible(request.reason) or "none"),
        ]
        facts += more
        for row, (name, said) in enumerate(facts):
            beside = Qt.AlignmentFlag.AlignTop
            if name == "Where":
                beside = Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(label(name, "muted"), row, 0, beside)
            if isinstance(said, str):
                grid.addWidget(label(said, wrap=True, name=f"review_{name.lower()}"), row, 1)
            else:
                grid.addLayout(said, row, 1)
        self.body.addLayout(grid)

    def _show_values(
        self,
        payload: TriggerPayload,
        spec: FieldSpec | None,
        changes: list[ChangeRow] | None,
    ) -> None:
        views = [("values", "Values"), ("json", "JSON")]
        if changes is not None:
            views.append(("changes", f"Changes {len(changes):,}"))
        self.view = Segmented(views, name="review_view", accessible="Show")
        top = QHBoxLayout()
        top.addWidget(label("Values", "heading"))
        top.addStretch(1)
        top.addWidget(self.view)
        rows = []
        for row in value_rows(payload.context, spec):
            rows.append(row)
            if len(rows) == MAX_ROWS:
                rows.append(ValueRow("…", "", "", "More values stand in the JSON."))
                break
        self.table = TableView("review_values", "Values to be sent")
        self.table.setModel(ValuesModel(rows, self))
        self.table.set_columns([240, 74, 236])
        self.json = QPlainTextEdit()
        self.json.setObjectName("review_json")
        self.json.setAccessibleName("The request's JSON body")
        self.json.setReadOnly(True)
        self.json.setFont(mono_font())
        self.json.setTabChangesFocus(True)
        view = self._connection
        seal = SEAL_TO_BE if view is not None and view.seals else None
        self.json.setPlainText(body_text(payload, spec, seal=seal))
        frame = Well()
        pages = QStackedWidget()
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(pages)
        pages.addWidget(self.table)
        pages.addWidget(self.json)
        if changes is not None:
            self.changes = TableView("review_changes", "Changes against the earlier job")
            self.changes.setModel(ChangesModel(changes, self))
            self.changes.set_columns([84, 170, 148, 148])
            pages.addWidget(self.changes)
        pages.setMinimumHeight(min(max(len(rows), 3), 8) * 34 + 44)
        keys = [key for key, _ in views]
        self.view.chosen.connect(lambda key: pages.setCurrentIndex(keys.index(key)))
        self.body.addSpacing(SPACE_S)
        self.body.addLayout(top)
        self.body.addWidget(frame, 1)

    def _ask_again(self) -> None:
        assert self._connection is not None
        name = self._connection.profile
        self._confirm.setObjectName("review_confirm")
        self._confirm.setPlaceholderText(name)
        title = f"This is production. Type {visible(name)} to trigger."
        words = FieldLabel(title, "", self._confirm)
        words.title.setProperty("role", "error")
        self.body.addWidget(words)
        self.body.addWidget(self._confirm)
        self.answer_button.setEnabled(False)
        self._confirm.textChanged.connect(
            lambda text: self.answer_button.setEnabled(text.strip() == name and not self._sent)
        )
        self._confirm.setFocus()


def _when(request: TriggerRequest) -> list[tuple[str, str]]:
    """The times that were chosen, as facts; none where it goes now and keeps the usual end."""
    facts = []
    if request.at is not None:
        facts.append(("Send", f"at {times.moment_text(request.at)}"))
    if request.send_before is not None:
        told = f"{times.moment_text(request.send_before)}; then it waits for a person"
        facts.append(("Not after", told))
    return facts


def body_text(
    payload: TriggerPayload,
    spec: FieldSpec | None,
    job_id: str = JOB_ID_TO_BE,
    seal: str | None = None,
) -> str:
    """Return the request's body as readable JSON; what `spec` marks as write-only is masked."""
    body = payload.body(job_id, seal)
    context = body["context"]
    if spec is not None:
        context = masked(spec, context)
    text = json_text({**body, "context": context})
    if len(text) <= SHOWN_JSON:
        return text
    return f"{text[:SHOWN_JSON]}\n… {len(text) - SHOWN_JSON:,} more characters are sent."
