"""The window's tests: one dressed QApplication, a fake console with the real rules, a bridge."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from console.ui.bridge import Bridge
from console.ui.theme import apply_theme
from tests.ui.fake_commands import FakeCommands

# What the offscreen platform says of sizes, menus and stacking, which it has not.
_OFFSCREEN_NOISE = "This plugin does not support"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/ui/" in item.nodeid.replace("\\", "/"):
            item.add_marker(pytest.mark.qt_log_ignore(_OFFSCREEN_NOISE, extend=True))


@pytest.fixture(autouse=True)
def dressed(qapp):
    """Every widget of these tests wears the light theme."""
    apply_theme(qapp, "light")
    return qapp


@pytest.fixture
def commands():
    return FakeCommands()


@pytest.fixture
def bridge(commands, tmp_path, qapp):
    result = Bridge(commands, tmp_path)
    yield result
    result.set_commands(None)
