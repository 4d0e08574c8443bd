"""What an operator's hands do in a form, for the tests of the form side."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from console.domain.schema import read_schema
from console.resources import resource_path
from console.ui.dialogs.review import ReviewDialog
from console.ui.forms.schema_form import SchemaForm
from console.ui.panels.trigger_panel import TriggerPanel
from console.ui.tab_order import step

TUTORIAL_ID = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
TUTORIAL = {
    "customerId": "CUST-99887",
    "priorityScore": 85,
    "requiresCallback": True,
    "routingMetadata": {"channel": "voice", "queue": "sales"},
}


class _Form(SchemaForm):
    """A form as a window of its own: Tab goes as in the program's windows."""

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's
        return step(self, forward=forward)


class _Panel(TriggerPanel):
    """The panel as a window of its own."""

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's
        return step(self, forward=forward)


def shipped(name: str) -> dict[str, object]:
    """The schema of one of the product's definitions."""
    path: Path = resource_path("workflows", f"{name}.json")
    schema: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))["schema"]
    return schema


def form_for(qtbot, schema, *, width=440):
    """A shown form for `schema`, or the free form for None."""
    form = _Form()
    qtbot.addWidget(form)
    form.set_schema(None if schema is None else read_schema(schema))
    form.resize(width, 700)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    return form


def one_field(schema, *, required=False):
    """An object schema with the one part `a`."""
    whole = {"type": "object", "properties": {"a": schema}}
    return {**whole, "required": ["a"]} if required else whole


def widget(root: QWidget, name: str) -> QWidget:
    """The visible widget that goes by `name`."""
    QCoreApplication.sendPostedEvents()  # a layout shows its new widgets a moment later
    found = [w for w in root.findChildren(QWidget, name) if w.isVisibleTo(root)]
    assert len(found) == 1, f"{len(found)} widgets go by {name}"
    return found[0]


def entry_text(root: QWidget, name: str) -> str:
    """What stands in the line that goes by `name`."""
    entry = widget(root, name)
    assert isinstance(entry, QLineEdit)
    return entry.text()


def keyboard() -> str:
    """The name of the widget that has the keyboard."""
    focused = QApplication.focusWidget()
    assert focused is not None
    return focused.objectName()


def keys(text: str) -> None:
    """Type `text` wherever the keyboard is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClicks(focused, text)


def key(code: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press one key wherever the keyboard is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, code, modifier)


def messages(form: SchemaForm) -> dict[str, str]:
    """What stands under the fields, by path."""
    return {field.path: field.message for field in form.fields_now() if field.message}


def open_panel(qtbot, bridge, workflow=TUTORIAL_ID):
    result = _Panel(bridge)
    qtbot.addWidget(result)
    result.resize(430, 900)
    result.choose_workflow(workflow)
    result.show()
    result.activateWindow()
    qtbot.waitUntil(result.isActiveWindow)
    return result


def fill_in(panel):
    panel.fields.form.set_value(TUTORIAL)


def press_review(qtbot, panel) -> ReviewDialog:
    """Press the button and return the review."""
    qtbot.mouseClick(panel.review_button, Qt.MouseButton.LeftButton)
    dialog = panel._review_open
    assert isinstance(dialog, ReviewDialog)
    return dialog


def trigger(qtbot, panel):
    press_review(qtbot, panel).accept()
