"""The window's tests: one dressed QApplication, a fake console with the real rules, a bridge."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from console.ui import main_window
from console.ui.bridge import Bridge
from console.ui.main_window import MainWindow
from console.ui.operate import OperatePage
from console.ui.theme import apply_theme
from tests.ui.fake_commands import FakeCommands
from tests.ui.plain_form import PlainForm

# What the offscreen platform says of sizes, menus and stacking, which it has not.
_OFFSCREEN_NOISE = "This plugin does not support"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/ui/" in item.nodeid.replace("\\", "/"):
            item.add_marker(pytest.mark.qt_log_ignore(_OFFSCREEN_NOISE, extend=True))


@pytest.fixture(autouse=True)
def dressed(qapp):
    """Every widget of these tests wears the light theme, and no key is held from before."""
    apply_theme(qapp, "light")
    # Qt takes the modifiers of a simulated key for held until another key says otherwise.
    QTest.keyClick(QWidget(), Qt.Key.Key_Escape)
    return qapp


@pytest.fixture
def commands():
    return FakeCommands()


@pytest.fixture
def bridge(commands, tmp_path, qapp):
    result = Bridge(commands, tmp_path)
    yield result
    result.set_commands(None)


@pytest.fixture
def make(bridge, qtbot, monkeypatch):
    """Build windows whose Operate page has a plain form; other pages are labels."""

    def make(bridge=bridge, *, shown=True, **changes):
        def operate(some):
            return lambda: OperatePage(some, PlainForm())

        monkeypatch.setattr(main_window, "operate_page", operate)
        made = {key: lambda key=key: QLabel(key) for key in ("audit", "metrics", "settings")}
        window = MainWindow(bridge, made, **changes)
        qtbot.addWidget(window, before_close_func=lambda w: w.hide())
        if shown:
            with qtbot.waitSignal(window.became_usable, timeout=5000):
                window.show()
        return window

    return make


@pytest.fixture
def window(make):
    return make()


@pytest.fixture(autouse=True)
def widgets_are_collected_by_the_thread_that_made_them() -> Iterator[None]:
    """A test's windows have no parent: a worker thread that collected one would destroy it there."""
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()
