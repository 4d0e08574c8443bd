"""A window's start: Qt is loaded once, and nothing of it slows down what is imported after it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = """
import builtins
plain, compiled = builtins.compile, []
def watched(source, filename, *more, **named):
    if str(filename).startswith("shibokensupport/"):
        compiled.append(filename)
    return plain(source, filename, *more, **named)
builtins.compile = watched
from console.app.qt_loading import load_qt, settle
load_qt()
"""


def start(folder: Path, then: str) -> str:
    """What a fresh Python prints that loads Qt as the window does, its compiled files in `folder`."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", START + then],
        env=environ | {"PYTHONPYCACHEPREFIX": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def kept(folder: Path) -> Path:
    [file] = folder.rglob("pyside.*.marshal")
    return file


def test_pysides_own_modules_are_compiled_at_the_first_start_only(tmp_path):
    assert start(tmp_path, "print(len(compiled) > 5)") == "True"
    assert start(tmp_path, "print(compiled)") == "[]"


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"i\1\0\0\0", b"[\0\0\0\0"])
def test_a_damaged_file_of_compiled_modules_is_made_anew(tmp_path, damage):
    start(tmp_path, "")
    kept(tmp_path).write_bytes(damage)
    assert start(tmp_path, "print(len(compiled) > 5)") == "True"
    assert start(tmp_path, "print(compiled)") == "[]"


def test_a_folder_that_nobody_may_write_stops_no_start(tmp_path):
    tmp_path.joinpath("in the way").write_text("")
    assert start(tmp_path / "in the way", "print('started')") == "started"


def test_an_import_after_qt_reads_no_source(tmp_path):
    then = "import linecache, tomllib; print([n for n in linecache.cache if 'tomllib' in n])"
    assert start(tmp_path, then) == "[]"


def test_a_wrong_call_of_qt_still_says_what_was_expected(tmp_path):
    then = """
from PySide6.QtCore import QTimer
try:
    QTimer().start("soon")
except TypeError as error:
    print("start(msec: int" in str(error))
"""
    assert start(tmp_path, then) == "True"


def test_garbage_is_collected_again_once_the_window_is_there(tmp_path):
    then = "import gc; before = gc.isenabled(); settle(); print(before, gc.isenabled())"
    assert start(tmp_path, then) == "False True"
