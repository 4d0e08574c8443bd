"""A trail dropped onto the page is opened read-only; anything else is told in words."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tests.ui.audit_samples import record, shown
from tests.ui.fake_desk import OWN, FakeDesk

OTHER = Path("/evidence/march/audit")


@pytest.fixture
def desk():
    return FakeDesk({OWN: [record(1)], OTHER: [record(2)], Path("/evidence/b.zip"): [record(3)]})


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


def offered(*urls, text=""):
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls]) if urls else data.setText(text)
    return data


def enter(panel, data):
    event = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.MoveAction | Qt.DropAction.CopyAction, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(panel, event)
    return event


def drop(panel, data):
    enter(panel, data)
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.MoveAction | Qt.DropAction.CopyAction, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(panel, event)
    return event


@pytest.mark.parametrize("path", [OTHER, Path("/evidence/b.zip")])
def test_a_dropped_folder_or_bundle_is_opened_and_its_source_is_never_moved(panel, desk, path):
    event = drop(panel, offered(f"file://{path}"))
    assert desk.path == path
    assert event.dropAction() == Qt.DropAction.CopyAction
    assert panel.menus.recent.all() == [str(path)]


def test_what_would_be_opened_is_shown_while_it_is_held_over_the_page(panel):
    veil = panel.findChild(object, "audit_drop")
    enter(panel, offered(f"file://{OTHER}"))
    assert veil.isVisible()
    panel.resize(900, 700)
    assert veil.size() == panel.size()
    QApplication.sendEvent(panel, QDragLeaveEvent())
    assert not veil.isVisible()
    assert not enter(panel, offered(text="words")).isAccepted()


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        (("file:///a", "file:///b"), "2 things were dropped"),
        (("https://example.com/x.zip",), "no file of this computer"),
    ],
)
def test_what_cannot_be_opened_is_told(panel, desk, urls, said):
    drop(panel, offered(*urls))
    assert said in panel.failure.text.text()
    assert desk.path == OWN
